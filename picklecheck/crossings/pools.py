"""Listens to how pools are used: closed and joined in order, results read in time, started where a child may."""

from __future__ import annotations

import ast
from dataclasses import replace

from picklecheck.crossings.child import EXECUTOR, POOL, remember_names
from picklecheck.crossings.crossing import Misuse, Use
from picklecheck.crossings.examination import Examination
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.nesting import innermost_loop, never_read, parents
from picklecheck.crossings.slots import here
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.domain.facts import Fact
from picklecheck.semantics.domain.values import Constant, ExternalObject, Frame, Site, Value
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.fixtures import is_test
from picklecheck.semantics.syntax.module import Module

RESULTS = ("multiprocessing.pool.AsyncResult", "multiprocessing.pool.MapResult", "concurrent.futures.Future")
ITERATORS = ("multiprocessing.pool.IMapIterator", "multiprocessing.pool.IMapUnorderedIterator")
POLLING = ("ready", "successful", "done")
GETTING, NEXT = ("get", "result"), ("__iter__", "__next__", "next")
TASKS = {
    *("apply", "apply_async", "map", "map_async", "imap", "imap_unordered", "starmap", "starmap_async", "submit"),
}
ASYNC = {"apply_async", "map_async", "starmap_async"}
# From this version on the server of forked processes imports the main module, too.
PRELOADS_MAIN = (3, 14)
# Facts of the store: where a pool is in its life, the span of the run in which it was made, what terminated it, whether
# a result was read.
STATE, SPAN, ENDED_BY, READ = Fact("state"), Fact("span"), Fact("ended by"), Fact("read")


class Pools:
    """Follows a pool's life: running, closed, terminated; and the results it gave."""

    def __init__(self, examination: Examination) -> None:
        self.examination = examination
        self.world = examination.world

    def heard(self, run: Machine, event: Event) -> None:
        receiver = event.receiver
        if not isinstance(receiver, ExternalObject):
            return
        owner, _, method = self.world.original(event.name).rpartition(".")
        if owner in (POOL, EXECUTOR):
            self.of_pool(run, event, receiver, method)
        elif owner in RESULTS and method in POLLING:
            run.store.set(receiver, READ, (Constant(True),))  # who asks for it goes on when it is there
        elif (owner in RESULTS and method in (*GETTING, "wait")) or (owner in ITERATORS and method in NEXT):
            self.of_result(run, event, receiver, method)

    def of_pool(self, run: Machine, event: Event, pool: ExternalObject, method: str) -> None:
        entry = self.world.boundaries.get(pool.type) or self.world.boundaries[POOL]
        now = state(run, pool)
        match method:
            case "close" | "shutdown" if now in ("running", ""):
                move(run, pool, "closed")
            case "terminate" | "__exit__" if now != "joined":
                run.store.set(pool, ENDED_BY, (Constant(method),))
                move(run, pool, "terminated")
            case "join" if now == "running" and pool.arguments is not None:
                self.misused(run, event, "join before close", entry)
            case "join" if now == "closed":
                move(run, pool, "joined")
            case _ if method in TASKS and now in ("closed", "joined", "terminated"):
                self.misused(run, event, "closed pool used", entry)
            case _ if method in {*ASYNC, "submit"} and (dropped := dropping(event)) is not None:
                self.misused(run, event, "result dropped", entry, name_of(dropped))

    def misused(self, run: Machine, event: Event, kind: Misuse, entry: BoundaryEntry, subject: str = "") -> None:
        """A misuse under all start methods that the call has."""
        methods = self.examination.start_methods.of_call(run, event)
        use = Use(kind, entry, here(event), run.versions, methods, methods, run.program, subject=subject)
        self.examination.ledger.note(run, use)

    def of_result(self, run: Machine, event: Event, result: ExternalObject, method: str) -> None:
        """A result that is read: at once in a loop (serial), or when its pool is gone (never comes)."""
        pool, submitted = result.receiver, result.site
        if method != "wait" and is_expected(run, event.frame):
            self.examination.ledger.withdraw(result)
            return
        if (
            isinstance(pool, ExternalObject)
            and self.world.original(pool.type) == POOL
            and state(run, pool) == "terminated"
        ):
            if not run.store.values(result, READ) and not has_callback(result):
                ended_by = ended(run, pool)
                self.misread(run, event, "awaited after terminate", result, pool, ended_by)
        run.store.set(result, READ, (Constant(True),))
        if method not in GETTING or submitted.module is not event.frame.module:
            return
        tree = event.frame.module.tree
        loop = innermost_loop(tree, submitted.node)
        if loop is not None and loop is innermost_loop(tree, event.node) and isinstance(pool, ExternalObject):
            if self.world.original(pool.type) in (POOL, EXECUTOR):
                self.misread(run, event, "awaited at once", result, pool)

    def misread(
        self, run: Machine, event: Event, kind: Misuse, result: ExternalObject, pool: ExternalObject, subject: str = ""
    ) -> None:
        """A result that is read at the wrong time: told where it was asked for, whatever the start method."""
        entry, allowed = self.world.boundaries[pool.type], self.examination.allowed
        use = Use(kind, entry, result.site, run.versions, allowed, allowed, run.program, related=here(event))
        self.examination.ledger.note(run, replace(use, subject=subject))

    def started(self, handover: Handover) -> None:
        """A process starts: remember what a forked child knows, and whether a spawned one starts it again."""
        run = handover.run
        for value in handover.event.result:
            if isinstance(value, ExternalObject) and self.world.original(value.type) in (POOL, EXECUTOR):
                run.store.set(value, SPAN, (Constant(run.control.span),))
                remember_names(run, value)
        outermost = run.stack[0] if run.stack else None
        main = run.main
        if outermost is None or outermost.module is not main or main.runs_package or is_collected(main):
            return
        if len(run.stack) > 1 and not outermost.scope.is_module:
            return
        if any(guard.frame.scope.is_module for guard in run.control.guards):
            return  # it catches what starting raises in a child, too
        possible = self.examination.start_methods.of_call(run, handover.event, handover.entry)
        methods, versions = tuple(method for method in possible if method != "fork"), run.versions
        first_start = self.examination.children.of(run).first_start
        if first_start is None:
            server = self.examination.children.server(run) if "forkserver" in methods else None
            methods, versions = ("forkserver",), frozenset(one for one in versions if one >= PRELOADS_MAIN)
            first_start = server.first_start if server is not None and versions else None
        if first_start is None:
            return
        first, entry = first_start
        started, receiver = here(first), first.receiver
        if isinstance(receiver, ExternalObject):
            maker = self.world.boundaries.get(receiver.type)
            if maker is not None and (maker.starts or maker.deferred):
                started = receiver.site  # where the pool or process was made
        reached = at_module_level(first)
        site = reached or started
        if methods and site.module is run.main:
            at = None if reached is None else started
            use = Use("no main guard", entry, site, versions, methods, possible, run.program, related=at)
            self.examination.ledger.note(run, use)


