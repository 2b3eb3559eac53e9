"""Tests that every row of the knowledge of types is true: its example is run on each Python that is found."""

from __future__ import annotations

import ast
import sys
from functools import cache
from types import ModuleType

import pytest
from named_types import unsaid, untold

from picklecheck.knowledge import loading, schema
from picklecheck.knowledge.versions import KNOWN, Version, write

RUNNING: Version = (sys.version_info.major, sys.version_info.minor)


@cache
def on_path(measure: ModuleType) -> dict[Version, list[str]]:
    return {**measure.interpreters(), RUNNING: [sys.executable]}


@cache
def entries() -> schema.Knowledge:
    return loading.load()


@pytest.mark.parametrize("version", KNOWN, ids=write)
def test_rows_agree_with_reality(measure: ModuleType, version: Version) -> None:
    found = on_path(measure)
    if version not in found:
        pytest.skip(f"python{write(version)} is not on PATH, or does not run")
    knowledge = entries()
    measured = {version: measure.measure(found[version], measure.jobs(knowledge))}
    assert len(measured[version]) > 1500
    assert measure.differences(knowledge, measured, shown_on_all=False) == []


def test_a_wrong_row_is_noticed(measure: ModuleType) -> None:
    rows = {
        "type": {
            "threading.Lock": {"example": "threading.Lock()"},
            "builtins.int": {"example": "1", "why": "no", "refused": {"deepcopy": "*"}},
            "collections.deque": {"example": "collections.deque()", "bases": ["builtins.int"]},
            "re.nothing": {"example": "re.nothing()"},
        },
        "factory": {"builtins.len": {"returns": "threading.Lock", "args": "'a'"}},
        "wrapper": {"collections.deque": {"parameters": ["maxlen"], "holds": ["maxlen"], "examples": ["len([{}])"]}},
        "value": {"math.pi": "builtins.int"},
        "alias": {"os.sep": "os.linesep"},
    }
    knowledge = loading.add(schema.Knowledge(), rows, "wrong.toml")
    measured = {RUNNING: measure.measure([sys.executable], measure.jobs(knowledge))}
    found = "\n".join(measure.differences(knowledge, measured))
    for name in (
        'type."threading.Lock" on',
        'type."builtins.int" on',
        'type."collections.deque" on',
        'type."re.nothing" on',
        'factory."builtins.len" on',
        'wrapper."collections.deque" on',
        'value."math.pi" on',
        'alias."os.sep"',
    ):
        assert name in found


def test_measured_lines_are_rewritten_and_others_kept(measure: ModuleType) -> None:
    rest = '\n[value]\n"a.b" = "a.B"\n'
    before = '[type."a.B"]\nexample = "a.B()"\nrefused = { pickle = "<3.8" }\nwhy = "is an a"\n' + rest
    job = measure.Job(("type", "a.B"), "a.B()")
    outcomes = {"made": "ok", "pickle": "TypeError: no", "deepcopy": "ok"}
    absent = {"made": "AttributeError: B"}
    loads = {"made": "ok", "pickle": "ok", "deepcopy": "loads: TypeError: no"}
    measured = {(3, 12): {job: absent}, (3, 13): {job: outcomes}, (3, 14): {job: loads}}
    assert measure.rewritten(before, measured) == (
        '[type."a.B"]\nexample = "a.B()"\nwhy = "is an a"\nsince = "3.13"\n'
        'refused = { pickle = "<3.14" }\nloads = { deepcopy = ">=3.14" }\n' + rest
    )
    assert measure.rewritten(measure.rewritten(before, measured), measured) == measure.rewritten(before, measured)


def test_what_refuses_says_why() -> None:
    for name, entry in entries().types.items():
        fails = any(entry.refused.values()) or any(entry.loads.values()) or bool(entry.undecided)
        assert bool(entry.why) == fails, name
        assert not entry.why.endswith("."), name
        assert entry.why[:1] == entry.why[:1].lower(), name
        assert not (entry.undecided and entry.refused), name
        ast.parse(entry.example, mode="eval")


def test_names_lead_to_rows() -> None:
    assert untold(entries()) == []


def test_what_is_a_boundary_and_can_be_held_says_what_it_holds() -> None:
    assert unsaid(entries(), entries().boundaries) == []


def test_a_holder_that_does_not_say_what_it_holds_is_told() -> None:
    table = {"boundary": {"depot.Loader": {}}, "type": {"depot.Loader": {"example": "depot.Loader()"}}}
    knowledge = loading.extended(entries(), table, "depot.toml")
    assert unsaid(knowledge, ["depot.Loader"]) == [
        'boundary."depot.Loader" can be held: add a row [wrapper."depot.Loader"]'
    ]


def test_a_factory_without_the_row_of_its_type_is_told_what_to_do() -> None:
    table = {"factory": {"depot.open": "depot.Depot"}}
    knowledge = loading.extended(entries(), table, "depot.toml")
    assert untold(knowledge, "depot") == [
        'factory."depot.open" makes a `depot.Depot`, of which nothing is known: '
        'add the row [type."depot.Depot"], with an example'
    ]


def test_canonical_names_have_no_alias() -> None:
    knowledge = entries()
    assert [name for name in knowledge.types if name in knowledge.alias] == []
    assert [name for name in knowledge.alias.values() if name in knowledge.alias] == []


def test_every_held_parameter_is_shown() -> None:
    for entry in entries().wrappers.values():
        assert len(entry.examples) >= len(entry.holds), entry.name
        assert all("{}" in example for example in entry.examples), entry.name


@pytest.mark.parametrize(
    ("name", "carrier", "carried"),
    [
        ("threading.Lock", "pickle", False),
        ("threading.Lock", "spawning", False),
        ("multiprocessing.synchronize.Lock", "multiprocessing", False),
        ("multiprocessing.synchronize.Lock", "spawning", True),
        ("multiprocessing.queues.Queue", "spawning", True),
        ("multiprocessing.Process", "multiprocessing", False),
        ("multiprocessing.Process", "spawning", True),
        ("socket.socket", "pickle", False),
        ("socket.socket", "multiprocessing", True),
        ("builtins.dict_keys", "multiprocessing", False),
        ("builtins.list_iterator", "pickle", True),
        ("builtins.generator", "cloudpickle", False),
        ("io.StringIO", "pickle", True),
        ("pathlib.Path", "multiprocessing", True),
        ("logging.Logger", "multiprocessing", True),
    ],
)
def test_carriers_differ_as_they_do(name: str, carrier: str, carried: bool) -> None:
    assert ((3, 13) not in entries().types[name].fails(carrier)) == carried
