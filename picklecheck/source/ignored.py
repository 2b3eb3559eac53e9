"""What `.gitignore` lines mean: which paths below their folder they leave out."""

# Written out rather than taken from pathspec, whose import costs as much as walking 20,000 files.

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

_PIECE = re.compile(r"/\*\*(?=/)|\*+|\?|\[[!^]?\]?[^\]]*\]|\\.|.", re.DOTALL)


class Ignored:
    """The patterns of one folder; `base` is that folder as an absolute real path."""

    __slots__ = ("_base", "_of_files", "_of_folders")

    def __init__(self, base: str, lines: Iterable[str]) -> None:
        self._base = base.rstrip("/") + "/"
        patterns = [pattern for line in lines if (pattern := _pattern(line))]
        self._of_folders = _groups(patterns)
        self._of_files = _groups([pattern for pattern in patterns if not pattern.of_folders])

    def verdict(self, path: str, *, folder: bool) -> bool | None:
        """Whether the last line that speaks of the real path `path` leaves it out; None where none does."""
        if not path.startswith(self._base):
            return None
        below = path[len(self._base) :]
        for keep, pattern in self._of_folders if folder else self._of_files:
            if pattern.fullmatch(below):
                return not keep
        return None

    def covers(self, path: str) -> bool:
        """Whether the lines name the file at the real path `path`, or the innermost folder of which they speak."""
        ends = [at for at, char in enumerate(path) if char == "/" and at >= len(self._base)]
        named = (self.verdict(path, folder=False), *(self.verdict(path[:end], folder=True) for end in reversed(ends)))
        return next((verdict for verdict in named if verdict is not None), False)


class _Pattern:
    """One line: what it matches, whether it keeps that, and whether it speaks of folders alone."""

    __slots__ = ("keep", "of_folders", "text")

    def __init__(self, text: str, keep: bool, of_folders: bool) -> None:
        self.text = text
        self.keep = keep
        self.of_folders = of_folders


def _groups(patterns: Iterable[_Pattern]) -> list[tuple[bool, re.Pattern[str]]]:
    """Neighbours that say the same as one pattern, the last first."""
    return [
        (keep, re.compile("|".join(pattern.text for pattern in group), re.DOTALL))
        for keep, group in groupby(patterns, key=lambda pattern: pattern.keep)
    ][::-1]


def _pattern(line: str) -> _Pattern | None:
    line = re.sub(r"(?<!\\)[ \t\r\n]+$", "", line)
    if not line or line.startswith("#"):
        return None
    keep, line = line.startswith("!"), line.removeprefix("!")
    stem = line.removesuffix("/")
    body = re.sub(r"(?<![^/])(?:\*\*/)+", "**/", stem.removeprefix("/"))
    if not body:
        return None
    deep = "/" not in stem or body.startswith("**/")
    text = "".join(map(_translate, _PIECE.findall(body.removeprefix("**/"))))
    if body.endswith("/**") or body == "**" != stem:
        text = text.removesuffix("[^/]*") + ".+"
    return _Pattern(f"{'(?:.*/)?' if deep else ''}(?:{text})", keep, line.endswith("/"))


def _translate(piece: str) -> str:
    if piece == "/**":
        return "(?:/.*)?"
    if piece[0] == "*":
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if piece[0] == "[" and len(piece) > 1:
        inner = piece[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        kinds = f"(?!/)[{'^' + inner[1:] if inner[0] in '!^' else inner}]"
        try:
            re.compile(kinds)
        except re.error:  # such as [z-a]: matches nothing, as in git
            return "(?!)"
        return kinds
    return re.escape(piece[1:] if piece[0] == "\\" and len(piece) == 2 else piece)
