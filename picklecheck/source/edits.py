"""Edits to text: where, what instead, how safe, and how several are applied at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from picklecheck.source.text import line_starts, split

Applicability = Literal["safe", "unsafe", "display-only"]
# The ways out for code that relied on fork: other code, an initializer of the workers, or fork by its name.
Way = Literal["rewrite", "initializer", "fork"]
WAYS: tuple[Way, ...] = get_args(Way)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Line and column, both from 1; columns count characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the text from `start` up to `end` (exclusive) of the file at `path`."""

    path: str
    start: Position
    end: Position
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A rewrite that fixes one finding: all its edits are applied, or none.

    One that is done only `on_request` waits until the rule of its finding is selected by its own name. Of further
    causes it fixes the `attributes` that it names, or all (`mends_all`). `way` is what a user may choose of several.
    """

    applicability: Applicability
    title: str
    edits: tuple[Edit, ...]
    on_request: bool = False
    attributes: tuple[str, ...] = ()
    mends_all: bool = False
    way: Way = "rewrite"


class Edits:
    """Edits that can be applied together, in order, so that it is quickly told whether others meet any of them."""

    def __init__(self) -> None:
        self._ordered: list[Edit] = []

    def add(self, edits: Iterable[Edit]) -> None:
        """Take edits in that do not collide with those that are there."""
        for edit in edits:
            at = bisect_left(self._ordered, edit)
            if self._ordered[at : at + 1] != [edit]:
                self._ordered.insert(at, edit)

    def collide(self, edits: Iterable[Edit]) -> bool:
        """Whether a rewrite with these edits cannot be applied too: it meets one and does not say the same there."""
        return any(self._meets(edit) for edit in edits)

    def _meets(self, edit: Edit) -> bool:
        at = bisect_left(self._ordered, edit)
        if self._ordered[at : at + 1] == [edit]:
            return False
        # At one place there are two at most: an insertion, and what replaces the text behind it.
        return any(_meet(edit, other) for other in self._ordered[max(at - 2, 0) : at + 2])


def apply(text: str, edits: Iterable[Edit], newline: str = "\n") -> str:
    """`text` after all `edits` of its file: equal ones count once, new lines end with `newline`.

    Raises ValueError where edits meet or lie outside the text.
    """
    starts = line_starts(text)
    ordered = sorted(set(edits))
    if any(_meet(edit, later) for edit, later in pairwise(ordered)):
        raise ValueError("edits meet")
    parts: list[str] = []
    done = 0
    for edit in ordered:
        start, end = (_offset(position, starts, len(text)) for position in (edit.start, edit.end))
        if start > end:
            raise ValueError("an edit ends before it starts")
        parts += text[done:start], newline.join(split(edit.text))
        done = end
    return "".join([*parts, text[done:]])


def origin(text: str, edits: Iterable[Edit], position: Position, newline: str = "\n") -> Position | None:
    """Where in `text` was what is at `position` after all `edits`; None for what an edit wrote."""
    edits = sorted(set(edits))
    new, starts = apply(text, edits, newline), line_starts(text)
    left = len(new) - _offset(position, line_starts(new), len(new))
    before = len(text) - left  # as if no edit was below
    for edit in reversed(edits):
        start, end = (_offset(one, starts, len(text)) for one in (edit.start, edit.end))
        if before >= end:
            break
        written = len(newline.join(split(edit.text)))
        if before >= end - written:
            return None
        before += written - (end - start)
    line = bisect_right(starts, before)
    return Position(line, before - starts[line - 1] + 1)


def _meet(edit: Edit, other: Edit) -> bool:
    """Whether two edits overlap, or insert at the same place: which comes first would be left to chance."""
    if edit.path != other.path:
        return False
    both_insert = edit.start == edit.end == other.start == other.end
    return both_insert or (edit.start < other.end and other.start < edit.end)


def _offset(position: Position, starts: list[int], length: int) -> int:
    if not 1 <= position.line <= len(starts):
        raise ValueError("an edit lies outside the text")
    offset = starts[position.line - 1] + position.column - 1
    limit = starts[position.line] if position.line < len(starts) else length
    if position.column < 1 or offset > limit:
        raise ValueError("an edit lies outside the text")
    return offset
