"""Types in place of lambdas that make an empty value: exact texts and refusals."""

from __future__ import annotations

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import default_factory
from picklecheck.fixes.tree import Tree


@pytest.mark.parametrize(
    ("value", "factory"),
    [
        ("0", "int"),
        ("0.0", "float"),
        ("[]", "list"),
        ("{}", "dict"),
        ("()", "tuple"),
        ("''", "str"),
        ("False", "bool"),
        ("set()", "set"),
        ("list()", "list"),
    ],
)
def test_an_empty_value_is_made_by_its_type(value: str, factory: str) -> None:
    before = f"pool.map(f, defaultdict(lambda: {value}))\n"
    after = applied(before, default_factory.rewrite(Tree.read(PATH, before), subject(before, f"lambda: {value}")))
    assert after == f"pool.map(f, defaultdict({factory}))\n"


@pytest.mark.parametrize("inner", ["int", "lambda: 0"])
def test_a_nested_defaultdict_is_made_by_a_partial(inner: str) -> None:
    before = f"from collections import defaultdict\n\ndefaultdict(lambda: defaultdict({inner}))\n"
    use = f"lambda: defaultdict({inner})"
    after = applied(before, default_factory.rewrite(Tree.read(PATH, before), subject(before, use)))
    assert after == (
        "import functools\nfrom collections import defaultdict\n\ndefaultdict(functools.partial(defaultdict, int))\n"
    )


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("defaultdict(lambda: 1)", "no type gives that value when it is called without arguments"),
        ("defaultdict(lambda: None)", "no type gives that value when it is called without arguments"),
        ("defaultdict(lambda: [0])", "no type gives that value when it is called without arguments"),
        ("defaultdict(lambda: -0.0)", "no type gives that value when it is called without arguments"),
        ("defaultdict(lambda: (1,))", "no type gives that value when it is called without arguments"),
        ("defaultdict(lambda: k)", "no type gives that value when it is called without arguments"),
        ("defaultdict(lambda x: 0)", "the lambda takes arguments"),
        ("int = defaultdict(lambda: 0)", "the name `int` is taken"),
        ("k = defaultdict(lambda: k())", "`k` is a variable"),
    ],
)
def test_refused(before: str, why: str) -> None:
    use = before[before.index("lambda") : -1]
    assert reason(default_factory.rewrite(Tree.read(PATH, before), subject(before, use))) == why
