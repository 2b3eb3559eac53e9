"""Knows the form in which boundaries are written: which slots cross, by which carrier, under which start methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from picklecheck.knowledge.schema import CARRIERS, Choices, KnowledgeError, Table, unknown
from picklecheck.knowledge.start_methods import START_METHODS

# Modules whose boundaries are methods of objects that are mostly made by what is called so.
MAKERS = {"managers": "Manager", "queues": "Queue", "connection": "Pipe", "pool": "Pool", "futures": "Executor"}
Effect = Literal["raises", "hangs", "silent", "wrong"]


@dataclass(frozen=True, slots=True)
class BoundaryEntry:
    """One API that sends values to another process.

    A name that ends in `.*` means all methods of a type that have no row of their own; a row
    in which nothing crosses and nothing starts says that its method does not send anything.

    `crosses` are its slots: a parameter (`func`), the items of a parameter (`iterable[*]`), the
    items of its items (`iterable[*][*]`), a call that was put off with what it was given
    (`iterable[*]()`), `self`, or what the object was made of, as a decorator's is of its function
    (`self()`). `task` is the parameter that the worker calls, with the slots in `given` (`*args`
    spreads a tuple, `[dataset[*]]` is a list of its items). What comes back goes by the carrier
    `back`, under all start methods, where that is said, and the effect is `unreturned` where it is
    refused; exceptions come back with it unless `exceptions` is false. `needs` names a parameter
    and the type it must have for this to be a boundary, `unless` parameters with which nothing can
    be said. `workers` is the parameter that says how many processes there are: with no more than
    `inline` of them (or None), or without it, nothing crosses. `chosen` says which arguments, by
    parameter and literal, make it another boundary (none, where that is empty); the first of them
    that is given decides. `pinned` is the start method of its processes where that is not the
    program's; `spawns_with` a parameter with which, and without a context, it is `spawn`. What is
    not `measured` was read in the library's documentation or source. `starts` says that the call
    starts a process; `deferred` that the values cross when the object it made is started; `process`
    whether another process is behind it at all; `threads` that the workers of this type are
    threads, so that nothing it inherits is a boundary; `by_field` that a dataclass is taken apart,
    and only what its fields have crosses.
    """

    name: str
    parameters: tuple[str, ...] = ()
    crosses: tuple[str, ...] = ()
    carrier: str = "multiprocessing"
    back: str = ""
    unreturned: Effect = "raises"
    exceptions: bool = True
    methods: tuple[str, ...] = START_METHODS
    task: str = ""
    given: tuple[str, ...] = ()
    result: bool = False
    refusing: Effect = "raises"
    unrebuildable: Effect = "raises"
    needs: tuple[str, str] | None = None
    unless: tuple[str, ...] = ()
    starts: bool = False
    daemonic: bool = False
    deferred: bool = False
    process: bool = True
    threads: bool = False
    by_field: bool = False
    workers: str = ""
    inline: int = 0
    chosen: Choices = field(default_factory=dict)
    pinned: str = ""
    spawns_with: str = ""
    measured: bool = True

    @property
    def sends(self) -> bool:
        """Whether it is a boundary at all."""
        return bool(self.crosses or self.starts or self.chosen) and not self.threads

    @property
    def package(self) -> str:
        return "" if self.method == "run_in_executor" else self.name.partition(".")[0]

    @property
    def method(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def maker(self) -> str:
        """What a text must have, apart from the package, for the boundary to be in it."""
        if self.package in ("pickle", "copy"):
            return ""
        return next((MAKERS[part] for part in self.name.split(".")[1:] if part in MAKERS), self.method)

    @property
    def short(self) -> str:
        """The name for messages: `Pool.map`, `Process`."""
        parts = self.name.removesuffix(".__call__").removesuffix(".__iter__").split(".")
        return ".".join(parts[-2:]) if len(parts) > 1 and parts[-2][:1].isupper() else parts[-1]


SENDING = (*CARRIERS, "dill spawning", "interpreters", "marshal")

_LISTS = {"parameters", "crosses", "methods", "given", "needs", "unless"}
_CHOICES = {
    "carrier": SENDING,
    "back": ("", *CARRIERS),
    "unreturned": get_args(Effect),
    "refusing": get_args(Effect),
    "unrebuildable": get_args(Effect),
    "pinned": START_METHODS,
}


def read(name: str, row: Mapping[str, Any], origin: str = "knowledge") -> BoundaryEntry:
    """The entry of one row. Raises `KnowledgeError` where a key or a value is not of this form."""
    where = f'{origin}: boundary."{name}"'
    kinds = {part.name: type(part.default) for part in fields(BoundaryEntry)}
    del kinds["name"]
    for key, value in row.items():
        if key not in kinds:
            raise KnowledgeError(f"{where}: {unknown('key', key, kinds)}")
        _check(f"{where}.{key}", key, value, kinds[key])
    arguments: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in row.items()}
    if "chosen" in row:
        arguments["chosen"] = choices(row["chosen"], f"{where}.chosen")
    entry = BoundaryEntry(name, **arguments)
    _check_slots(where, entry)
    return entry


def choices(table: Table, where: str) -> Choices:
    """What arguments choose: a table of names for each parameter."""
    for parameter, names in table.items():
        if not isinstance(names, Mapping) or not all(isinstance(name, str) for name in names.values()):
            raise KnowledgeError(f"{where}.{parameter}: expected a table of names by literal")
    return {parameter: dict(names) for parameter, names in table.items()}


def _check(where: str, key: str, value: Any, kind: type) -> None:
    if key in _LISTS:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise KnowledgeError(f"{where}: expected a list of texts")
    elif key == "chosen":
        if not isinstance(value, Mapping):
            raise KnowledgeError(f"{where}: expected a table")
    elif type(value) is not kind:
        words = {str: "a text", bool: "true or false", int: "a number"}
        raise KnowledgeError(f"{where}: expected {words[kind]}")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise KnowledgeError(
            f"{where}: {unknown('carrier' if key in ('carrier', 'back') else 'value', value, _CHOICES[key])}"
        )
    for item in value if key == "methods" else ():
        if item not in START_METHODS:
            raise KnowledgeError(f"{where}: {unknown('start method', item, START_METHODS)}")


def _check_slots(where: str, entry: BoundaryEntry) -> None:
    """Every slot must be a parameter, or `self`, or a part of a call that was put off."""
    if entry.needs is not None and len(entry.needs) != 2:
        raise KnowledgeError(f"{where}.needs: expected a parameter and the type that it must have")
    if entry.needs is not None and entry.needs[0] not in entry.parameters:
        raise KnowledgeError(f"{where}.needs: {unknown('parameter', entry.needs[0], entry.parameters)}")
    names = {parameter.lstrip("*") for parameter in entry.parameters} | {"self", "function"}
    for key, slots in (("crosses", entry.crosses), ("task", (entry.task,)), ("given", entry.given)):
        for slot in slots:
            parameter = slot.removesuffix("()").replace("[*]", "").strip("*[]")
            if parameter and parameter not in names:
                raise KnowledgeError(f"{where}.{key}: {unknown('parameter', parameter, names)}")
