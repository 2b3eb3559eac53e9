"""A stretch of source text, as messages and edits name it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A stretch of source: lines and columns start at 1, columns count characters, the end is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def is_within(self, outer: Place) -> bool:
        """Whether all of it lies in another place."""
        begins = (outer.line, outer.column) <= (self.line, self.column)
        ends = (self.end_line, self.end_column) <= (outer.end_line, outer.end_column)
        return self.path == outer.path and begins and ends


def written(lines: Sequence[str], place: Place) -> str:
    """The text at a place of the file with these lines."""
    found = list(lines[place.line - 1 : place.end_line])
    if found:
        found[-1] = found[-1][: place.end_column - 1]
        found[0] = found[0][place.column - 1 :]
    return "\n".join(found)
