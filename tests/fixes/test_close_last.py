"""`close()` below the last task of a block: exact text, safety, refusals."""

import pytest
from rewriting import applied, reason, subject

from picklecheck.fixes import close_last
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


def rewrite(text: str, use: str = "first") -> Fix | NoFix:
    about = subject(text, use)
    return close_last.rewrite(Tree.read(about.use.path, text), about)


def test_it_goes_below_the_last_task_of_the_block() -> None:
    text = "pool.close()\nprint(1)\npool.map(abs, first)\npool.map(abs, second)\npool.join()\nprint(2)\n"
    after = "print(1)\npool.map(abs, first)\npool.map(abs, second)\npool.close()\npool.join()\nprint(2)\n"
    fix = rewrite(text)
    assert applied(text, fix) == after
    assert isinstance(fix, Fix) and fix.applicability == "safe"


def test_the_last_line_of_a_file_may_have_no_end() -> None:
    text = "pool.close()\nprint(pool.map(abs, first))"
    assert applied(text, rewrite(text)) == "print(pool.map(abs, first))\npool.close()"


def test_it_is_closed_once() -> None:
    text = "pool.close()\npool.map(abs, first)\npool.close()\npool.join()\n"
    fix = rewrite(text)
    assert applied(text, fix) == "pool.map(abs, first)\npool.close()\npool.join()\n"
    late = "pool.close()\npool.map(abs, first)\npool.join()\npool.close()\n"
    assert applied(late, rewrite(late)) == "pool.map(abs, first)\npool.close()\npool.join()\npool.close()\n"


def test_it_is_unsafe_where_the_error_may_be_caught() -> None:
    text = "try:\n    pool.close()\n    pool.map(abs, first)\nexcept ValueError:\n    pass\n"
    fix = rewrite(text)
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("if done:\n    pool.close()\npool.map(abs, first)\n", "it is not closed by a line above, in the same block"),
        ("pool.close()\npool.join()\npool.map(abs, first)\n", "its workers are awaited before the task is given"),
        ("def f():\n    pool.close()\n    return pool.map(abs, first)\n", "nothing can come below the task"),
    ],
)
def test_it_is_refused(text: str, why: str) -> None:
    assert reason(rewrite(text)) == why
