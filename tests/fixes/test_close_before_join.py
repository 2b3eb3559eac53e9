"""`close()` goes in front of `join()`: exact text and refusals."""

from __future__ import annotations

import dataclasses

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import close_before_join
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


def fix_of(line: str) -> tuple[str, Fix | NoFix]:
    before = f"def main(pool):\n    {line}\n"
    given = subject(before.replace("join()", "join(0)"), "0")
    call = dataclasses.replace(given.call, end_column=given.call.end_column - 1)
    return before, close_before_join.rewrite(Tree.read(PATH, before), dataclasses.replace(given, call=call))


def test_the_pool_is_closed_first() -> None:
    before, fix = fix_of("pool.join()  # wait")
    assert applied(before, fix) == "def main(pool):\n    pool.close()\n    pool.join()  # wait\n"
    before, fix = fix_of("self.pool.join()")
    assert "    self.pool.close()\n    self.pool.join()\n" in applied(before, fix)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("x = pool.join()", "the pool has no name"),
        ("make().join()", "the pool has no name"),
        ("pool; pool.join()", "the join is part of a larger line"),
        ("pool.wait()", "the call was not found"),
    ],
)
def test_refused(line: str, why: str) -> None:
    if "wait" in line:
        before = "pool.wait(0)\n"
        assert reason(close_before_join.rewrite(Tree.read(PATH, before), subject(before, "0"))) == why
    else:
        assert reason(fix_of(line)[1]) == why
