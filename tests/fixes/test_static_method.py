"""A method without use of its instance becomes static: exact texts, safety and refusals."""

from __future__ import annotations

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import static_method
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

CLASS = """\
class Job:
    def go(self, pool):
        return pool.map(self.work, [1])

    # adds one
    def work({params}):
        return {body}
"""


def fix_of(before: str, **given: object) -> Fix | NoFix:
    return static_method.rewrite(Tree.read(PATH, before), subject(before, "self.work", definition="work", **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("params", "after"),
    [
        ("self, n", "n"),
        ("self", ""),
        ("self, /, n", "n"),
        ("self, n, /", "n, /"),
        ("self, *, n=1", "*, n=1"),
        ("self, *n", "*n"),
        ("self, **n", "**n"),
    ],
)
def test_the_instance_goes(params: str, after: str) -> None:
    before = CLASS.format(params=params, body="1")
    wanted = CLASS.format(params=after, body="1").replace("    def work", "    @staticmethod\n    def work")
    assert applied(before, fix_of(before)) == wanted


def test_safe_without_subclasses_only() -> None:
    before = CLASS.format(params="self, n", body="n")
    fix = fix_of(before)
    assert isinstance(fix, Fix) and fix.applicability == "safe"
    fix = fix_of(before + "\n\nclass Other(Job):\n    pass\n")
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


@pytest.mark.parametrize(
    "more",
    [
        "class Other(Middle): pass\n\n\nclass Middle(Job): pass\n",
        'Other = type("Other", (Job,), {})\n',
        'setattr(Job, "work", print)\n',
        'getattr(type(job), "work")(job, 1)\n',
        'mock.patch("jobs.Job.work")\n',
    ],
)
def test_unsafe_where_it_may_be_another_method(more: str) -> None:
    fix = fix_of(CLASS.format(params="self, n", body="n") + f"\n\n{more}")
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (CLASS.format(params="self, n", body="self.n"), "`work` uses `self`"),
        (CLASS.format(params="self, n", body="[self for _ in n]"), "`work` uses `self`"),
        (CLASS.format(params="self, n", body="super().work(n)"), "`work` uses `super()`"),
        (CLASS.format(params="self, n", body="__class__"), "`work` uses `__class__`"),
        (CLASS.format(params="self, n", body="locals()"), "`work` reads names through `locals()`"),
        (CLASS.format(params="*args", body="1"), "`work` takes no instance"),
        (
            CLASS.format(params="self, n", body="n").replace("    def work", "    @cached\n    def work"),
            "`work` is decorated",
        ),
        (CLASS.format(params="self, n", body="n") + "\nJob.work = print\n", "`work` is replaced"),
        (CLASS.format(params="self, n", body="n") + "\n    do = work\n", "`work` is used in the body of its class"),
        (
            CLASS.format(params="self, n", body="n") + "\nAlias = Job\nAlias.work(Job(), 1)\n",
            "`Alias.work` is used through its class",
        ),
        (
            CLASS.format(params="self, n", body="n") + "\ntype(job).work(job, 1)\n",
            "`type(job).work` is used through its class",
        ),
        (
            CLASS.format(params="self, n", body="n") + "\njob.__class__.work(job, 1)\n",
            "`job.__class__.work` is used through its class",
        ),
        (
            CLASS.format(params="self, n", body="n") + "\nJob.work(Job(), 1)\n",
            "`Job.work` is used through its class",
        ),
    ],
)
def test_refused(before: str, why: str) -> None:
    assert reason(fix_of(before)) == why


def test_refused_for_python_2() -> None:
    before = CLASS.format(params="self, n", body="n")
    assert reason(fix_of(before, python2=True)) == "Python 2 cannot pickle a static method"
