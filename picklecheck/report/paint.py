"""Colour on terminals: which text gets which, and whether any is wanted."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

_CODES = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "bold": "1",
    "frame": "1;34",
    "+": "32",
    "-": "31",
    "hunk": "36",
    "plain": "",
}


class Paint:
    """Paints text where colour is on, and leaves it alone where it is off; so with links."""

    __slots__ = ("links", "on")

    def __init__(self, on: bool, links: bool = False) -> None:
        self.on = on
        self.links = links

    def __call__(self, role: str, text: str) -> str:
        return f"\033[{_CODES[role]}m{text}\033[0m" if self.on and text and _CODES[role] else text

    def link(self, text: str, address: str) -> str:
        return f"\033]8;;{address}\033\\{text}\033]8;;\033\\" if self.links else text


def look(choice: str, stream: TextIO) -> tuple[bool, bool, int]:
    """Whether `stream` gets colour, as chosen, and links, and how many columns it has; 0 where it is no terminal."""
    on = wanted(choice, stream)
    if not stream.isatty():
        return on, False, 0
    from shutil import get_terminal_size

    return on, on and has_links(stream), get_terminal_size().columns


def has_links(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that is known to show links (OSC 8); none tells when it is asked."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return False
    if forced := os.environ.get("FORCE_HYPERLINK"):
        return forced != "0"
    known = os.environ.get("TERM_PROGRAM") in ("iTerm.app", "vscode", "WezTerm", "ghostty")
    vte = os.environ.get("VTE_VERSION", "")
    own = any(name in os.environ for name in ("KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION"))
    return known or own or (vte.isdecimal() and int(vte) >= 5000)


def wanted(choice: str, stream: TextIO) -> bool:
    """Whether `stream` gets colour: as chosen, else by NO_COLOR and FORCE_COLOR, else if it is a terminal."""
    if choice in ("always", "never"):
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"
