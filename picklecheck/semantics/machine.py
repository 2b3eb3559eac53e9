"""One abstract run: its state, the operations by which its parts call each other, and how paths fork and join."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from picklecheck.semantics.budget import Budget
from picklecheck.semantics.domain.facts import ITEMS
from picklecheck.semantics.domain.items import Items, kept_by
from picklecheck.semantics.domain.store import Changes, Store
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    Container,
    ExternalName,
    ExternalObject,
    Frame,
    Function,
    Here,
    Instance,
    Kind,
    PendingImport,
    Site,
    Suspended,
    Value,
    Values,
    join,
)
from picklecheck.semantics.events import Asked, Event, World
from picklecheck.semantics.exits import Abrupt, Collector, Exit, Outcome, Way
from picklecheck.semantics.mode import Mode, Versions
from picklecheck.semantics.syntax.module import Module
from picklecheck.semantics.syntax.program import Program
from picklecheck.source.shortcuts import taken

# More ways to raise out of one block than this are not told apart.
MOST_RAISED = 6

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Guard:
    """A block of a function that survives an exception: it is `expected` by a test, or a handler catches it."""

    frame: Frame
    expected: bool


@dataclass(slots=True)
class Awaited:
    """What a test expects a block to raise, and whether it may have been raised before."""

    types: Values
    met: bool = False


@dataclass(slots=True)
class Yields:
    """What a generator that is being run yields, with the changes since `base` each time.

    `thrown` is what is raised at a `yield`, if anything is: the first. `stops` says that it goes no further than one.
    With `resumes` the body is run again from its begin, for a generator that has come to the `resumes`-th, and the
    next is the first that counts: `passed` has the state there, `sent` comes back or `thrown` is raised, and what
    leaves the program from there on is told unless it is `unheard`. `clear` says that each path knows how many it
    came by.
    """

    base: Store
    exits: list[Exit] = field(default_factory=list)
    thrown: Values = ()
    stops: bool = False
    resumes: int = 0
    sent: Values = UNKNOWN
    unheard: bool = False
    passed: list[Exit] = field(default_factory=list)
    clear: bool = True


@dataclass(slots=True)
class Control:
    """Where a run is: what it does when a path ends, and what it is in the middle of."""

    collector: Collector
    stack: list[Frame] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    awaited: list[Awaited] = field(default_factory=list)
    fallbacks: list[Frame] = field(default_factory=list)
    yields: dict[Frame, Yields] = field(default_factory=dict)
    leaving: dict[Value, list[Exit]] = field(default_factory=dict)
    getting: list[tuple[Value, str]] = field(default_factory=list)
    lacking: list[tuple[Value, str]] = field(default_factory=list)  # what `__getattr__` is asked for
    absent: frozenset[tuple[object, str]] = frozenset()  # variables of modules that surely have no value
    guessed: list[Value] = field(default_factory=list)
    resolving: list[PendingImport] = field(default_factory=list)
    caught: list[tuple[Frame, Values]] = field(default_factory=list)
    joins: int = 0  # how often paths that had parted came together again
    doubts: int = 0  # operations so far that may raise though that is not seen
    replaces: bool = False  # whether anything was put in the place of a name outside the project
    unbound: list[ast.AST] = field(default_factory=list)  # where variables of the main module had no value
    endless: int = 0  # rounds of loops without end that ended, and after which nothing more is seen
    cut: bool = False  # whether something that sends values was not followed
    met: set[str] = field(default_factory=set)  # the bounds at which something was not followed
    sent: int = 0  # calls so far that send something to another process, or will
    span: int = 0  # grows when time passes in which things happen that are not seen


@dataclass(slots=True)
class Origins:
    """Where what is known came from.

    `assigned` has the place that set an attribute, `given` the expression it was set to, `hidden` the definitions that
    a decorator made something else of, with the class they are in, `reached` the functions that were run,
    `received` the methods with the classes of their objects, `evaluated` the calls, `too_long` the functions
    that took more steps than one may, if they are cold or a task, or most of those of an entry point: these are not run
    again, nor those `too_deep` that call themselves, inside themselves. `quiet` has the calls that sent nothing,
    by what tells them from others, with the steps that they took; `quiet_in_a_row` counts them for each function.
    `closures` are functions that lead to a boundary and were made in another one, `instances` objects that were made
    for one entry point and are as good for the next, with what making them changed; `constructed` has what the
    constructors of classes were given by name, as far as it outlasts the call. `run_again` counts the cold calls that
    were run once more, without following what took most of their steps.
    """

    assigned: dict[tuple[object, str], Site] = field(default_factory=dict)
    given: dict[tuple[object, str], tuple[ast.AST, Frame]] = field(default_factory=dict)
    hidden: list[tuple[Function | Class, Class | None]] = field(default_factory=list)
    reached: set[ast.AST] = field(default_factory=set)
    received: set[tuple[ast.AST, Class]] = field(default_factory=set)
    evaluated: set[ast.Call] = field(default_factory=set)
    too_long: set[ast.AST] = field(default_factory=set)
    run_again: int = 0
    too_deep: set[ast.AST] = field(default_factory=set)
    quiet: dict[Hashable, int] = field(default_factory=dict)
    quiet_in_a_row: dict[ast.AST, int] = field(default_factory=dict)
    instances: dict[Hashable, tuple[Instance, Changes]] = field(default_factory=dict)
    closures: list[Function] = field(default_factory=list)
    made_once: dict[str, ExternalObject] = field(default_factory=dict)
    constructed: dict[Class, dict[str, Values]] = field(default_factory=dict)


@dataclass(slots=True)
class Imports:
    """The modules of the project that were imported, and which of their statements have run.

    `running` is the main module while its own body runs, and all that it calls.
    """

    namespaces: dict[Module, Frame] = field(default_factory=dict)
    executed: set[Module] = field(default_factory=set)
    demanded: set[tuple[Module, str]] = field(default_factory=set)
    bound: set[ast.stmt] = field(default_factory=set)
    running: Module | None = None


@dataclass(slots=True)
class Questions:
    """What the program asked about the process it runs in: Python's version, and the start method."""

    versions: set[Versions] = field(default_factory=set)
    methods: dict[ast.expr, Asked] = field(default_factory=dict)
    methods_unclear: bool = False  # whether it has ways for start methods that were not told apart


