"""One abstract run of a program: its store, its frames, its limits, and who is told of calls to the outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol

from picklecheck.semantics.program import Module, Program
from picklecheck.semantics.store import Path, Store
from picklecheck.semantics.values import (
    Arguments,
    Class,
    External,
    Frame,
    Function,
    Imported,
    Made,
    Site,
    Value,
    Values,
)

Version = tuple[int, int]

MOST_STEPS = 60_000
MOST_STEPS_OF_A_ROOT = 8_000
DEEPEST_CALL = 30
MOST_RECURSION = 2
# Calls that lead to no boundary are followed this deep, for what they return and assign.
DEEPEST_IDLE_CALL = 3
MOST_RAISED = 6


class Doubt(IntEnum):
    """How sure it is that what is being run is what a program runs: surely, perhaps, or one of too many things."""

    NONE = 0
    SOME = 1
    MUCH = 2


class Abrupt(Exception):
    """The code being run never goes on from here: it raised, and the catcher has been told."""


class Exhausted(Exception):
    """The run has done all the steps it may do."""


class TooLong(Exception):
    """A call has done all the steps that one of its kind may do."""


@dataclass(frozen=True, slots=True)
class Event:
    """A call that leaves the project: what is called, with what, from where, and what it returned."""

    name: str
    receiver: Value | None
    arguments: Arguments
    node: ast.AST
    frame: Frame
    result: Values


class World(Protocol):
    """What a run asks about names outside the project."""

    def canonical(self, name: str) -> str:
        """The one name of an object that has several."""

    def returned(self, name: str, arguments: Arguments | None = None) -> tuple[str, ...] | None:
        """The type of what calling `name` returns; several for a tuple; None where it is not known."""

    def attribute(self, name: str) -> str | None:
        """The type of a module variable or attribute, where it is known."""

    def crosses(self, name: str) -> bool:
        """Whether a call of `name`, or an object it makes, hands values to another process."""

    def alike(self, names: list[str]) -> bool:
        """Whether calls of several names, which all cross, carry values in the same way."""

    def derives(self, name: str, owner: str) -> bool:
        """Whether a known type is another one or has it among its bases."""

    def is_type(self, name: str) -> bool:
        """Whether `name` is a type that something is known of."""


class Observer(Protocol):
    """Who is told what a run does."""

    def called(self, run: Run, event: Event) -> None:
        """A call to the outside has been made."""

    def start_methods(self, run: Run, context: Value | None) -> tuple[str, ...]:
        """The start methods that a context may have; without one, those that the program may have by default."""

    def assume(self, run: Run, methods: tuple[str, ...]) -> None:
        """From here on, the default is one of these start methods."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The start methods with which a comparison holds, and those without; `context` is the one that was asked."""

    context: Value | None
    having: tuple[str, ...]
    lacking: tuple[str, ...]


@dataclass(slots=True)
class Raised:
    """An exception on its way, and what the store was then."""

    values: Values
    changes: Path


@dataclass(slots=True)
class Catcher:
    """A `try`, or the end of a simulated call: collects what is raised above its store."""

    base: Store
    raised: list[Raised] = field(default_factory=list)


@dataclass(slots=True)
class Yields:
    """What a generator that is being run yields, and the state above `base` each time."""

    base: Store
    values: list[Values] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Guard:
    """A block of a function that survives an exception: it is `expected` by a test, or a handler catches it."""

    frame: Frame
    expected: bool


