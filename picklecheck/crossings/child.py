"""What a child process has of the main module: a spawned one runs it again, a forked one has it as it was."""

from __future__ import annotations

import ast

from picklecheck.crossings.recognise import Boundaries
from picklecheck.crossings.start_methods import StartMethods
from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.budget import Exhausted
from picklecheck.semantics.domain.facts import Fact
from picklecheck.semantics.domain.values import Constant, ExternalObject, Value, Values
from picklecheck.semantics.events import Event
from picklecheck.semantics.forms import imports
from picklecheck.semantics.interpreter import Interpreter
from picklecheck.semantics.machine import Machine

POOL = "multiprocessing.pool.Pool"
EXECUTOR = "concurrent.futures.ProcessPoolExecutor"
NAMES = Fact("names")  # of the main module, when the workers of a pool were made


class Child:
    """The main module as a spawned child runs it: under another name, so that the main guard is false.

    `first_start` is the first call in it that starts a process, with its boundary; `calls` are all that leave the
    program. Where the module is too long to be run again, what it then has is not known (`whole`). A `__main__.py` is
    not run again: `_fixup_main_from_name` leaves it out, and what it has is not known, as its file may be run alone.

    The server of forked processes is no child: from Python 3.14 on it imports the main module too, as a main process.
    """

    def __init__(
        self, parent: Machine, boundaries: Boundaries, start_methods: StartMethods, name: str = "SpawnProcess-1"
    ) -> None:
        self.module = parent.main
        self.boundaries = boundaries
        self.methods = start_methods
        self.first_start: tuple[Event, BoundaryEntry] | None = None
        self.calls: set[ast.AST] = set()
        self.run = Interpreter(parent.program, parent.world, self, parent.versions, parent.main)
        self.run.main_name = "__mp_main__"
        self.run.process_name = name
        self.run.sinks = parent.sinks
        self.whole = not parent.main.runs_package
        try:
            if self.whole:
                imports.execute_whole(self.run, parent.main)
        except Exhausted:
            self.whole = False
            parent.meet("MOST_STEPS", cut=True)
        self.names = frozenset(self.run.store.names(self.run.namespace(parent.main)))

    def called(self, run: Machine, event: Event) -> None:
        self.calls.add(event.node)
        if self.first_start is not None:
            return
        entry = self.boundaries.entry_of(run, event)
        if entry is None:
            return
        submits = event.name.startswith(f"{EXECUTOR}.")
        starts = entry.starts and event.name != EXECUTOR
        if (starts or submits) and self.boundaries.doubt_of_workers(run, event, entry) is not None:
            self.first_start = event, entry

    def given_back(self, run: Machine, values: Values) -> None:
        pass

    def start_methods(self, run: Machine, context: Value | None) -> tuple[str, ...]:
        return tuple(method for method in self.methods.of_object(run, context) if method != "fork")

    def assume(self, run: Machine, methods: tuple[str, ...]) -> None:
        self.methods.pin(run, tuple(map(Constant, methods)))


class Children:
    """The spawned children of a program, which are all alike; run when the first question about them is asked."""

    def __init__(self, boundaries: Boundaries, start_methods: StartMethods) -> None:
        self.boundaries = boundaries
        self.start_methods = start_methods
        self._child: Child | None = None
        self._server: Child | None = None

    def of(self, run: Machine) -> Child:
        if self._child is None or self._child.module is not run.main:
            self._child = Child(run, self.boundaries, self.start_methods)
            self._server = None
        return self._child

    def server(self, run: Machine) -> Child | None:
        """The server of forked processes, where what it runs may differ from what a child runs."""
        if not self.of(run).run.asked_process:
            return None
        if self._server is None:
            self._server = Child(run, self.boundaries, self.start_methods, "MainProcess")
        return self._server


def remember_names(run: Machine, pool: ExternalObject) -> None:
    """A pool makes its workers: keep the names that the main module has, as far as it was run."""
    if run.main in run.imports.executed:
        names = frozenset(run.store.names(run.imports.namespaces[run.main]))
        run.store.set(pool, NAMES, (Constant(names),))


def names_when_forked(world: KnownWorld, run: Machine, pool: Value | None) -> frozenset[str] | None:
    """The names that the main module had when a pool forked its workers; None where that is not known."""
    if not isinstance(pool, ExternalObject) or world.original(pool.type) != POOL:
        return None
    match run.store.values(pool, NAMES):
        case (Constant(value=frozenset() as names),):
            return names
    return None
