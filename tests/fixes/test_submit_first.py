"""A loop that awaits each result submits all tasks first: exact texts, and where a task may need what came before."""

from __future__ import annotations

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import submit_first
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

CALL = "pool.apply_async(work, (row,))"


def rewritten(text: str) -> Fix | NoFix:
    return submit_first.rewrite(Tree.read(PATH, text), subject(text, "work"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            f"for row in rows:\n    print({CALL}.get())\n",
            f"results = [{CALL} for row in rows]\nfor result in results:\n    print(result.get())\n",
        ),
        (
            f"for row in rows:\n    print(row, {CALL}.get())\n",
            f"results = [(row, {CALL}) for row in rows]\nfor row, result in results:\n    print(row, result.get())\n",
        ),
        (f"found = [{CALL}.get() for row in rows]\n", "found = pool.map(work, rows)\n"),
    ],
)
def test_all_tasks_come_first(before: str, after: str) -> None:
    fix = rewritten(before)
    assert applied(before, fix) == after
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (f"while rows:\n    print({CALL}.get())\n", "the loop does not say how many tasks there are"),
        (f"for row in rows:\n    total = {CALL}.get()\n    break\n", "the loop may end before its last task"),
        (
            f"for row in rows:\n    print(row)\n    total = {CALL}.get()\n",
            "the lines above it would all come before the first result",
        ),
        (f"for _ in rows:\n    row = {CALL}.get()\n", "a task may need what the one before it gave"),
        (f"for _ in rows:\n    row.append({CALL}.get())\n", "a task may need what the one before it gave"),
        (
            f"for row in rows:\n    if row:\n        print({CALL}.get())\n",
            "the result is awaited in a block inside the loop",
        ),
    ],
)
def test_no_fix_where_the_order_may_matter(before: str, why: str) -> None:
    assert reason(rewritten(before)) == why