def is_collected(module: Module) -> bool:
    """Whether pytest collects a file by its name and tests: spawned children run the main module of pytest."""
    name = module.file.stem
    inner = (node for one in module.tree.body for node in (one.body if isinstance(one, ast.ClassDef) else (one,)))
    return (name.startswith("test_") or name.endswith("_test")) and any(map(is_test, inner))


def ended(run: Machine, pool: Value) -> str:
    """What terminated a pool: `terminate`, or the `__exit__` of its `with` block; empty where paths differ."""
    match run.store.values(pool, ENDED_BY):
        case (Constant(value=str(method)),):
            return method
    return ""


def move(run: Machine, pool: Value, into: str) -> None:
    """A pool reaches the next part of its life."""
    run.store.set(pool, STATE, (Constant(into),))
    run.store.set(pool, SPAN, (Constant(run.control.span),))


def state(run: Machine, pool: Value) -> str:
    """`running`, `closed`, `joined` or `terminated`, where all paths agree and are seen; else empty."""
    if run.store.values(pool, SPAN) != (Constant(run.control.span),):
        return ""  # a function that nothing calls may be called before the end of the file, where the pool is closed
    match run.store.values(pool, STATE):
        case ():
            return "running"
        case (Constant(value=str(text)),):
            return text
    return ""


def dropping(event: Event) -> ast.Expr | ast.Assign | None:
    """The statement `pool.apply_async(…)` whose result nobody can read, nor its error: no name, or one never read.

    The same goes for the list of results in `[executor.submit(task, row) for row in rows]`.
    """
    if "error_callback" in event.arguments.keywords:
        return None
    around = parents(event.frame.module.tree)
    node, frame = event.node, event.frame
    while isinstance(outer := around.get(node), ast.ListComp | ast.SetComp) and outer.elt is node:
        node, frame = outer, frame.parent or frame
    match around.get(node):
        case ast.Expr() as statement:
            return statement
        case ast.Assign() as statement if never_read(frame, statement):
            return statement
    return None


def has_callback(result: ExternalObject) -> bool:
    """Whether a result tells the program when it has come, which may wait for that before it ends the pool."""
    given = result.arguments.keywords if result.arguments else {}
    return not {"callback", "error_callback"}.isdisjoint(given)


def name_of(statement: ast.Expr | ast.Assign) -> str:
    """The name that a statement binds; empty for an expression."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return ""


def at_module_level(event: Event) -> Site | None:
    """The call at module level that led to an event; None where that is the event itself."""
    node, frame = event.node, event.frame
    while frame.function is not None and frame.caller is not None and frame.call is not None:
        node, frame = frame.call, frame.caller
    return None if node is event.node else Site(frame.module, node)


def is_expected(run: Machine, frame: Frame) -> bool:
    """Whether a test expects what is run now to raise."""
    return any(guard.expected and guard.frame is frame for guard in run.control.guards)
