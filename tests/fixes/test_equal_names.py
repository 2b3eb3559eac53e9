"""The string of a functional class is made equal to its variable: exact texts and refusals."""

from __future__ import annotations

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import equal_names
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


def fix_of(before: str, variable: str = "Pair") -> Fix | NoFix:
    return equal_names.rewrite(Tree.read(PATH, before), subject(before + "f(x)\n", "x"), variable)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('Pair = namedtuple("Couple", "a b")\n', 'Pair = namedtuple("Pair", "a b")\n'),
        (
            "Pair = typing.NamedTuple('Couple', [('a', int)])\n",
            "Pair = typing.NamedTuple('Pair', [('a', int)])\n",
        ),
        ("Pair: type = type('Couple', (), {})\n", "Pair: type = type('Pair', (), {})\n"),
        (
            "Pair = namedtuple(typename='Couple', field_names='a')\n",
            "Pair = namedtuple(typename='Pair', field_names='a')\n",
        ),
    ],
)
def test_the_string_becomes_the_variable(before: str, after: str) -> None:
    fix = fix_of(before)
    assert applied(before, fix) == after
    assert isinstance(fix, Fix) and fix.applicability == "safe"


COUPLE = 'Pair = namedtuple("Couple", "a b")\n'


@pytest.mark.parametrize(
    "shows",
    [
        'print("Couple")',
        "print(Pair(1, 2))",
        "f'{pair}'",
        "'%s' % pair",
        "log.info('got %s', [pair])",
        "repr(Pair.a)",
        "type(pair).__name__",
    ],
)
def test_a_name_that_shows_stays_and_leads_to_the_class_too(shows: str) -> None:
    before = f"{COUPLE}pair = Pair(1, 2)\n{shows}\n"
    fix = fix_of(before)
    assert isinstance(fix, Fix)
    assert applied(before, fix) == before.replace(COUPLE, f"{COUPLE}Couple = Pair\n")
    assert fix.applicability == "safe"


def test_a_name_that_shows_is_changed_only_on_request_where_it_is_taken() -> None:
    fix = fix_of(f"{COUPLE}Couple = 3\nprint(Pair(1, 2))\n")
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


@pytest.mark.parametrize("hides", ["print(pair.a)", "print(f(pair))", "Pair(1, 2)", "print('a')"])
def test_what_shows_a_part_does_not_show_the_name(hides: str) -> None:
    before = f"{COUPLE}pair = Pair(1, 2)\n{hides}\n"
    assert applied(before, fix_of(before)) == before.replace('"Couple"', '"Pair"')


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ('def f():\n    Pair = namedtuple("Couple", "a")\n', "`Pair` is not bound once at module level"),
        ('Pair = namedtuple("Couple", "a")\nPair = 3\n', "`Pair` is not bound once at module level"),
        ("Pair = namedtuple(name, 'a')\n", "`Pair` is not created by a call with its name"),
        ('Pair = Other = namedtuple("Couple", "a")\n', "`Pair` is not created by a call with its name"),
        ('Pair = namedtuple(r"Couple", "a")\n', "the name is not a plain string"),
    ],
)
def test_refused(before: str, why: str) -> None:
    assert reason(fix_of(before)) == why
