"""What a task misses in a spawned child: module variables that only the parent sets, or has changed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from picklecheck.crossings.handover import Handover
from picklecheck.crossings.left_behind import Variable, definitions, set_since
from picklecheck.crossings.nesting import parents
from picklecheck.crossings.references import captured, is_shared
from picklecheck.crossings.slots import here
from picklecheck.crossings.spelling import called, described, step
from picklecheck.crossings.verdict import CARRIED, Captured, Reason, Refusal, Verdict
from picklecheck.semantics.budget import TooLong
from picklecheck.semantics.domain.values import (
    UNBOUND,
    Arguments,
    BoundMethod,
    Class,
    Constant,
    Container,
    ExternalObject,
    Frame,
    Function,
    Instance,
    Partial,
    Site,
    Value,
    Values,
)
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Doubt
from picklecheck.semantics.syntax.module import Module, names_bound
from picklecheck.semantics.syntax.scopes import within

SPAWNING = ("spawn", "forkserver")

# Variables that one finding names, and changed ones that are looked at: each costs a run of the task.
MOST_MISSED = 6


@dataclass(frozen=True, slots=True)
class End:
    """How a task ends: the nodes at which it may raise, whether it surely does, and the names read without a value."""

    nodes: tuple[ast.AST, ...]
    surely: bool
    unbound: tuple[ast.AST, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """A task, and what its worker runs before it: tried with other variables, which leaves no trace."""

    handover: Handover
    initializer: tuple[Values, Arguments]
    task: Values
    arguments: Arguments

    @property
    def functions(self) -> list[Function]:
        found = map(function_of, self.task)
        return [function for function in found if function is not None]

    def with_variables(self, variables: Mapping[Variable, Values]) -> End:
        run, here = self.handover.run, self.handover.event.here
        function, given = self.initializer
        # One that had too many steps in the parent may fail early with these variables.
        run.origins.too_long.difference_update(task.node for task in self.functions)
        absent = frozenset(variable for variable, values in variables.items() if values == UNBOUND)
        with run.aside(), without(run, absent):
            for (owner, name), values in variables.items():
                run.store.set(owner, name, values)
            if function and run.simulate(function, given, here).never_returns:
                return End((), False)
            endless, unbound = run.control.endless, len(run.control.unbound)
            with run.under(is_task=True):
                outcome = run.simulate(self.task, self.arguments, here)
        raised = [
            value for one in outcome.raised for value in one.values if isinstance(value, Instance | ExternalObject)
        ]
        nodes = tuple(dict.fromkeys(value.site.node for value in raised))
        surely = outcome.always_raises and run.control.endless == endless
        return End(nodes, surely, tuple(run.control.unbound[unbound:]))


@contextmanager
def without(run: Machine, absent: frozenset[Variable]) -> Iterator[None]:
    """Run something where these variables surely have no value."""
    run.control.absent = absent
    try:
        yield
    finally:
        run.control.absent = frozenset()


@dataclass(frozen=True, slots=True)
class Miss:
    """A variable that is read at `node` of a module, and what a spawned child has of it."""

    variable: Variable
    there: Values
    module: Module
    node: ast.AST


def misses(handover: Handover, task: Values, arguments: Arguments) -> Verdict:
    """The verdict on a task that works in the parent: whether it fails with the variables of a spawned child."""
    run = handover.run
    spawns = not set(handover.possible).isdisjoint(SPAWNING)
    by_value = handover.entry.carrier == "cloudpickle"  # what a function of the main module reads goes along
    if by_value or not spawns or not task or not all(map(function_of, task)):
        return CARRIED
    child = handover.children.of(run)
    if child.first_start is not None:
        return CARRIED  # without a main guard it ends where it starts processes itself
    changed = set_since(run, child)
    initializer = initializer_of(handover)
    if not changed or initializer is None:
        return CARRIED
    trial = Trial(handover, initializer, task, arguments)
    try:
        with run.under(strict=True, names_known=True, doubt=Doubt.MUCH), run.budget.halved():
            return verdict_of(trial, changed)
    except TooLong:
        return CARRIED


def verdict_of(trial: Trial, changed: dict[Variable, Values]) -> Verdict:
    """A task fails where it raises at a place at which a forked child does not."""
    forked = trial.with_variables({})
    if forked.surely:
        return CARRIED
    first = spawned = trial.with_variables(changed)
    left, missed = dict(changed), list[Miss]()
    while len(missed) < MOST_MISSED:
        new = [node for node in spawned.nodes if node not in forked.nodes]
        one = first_read(trial, new, left) if new else None
        if one is None:
            break
        missed.append(one)
        del left[one.variable]
        spawned = trial.with_variables(left)
    if missed:
        certain = first.surely and set(first.nodes).isdisjoint(forked.nodes)
        return (refusal(trial, missed, "set in the parent only", certain),)
    if lost := list(caught_misses(trial, changed, [node for node in first.unbound if node not in forked.unbound])):
        return (refusal(trial, lost, "set in the parent only", False),)
    old = [one for one in changed_values(trial, changed) if not is_asked_first(trial, one)]
    return (refusal(trial, old, "changed in the parent only", False),) if old else CARRIED


def first_read(trial: Trial, nodes: list[ast.AST], left: Mapping[Variable, Values]) -> Miss | None:
    """The first of the variables that is read where the task fails, or else anywhere in it."""
    by_name: dict[str, list[Variable]] = {}
    for variable in left:
        by_name.setdefault(variable[1], []).append(variable)
    for node in (*nodes, *(function.node for function in trial.functions)):
        for part in ast.walk(node):
            for variable in by_name.get(name_read(part), ()):
                module = module_reading(part, variable, trial)
                if module is not None:
                    return Miss(variable, left[variable], module, part)
    return None


def module_reading(node: ast.AST, variable: Variable, trial: Trial) -> Module | None:
    """The module that a node is of: any that the task is of for `state.limit`, that of the variable for `limit`."""
    main = trial.handover.run.main
    modules = [home(variable, main)]
    if isinstance(node, ast.Attribute):
        modules = [main, *(function.module for function in trial.functions)]
    return next((module for module in modules if node in parents(module.tree)), None)


def home(variable: Variable, main: Module) -> Module:
    """The module whose functions read a variable by its name."""
    owner, _ = variable
    return owner.module if isinstance(owner, Frame) else main


def caught_misses(trial: Trial, changed: Mapping[Variable, Values], read: list[ast.AST]) -> Iterator[Miss]:
    """The variables that a spawned child does not have, where the task catches that and only tells of it."""
    missing = {name: (owner, name) for (owner, name), there in changed.items() if there == UNBOUND}
    above = parents(trial.handover.run.main.tree)
    for node in dict.fromkeys(read):
        name = getattr(node, "id", "")
        if name in missing and (handler := innermost_handler(node, above)) is not None and only_tells(handler):
            yield Miss(missing.pop(name), UNBOUND, trial.handover.run.main, node)


def innermost_handler(node: ast.AST, above: Mapping[ast.AST, ast.AST]) -> ast.ExceptHandler | None:
    """Of the innermost `try` around a node, the handler that takes all that the node raises."""
    inner: ast.AST | None = node
    while (outer := above.get(inner) if inner is not None else None) is not None:
        if isinstance(outer, ast.Try) and inner in outer.body:
            return next((one for one in outer.handlers if one.type is None or takes_all(one.type)), None)
        inner = outer
    return None


def takes_all(kind: ast.expr) -> bool:
    """Whether a handler for this takes any error: `except Exception`, `except (OSError, Exception)`."""
    return any(isinstance(one, ast.Name) and one.id in ("Exception", "BaseException") for one in ast.walk(kind))


def only_tells(handler: ast.ExceptHandler) -> bool:
    """Whether a handler does no more than print or log, so that what was to be done is not done."""
    return all(
        isinstance(one, ast.Expr | ast.Pass | ast.Continue | ast.Break | ast.Raise)
        or (isinstance(one, ast.Return) and (one.value is None or isinstance(one.value, ast.Constant)))
        for one in handler.body
    )


def changed_values(trial: Trial, changed: Mapping[Variable, Values]) -> Iterator[Miss]:
    """The variables that the task reads as importing leaves them, and that nothing it calls sets."""
    main = trial.handover.run.main
    followed = [main, *(function.module for function in trial.functions)]
    candidates = [
        one
        for one, there in changed.items()
        if isinstance(one[0], Frame)
        and there != UNBOUND
        and one[1] not in names_set_by((*followed, one[0].module), trial.functions)
    ]
    if len(candidates) > MOST_MISSED:
        trial.handover.run.meet("MOST_MISSED", cut=True)
    for variable in candidates[:MOST_MISSED]:
        missing = trial.with_variables({**changed, variable: UNBOUND})
        for node in (*missing.nodes, *missing.unbound):  # some of these a handler of the task may catch
            module = home(variable, main)
            if isinstance(node, ast.Name) and node.id == variable[1] and node in parents(module.tree):
                yield Miss(variable, changed[variable], module, node)
                break


def is_asked_first(trial: Trial, one: Miss) -> bool:
    """Whether the task asks for a value that says that there is none: `if table is not None`, `table or {}`."""
    match one.there:
        case (Constant(value=None) | Constant(value="") | Container(),):
            around = parents(one.module.tree).get(one.node)
            test = getattr(around, "test", None)
            return isinstance(around, ast.Compare | ast.BoolOp | ast.UnaryOp) or test is one.node
    return False


def names_set_by(modules: Iterable[Module], functions: Iterable[Function]) -> set[str]:
    """The names that functions bind, fill or set items of, themselves or by others of the modules."""
    several = [(module, definitions(module)) for module in dict.fromkeys(modules)]
    todo: list[ast.AST] = [function.node for function in functions]
    seen: set[ast.AST] = set()
    found: set[str] = set()
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            body = node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
            found.update(name for statement in body for name in names_bound(statement))
            for module, by_name in several:
                called = (other for name in module.called(node) for other in by_name.get(name, ()))
                todo += [other for other in called if not isinstance(other, ast.ClassDef)]
    return found


def refusal(trial: Trial, missed: list[Miss], reason: Reason, certain: bool) -> Refusal:
    """What a task misses: all variables in one refusal, with the lines that read and set the first."""
    run, first, task = trial.handover.run, missed[0], trial.task[0]
    unbound = all(one.there == UNBOUND for one in missed)
    them = "it" if len(missed) == 1 else "them"
    match [one.there for one in missed]:
        case _ if unbound:
            child = f"does not have {them}"
        case [(Constant() as value,)]:
            child = f"still has {described(value)}"
        case _:
            child = f"sees the initial value{'s' * (len(missed) > 1)}"
    parent = "changes" if reason == "changed in the parent only" else "sets"
    names = listed([full_name(run.main, one.variable) for one in missed])
    why = f"task {called(task)} reads {names}, which only the parent {parent}: a spawned child {child}"
    sites = [Site(first.module, first.node)]
    path = [step(f"`{full_name(run.main, first.variable)}` is read in the child", sites[0])]
    if (where := set_at(run, first.variable, unbound)) is not None:
        sites.append(where)
        path.append(step("set in the parent only", where))
    held = values_of(trial, missed)
    return Refusal(
        task, reason, why, run.versions, "loads", SPAWNING, tuple(path), tuple(sites), certain, captures=held
    )


def values_of(trial: Trial, missed: list[Miss]) -> tuple[Captured, ...]:
    """What the parent has in the variables, by name; nothing where one is of a class or of another module."""
    run, handover = trial.handover.run, trial.handover
    if any(one.variable[0] is not run.imports.namespaces[run.main] for one in missed):
        return ()
    judge = handover.judge_by("spawning", here(handover.event))
    held = {name: run.store.values(owner, name) for owner, name in (one.variable for one in missed)}
    return tuple(captured(judge, name, values, all(map(is_shared, values))) for name, values in held.items())


def listed(names: list[str]) -> str:
    """`a`, `b` and `c`, each once."""
    *first, last = [f"`{name}`" for name in dict.fromkeys(names)]
    return f"{', '.join(first)} and {last}" if first else last


def full_name(main: Module, variable: Variable) -> str:
    owner, name = variable
    if isinstance(owner, Class):
        return f"{owner.name}.{name}"
    return name if owner.module is main else f"{owner.module.name.rpartition('.')[2]}.{name}"


def set_at(run: Machine, variable: Variable, unbound: bool) -> Site | None:
    """Where the parent sets a variable; the first value of one that is not `unbound` at import is another."""
    owner, name = variable
    if isinstance(owner, Class) or owner.module is not run.main:
        return run.origins.assigned.get(variable)
    nodes = bindings_by_name(run.main).get(name, [])
    nodes = nodes[:1] if unbound else nodes[1:][-1:]
    return Site(run.main, nodes[0]) if nodes else None


@lru_cache(maxsize=4)
def bindings_by_name(module: Module) -> dict[str, list[ast.Name]]:
    """The nodes that bind each variable of a module, at import or in functions that declare it global."""
    at_import = set(within(module.tree))
    found: dict[str, list[ast.Name]] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            if node in at_import or node.id in module.declared_global:
                found.setdefault(node.id, []).append(node)
    return found


def name_read(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
            return name
    return ""


def function_of(value: Value) -> Function | None:
    """The function of the project that a task is or calls; None for all others."""
    match value:
        case (Function() as function) | BoundMethod(function=function):
            return function
        case Partial(function=(one,)):
            return function_of(one)
    return None


def initializer_of(handover: Handover) -> tuple[Values, Arguments] | None:
    """What each worker of a pool runs first, and with what; None where that is not known."""
    run, event, pool = handover.run, handover.event, handover.event.receiver
    if pool is None or (isinstance(pool, Instance) and event.name.endswith("Process.start")):
        return (), Arguments()
    if not isinstance(pool, ExternalObject) or pool.arguments is None or pool.arguments.open or pool.arguments.rest:
        return None
    if pool.arguments.more_keywords:
        return None
    entry = handover.world.boundaries.get(pool.type)
    if entry is None or "initializer" not in entry.parameters:
        return (), Arguments()
    given = {
        name: pool.arguments.get(entry.parameters.index(name), name)
        for name in ("initializer", "initargs")
        if name in entry.parameters
    }
    arguments = Arguments(open=True)
    if given.get("initargs"):
        items = run.items_of(given["initargs"], event.here)
        if items.exact:
            arguments = Arguments(list(items.values))
    elif given["initializer"]:
        arguments = Arguments()
    function = tuple(value for value in given["initializer"] if value != Constant(None))
    return function, arguments
