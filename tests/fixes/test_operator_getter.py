"""Getters in place of lambdas: exact texts and refusals."""

from __future__ import annotations

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import operator_getter
from picklecheck.fixes.tree import Tree


@pytest.mark.parametrize(
    ("use", "getter"),
    [
        ("lambda x: x[1]", "operator.itemgetter(1)"),
        ("lambda x: x['a']", "operator.itemgetter('a')"),
        ("lambda x: x[-1]", "operator.itemgetter(-1)"),
        ("lambda x: x[1, 2]", "operator.itemgetter((1, 2))"),
        ("lambda x: x[1,]", "operator.itemgetter((1,))"),
        ("lambda x: (x[0], x[2])", "operator.itemgetter(0, 2)"),
        ("lambda x: x.a", 'operator.attrgetter("a")'),
        ("lambda x: (x.a, x.b.c)", 'operator.attrgetter("a", "b.c")'),
    ],
)
def test_becomes_a_getter(use: str, getter: str) -> None:
    before = f"import sys\n\npool.map({use}, xs)\n"
    after = applied(before, operator_getter.rewrite(Tree.read(PATH, before), subject(before, use)))
    assert after == f"import operator\nimport sys\n\npool.map({getter}, xs)\n"


def test_the_import_of_the_file_is_used() -> None:
    before = "from operator import itemgetter as get\npool.map(lambda x: x[1], xs)\n"
    after = applied(before, operator_getter.rewrite(Tree.read(PATH, before), subject(before, "lambda x: x[1]")))
    assert after == "from operator import itemgetter as get\npool.map(get(1), xs)\n"


@pytest.mark.parametrize(
    ("use", "why"),
    [
        ("lambda x: x", "the lambda does more than get an item or attribute"),
        ("lambda x: x[1:]", "the lambda does more than get an item or attribute"),
        ("lambda x: (x[1],)", "the lambda does more than get an item or attribute"),
        ("lambda x: y.a", "the lambda does more than get an item or attribute"),
        ("lambda x: x[k]", "the key is a variable"),
        ("lambda x, y: x[0]", "the lambda does not take one parameter"),
        ("lambda x=1: x[0]", "its parameters are not plain"),
    ],
)
def test_refused(use: str, why: str) -> None:
    before = f"pool.map({use}, xs)\n"
    assert reason(operator_getter.rewrite(Tree.read(PATH, before), subject(before, use))) == why


def test_a_private_attribute_is_refused_inside_its_class() -> None:
    before = "class A:\n    def go(self):\n        pool.map(lambda x: x.__a, xs)\n"
    why = reason(operator_getter.rewrite(Tree.read(PATH, before), subject(before, "lambda x: x.__a")))
    assert why == "a private attribute has another name outside its class"