class Run:
    """The state of one abstract run. It is told what to run by the functions of the other modules."""

    def __init__(
        self, program: Program, world: World, observer: Observer, versions: frozenset[Version], main: Module
    ) -> None:
        self.program = program
        self.world = world
        self.observer = observer
        self.versions = versions
        self.main = main
        self.main_name = "__main__"
        self.store = Store()
        self.stack: list[Frame] = []
        self.catchers: list[Catcher] = []
        self.guards: list[Guard] = []
        self.fallbacks: list[Frame] = []
        self.namespaces: dict[Module, Frame] = {}
        self.executed: set[Module] = set()
        self.demanded: set[tuple[Module, str]] = set()
        self.bound: set[ast.stmt] = set()
        self.reached: set[ast.AST] = set()
        self.hidden: list[tuple[Function | Class, Class | None]] = []
        self.assigned: dict[tuple[object, str], Site] = {}
        self.given: dict[tuple[object, str], tuple[ast.AST, Frame]] = {}
        self.made_once: dict[str, Made] = {}
        self.yields: dict[Frame, Yields] = {}
        self.leaving: dict[Value, Path] = {}
        self.being_guessed: list[Value] = []
        self.asked: set[frozenset[Version]] = set()
        self.methods_asked: dict[ast.expr, Asked] = {}
        self.methods_unclear = False  # whether the program has ways for start methods that were not told apart
        self.getting: list[tuple[Value, str]] = []
        self.resolving: list[Imported] = []
        self.beside: Values = ()  # the alternatives of the call that is made, where it has several
        self.strict = False
        self.in_child = ""
        self.names_known = False
        self.loops = 0
        self.rounds = 1
        self.span = 0
        self.doubt = Doubt.NONE
        self.steps = 0
        self.until = MOST_STEPS
        self.sinks: frozenset[str] = frozenset()

    def step(self) -> None:
        self.steps += 1
        if self.steps > self.until:
            raise Exhausted

    def pass_time(self) -> None:
        """From here on, what was made before may have been used in ways that are not seen."""
        self.span += 1

    def hide(self, made: Function | Class, values: Values, frame: Frame) -> None:
        """Remember what a decorator has made something else of, with the class that it stands in."""
        if made not in values and frame.function is None:
            self.hidden.append((made, frame.owner if frame.scope.is_class else None))

    @property
    def left(self) -> int:
        """How many steps the whole run may still do."""
        return MOST_STEPS - self.steps

    def allow(self, steps: int) -> None:
        """Grant this many further steps, as far as the whole run may go."""
        self.until = min(self.steps + steps, MOST_STEPS)

    @contextmanager
    def halved(self) -> Iterator[None]:
        """Grant half of the steps that are left in this block; raises `TooLong` where it needs more of them.

        All is then as it was when the block began, but for what the block has done to the store it found.
        """
        until, store, mode = self.until, self.store, self._mode
        stacks = [(one, list(one)) for one in self._stacks]
        self.until = self.steps + (until - self.steps) // 2
        try:
            yield
        except Exhausted:
            if self.steps >= until:
                raise
            for one, before in stacks:
                one[:] = before
            self.store, self._mode = store, mode
            raise TooLong from None
        finally:
            self.until = until

    @property
    def _mode(self) -> tuple[bool, str, frozenset[Version], int, Doubt, bool]:
        """What holds for a block of code and for all that it calls."""
        return self.strict, self.in_child, self.versions, self.loops, self.doubt, self.names_known

    @_mode.setter
    def _mode(self, mode: tuple[bool, str, frozenset[Version], int, Doubt, bool]) -> None:
        self.strict, self.in_child, self.versions, self.loops, self.doubt, self.names_known = mode

    @property
    def _stacks(self) -> tuple[list[Any], ...]:
        """What grows and shrinks as blocks are entered and left."""
        return (
            *(self.stack, self.catchers, self.guards, self.fallbacks),
            *(self.being_guessed, self.getting, self.resolving),
        )

    def raise_(self, values: Values) -> None:
        """Hand an exception to the innermost catcher; the caller then stops with `Abrupt` or a dead path."""
        if self.catchers:
            catcher = self.catchers[-1]
            if len(catcher.raised) < MOST_RAISED:
                catcher.raised.append(Raised(values, self.store.changes_since(catcher.base)))

    def fail(self, exception: str, node: ast.AST, frame: Frame) -> Abrupt:
        """Raise a builtin exception on behalf of the code that is run."""
        self.raise_((Made(f"builtins.{exception}", Site(frame.module, node)),))
        return Abrupt()

    def known_once(self, name: str, type_name: str, site: Site) -> Made:
        """The one object behind a module variable of the outside, such as `sys.stdout`."""
        if name not in self.made_once:
            self.made_once[name] = Made(type_name, site, External(name))
        return self.made_once[name]

    def tell(self, event: Event) -> None:
        self.observer.called(self, event)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is run in this block leaves no trace in the store, nor in the stack of catchers."""
        store, catchers, stack, mode = self.store, self.catchers, list(self.stack), self._mode
        self.store, self.catchers = store.fork(), []
        try:
            yield
        finally:
            self.store, self.catchers, self.stack, self._mode = store, catchers, stack, mode

    @contextmanager
    def at(self, changes: Path) -> Iterator[None]:
        """In this block the store is as it was when something was raised."""
        store = self.store
        self.store = store.fork()
        self.store.merge([changes])
        try:
            yield
        finally:
            self.store = store
