"""What `.gitignore` lines mean: which paths below their folder they leave out.

Written out rather than taken from pathspec, whose import costs more than walking 20,000 files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

_PIECE = re.compile(r"/\*\*(?=/)|\*+|\?|\[[!^]?\]?[^\]]*\]|\\.|.", re.DOTALL)


class Ignored:
    """The patterns of one folder; `base` is that folder as an absolute real path."""

    __slots__ = ("_base", "_groups")

    def __init__(self, base: str, lines: Iterable[str]) -> None:
        self._base = base.rstrip("/") + "/"
        patterns = [pattern for line in lines if (pattern := _pattern(line))]
        self._groups = [
            (keep, re.compile("|".join(text for _, text in group), re.DOTALL))
            for keep, group in groupby(patterns, key=lambda pattern: pattern[0])
        ][::-1]

    def verdict(self, path: str, *, folder: bool) -> bool | None:
        """Whether the last line that speaks of the real path `path` leaves it out; None where none does."""
        if not path.startswith(self._base):
            return None
        below = path[len(self._base) :] + ("/" if folder else "")
        for keep, pattern in self._groups:
            if pattern.fullmatch(below):
                return not keep
        return None


def _pattern(line: str) -> tuple[bool, str] | None:
    line = re.sub(r"(?<!\\)[ \t\r\n]+$", "", line)
    if not line or line.startswith("#"):
        return None
    keep, line = line.startswith("!"), line.removeprefix("!")
    stem = line.removesuffix("/")
    anchored, body = "/" in stem, stem.removeprefix("/")
    if not body:
        return None
    deep = body.startswith("**/")
    text = "".join(map(_translate, _PIECE.findall(body.removeprefix("**/"))))
    if text.endswith("/[^/]*") and body.endswith("/**"):
        text = text.removesuffix("[^/]*") + ".+"
    prefix = "" if anchored and not deep else "(?:.*/)?"
    return keep, f"(?:{prefix}{text}{'/' if line.endswith('/') else '/?'})"


def _translate(piece: str) -> str:
    if piece == "/**":
        return "(?:/.*)?"
    if piece[0] == "*":
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if piece[0] == "[" and len(piece) > 1:
        inner = piece[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        return f"(?!/)[{'^' + inner[1:] if inner[0] in '!^' else inner}]"
    return re.escape(piece[1:] if piece[0] == "\\" and len(piece) == 2 else piece)
