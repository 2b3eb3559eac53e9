"""How pools are used: closed and joined in order, results read while the pool lives, started where a child may."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from picklecheck.crossings.crossing import Use
from picklecheck.crossings.slots import here
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics import guards
from picklecheck.semantics.run import Event, Run
from picklecheck.semantics.values import Constant, Made, Site, Value

if TYPE_CHECKING:
    from picklecheck.crossings.examiner import Examiner

POOL = "multiprocessing.pool.Pool"
EXECUTOR = "concurrent.futures.ProcessPoolExecutor"
RESULTS = ("multiprocessing.pool.AsyncResult", "multiprocessing.pool.MapResult", "concurrent.futures.Future")
ITERATORS = ("multiprocessing.pool.IMapIterator", "multiprocessing.pool.IMapUnorderedIterator")
GETTING, NEXT = ("get", "result"), ("__iter__", "__next__", "next")
LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def observe(examiner: Examiner, run: Run, event: Event) -> None:
    """Follow a pool's life: running, closed, terminated; and the results it gave."""
    receiver = event.receiver
    if not isinstance(receiver, Made):
        return
    owner, _, method = examiner.world.original(event.name).rpartition(".")
    if owner in (POOL, EXECUTOR):
        of_pool(examiner, run, event, receiver, method)
    elif (owner in RESULTS and method in (*GETTING, "wait")) or (owner in ITERATORS and method in NEXT):
        of_result(examiner, run, event, receiver, method)


def state(run: Run, pool: Value) -> str:
    """`running`, `closed`, `joined` or `terminated`, where all paths agree and are seen; else empty."""
    match run.store.values(pool, "[state]"):
        case ():
            return "running" if run.store.values(pool, "[span]") == (Constant(run.span),) else ""
        case (Constant(value=str(text)),):
            return text
    return ""


def of_pool(examiner: Examiner, run: Run, event: Event, pool: Made, method: str) -> None:
    entry = examiner.world.boundaries.get(pool.type) or examiner.world.boundaries[POOL]
    now = state(run, pool)
    match method:
        case "close" | "shutdown" if now in ("running", ""):
            run.store.set(pool, "[state]", (Constant("closed"),))
        case "terminate" | "__exit__" if now != "joined":
            run.store.set(pool, "[state]", (Constant("terminated"),))
        case "join" if now == "running" and pool.arguments is not None:
            note(examiner, run, event, "join before close", entry)
        case "join" if now == "closed":
            run.store.set(pool, "[state]", (Constant("joined"),))
        case _ if method in TASKS and now in ("closed", "joined", "terminated"):
            note(examiner, run, event, "closed pool used", entry)
        case _ if method in ASYNC:
            dropped(examiner, run, event, entry)


TASKS = {
    *("apply", "apply_async", "map", "map_async", "imap", "imap_unordered", "starmap", "starmap_async", "submit"),
}
ASYNC = {"apply_async", "map_async", "starmap_async"}


def dropped(examiner: Examiner, run: Run, event: Event, entry: BoundaryEntry) -> None:
    """`pool.apply_async(…)` whose result nobody can read, nor its error: no name, or one that is never read."""
    if "error_callback" in event.arguments.keywords:
        return
    tree = parents(event.frame.module.tree)
    parent = tree.get(event.node)
    if isinstance(parent, ast.Expr) or (isinstance(parent, ast.Assign) and never_read(event, parent)):
        note(examiner, run, event, "result dropped", entry)


def never_read(event: Event, statement: ast.Assign) -> bool:
    """Whether a local name is assigned that its function never reads."""
    match statement.targets:
        case [ast.Name(id=name)] if event.frame.function is not None and name in event.frame.scope.bound:
            nodes = ast.walk(event.frame.scope.node)
            return not any(
                isinstance(node, ast.Name)
                and node.id == name
                and node is not statement.targets[0]
                and isinstance(node.ctx, ast.Load)
                for node in nodes
            )
    return False


