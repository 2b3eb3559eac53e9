"""Knows the form in which knowledge of types, factories, wrappers and values is written, and reads it."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from picklecheck.knowledge.versions import KNOWN, Version, parse, write

CARRIERS = ("pickle", "multiprocessing", "spawning", "deepcopy", "cloudpickle", "dill")

Table: TypeAlias = Mapping[str, Any]
PerCarrier: TypeAlias = Mapping[str, frozenset[Version]]

# What an argument chooses, by parameter and literal.
Choices: TypeAlias = Mapping[str, Mapping[str, str]]

_NOWHERE: PerCarrier = {}
_NOTHING_CHOSEN: Choices = {}
_NO_SETTINGS: Mapping[str, str | int] = {}


class KnowledgeError(Exception):
    """Knowledge that is not written in this form; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """What each carrier does with the instances of one type.

    `refused` and `loads` give, per carrier, the versions that cannot pickle it, and those that
    pickle it and cannot rebuild it; `started` is `refused` for a thread or process that runs.
    Once a module of `multiprocessing` is loaded, as it is where one of the names in `taught_by` is
    used, its pickler carries the type (`multiprocessing.managers` registers views of dicts).
    What is not `measured` was read in the library's documentation or source.
    """

    name: str
    why: str = ""
    refused: PerCarrier = field(default_factory=lambda: _NOWHERE)
    loads: PerCarrier = field(default_factory=lambda: _NOWHERE)
    started: PerCarrier = field(default_factory=lambda: _NOWHERE)
    bases: tuple[str, ...] = ()
    undecided: str = ""
    taught_by: tuple[str, ...] = ()
    instead: str = ""
    since: str = ""
    until: str = ""
    setup: str = ""
    example: str = ""
    started_example: str = ""
    measured: bool = True

    def fails(self, carrier: str) -> frozenset[Version]:
        """The versions in which an instance does not arrive through this carrier."""
        return self.refused.get(carrier, frozenset()) | self.loads.get(carrier, frozenset())


@dataclass(frozen=True, slots=True)
class FactoryEntry:
    """A call of this name returns an instance of the type, or a tuple of them, or with `[type]` a list.

    A name that ends in `.*` stands for all methods of a type that have no row of their own.
    It is shown by calling it with `args`, after the statements of `setup`, or by another `example`.
    `chosen` says which arguments, by parameter and literal, make it return another type, with `*`
    for any other literal; an empty one is a type that nothing is known of. `incomplete` is what it
    returns where its first parameter is not given: `@remote(num_cpus=1)`. `settings_of` names the
    call, or the package for whose calls, its arguments are the defaults until its `with` block
    ends, `settings` those that it sets when they are not given.
    """

    name: str
    returns: str | tuple[str, ...]
    parameters: tuple[str, ...] = ()
    chosen: Choices = field(default_factory=lambda: _NOTHING_CHOSEN)
    incomplete: str = ""
    settings_of: str = ""
    settings: Mapping[str, str | int] = field(default_factory=lambda: _NO_SETTINGS)
    measured: bool = True
    args: str = ""
    example: str = ""
    setup: str = ""


@dataclass(frozen=True, slots=True)
class WrapperEntry:
    """A call of this name makes an object that pickles what it was given as the parameters `holds`.

    With `self` among them, it also holds the object whose method made it.

    Of those in `items` it holds not the object that is given but the items of that iterable.
    The `examples` hold something at the place of `{}`.
    """

    name: str
    parameters: tuple[str, ...]
    holds: tuple[str, ...]
    items: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    setup: str = ""


@dataclass(frozen=True, slots=True)
class ValueEntry:
    """A module attribute that is an instance of the type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that is known of the world; names are canonical, `alias` leads from other spellings to them.

    `copies` are packages that have all that another one has, by its own names.
    """

    types: dict[str, TypeEntry] = field(default_factory=dict)
    factories: dict[str, FactoryEntry] = field(default_factory=dict)
    wrappers: dict[str, WrapperEntry] = field(default_factory=dict)
    values: dict[str, ValueEntry] = field(default_factory=dict)
    alias: dict[str, str] = field(default_factory=dict)
    boundaries: dict[str, dict[str, Any]] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)

    def canonical(self, name: str) -> str:
        """The one spelling of a dotted name, also where only its beginning has another."""
        head, tail = name, ""
        while head:
            if head in self.alias:
                return self.alias[head] + tail
            head, _, last = head.rpartition(".")
            tail = f".{last}{tail}"
        return name


