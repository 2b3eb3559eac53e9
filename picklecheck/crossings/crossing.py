"""A crossing: one value through one slot of a boundary, at one call, with what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from picklecheck.crossings.verdict import Verdict, Versions
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.run import Event, Run
from picklecheck.semantics.values import Site, Values

Misuse = Literal[
    "no main guard",
    "pool in a daemonic worker",
    "join before close",
    "closed pool used",
    "awaited after terminate",
    "awaited at once",
    "result dropped",
]


@dataclass(frozen=True, slots=True)
class Crossing:
    """What went where: `slot` is a parameter, `return`, `exception` or `self`.

    `read_back` says that the program itself rebuilds the value, at `call`; else
    `call` is the boundary call, `value` the expression handed over, `runs` the versions under
    which the code is reached, `methods` the start methods under which the slot crosses, and
    `possible` all start methods the program can have here.
    """

    entry: BoundaryEntry
    slot: str
    call: Site
    value: Site
    values: Values
    verdict: Verdict
    runs: Versions
    methods: tuple[str, ...]
    possible: tuple[str, ...]
    run: Run
    event: Event
    related: Site | None = None
    read_back: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """A way of using a boundary that does not work, or not as it looks."""

    kind: Misuse
    entry: BoundaryEntry
    call: Site
    runs: Versions
    methods: tuple[str, ...]
    possible: tuple[str, ...]
    run: Run
    certain: bool = True
    related: Site | None = None
