"""Tests of how knowledge is read: good rows, errors that name file and key, user tables, version ranges."""

from __future__ import annotations

from itertools import combinations

import pytest

from picklecheck.knowledge import loading, schema
from picklecheck.knowledge.versions import ALL, KNOWN, parse, spell

ROWS = {
    "type": {
        "gear.Wheel": {
            "example": "gear.Wheel()",
            "why": "wraps an axle",
            "refused": {"pickle": ">=3.14", "spawning": "*"},
            "loads": {"pickle": "<3.7"},
            "bases": ["gear.Part"],
        }
    },
    "factory": {
        "gear.turn": "gear.Wheel",
        "gear.pair": {"returns": ["gear.Wheel", "gear.Wheel"], "args": "2"},
    },
    "wrapper": {"gear.Box": {"parameters": ["part", "*more"], "holds": ["part"], "items": ["part"]}},
    "value": {"gear.main": "gear.Wheel"},
    "alias": {"gear.round.Wheel": "gear.Wheel", "gear.old": "gear"},
    "boundary": {"gear.send": {"slots": []}},
}


def read(table: dict[str, object]) -> schema.Knowledge:
    return loading.add(schema.Knowledge(), table, "gear.toml")


def test_rows_become_entries() -> None:
    knowledge = read(ROWS)
    wheel = knowledge.types["gear.Wheel"]
    assert wheel.refused == {"pickle": frozenset({(3, 14), (3, 15)}), "spawning": ALL}
    assert wheel.fails("pickle") == {(2, 7), (3, 6), (3, 14), (3, 15)}
    assert wheel.fails("deepcopy") == frozenset()
    assert wheel.bases == ("gear.Part",)
    assert knowledge.factories["gear.turn"].returns == "gear.Wheel"
    assert knowledge.factories["gear.pair"].returns == ("gear.Wheel", "gear.Wheel")
    assert knowledge.wrappers["gear.Box"].items == ("part",)
    assert knowledge.values["gear.main"].type == "gear.Wheel"
    assert knowledge.boundaries == {"gear.send": {"slots": []}}


def test_canonical_names() -> None:
    knowledge = read(ROWS)
    assert knowledge.canonical("gear.round.Wheel") == "gear.Wheel"
    assert knowledge.canonical("gear.round.Wheel.spin") == "gear.Wheel.spin"
    assert knowledge.canonical("gear.old.turn") == "gear.turn"
    assert knowledge.canonical("lever.Arm") == "lever.Arm"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"tipe": {}}, "gear.toml: unknown section `tipe`, did you mean `type`?"),
        (
            {"type": {"a.B": {"refussed": {}}}},
            'gear.toml: type."a.B": unknown key `refussed`, did you mean `refused`?',
        ),
        (
            {"type": {"a.B": {"refused": {"pikle": "*"}}}},
            'gear.toml: type."a.B".refused: unknown carrier `pikle`, did you mean `pickle`?',
        ),
        (
            {"type": {"a.B": {"refused": {"pickle": "3.9+"}}}},
            'gear.toml: type."a.B".refused.pickle: `3.9+` is not a version specifier such as `>=3.9` or `<3.14`',
        ),
        (
            {"type": {"a.B": {"bases": "a.A"}}},
            'gear.toml: type."a.B".bases: expected a list of texts',
        ),
        ({"type": {"a.B": 3}}, 'gear.toml: type."a.B": expected a table'),
        ({"factory": {"a.b": {"args": "1"}}}, 'gear.toml: factory."a.b": the key `returns` is missing'),
        (
            {"wrapper": {"a.B": {"parameters": ["func"], "holds": ["fun"]}}},
            'gear.toml: wrapper."a.B".holds: unknown parameter `fun`, did you mean `func`?',
        ),
        ({"alias": {"a.b": ["a.c"]}}, 'gear.toml: alias."a.b": expected the canonical name as text'),
    ],
)
def test_errors_name_file_and_key(table: dict[str, object], message: str) -> None:
    with pytest.raises(schema.KnowledgeError) as caught:
        read(table)
    assert str(caught.value) == message


def test_the_same_row_in_two_files_is_an_error() -> None:
    knowledge = read(ROWS)
    with pytest.raises(schema.KnowledgeError, match="is there twice"):
        loading.add(knowledge, {"alias": {"gear.old": "gear"}}, "again.toml")


def test_a_user_row_replaces_a_shipped_one_without_changing_it() -> None:
    shipped = read(ROWS)
    mine = loading.extended(shipped, {"type": {"gear.Wheel": {"why": "mine"}}}, "pyproject.toml")
    assert mine.types["gear.Wheel"].why == "mine"
    assert shipped.types["gear.Wheel"].why == "wraps an axle"
    assert mine.factories == shipped.factories


@pytest.mark.parametrize(
    ("spec", "versions"),
    [
        ("*", set(KNOWN)),
        ("<3", {(2, 7)}),
        ("==3.8", {(3, 8)}),
        (">=3.9,<3.11", {(3, 9), (3, 10)}),
        ("<3.7 or >=3.15", {(2, 7), (3, 6), (3, 15)}),
        ("!=3.8,>3.6,<=3.9", {(3, 7), (3, 9)}),
    ],
)
def test_parsed_ranges(spec: str, versions: set[tuple[int, int]]) -> None:
    assert parse(spec) == versions


@pytest.mark.parametrize("spec", [">=3.9,<3.11", "<3.7 or >=3.14", "==3.8", "!=3.8", ">=3.14", "<3.6"])
def test_ranges_are_spelled_as_they_are_read(spec: str) -> None:
    assert spell(parse(spec)) == spec


def test_every_set_of_versions_survives_its_spelling() -> None:
    for size in range(1, len(KNOWN) + 1):
        for versions in combinations(KNOWN, size):
            assert parse(spell(versions)) == set(versions)


def test_among_fewer_versions_the_spelling_is_shorter() -> None:
    assert spell([(3, 11), (3, 12)], [(3, 11), (3, 12)]) == ""
    assert spell([(3, 11)], [(3, 11), (3, 12)]) == "<3.12"
    with pytest.raises(ValueError, match="no version"):
        spell([])