_SECTIONS = ("type", "factory", "wrapper", "value", "alias", "boundary", "copy")
_TEXTS = {
    "why",
    "undecided",
    "instead",
    "since",
    "until",
    "setup",
    "example",
    "started_example",
    "args",
    "type",
    "incomplete",
    "settings_of",
}
_LISTS = {"bases", "taught_by", "parameters", "holds", "items", "examples"}


@cache
def load() -> Knowledge:
    """What is shipped about the standard library."""
    knowledge = Knowledge()
    for path in shipped():
        add(knowledge, read(path), path.name)
    return knowledge


def shipped() -> list[Path]:
    """The files of the standard library."""
    return sorted((Path(__file__).parent / "stdlib").glob("*.toml"))


@cache
def libraries() -> dict[str, Path]:
    """The files of other libraries, by the package that programs import; each is read when it is needed."""
    return {path.stem: path for path in sorted((Path(__file__).parent / "libraries").glob("*.toml"))}


def read(path: Path) -> Table:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{path}: {error}") from error


def extended(base: Knowledge, table: Table, origin: str) -> Knowledge:
    """`base` with the rows of a user's table, which replace rows of the same name."""
    sections = (dict(getattr(base, part.name)) for part in fields(base))
    return add(Knowledge(*sections), table, origin, twice="replaced")


Twice: TypeAlias = Literal["wrong", "replaced", "kept"]


def add(knowledge: Knowledge, table: Table, origin: str, twice: Twice = "wrong") -> Knowledge:
    """Read the rows of a table into `knowledge`; `origin` names the table in errors.

    `twice` says what becomes of a row that is there already.
    """
    for section, name, row in _rows(table, origin):
        where = f'{origin}: {section}."{name}"'
        if section == "copy":
            _add_copy(knowledge, name, row, where)
            continue
        entries: Any = {
            "type": knowledge.types,
            "factory": knowledge.factories,
            "wrapper": knowledge.wrappers,
            "value": knowledge.values,
            "alias": knowledge.alias,
            "boundary": knowledge.boundaries,
        }[section]
        if name in entries and twice == "wrong":
            raise KnowledgeError(f"{where}: is there twice")
        if name not in entries or twice == "replaced":
            entries[name] = _entry(section, name, row, where)
    return knowledge


def _add_copy(knowledge: Knowledge, name: str, row: Any, where: str) -> None:
    if not isinstance(row, Mapping) or not {"of", "carriers"} <= set(row) <= {"of", "carriers", "refusing"}:
        raise KnowledgeError(f"{where}: expected a table of `of`, `carriers` and, where it differs, `refusing`")
    for key in ("of", "refusing"):
        if not isinstance(row.get(key, ""), str):
            raise KnowledgeError(f"{where}.{key}: expected a text")
    from picklecheck.knowledge.copies import add_copy, check_carriers

    check_carriers(row["carriers"], f"{where}.carriers")
    add_copy(knowledge, name, row["of"], row["carriers"], row.get("refusing", ""))


def _rows(table: Table, origin: str) -> Iterator[tuple[str, str, Any]]:
    for section, rows in table.items():
        if section not in _SECTIONS:
            raise KnowledgeError(f"{origin}: {unknown('section', section, _SECTIONS)}")
        if not isinstance(rows, Mapping):
            raise KnowledgeError(f"{origin}: {section}: expected a table")
        for name, row in rows.items():
            yield section, name, row


def _entry(section: str, name: str, row: Any, where: str) -> Any:
    match section, row:
        case "alias", str():
            return row
        case "boundary", Mapping():
            return dict(row)
        case "type", Mapping():
            return TypeEntry(name, **_arguments(TypeEntry, row, where))
        case "factory", Mapping():
            return FactoryEntry(name, **_arguments(FactoryEntry, row, where))
        case "factory", str() | list():
            return FactoryEntry(name, **_arguments(FactoryEntry, {"returns": row}, where))
        case "wrapper", Mapping():
            return WrapperEntry(name, **_arguments(WrapperEntry, row, where))
        case "value", Mapping():
            return ValueEntry(name, **_arguments(ValueEntry, row, where))
        case "value", str():
            return ValueEntry(name, row)
        case "alias", _:
            raise KnowledgeError(f"{where}: expected the canonical name as text")
    raise KnowledgeError(f"{where}: expected a table")


