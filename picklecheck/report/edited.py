"""Which lines of a file go and which come by edits, as these say it, not as a comparison of texts would guess."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from picklecheck.source.edits import Edit, Position, apply
from picklecheck.source.text import split


@dataclass(frozen=True, slots=True)
class Change:
    """The lines from `start` up to `end` (from 0, exclusive) give way to the `new` ones."""

    start: int
    end: int
    new: tuple[str, ...]


def changes(edits: Iterable[Edit], lines: Sequence[str]) -> list[Change]:
    """The changes in order; raises ValueError where the edits do not fit the lines."""
    found = [change for group in _on_one_line(sorted(edits)) for change in _of_group(group, lines)]
    return [change for change in found if change.new or change.end > change.start]


def _on_one_line(edits: Iterable[Edit]) -> list[list[Edit]]:
    """Edits in groups: those that touch the same line are in one."""
    groups: list[list[Edit]] = []
    for edit in edits:
        if groups and edit.start.line <= _last_line(groups[-1][-1]):
            groups[-1].append(edit)
        else:
            groups.append([edit])
    return groups


def _last_line(edit: Edit) -> int:
    """The last line that an edit touches; one that ends before the first character of a line leaves it as it is."""
    return edit.end.line - 1 if _is_of_whole_lines(edit) else edit.end.line


def _is_of_whole_lines(edit: Edit) -> bool:
    return edit.start.column == edit.end.column == 1 and (not edit.text or edit.text.endswith("\n"))


def _of_group(group: Sequence[Edit], lines: Sequence[str]) -> Iterator[Change]:
    start, end = group[0].start.line - 1, _last_line(group[-1])
    if len(group) == 1 and start == end:
        yield Change(start, end, tuple(split(group[0].text)[:-1]))
        return
    old = lines[start:end]
    below = [""] if _is_of_whole_lines(group[-1]) else []
    text = apply("\n".join([*old, *below]), [_moved_up(edit, start) for edit in group])
    new = split(text)[: -1 if below else None]
    for tag, low, high, new_low, new_high in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Change(start + low, start + high, tuple(new[new_low:new_high]))


def _moved_up(edit: Edit, lines: int) -> Edit:
    start, end = (Position(one.line - lines, one.column) for one in (edit.start, edit.end))
    return replace(edit, start=start, end=end)
