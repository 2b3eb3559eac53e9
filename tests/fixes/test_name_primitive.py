"""A temporary lock is given a name: exact text, safety and refusals."""

from __future__ import annotations

import dataclasses

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import name_primitive
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


def fix_of(body: str) -> tuple[str, Fix | NoFix]:
    before = f"def main(xs):\n    {body}\n"
    inside = before.replace("(ctx.Lock(),)", "(ctx.Lock(), 0)")
    given = subject(inside.replace("args=(", "args=f("), "ctx.Lock()")
    place = dataclasses.replace(given.use, column=given.use.column - 1, end_column=given.use.end_column - 1)
    return before, name_primitive.rewrite(Tree.read(PATH, before), dataclasses.replace(given, use=place))


def test_the_lock_gets_a_line_of_its_own() -> None:
    before, fix = fix_of("p = ctx.Process(target=f, args=(ctx.Lock(),))  # start")
    assert applied(before, fix) == (
        "def main(xs):\n    lock = ctx.Lock()\n    p = ctx.Process(target=f, args=(lock,))  # start\n"
    )
    assert isinstance(fix, Fix) and fix.applicability == "safe"


def test_a_taken_name_gives_way() -> None:
    before, fix = fix_of("lock = 1; lock\n    p = ctx.Process(target=f, args=(ctx.Lock(),))")
    assert "    lock_2 = ctx.Lock()\n" in applied(before, fix)


def test_unsafe_where_another_call_would_run_after_it() -> None:
    _, fix = fix_of("p = ctx.Process(target=make(), args=(ctx.Lock(),))")
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            "for x in xs:\n        ctx.Process(args=(ctx.Lock(),))",
            "the next round of the loop would free it",
        ),
        (
            "ps = [ctx.Process(args=(ctx.Lock(),)) for x in xs]",
            "the statement does not always create it",
        ),
        ("p = xs and ctx.Process(args=(ctx.Lock(),))", "the statement does not always create it"),
        ("a = 1; p = ctx.Process(args=(ctx.Lock(),))", "there is no line above which it could be created"),
        ("if xs: p = ctx.Process(args=(ctx.Lock(),))", "there is no line above which it could be created"),
    ],
)
def test_refused(body: str, why: str) -> None:
    assert reason(fix_of(body)[1]) == why
