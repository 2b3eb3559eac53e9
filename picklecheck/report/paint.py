"""Colour on terminals: which text gets which, and whether any is wanted."""

from __future__ import annotations

import os
from typing import TextIO

_CODES = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "bold": "1",
    "frame": "1;34",
    "+": "32",
    "-": "31",
}


class Paint:
    """Paints text where colour is on, and leaves it alone where it is off."""

    __slots__ = ("on",)

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, role: str, text: str) -> str:
        return f"\033[{_CODES[role]}m{text}\033[0m" if self.on and text else text


def wanted(choice: str, stream: TextIO) -> bool:
    """Whether `stream` gets colour: as chosen, else by NO_COLOR and FORCE_COLOR, else if it is a terminal."""
    if choice in ("always", "never"):
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"