def of_result(examiner: Examiner, run: Run, event: Event, result: Made, method: str) -> None:
    """A result that is read: at once in a loop (serial), or when its pool is gone (never comes)."""
    pool = result.receiver
    submitted = result.site
    if method != "wait" and guards.is_expected(run, event.frame):
        crossings = examiner.crossings.items()
        examiner.crossings = {key: crossing for key, crossing in crossings if result not in crossing.event.result}
        return
    if isinstance(pool, Made) and examiner.world.original(pool.type) == POOL and state(run, pool) == "terminated":
        if not run.store.values(result, "[read]"):
            entry = examiner.world.boundaries[pool.type]
            examiner.uses[submitted.node, "awaited after terminate"] = Use(
                "awaited after terminate",
                entry,
                submitted,
                run.versions,
                examiner.allowed,
                examiner.allowed,
                run,
                related=here(event),
            )
    run.store.set(result, "[read]", (Constant(True),))
    if method not in GETTING or submitted.module is not event.frame.module:
        return
    tree = parents(event.frame.module.tree)
    loop = innermost(tree, submitted.node)
    if loop is not None and loop is innermost(tree, event.node) and isinstance(pool, Made):
        if examiner.world.original(pool.type) in (POOL, EXECUTOR):
            entry = examiner.world.boundaries[pool.type]
            examiner.uses[submitted.node, "awaited at once"] = Use(
                "awaited at once",
                entry,
                submitted,
                run.versions,
                examiner.allowed,
                examiner.allowed,
                run,
                related=here(event),
            )


def note(examiner: Examiner, run: Run, event: Event, kind: str, entry: BoundaryEntry) -> None:
    possible = examiner.possible(run, event)
    use = Use(kind, entry, here(event), run.versions, possible, possible, run)  # type: ignore[arg-type]
    examiner.uses[event.node, kind] = use


def innermost(tree: dict[ast.AST, ast.AST], node: ast.AST) -> ast.AST | None:
    """The loop or comprehension whose body a node stands in."""
    inner, outer = node, tree.get(node)
    while outer is not None:
        if isinstance(outer, LOOPS) and inner is not getattr(outer, "iter", None):
            return outer
        if isinstance(outer, ast.comprehension):
            whole = tree.get(outer)
            if isinstance(whole, LOOPS) and getattr(whole, "generators", [None])[0] is outer:
                inner, outer = whole, tree.get(whole)
                continue
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return None
        inner, outer = outer, tree.get(outer)
    return None


PARENTS: dict[ast.Module, dict[ast.AST, ast.AST]] = {}


def parents(tree: ast.Module) -> dict[ast.AST, ast.AST]:
    """Which node stands in which; made once for a tree."""
    if tree not in PARENTS:
        PARENTS.clear()
        PARENTS[tree] = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return PARENTS[tree]


# --- starting ------------------------------------------------------------------------------------


def started(examiner: Examiner, run: Run, event: Event, entry: BoundaryEntry) -> None:
    """A process starts: remember what a forked child knows, and whether a spawned one starts it again."""
    for value in event.result:
        if isinstance(value, Made) and examiner.world.original(value.type) in (POOL, EXECUTOR):
            run.store.set(value, "[span]", (Constant(run.span),))
            if run.main in run.executed:
                names = frozenset(run.store.names(run.namespaces[run.main]))
                run.store.set(value, "[names]", (Constant(names),))
    at_import = len(run.stack) == 1 and run.stack[0].module is run.main
    if not at_import and not any(frame.scope.is_module and frame.module is run.main for frame in run.stack[:1]):
        return
    if any(guard.frame.scope.is_module for guard in run.guards):
        return  # it catches what starting raises in a child, too
    child = examiner.child_of(run)
    if child is None or child.first_start is None or child.entry is None:
        return
    first = child.first_start
    site = Site(first.frame.module, first.node)
    receiver = first.receiver
    if isinstance(receiver, Made) and receiver.type in examiner.world.boundaries:
        site = receiver.site  # where the pool or process was made
    possible = examiner.possible(run, event, entry)
    methods = tuple(method for method in possible if method != "fork")
    if methods and site.module is run.main:
        examiner.uses[site.node, "no main guard"] = Use(
            "no main guard",
            child.entry,
            site,
            run.versions,
            methods,
            possible,
            run,
            related=at_module_level(first),
        )


def at_module_level(event: Event) -> Site | None:
    """The call at module level that led to an event; None where that is the event itself."""
    node, frame = event.node, event.frame
    while frame.function is not None and frame.caller is not None and frame.call is not None:
        node, frame = frame.call, frame.caller
    return None if node is event.node else Site(frame.module, node)


def defined_names(examiner: Examiner, run: Run, pool: Value | None) -> frozenset[str] | None:
    """The names that the main module had when a pool forked its workers; None where that is not known."""
    if not isinstance(pool, Made) or examiner.world.original(pool.type) != POOL:
        return None
    match run.store.values(pool, "[names]"):
        case (Constant(value=frozenset() as names),):
            return names
    return None