def _arguments(entry: Any, row: Table, where: str) -> dict[str, Any]:
    allowed, required = _keys(entry)
    for key in row:
        if key not in allowed:
            raise KnowledgeError(f"{where}: {unknown('key', key, allowed)}")
    for key in required:
        if key not in row:
            raise KnowledgeError(f"{where}: the key `{key}` is missing")
    arguments = {key: _read(key, value, f"{where}.{key}") for key, value in row.items()}
    for key in ("holds", "items"):
        for name in arguments.get(key, ()):
            if name not in (*arguments["parameters"], *(["self"] if key == "holds" else [])):
                raise KnowledgeError(f"{where}.{key}: {unknown('parameter', name, arguments['parameters'])}")
    if arguments.get("incomplete") and not arguments.get("parameters"):
        raise KnowledgeError(f"{where}.incomplete: the key `parameters` is missing, which names the first of them")
    return arguments


@cache
def _keys(entry: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    keys = [part for part in fields(entry) if part.name != "name"]
    required = [part.name for part in keys if part.default is MISSING and part.default_factory is MISSING]
    return tuple(part.name for part in keys), tuple(required)


def _read(key: str, value: Any, where: str) -> Any:
    match key, value:
        case "refused" | "loads" | "started", Mapping():
            return {carrier: _versions(carrier, spec, where) for carrier, spec in value.items()}
        case "returns", str():
            return value
        case "returns", list():
            return _texts(value, where)
        case "measured", bool():
            return value
        case "chosen", Mapping():
            return choices(value, where)
        case "settings", Mapping() if all(isinstance(setting, str | int) for setting in value.values()):
            return dict(value)
        case _ if key in _TEXTS and isinstance(value, str):
            return value
        case _ if key in _LISTS and isinstance(value, list):
            return _texts(value, where)
    raise KnowledgeError(f"{where}: expected {_expected(key)}")


def _expected(key: str) -> str:
    match key:
        case "refused" | "loads" | "started":
            return "a table of version specifiers by carrier"
        case "returns":
            return "the name of a type as text, or a list of them"
        case "measured":
            return "true or false"
        case "chosen":
            return "a table of names by parameter and literal"
        case "settings":
            return "a table of texts and numbers by parameter"
    return "a list of texts" if key in _LISTS else "a text"


def _texts(value: list[Any], where: str) -> tuple[str, ...]:
    if not all(isinstance(item, str) for item in value):
        raise KnowledgeError(f"{where}: expected a list of texts")
    return tuple(value)


def choices(table: Table, where: str) -> Choices:
    """What arguments choose: a table of names for each parameter."""
    for parameter, names in table.items():
        if not isinstance(names, Mapping) or not all(isinstance(name, str) for name in names.values()):
            raise KnowledgeError(f"{where}.{parameter}: expected a table of names by literal")
    return {parameter: dict(names) for parameter, names in table.items()}


def _versions(carrier: str, spec: Any, where: str) -> frozenset[Version]:
    if carrier not in CARRIERS:
        raise KnowledgeError(f"{where}: {unknown('carrier', carrier, CARRIERS)}")
    if not isinstance(spec, str):
        raise KnowledgeError(f"{where}.{carrier}: expected a version specifier such as `>=3.14`")
    try:
        versions = parse(spec)
    except ValueError as error:
        raise KnowledgeError(f"{where}.{carrier}: {error}") from error
    if not versions:
        raise KnowledgeError(
            f"{where}.{carrier}: `{spec}` admits no version from {write(KNOWN[0])} to {write(KNOWN[-1])}"
        )
    return versions


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """What to say of a name that is none of the known ones, with the one that may be meant."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"unknown {what} `{name}`" + (f", did you mean `{near[0]}`?" if near else "")