class Restored:
    """A block after which the mode is again what it was: a class, since a generator takes twice the time."""

    __slots__ = ("mode", "run")

    def __init__(self, run: Machine, mode: Mode) -> None:
        self.run = run
        self.mode = mode

    def __enter__(self) -> None:
        pass

    def __exit__(self, *raised: object) -> None:
        self.run.mode = self.mode


class Observer(Protocol):
    """Who is told what a run does."""

    def called(self, run: Machine, event: Event) -> None:
        """A call to the outside has been made."""

    def given_back(self, run: Machine, values: Values) -> None:
        """A function that nothing is seen calling returned this."""

    def start_methods(self, run: Machine, context: Value | None) -> tuple[str, ...]:
        """The start methods that a context may have; without one, those that the program may have by default."""

    def assume(self, run: Machine, methods: tuple[str, ...]) -> None:
        """From here on, the default is one of these start methods."""


class Machine(ABC):
    """The state of one abstract run, and the interface of the interpreter that works on it."""

    def __init__(self, program: Program, world: World, observer: Observer, versions: Versions, main: Module) -> None:
        self.program = program
        self.world = world
        self.observer = observer
        self.main = main
        self.main_name = "__main__"
        self.process_name, self.asked_process = "", False  # of a child: what it is called, and whether it asks that
        self.sinks: frozenset[str] = frozenset()
        self.store = Store()
        self.mode = Mode(versions)
        self.budget = Budget()
        self.control = Control(Collector(self.store))
        self.origins = Origins()
        self.imports = Imports()
        self.questions = Questions()

    # --- the operations of the interpreter -------------------------------------------------------

    @abstractmethod
    def evaluate(self, node: ast.expr, frame: Frame) -> Values:
        """The values of an expression; what it calls is called. Raises `Abrupt` where it surely raises."""

    @abstractmethod
    def load(self, name: str, frame: Frame) -> Values:
        """The values of a variable, as a name in `frame` means it."""

    @abstractmethod
    def test(self, node: ast.expr, frame: Frame) -> Any:
        """How a condition comes out (`forms.conditions.Test`); what it calls is called."""

    @abstractmethod
    def truth(self, values: Values, here: Here) -> bool | None:
        """`bool(value)`, where it is the same for all alternatives."""

    @abstractmethod
    def narrow(self, node: ast.expr, frame: Frame, outcome: bool) -> None:
        """Keep of the values of names those that agree with how a condition came out."""

    @abstractmethod
    def run_body(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Run statements in order. Raises `Abrupt` where the end is never reached."""

    @abstractmethod
    def assign(self, target: ast.expr, values: Values, frame: Frame, node: ast.AST) -> None:
        """`target = value`, where the value was written as `node`."""

    @abstractmethod
    def bind_name(self, name: str, values: Values, frame: Frame) -> None:
        """Bind a variable in the scope that Python binds it in."""

    @abstractmethod
    def call(self, callees: Values, arguments: Arguments, here: Here) -> Values:
        """Call each alternative; what they return is joined. Raises `Abrupt` where none returns."""

    @abstractmethod
    def call_method(self, owner: Value, name: str, positional: Sequence[Values], here: Here) -> Values:
        """`owner.name(*positional)` on behalf of the language, for an object of a class of the project."""

    @abstractmethod
    def run_suspended(self, value: Suspended, here: Here, yields: Yields | None = None) -> Values:
        """Run the body of a generator or coroutine; `yields` gets what it yields."""

    @abstractmethod
    def resume(self, value: Value, here: Here) -> Values:
        """`await value`."""

    @abstractmethod
    def yielded(self, value: Suspended, here: Here) -> Items:
        """What a generator gives, in order where it took no branch: its body is run once."""

    @abstractmethod
    def instantiate(self, cls: Class, arguments: Arguments, here: Here) -> Values:
        """`cls(...)`."""

    @abstractmethod
    def generic_instance(self, cls: Class, here: Here, arguments: Arguments | None = None) -> Instance:
        """An instance that was made in some way that is not seen, or of which only these arguments are."""

    @abstractmethod
    def instance_of(self, annotation: ast.expr, frame: Frame) -> Values:
        """What a value with this annotation is, as far as the annotation tells."""

    @abstractmethod
    def attribute(self, owners: Values, name: str, here: Here) -> Values:
        """`owner.name` for each alternative. Raises `Abrupt` where the attribute is surely missing."""

    @abstractmethod
    def attribute_of(self, owner: Value, name: str, here: Here) -> Values:
        """The attribute of one value; empty where it surely has none."""

    @abstractmethod
    def bound(self, values: Values, receiver: Value, cls: Class, here: Here) -> Values:
        """What a class attribute becomes when it is read through `receiver` (an instance, or the class itself)."""

    @abstractmethod
    def set_attribute(self, owners: Values, name: str, values: Values, here: Here) -> None:
        """`owner.name = values`, by the rules of the owner's class."""

    @abstractmethod
    def delete_attribute(self, owners: Values, name: str, here: Here) -> None:
        """`del owner.name`, by the rules of the owner's class."""

    @abstractmethod
    def items_of(self, values: Values, here: Here) -> Items:
        """What iterating over a value gives."""

    @abstractmethod
    def enter(self, managers: Values, here: Here) -> Values:
        """What `with manager as name` binds."""

    @abstractmethod
    def leave(self, managers: Values, raised: Values, here: Here) -> bool | None:
        """Leave a `with` block, because of an exception where there is one; whether that is swallowed."""

    @abstractmethod
    def resolve(self, imported: PendingImport, frame: Frame) -> Values:
        """What `from module import name` binds."""

    @abstractmethod
    def of_module(self, module: Module, name: str) -> Values:
        """A variable of a module of the project, or its submodule."""

    @abstractmethod
    def namespace(self, module: Module) -> Frame:
        """The variables of a module; those of an imported one are bound when they are first asked for."""

    @abstractmethod
    def demand(self, module: Module, name: str) -> None:
        """Run the statements of an imported module that bind a name, and no others."""

    # --- values ----------------------------------------------------------------------------------

    @property
    def versions(self) -> Versions:
        return self.mode.versions

    @property
    def stack(self) -> list[Frame]:
        return self.control.stack

    def find(self, cls: Class, name: str) -> Values:
        """A class attribute by resolution order; empty where no class of the project has it."""
        return self.store.find(cls, name)

    def make(self, kind: Kind, items: Items, site: Site) -> Container:
        """A new container with these items."""
        made = Container(kind, site)
        self.store.set(made, ITEMS, kept_by(kind, items))
        return made

    def tuple_of(self, values: Sequence[Values], site: Site) -> Container:
        return self.make("tuple", Items(tuple(values)), site)

    def elements(self, values: Values, here: Here) -> Values:
        """Any item that iterating can give."""
        return self.items_of(values, here).all() or UNKNOWN

    def flat(self, values: Values) -> Values:
        """The values, with the items of tuples in their place (`except (A, B)`, `isinstance(x, (A, B))`)."""
        found: list[Values] = []
        for value in values:
            if isinstance(value, Container) and value.kind == "tuple":
                found.append(self.flat(self.store.items(value).all()))
            else:
                found.append((value,))
        return join(*found) if found else ()

    def known_once(self, name: str, type_name: str, site: Site) -> ExternalObject:
        """The one object behind a module variable of the outside, such as `sys.stdout`."""
        once = self.origins.made_once
        if name not in once:
            once[name] = ExternalObject(type_name, site, ExternalName(name))
        return once[name]

    def tell(self, name: str, receiver: Value | None, arguments: Arguments, here: Here, result: Values) -> None:
        """Tell the observer of a call that leaves the project."""
        if self.mode.unheard:
            return
        self.observer.called(self, Event(name, receiver, arguments, here, result, self.mode.callees))

    def pass_time(self) -> None:
        """From here on, what was made before may have been used in ways that are not seen."""
        self.control.span += 1

    def may_raise(self) -> None:
        """An operation may raise, though it is not seen that it does."""
        self.control.doubts += 1

    def under(self, **changes: Any) -> Restored:
        """In this block the mode is changed so."""
        mode = self.mode
        for name, value in changes.items():
            if getattr(mode, name) != value:
                self.mode = replace(mode, **changes)
                break
        return Restored(self, mode)

    @contextmanager
    def active(self, frame: Frame) -> Iterator[None]:
        """In this block a frame is the one that runs."""
        self.control.stack.append(frame)
        try:
            yield
        finally:
            self.control.stack.pop()

    def meet(self, bound: str, *, cut: bool = False) -> None:
        """Note a bound at which something is not followed: where it is `cut`, what may send values."""
        self.control.met.add(bound)
        self.control.cut |= cut

    # --- ways out --------------------------------------------------------------------------------

    def leave_by(self, way: Way, values: Values = ()) -> Abrupt:
        """End the path that is being run; the caller raises what this gives."""
        collector = self.control.collector
        collector.exits.append(Exit(way, self.store.changes_since(collector.base), values))
        return Abrupt()

    def raises(self, values: Values) -> Abrupt:
        """Raise an exception; the caller raises what this gives, if the path surely ends here."""
        raised = sum(one.way == "raises" for one in self.control.collector.exits)
        if raised < MOST_RAISED:
            return self.leave_by("raises", values)
        self.meet("MOST_RAISED")
        return Abrupt()

    def fail(self, exception: str, here: Here) -> Abrupt:
        """Raise a builtin exception on behalf of the code that is run."""
        return self.raises((ExternalObject(f"builtins.{exception}", here.site, None, Arguments()),))

    def may_fail(self, exception: str, here: Here) -> None:
        """A builtin exception may be raised at this moment, with the store as it is; else the path goes on."""
        self.fail(exception, here)

    # --- forks and joins: no other code touches the layers of the store --------------------------

    def exits_of(self, action: Callable[[], object]) -> list[Exit]:
        """All ways out of an action, which is run on a layer of its own: the store stays as it is."""
        base, outer, mode = self.store, self.control.collector, self.mode
        collector = self.control.collector = Collector(base)
        self.store = base.fork()
        try:
            action()
            collector.exits.append(Exit("falls", self.store.changes_since(base)))
        except Abrupt:
            pass
        finally:
            self.store, self.control.collector, self.mode = base, outer, mode
        return collector.exits

    def after(self, before: Exit, action: Callable[[], object]) -> list[Exit]:
        """All ways out of an action that is run where one block was left."""
        with self.in_state(before.changes):
            exits = self.exits_of(action)
        return [one.after(before.changes) for one in exits]

    def joined(self, exits: list[Exit]) -> list[Exit]:
        """Exits with one for each way: what holds after any of them."""
        found: list[Exit] = []
        for way in dict.fromkeys(one.way for one in exits):
            same = [one for one in exits if one.way == way]
            if len(same) == 1:
                found += same
                continue
            self.control.joins += 1
            with self.aside():
                base = self.store
                self.store = base.fork()
                self.store.merge([one.changes for one in same])
                found.append(Exit(way, self.store.changes_since(base), join(*(one.values for one in same))))
        return found

    def take(self, exits: list[Exit]) -> None:
        """Go on where a block fell through; other exits leave the block around it too.

        Raises `Abrupt` where it never falls through.
        """
        collector = self.control.collector
        others = [one for one in exits if one.way != "falls"]
        if others:
            before = self.store.changes_since(collector.base)
            collector.exits += [one.after(before) for one in others]
        falling = [one.changes for one in exits if one.way == "falls"]
        if not falling:
            raise Abrupt
        self.control.joins += len(falling) > 1
        self.store.merge(falling)

    def branches(self, arms: Sequence[Callable[[], Result]]) -> list[Result]:
        """Run alternatives, each from the same state, and join what is left of them: the results of those that end.

        Raises `Abrupt` where none does.
        """
        base, mode = self.store, self.mode
        live: list[Changes] = []
        found: list[Result] = []
        for arm in arms:
            self.store = base.fork()
            try:
                found.append(arm())
                live.append(self.store.changes_since(base))
            except Abrupt:
                pass
            finally:
                self.store, self.mode = base, mode
        if not live:
            raise Abrupt
        self.control.joins += len(live) > 1
        base.merge(live)
        return found

    def maybe(self, action: Callable[[], object]) -> None:
        """Run something that may also not happen."""
        self.branches([lambda: None, action])

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is run in this block leaves no trace, in the store or among the exits."""
        store, collector, mode = self.store, self.control.collector, self.mode
        stack = list(self.control.stack)
        self.store = store.fork()
        self.control.collector = Collector(self.store)
        try:
            yield
        finally:
            self.store, self.control.collector, self.mode = store, collector, mode
            self.control.stack[:] = stack

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """In this block also those functions are followed that were too long before."""
        origins = self.origins
        too_long, quiet, origins.too_long, origins.quiet = origins.too_long, origins.quiet, set(), {}
        try:
            yield
        finally:
            origins.too_long |= too_long
            origins.quiet |= quiet

    def made_for_all(self, key: Hashable, make: Callable[[], Instance]) -> Instance:
        """The object that `make` gives, made once for all blocks that begin with it aside and have the same key."""
        assert self.store.base is not None, "called aside"
        if self.store.owners:  # something is otherwise in this block: a test may have patched what a constructor uses
            return make()
        if not taken("sharing"):
            return make()
        if key in self.origins.instances:
            instance, changes = self.origins.instances[key]
            self.store.merge([changes])
        else:
            instance = make()
            self.origins.instances[key] = instance, self.store.changes_since(self.store.base)
        return instance

    @contextmanager
    def in_state(self, changes: Changes) -> Iterator[None]:
        """In this block the store is as it was when a block was left; it is then as it was before."""
        store = self.store
        self.store = store.fork()
        self.store.merge([changes])
        try:
            yield
        finally:
            self.store = store

    @contextmanager
    def at_import(self) -> Iterator[None]:
        """What is run in this block changes the lowest layer: what an import does outlasts the branch it is made in."""
        store, collector, mode, stack = self.store, self.control.collector, self.mode, list(self.control.stack)
        self.store = store.lowest
        self.control.collector = Collector(self.store)
        self.mode = replace(mode, loops=0, rounds=1, times=1, callees=())
        try:
            yield
        finally:
            self.store, self.control.collector, self.mode = store, collector, mode
            self.control.stack[:] = stack

    def simulate(self, callee: Values, arguments: Arguments, here: Here) -> Outcome:
        """Call something to see what happens; to be used in a block of `aside`, which forgets it again."""
        returned: list[Values] = []
        exits = self.exits_of(lambda: returned.append(self.call(callee, arguments, here)))
        falls = [one.changes for one in exits if one.way == "falls"]
        before = {key: self.store.get(*key) for changes in falls for key in changes}
        self.store.merge(falls or [{}])
        changed = {key: (entry, after) for key, entry in before.items() if (after := self.store.get(*key)) is not None}
        return Outcome(returned[0] if returned else (), tuple(one for one in exits if one.way == "raises"), changed)


def constant(value: object) -> Values:
    """The values of a literal."""
    return (Constant(value),)
