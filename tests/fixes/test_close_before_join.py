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


def test_in_a_line_with_others_it_stands_before_the_join() -> None:
    before, fix = fix_of("if pool: pool.join()")
    assert applied(before, fix) == "def main(pool):\n    if pool: pool.close(); pool.join()\n"


@pytest.mark.parametrize(
    ("around", "safety"),
    [
        ("try:\n        {}\n    except ValueError:\n        pass", "unsafe"),
        ("try:\n        {}\n    finally:\n        pass", "safe"),
        ("try:\n        pass\n    except ValueError:\n        {}", "safe"),
        ("with contextlib.suppress(ValueError):\n        {}", "unsafe"),
        ("with Pool() as pool:\n        {}", "safe"),
    ],
)
def test_unsafe_where_the_error_may_be_caught(around: str, safety: str) -> None:
    _, fix = fix_of(around.format("pool.join()"))
    assert isinstance(fix, Fix) and fix.applicability == safety


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("x = pool.join()", "the pool is not in a variable"),
        ("make().join()", "the pool is not in a variable"),
        ("pool.wait()", "the call was not found"),
    ],
)
def test_refused(line: str, why: str) -> None:
    if "wait" in line:
        before = "pool.wait(0)\n"
        assert reason(close_before_join.rewrite(Tree.read(PATH, before), subject(before, "0"))) == why
    else:
        assert reason(fix_of(line)[1]) == why
