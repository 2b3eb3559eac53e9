"""Listens to a run: recognises boundary calls and judges what crosses there, then and with the state of then."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from picklecheck.crossings import managers, pools, settings, start_methods, worker, worker_count
from picklecheck.crossings.callers import by_caller
from picklecheck.crossings.crossing import Crossing, Use
from picklecheck.crossings.judge import Judge
from picklecheck.crossings.slots import Filled, fill, here
from picklecheck.crossings.verdict import Verdict, Versions
from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.classes import resolution_order
from picklecheck.semantics.program import Module
from picklecheck.semantics.run import Abrupt, Doubt, Event, Run
from picklecheck.semantics.values import UNKNOWN, Class, Constant, External, Instance, Made, Site, Value

DEEPEST_CHILD = 3

# Calls that say how the objects of a type are pickled, attributes by which a pickler says it itself, and the method
# by which a queue deals with what it could not pickle.
REGISTERS = (
    "copyreg.pickle",
    "multiprocessing.reduction.register",
    "multiprocessing.reduction.ForkingPickler.register",
)
OWN_WAY = "[own way]"  # set of what such a pickler has got
OWN_WAYS = ("persistent_id", "reducer_override", "dispatch_table", "_on_queue_feeder_error")


class Examiner:
    """Collects the crossings and misuses of all runs of one file."""

    def __init__(self, world: KnownWorld, allowed: tuple[str, ...]) -> None:
        self.world = world
        self.allowed = allowed
        self.program = start_methods.Program()
        self.crossings: dict[tuple[ast.AST, str, ast.AST], Crossing] = {}
        self.uses: dict[tuple[ast.AST, str], Use] = {}
        self.pending: dict[Value, list[Crossing]] = {}
        self.constructed: dict[Value, Event] = {}
        self.registered: dict[Value, list[tuple[Event, BoundaryEntry]]] = {}
        self.tasks: list[Event] = []
        self.written: dict[Value, list[Crossing]] = {}
        self.child: Child | None = None
        self.quiet = False

    @contextmanager
    def in_child(self, event: Event) -> Iterator[None]:
        """One process deeper: what a worker, or the server of a manager, does for a call."""
        self.tasks.append(event)
        try:
            yield
        finally:
            self.tasks.pop()

    # --- what a run tells ------------------------------------------------------------------------

    def called(self, run: Run, event: Event) -> None:
        if event.name in REGISTERS:
            for value in event.arguments.get(0, "ob_type"):
                owner = External(run.world.canonical(value.name)) if isinstance(value, External) else value
                if isinstance(owner, Class | External):
                    run.store.set(owner, "[copyreg]", event.arguments.get(1, "pickle_function") or UNKNOWN)
            return
        if event.name.endswith(".set_start_method"):
            start_methods.pin(run, event, self.program)
            return
        if event.name in ("pickle.loads", "copy.deepcopy"):
            self.read_back(run, event)
        if event.name.startswith(managers.MANAGERS) or event.name.endswith(".Manager"):
            managers.teach(run)
        pools.observe(self, run, event)
        settings.observe(self, run, event)
        entry = self.entry_of(run, event)
        if entry is not None:
            self.boundary(run, event, entry)

    def start_methods(self, run: Run, context: Value | None) -> tuple[str, ...]:
        return start_methods.of_object(run, context, start_methods.default(run, self.program, self.allowed))

    def assume(self, run: Run, methods: tuple[str, ...]) -> None:
        run.store.set(self.program, "start_method", tuple(map(Constant, methods)))

    def entry_of(self, run: Run, event: Event) -> BoundaryEntry | None:
        """The boundary that a call is: by its name, or by the type of what it made."""
        entry = self.world.boundary(event.name)
        if entry is None and len(event.result) == 1:
            made = event.result[0]
            if isinstance(made, Made) and made.arguments is event.arguments:
                entry = self.world.boundaries.get(made.type)
        if entry is None and event.name.endswith(".__init__"):
            base = self.world.boundaries.get(event.name.removesuffix(".__init__"))
            entry = base if base is not None and not base.deferred else None
        if entry is None:
            entry = self.event_loop(event)
        if entry is not None and (entry.threads or any(name in event.arguments.keywords for name in entry.unless)):
            return None
        if entry is not None and self.has_own_ways(run, event):
            for value in event.arguments.get(0, "obj"):
                run.store.set(value, OWN_WAY, (Constant(True),))
            return None
        if entry is not None and entry.needs is not None:
            parameter, type_name = entry.needs
            values = event.arguments.get(entry.parameters.index(parameter), parameter)
            if not any(isinstance(value, Made) and value.type == type_name for value in values):
                return None
        return self.chosen(run, event, entry) if entry is not None and entry.chosen else entry

    def chosen(self, run: Run, event: Event, entry: BoundaryEntry) -> BoundaryEntry | None:
        """The boundary that the arguments of a call choose; None where that is none, or cannot be told."""
        for parameter, names in entry.chosen.items():
            match settings.told(self, run, event, entry, self.maker(entry), parameter):
                case () | (Constant(value=None),):
                    continue
                case (Constant(value=literal),):
                    return self.world.boundaries.get(names.get(str(literal), ""))
                case _:
                    return None
        return entry

    def maker(self, entry: BoundaryEntry) -> BoundaryEntry | None:
        """The boundary that makes the object of which this one is a method."""
        return self.world.boundaries.get(entry.name.rpartition(".")[0])

    def has_own_ways(self, run: Run, event: Event) -> bool:
        """Whether a pickler or a queue decides itself what it does with a value."""
        receiver = event.receiver
        owners: list[Value] = [receiver] if isinstance(receiver, Instance | Made) else []
        if isinstance(receiver, Instance):
            owners.extend(base for base in resolution_order(receiver.cls) if isinstance(base, Class))
        return any(run.store.values(owner, name) for owner in owners for name in OWN_WAYS)

    def event_loop(self, event: Event) -> BoundaryEntry | None:
        """Every event loop has `run_in_executor`, whatever class it is of."""
        if event.name.rpartition(".")[2] == "run_in_executor":
            return self.world.boundaries.get("asyncio.AbstractEventLoop.run_in_executor")
        return None

    # --- boundary calls --------------------------------------------------------------------------

    def boundary(self, run: Run, event: Event, entry: BoundaryEntry) -> None:
        if self.world.original(entry.name) == managers.REGISTER:
            managers.register(self, run, event, entry)
            return
        if entry.deferred:
            self.construct(run, event, entry)
            return
        if entry.starts and run.in_child == "daemonic":
            outer = self.tasks[-1]
            self.uses[outer.node, "nested"] = Use(
                "pool in a daemonic worker",
                entry,
                here(outer),
                run.versions,
                self.allowed,
                self.allowed,
                run,
                related=here(event),
            )
            raise run.fail("AssertionError", event.node, event.frame)
        numbers = settings.told(self, run, event, entry, self.maker(entry), entry.workers) if entry.workers else ()
        alone, before = worker_count.doubt(entry, numbers), run.doubt
        if alone is None:
            return
        run.doubt = max(run.doubt, alone)
        try:
            self.cross_over(run, event, entry)
        finally:
            run.doubt = before

    def cross_over(self, run: Run, event: Event, entry: BoundaryEntry) -> None:
        possible = self.possible(run, event, entry)
        maker = self.maker(entry)
        if entry.method == "start" and maker is not None and maker.deferred and event.receiver is not None:
            self.start(run, event, entry, possible)
            return
        if event.receiver is not None and self.world.original(entry.name) in managers.STARTING:
            managers.start(self, run, event, possible)
        methods = tuple(method for method in possible if method in entry.methods) if entry.process else self.allowed
        filled = fill(run, event, entry)
        self.cross(run, event, entry, filled, methods, possible if entry.process else self.allowed)
        if entry.starts:
            worker.other_context(self, run, event, entry, filled, methods, possible)
        if entry.result and len(self.tasks) < DEEPEST_CHILD:
            worker.run_tasks(self, run, event, entry, methods, possible)
        if len(self.tasks) < DEEPEST_CHILD:
            managers.answer(self, run, event, entry, possible)
        if entry.starts:
            pools.started(self, run, event, entry)

    def possible(self, run: Run, event: Event, entry: BoundaryEntry | None = None) -> tuple[str, ...]:
        methods = start_methods.of_call(run, event, self.program, self.allowed, entry)
        return start_methods.available(methods, run.versions)

    def cross(
        self,
        run: Run,
        event: Event,
        entry: BoundaryEntry,
        filled: list[Filled],
        methods: tuple[str, ...],
        possible: tuple[str, ...],
        starting: Value | None = None,
        related: Site | None = None,
    ) -> None:
        if not methods:
            return
        judge = self.judge(run, event, entry)
        judge.starting = starting
        for one in filled:
            judge.callable = one.slot == entry.task
            verdict = tuple(refusal for values in one.each or (one.values,) for refusal in judge.values(values))
            parts = by_caller(run, event.frame, one.site, verdict)
            for site, verdict in parts.items():
                self.record(run, event, entry, replace(one, site=site), verdict, methods, possible, related)

    def judge(self, run: Run, event: Event, entry: BoundaryEntry) -> Judge:
        judge = Judge(run, self.world, entry.carrier, run.versions, event.frame, here(event), protocol(event, entry))
        judge.child_names = entry.process
        judge.receiver = event.receiver
        judge.late = pools.defined_names(self, run, event.receiver)
        return judge

    def record(
        self,
        run: Run,
        event: Event,
        entry: BoundaryEntry,
        one: Filled,
        verdict: Verdict,
        methods: tuple[str, ...],
        possible: tuple[str, ...],
        related: Site | None = None,
    ) -> None:
        """Keep what was found; of several visits of a call the one with the most refusals stands.

        Raises `Abrupt` where a call of the same process surely refuses and a handler around it goes on.
        """
        expected = any(guard.expected for guard in run.guards)
        handled = not entry.process and any(guard.frame is event.frame for guard in run.guards)
        if handled and not expected and run.doubt is Doubt.NONE and is_refused(verdict, run.versions):
            run.raise_((Made("pickle.PicklingError", here(event)),))
            raise Abrupt
        if run.doubt is Doubt.MUCH or expected or handled or is_second_way(run, event, one):
            return
        if run.methods_unclear and entry.process and set(methods) < set(possible):
            return
        if run.doubt is Doubt.SOME:
            verdict = tuple(replace(refusal, certain=False) for refusal in verdict)
        key = (event.node, one.slot, one.site.node)
        crossing = Crossing(
            entry,
            one.slot,
            here(event),
            one.site,
            one.values,
            verdict,
            run.versions,
            methods,
            possible,
            run,
            event,
            related,
            read_back=entry.carrier == "deepcopy",  # what it takes apart it puts together again at once
        )
        before = self.crossings.get(key)
        if before is None or len(verdict) > len(before.verdict):
            self.crossings[key] = crossing
        for value in event.result:
            if not entry.process and isinstance(value, Made):
                self.written.setdefault(value, []).append(crossing)

    def read_back(self, run: Run, event: Event) -> None:
        """`pickle.loads(data)`: what could be pickled and not be rebuilt fails here."""
        for value in event.arguments.get(0, "data"):
            for crossing in self.written.get(value, []):
                late = tuple(refusal for refusal in crossing.verdict if refusal.stage == "loads")
                if late:
                    loaded = replace(
                        crossing,
                        verdict=late,
                        call=here(event),
                        value=here(event),
                        event=event,
                        read_back=True,
                    )
                    self.crossings[event.node, crossing.slot, event.node] = loaded

    # --- processes -------------------------------------------------------------------------------

    def construct(self, run: Run, event: Event, entry: BoundaryEntry) -> None:
        """`Process(...)`: nothing crosses before `start()`."""
        process = event.result[0] if event.result and isinstance(event.result[0], Made) else None
        if process is None:
            return
        for name in filter(entry.parameters.__contains__, ("target", "args", "kwargs")):
            values = event.arguments.get(entry.parameters.index(name), name)
            if values:
                run.store.set(process, f"[init {name}]", values)
        self.constructed[process] = event
        kept = self.crossings
        self.crossings = {}
        methods = self.possible(run, event, entry)
        run.store.set(process, "[methods]", tuple(map(Constant, methods)))
        crossing = tuple(method for method in methods if method in entry.methods)
        self.cross(run, event, entry, fill(run, event, entry), crossing, methods, starting=process)
        statement = pools.parents(event.frame.module.tree).get(event.node)
        if not (isinstance(statement, ast.Assign) and pools.never_read(event, statement)):
            self.pending[process] = list(self.crossings.values())
        self.crossings = kept

    def start(self, run: Run, event: Event, entry: BoundaryEntry, possible: tuple[str, ...]) -> None:
        """`process.start()`: the process object is pickled, unless it is forked."""
        process = event.receiver
        assert process is not None
        self.pending.pop(process, None)
        built = self.constructed.get(process)
        # What was known of the start method where the process was made still holds; only a later choice does not agree.
        known = run.store.values(process, "[methods]")
        possible = tuple(method for method in possible if Constant(method) in known) or possible
        methods = tuple(method for method in possible if method in entry.methods)
        if built is not None:
            constructor = self.world.boundaries[entry.name.removesuffix(".start")]
            filled = [
                Filled(one.slot, run.store.values(process, f"[init {one.slot}]") or one.values, one.site)
                for one in fill(run, built, constructor)
            ]
            self.cross(run, built, constructor, filled, methods, possible, process, here(event))
            worker.temporaries(self, run, built, constructor, filled, methods, possible, process)
            if len(self.tasks) < DEEPEST_CHILD:
                worker.run_process(self, run, built, constructor, process, possible)
        elif isinstance(process, Instance):
            self.cross(run, event, entry, fill(run, event, entry), methods, possible, process)
            if len(self.tasks) < DEEPEST_CHILD:
                worker.run_subclass(self, run, event, entry, process, possible)
        run.store.set(process, "[started]", (Constant(True),))
        pools.started(self, run, built or event, entry)

    def settle(self) -> None:
        """Processes that nobody was seen starting are judged as they were made."""
        for crossings in self.pending.values():
            for crossing in crossings:
                if ".start" not in crossing.call.module.text:
                    continue
                key = (crossing.event.node, crossing.slot, crossing.value.node)
                self.crossings.setdefault(key, crossing)
        self.pending.clear()

    # --- the child's view of the main module -----------------------------------------------------

    def child_names(self, run: Run) -> frozenset[str] | None:
        """The names that the main module has in a spawned child."""
        child = self.child_of(run)
        return child.names if child is not None else None

    def child_of(self, run: Run) -> Child | None:
        if self.child is None or self.child.module is not run.main:
            self.child = Child(self, run)
        return self.child


class Child:
    """The main module as a spawned child runs it: under another name, so that the main guard is false."""

    def __init__(self, examiner: Examiner, run: Run) -> None:
        from picklecheck.semantics import imports

        self.module: Module = run.main
        self.world = examiner.world
        self.examiner = examiner
        self.first_start: Event | None = None
        self.entry: BoundaryEntry | None = None
        self.names: frozenset[str] | None = None
        other = Run(run.program, run.world, self, run.versions, run.main)
        other.main_name = "__mp_main__"
        imports.execute_whole(other, run.main)
        self.run = other
        self.names = frozenset(other.store.names(other.namespaces[run.main]))

    def called(self, run: Run, event: Event) -> None:
        if event.name == "copyreg.pickle" or self.first_start is not None:
            return
        entry = self.examiner.entry_of(run, event)
        if entry is None:
            return
        submits = event.name.startswith("concurrent.futures.ProcessPoolExecutor.")
        starts = entry.starts and event.name != "concurrent.futures.ProcessPoolExecutor"
        if starts or submits:
            self.first_start, self.entry = event, entry

    def start_methods(self, run: Run, context: Value | None) -> tuple[str, ...]:
        return tuple(method for method in self.examiner.start_methods(run, context) if method != "fork")

    def assume(self, run: Run, methods: tuple[str, ...]) -> None:
        self.examiner.assume(run, methods)

    def child_names(self, run: Run) -> frozenset[str] | None:
        return None


def is_second_way(run: Run, event: Event, one: Filled) -> bool:
    """Whether a value went its own way before, or only gets here where a way that may work has failed."""
    if any(run.store.values(value, OWN_WAY) for value in one.values):
        return True
    function = event.frame.function
    if function is None or event.frame not in run.fallbacks:
        return False
    return one.site.module is not function.module or not any(one.site.node is node for node in ast.walk(function.node))


def is_refused(verdict: Verdict, versions: Versions) -> bool:
    """Whether a value surely cannot be pickled, whatever the version."""
    return any(one.certain and one.stage == "dumps" and one.versions >= versions for one in verdict)


def protocol(event: Event, entry: BoundaryEntry) -> int | None:
    """The pickle protocol that a call asks for, where it is written as a number."""
    if "protocol" in entry.parameters:
        match event.arguments.get(entry.parameters.index("protocol"), "protocol"):
            case (Constant(value=int(number)),) if 0 <= number <= 5:
                return number
    return None


def union(versions: list[Versions]) -> Versions:
    return frozenset().union(*versions)
