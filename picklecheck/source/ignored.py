"""What `.gitignore` lines mean: which paths below their folder they leave out."""

# Written out rather than taken from pathspec, whose import costs as much as walking 20,000 files.

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import groupby

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

_PIECE = re.compile(r"/\*\*(?=/)|\*+|\?|\[[!^]?\]?[^\]]*\]|\\.|.", re.DOTALL)
_SPECIAL = re.compile(r"[*?\[\\]")
_SPACE = " \t\r\n"
_BETWEEN = "/**"
_DEEP, _BELOW = "**/", "**/*"  # pieces that no line has: at any depth, and whatever lies below

_ByLength: TypeAlias = "dict[int, dict[str, list[_Pattern]]]"


class Ignored:
    """The patterns of one folder; `base` is that folder as an absolute real path."""

    __slots__ = ("_base", "_of_names", "_of_paths")

    def __init__(self, base: str, lines: Iterable[str]) -> None:
        self._base = base.rstrip("/") + "/"
        self._of_names, self._of_paths = _Table(), _Table()
        for line, order in {line: order for order, line in enumerate(lines)}.items():  # the last of those alike
            if pattern := _pattern(line, order):
                (self._of_names if pattern.of_names else self._of_paths).add(pattern)

    def verdict(self, path: str, *, folder: bool) -> bool | None:
        """Whether the last line that speaks of the real path `path` leaves it out; None where none does."""
        if not path.startswith(self._base):
            return None
        below = path[len(self._base) :]
        name = below[below.rfind("/") + 1 :]
        last: _Pattern | None = None
        for text, table in ((name, self._of_names), (below, self._of_paths)):
            for pattern in table.possible(text):
                later = last is None or pattern.order > last.order
                if later and (folder or not pattern.of_folders) and pattern.matches(text):
                    last = pattern
        return None if last is None else not last.keep

    def covers(self, path: str) -> bool:
        """Whether the lines name the file at the real path `path`, or the innermost folder of which they speak."""
        ends = [at for at, char in enumerate(path) if char == "/" and at >= len(self._base)]
        named = (self.verdict(path, folder=False), *(self.verdict(path[:end], folder=True) for end in reversed(ends)))
        return next((verdict for verdict in named if verdict is not None), False)


class _Table:
    """Patterns by the longest plain text in them and where it is: of thousands, few are tried on a path."""

    __slots__ = ("ends", "inside", "others", "starts", "wholes")

    def __init__(self) -> None:
        self.wholes: dict[str, list[_Pattern]] = {}
        self.starts: _ByLength = {}
        self.ends: _ByLength = {}
        self.inside: _ByLength = {}
        self.others: list[_Pattern] = []

    def add(self, pattern: _Pattern) -> None:
        part = pattern.part
        if pattern.whole:
            self.wholes.setdefault(part, []).append(pattern)
        elif not part:
            self.others.append(pattern)
        else:
            at = self.starts if pattern.start == part else self.ends if pattern.end == part else self.inside
            at.setdefault(len(part), {}).setdefault(part, []).append(pattern)

    def possible(self, text: str) -> Iterator[_Pattern]:
        yield from self.wholes.get(text, ())
        for length, known in self.starts.items():
            yield from known.get(text[:length], ())
        for length, known in self.ends.items():
            yield from known.get(text[-length:], ())
        for length, known in self.inside.items():
            for part in {text[at : at + length] for at in range(len(text) - length + 1)}:
                yield from known.get(part, ())
        yield from self.others


class _Pattern:
    """One line: what it matches, whether it keeps that, and of what it speaks: names or paths, folders alone or all."""

    def __init__(self, pieces: Sequence[str], of_names: bool, order: int, keep: bool, of_folders: bool) -> None:
        self._pieces, self.of_names, self.order = pieces, of_names, order
        self.keep, self.of_folders = keep, of_folders
        self._deep, self._below = pieces[0] == _DEEP, pieces[-1] == _BELOW
        runs = ["".join(map(_plain, run)) if plain else "" for plain, run in groupby(pieces, _is_plain)]
        self.part = max(runs, key=len)
        self.start, self.end = runs[0], runs[-1]
        self.whole = len(runs) == 1 and bool(self.start)

    def matches(self, text: str) -> bool:
        return self.whole or bool(self._expression.fullmatch(text))

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        """Made for a path that it may match: of thousands of patterns, most are never tried."""
        inner = self._pieces[self._deep : len(self._pieces) - self._below]
        first, *following = (_path(run) for run in _split(inner, _BETWEEN))
        # The nearest place for each but the last is as good as any other: none is tried again.
        nearest = "".join(f"(?>(?:/[^/]*)*?{text}(?=/))" for text in following[:-1])
        last = f"(?:/.*)?{following[-1]}" if following else ""
        text = f"{'(?:.*/)?' if self._deep else ''}{first}{nearest}{last}{'.+' if self._below else ''}"
        return re.compile(text, re.DOTALL)


def _pattern(line: str, order: int) -> _Pattern | None:
    kept = line.rstrip(_SPACE)
    line = line[: len(kept) + 1] if kept.endswith("\\") else kept
    if not line or line.startswith("#"):
        return None
    keep, line = line.startswith("!"), line.removeprefix("!")
    stem = line.removesuffix("/")
    body = re.sub(r"(?<![^/])(?:\*\*/)+", "**/", stem.removeprefix("/"))
    below = body.endswith("/**") or body == "**" != stem
    inner = body.removeprefix("**/").removesuffix("**" if below else "")
    if not body or not (inner or below):
        return None
    deep = "/" not in stem or body.startswith("**/")
    of_names = deep and "/" not in inner and not below
    pieces = _PIECE.findall(inner) if _SPECIAL.search(inner) else [inner] if inner else []
    if deep and not of_names:
        pieces.insert(0, _DEEP)
    if below:
        pieces.append(_BELOW)
    return _Pattern(pieces, of_names, order, keep, line.endswith("/"))


def _is_plain(piece: str) -> bool:
    """Whether a piece matches what is written, and nothing else."""
    return not (piece[0] in "*?" or (piece[0] == "[" and len(piece) > 1) or piece == _BETWEEN)


def _plain(piece: str) -> str:
    return piece[1] if piece[0] == "\\" and len(piece) == 2 else piece


def _split(pieces: Sequence[str], separator: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for piece in pieces:
        if piece == separator:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _path(pieces: Sequence[str]) -> str:
    return "/".join(map(_name, _split(pieces, "/")))


def _name(pieces: Sequence[str]) -> str:
    """A part of a path; here too, only what follows the last star is tried at more than the nearest place."""
    texts = [""]
    for piece in pieces:
        if piece[0] == "*":
            texts.append("")
        else:
            texts[-1] += _translated(piece)
    first, *following = texts
    nearest = "".join(f"(?>[^/]*?{text})" for text in following[:-1])
    return f"{first}{nearest}[^/]*{following[-1]}" if following else first


def _translated(piece: str) -> str:
    if _is_plain(piece):
        return re.escape(_plain(piece))
    if piece == "?":
        return "[^/]"
    inner = re.sub(r"[\\[&|~]", r"\\\g<0>", piece[1:-1]) or "!"
    kinds = f"(?!/)[{'^' + inner[1:] if inner[0] in '!^' else inner}]"
    try:
        re.compile(kinds)
    except re.error:  # such as [z-a]: matches nothing, as in git
        return "(?!)"
    return kinds
