"""The lines that edits take and put are those of the edits, wherever equal lines are beside them."""

from __future__ import annotations

import pytest

from picklecheck.report.edited import Change, changes
from picklecheck.source.edits import Edit, Position

LINES = ["class Job:", "    def a(self):", "        pass", "", "    def b(self):", "        pass"]


def edit(start: tuple[int, int], end: tuple[int, int], text: str) -> Edit:
    return Edit("a.py", Position(*start), Position(*end), text)


@pytest.mark.parametrize(
    ("edits", "found"),
    [
        (
            [edit((5, 1), (5, 1), "    def c(self):\n        pass\n\n")],
            [Change(4, 4, ("    def c(self):", "        pass", ""))],
        ),
        (
            [edit((4, 1), (4, 1), "\n    def c(self):\n        pass\n")],
            [Change(3, 3, ("", "    def c(self):", "        pass"))],
        ),
        ([edit((3, 1), (5, 1), "")], [Change(2, 4, ())]),
        ([edit((1, 7), (1, 10), "Work")], [Change(0, 1, ("class Work:",))]),
        ([edit((3, 13), (3, 13), "\n        return 1")], [Change(3, 3, ("        return 1",))]),
        (
            [edit((2, 9), (2, 10), "x"), edit((5, 9), (5, 10), "y")],
            [Change(1, 2, ("    def x(self):",)), Change(4, 5, ("    def y(self):",))],
        ),
        ([edit((2, 9), (2, 10), "x"), edit((2, 11), (2, 15), "me")], [Change(1, 2, ("    def x(me):",))]),
    ],
)
def test_changes_are_where_the_edits_are(edits: list[Edit], found: list[Change]) -> None:
    assert changes(edits, LINES) == found


def test_edits_of_another_text_are_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        changes([edit((6, 90), (6, 91), "x")], LINES)
