"""Reads knowledge: tables in TOML, shipped or a user's own, become the rows of `schema`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from picklecheck.knowledge.boundaries import choices
from picklecheck.knowledge.copies import add_copy, check_carriers
from picklecheck.knowledge.schema import (
    CARRIERS,
    FactoryEntry,
    Knowledge,
    KnowledgeError,
    Table,
    TypeEntry,
    ValueEntry,
    WrapperEntry,
    unknown,
)
from picklecheck.knowledge.versions import KNOWN, Version, parse, write

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
    "sets",
}
_LISTS = {"bases", "taught_by", "registered_by", "parameters", "holds", "items", "examples"}


# What Python prints when it refuses an object of a type, by the type and by versions; measured.
TEXTS = Path(__file__).parent / "texts.toml"


@cache
def load() -> Knowledge:
    """What is shipped about the standard library."""
    knowledge = Knowledge()
    for path in shipped():
        add(knowledge, read(path), path.name)
    return knowledge


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """What Python prints for types of the standard library: for each type its texts by specifiers of versions."""
    return read(TEXTS)


def shipped() -> list[Path]:
    """The files of the standard library."""
    return sorted((Path(__file__).parent / "stdlib").glob("*.toml"))


@cache
def libraries() -> dict[str, Path]:
    """The files of other libraries, by the package that programs import; each is read when it is needed."""
    return {path.stem: path for path in sorted((Path(__file__).parent / "libraries").glob("*.toml"))}


def read(path: Path) -> Table:
    """The rows of a shipped file; its `sieve` is only read where the table of the sieve is written."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        table.pop("sieve", None)
        return table
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
