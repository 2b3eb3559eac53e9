"""What a task misses in a spawned child: module variables that only the parent sets."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from picklecheck.crossings.judge import Judge
from picklecheck.crossings.verdict import CARRIED, Refusal, Verdict
from picklecheck.semantics import calls, containers
from picklecheck.semantics.run import Event, Run
from picklecheck.semantics.store import ITEMS, Items
from picklecheck.semantics.values import (
    UNBOUND,
    Arguments,
    BoundMethod,
    Constant,
    Container,
    Function,
    Made,
    Value,
    Values,
)

if TYPE_CHECKING:
    from picklecheck.crossings.examiner import Child, Examiner

SPAWNING = ("spawn", "forkserver")


def misses(
    examiner: Examiner, judge: Judge, event: Event, possible: tuple[str, ...], callee: Values, arguments: Arguments
) -> Verdict:
    """The verdict on a task that works in the parent: whether it surely fails with the variables of a spawned child."""
    run = judge.run
    if not set(possible).intersection(SPAWNING) or not callee or not all(is_of_main(run, value) for value in callee):
        return CARRIED
    child = examiner.child_of(run)
    if child is None:
        return CARRIED
    changed = changed_names(run, child)
    initializer = initializer_of(examiner, run, event)
    if not changed or initializer is None:
        return CARRIED
    with run.aside():
        run.strict = run.names_known = True
        namespace = run.namespaces[run.main]
        for name, values in changed.items():
            run.store.set(namespace, name, values)
        function, given = initializer
        if function and calls.simulate(run, function, given, event.node, event.frame).never_returns:
            return CARRIED
        outcome = calls.simulate(run, callee, arguments, event.node, event.frame)
        if not outcome.never_returns or not outcome.raised:
            return CARRIED
        nodes = [value.site.node for one in outcome.raised for value in one.values if isinstance(value, Made)]
    read = [part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in changed]
    if not read:
        return CARRIED
    there = "does not have" if changed[read[0]] == UNBOUND else "has as the module leaves it"
    why = f"it reads `{read[0]}`, which a spawned child {there}: only the parent sets it"
    return (Refusal(callee[0], "set in the parent only", why, judge.versions, "loads", SPAWNING),)


def is_of_main(run: Run, value: Value) -> bool:
    match value:
        case Function(module=module) | BoundMethod(function=Function(module=module)):
            return module is run.main
    return False


def changed_names(run: Run, child: Child) -> dict[str, Values]:
    """The variables of the main module that are not in a spawned child what they are now, with what they are there."""
    namespace = run.namespaces[run.main]
    found: dict[str, Values] = {}
    for name, values in run.store.names(namespace).items():
        there = child.run.store.values(child.run.namespaces[run.main], name)
        if not there:
            found[name] = UNBOUND
        elif is_plain(child.run, there) and not same(run, values, child.run, there):
            found[name] = tuple(rebuilt(run, child.run, value) for value in there)
    return found


def is_plain(run: Run, values: Values) -> bool:
    """Whether values are literals and containers of them, each known exactly."""
    for value in values:
        match value:
            case Constant():
                continue
            case Container():
                items = run.store.items(value)
                if not items.exact or not all(is_plain(run, one) for one in (*items.values, *items.keys)):
                    return False
            case _:
                return False
    return True


def same(run: Run, values: Values, other: Run, there: Values) -> bool:
    if len(values) != 1 or len(there) != 1:
        return values == there
    match values[0], there[0]:
        case Container(kind=kind) as one, Container(kind=kind_there) as two:
            items, more = run.store.items(one), other.store.items(two)
            return kind == kind_there and len(items.values) == len(more.values) and items.exact
    return values == there


def rebuilt(run: Run, other: Run, value: Value) -> Value:
    """A plain value of the child's run in this one."""
    if not isinstance(value, Container):
        return value
    items = other.store.items(value)
    made = Container(value.kind, value.site)
    parts = [
        tuple(tuple(rebuilt(run, other, one) for one in held) for held in part) for part in (items.values, items.keys)
    ]
    run.store.set(made, ITEMS, Items(parts[0], parts[1]))
    return made


def initializer_of(examiner: Examiner, run: Run, event: Event) -> tuple[Values, Arguments] | None:
    """What each worker of a pool runs first, and with what; None where that is not known."""
    pool = event.receiver
    if pool is None:
        return (), Arguments()
    if not isinstance(pool, Made) or pool.arguments is None or pool.arguments.open or pool.arguments.rest:
        return None
    if pool.arguments.more_keywords:
        return None
    entry = examiner.world.boundaries.get(pool.type)
    if entry is None or "initializer" not in entry.parameters:
        return (), Arguments()
    given = {
        name: pool.arguments.get(entry.parameters.index(name), name)
        for name in ("initializer", "initargs")
        if name in entry.parameters
    }
    arguments = Arguments(open=True)
    if given.get("initargs"):
        items = containers.items_of(run, given["initargs"], event.node, event.frame)
        if items.exact:
            arguments = Arguments(list(items.values))
    elif given["initializer"]:
        arguments = Arguments()
    function = tuple(value for value in given["initializer"] if value != Constant(None))
    return function, arguments
