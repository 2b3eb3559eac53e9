"""Edits to text: where, what instead, how safe, and how several are applied at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
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
    parts: list[str] = []
    done = 0
    for edit in _ordered(edits):
        start, end = (_offset(position, starts, len(text)) for position in (edit.start, edit.end))
        if start > end:
            raise ValueError("an edit ends before it starts")
        parts += text[done:start], newline.join(split(edit.text))
        done = end
    return "".join([*parts, text[done:]])


class Origins:
    """Where in a text was what is somewhere in it after edits."""

    def __init__(self, text: str, edits: Iterable[Edit], newline: str = "\n") -> None:
        ordered = _ordered(edits)
        new = apply(text, ordered, newline)
        self._starts, self._new_starts, self._length = line_starts(text), line_starts(new), len(new)
        # Of each edit: where it ends now and before, and where it begins now.
        self._ends: list[tuple[int, int, int]] = []
        grown = 0
        for edit in ordered:
            start, end = (_offset(one, self._starts, len(text)) for one in (edit.start, edit.end))
            begin = start + grown
            grown += len(newline.join(split(edit.text))) - (end - start)
            self._ends.append((end + grown, end, begin))

    def of(self, position: Position) -> Position | None:
        """The place in the old text; None for what an edit wrote."""
        at = _offset(position, self._new_starts, self._length)
        number = bisect_right(self._ends, at, key=lambda one: one[0])
        if number < len(self._ends) and self._ends[number][2] <= at:
            return None
        if number:
            end_now, end_before, _ = self._ends[number - 1]
            at += end_before - end_now
        line = bisect_right(self._starts, at)
        return Position(line, at - self._starts[line - 1] + 1)


def _ordered(edits: Iterable[Edit]) -> list[Edit]:
    """The edits of a file as they are applied: in order of the text, blocks at one place as they were given.

    Raises ValueError where some meet.
    """
    ordered = sorted(dict.fromkeys(edits), key=lambda edit: (edit.path, edit.start, edit.end))
    if any(_meet(edit, later) for edit, later in pairwise(ordered)):
        raise ValueError("edits meet")
    below = {later for edit, later in pairwise(ordered) if edit.start == later.start and _is_block(later)}
    return [replace(edit, text=edit.text.lstrip("\r\n")) if edit in below else edit for edit in ordered]


def _is_block(edit: Edit) -> bool:
    """Whether an edit puts whole lines in, with two blank ones at the end: more such may follow at that place."""
    at_once = edit.start == edit.end and edit.start.column == 1
    return at_once and split(edit.text)[-3:] == ["", "", ""]


def _meet(edit: Edit, other: Edit) -> bool:
    """Whether two edits overlap, or insert at the same place: which comes first would be left to chance."""
    if edit.path != other.path:
        return False
    if edit.start == edit.end == other.start == other.end:
        return not (_is_block(edit) and _is_block(other))
    return edit.start < other.end and other.start < edit.end


def _offset(position: Position, starts: list[int], length: int) -> int:
    if not 1 <= position.line <= len(starts):
        raise ValueError("an edit lies outside the text")
    offset = starts[position.line - 1] + position.column - 1
    limit = starts[position.line] if position.line < len(starts) else length
    if position.column < 1 or offset > limit:
        raise ValueError("an edit lies outside the text")
    return offset
