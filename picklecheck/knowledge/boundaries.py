"""Knows the form in which boundaries are written: which slots cross, by which carrier, under which start methods."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from picklecheck.knowledge.schema import KnowledgeError

START_METHODS = ("fork", "spawn", "forkserver")
Effect = Literal["raises", "hangs", "silent", "wrong"]


@dataclass(frozen=True, slots=True)
class BoundaryEntry:
    """One API that sends values to another process.

    `crosses` are its slots: a parameter (`func`), the items of a parameter (`iterable[*]`), the
    items of its items (`iterable[*][*]`), or `self`. `task` is the parameter that the worker
    calls, with the slots in `given` (`*args` spreads a tuple). `needs` names a parameter and the
    type it must have for this to be a boundary, `unless` parameters with which nothing can be
    said. `workers` is the parameter that says how many processes there are: with no more than
    `inline` of them (or None), or without it, nothing crosses. `pinned` is the start method of its
    processes where that is not the program's. What is not `measured` was read in the
    library's documentation or source. `starts` says that the call starts a process;
    `deferred` that the values cross when the object it made is started; `process`
    whether another process is behind it at all; `threads` that the workers of this type are
    threads, so that nothing it inherits is a boundary.
    """

    name: str
    parameters: tuple[str, ...] = ()
    crosses: tuple[str, ...] = ()
    carrier: str = "multiprocessing"
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
    workers: str = ""
    inline: int = 0
    pinned: str = ""
    measured: bool = True

    @property
    def short(self) -> str:
        """The name for messages: `Pool.map`, `Process`."""
        parts = self.name.removesuffix(".__call__").split(".")
        return ".".join(parts[-2:]) if len(parts) > 1 and parts[-2][:1].isupper() else parts[-1]


_TUPLES = {"parameters", "crosses", "methods", "given", "needs", "unless"}


def read(name: str, row: Mapping[str, Any], origin: str = "knowledge") -> BoundaryEntry:
    """The entry of one row. Raises `KnowledgeError` where a key is unknown."""
    known = [part.name for part in fields(BoundaryEntry) if part.name != "name"]
    for key in row:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f", did you mean `{near[0]}`?" if near else ""
            raise KnowledgeError(f'{origin}: boundary."{name}": unknown key `{key}`{hint}')
    arguments: dict[str, Any] = {key: tuple(value) if key in _TUPLES else value for key, value in row.items()}
    return BoundaryEntry(name, **arguments)
