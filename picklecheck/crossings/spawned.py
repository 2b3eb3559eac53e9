"""What a task misses in a spawned child: module variables that only the parent sets."""

from __future__ import annotations

import ast

from picklecheck.crossings.child import Child
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.verdict import CARRIED, Refusal, Verdict
from picklecheck.semantics.domain.facts import ITEMS
from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import (
    UNBOUND,
    Arguments,
    BoundMethod,
    Class,
    Constant,
    Container,
    Function,
    Instance,
    Made,
    Value,
    Values,
)
from picklecheck.semantics.machine import Machine

SPAWNING = ("spawn", "forkserver")


def misses(handover: Handover, callee: Values, arguments: Arguments) -> Verdict:
    """The verdict on a task that works in the parent: whether it surely fails with the variables of a spawned child."""
    run, event = handover.run, handover.event
    spawns = not set(handover.possible).isdisjoint(SPAWNING)
    by_value = handover.entry.carrier == "cloudpickle"  # what a function of the main module reads goes along
    if by_value or not spawns or not callee or not all(is_of_main(run, value) for value in callee):
        return CARRIED
    changed = set_since(run, handover.children.of(run))
    initializer = initializer_of(handover)
    if not changed or initializer is None:
        return CARRIED
    with run.aside(), run.under(strict=True, names_known=True):
        for (owner, name), values in changed.items():
            run.store.set(owner, name, values)
        function, given = initializer
        if function and run.simulate(function, given, event.here).never_returns:
            return CARRIED
        outcome = run.simulate(callee, arguments, event.here)
        if not outcome.always_raises:
            return CARRIED
        nodes = [
            value.site.node for one in outcome.raised for value in one.values if isinstance(value, Instance | Made)
        ]
    there = {name: values for (_, name), values in changed.items()}
    tasks = [value.function if isinstance(value, BoundMethod) else value for value in callee]
    nodes += [task.node for task in tasks if isinstance(task, Function)]
    read = next((name for node in nodes for part in ast.walk(node) if (name := name_read(part)) in there), None)
    if read is None:
        return CARRIED
    state = "does not have" if there[read] == UNBOUND else "has only as importing the module leaves it"
    why = f"it reads `{read}`, which a spawned child {state}: only the parent sets it"
    return (Refusal(callee[0], "set in the parent only", why, run.versions, "loads", SPAWNING),)


def name_read(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
            return name
    return ""


def is_of_main(run: Machine, value: Value) -> bool:
    match value:
        case Function(module=module) | BoundMethod(function=Function(module=module)):
            return module is run.main
    return False


def set_since(run: Machine, child: Child) -> dict[tuple[object, str], Values]:
    """What variables of the main module and attributes of its classes are in a spawned child, where that differs."""
    namespace, other = run.imports.namespaces[run.main], child.run.imports.namespaces[run.main]
    found: dict[tuple[object, str], Values] = {}
    for name, values in run.store.names(namespace).items():
        there = child.run.store.values(other, name)
        if (changed := difference(run, values, child.run, there)) is not None:
            found[namespace, name] = changed
        match values, there:
            case (Class() as cls,), (Class() as same_there,) if cls.site.node is same_there.site.node:
                for attribute, held in run.store.names(cls).items():
                    if not attribute.startswith("["):
                        kept = child.run.store.values(same_there, attribute)
                        if (changed := difference(run, held, child.run, kept)) is not None:
                            found[cls, attribute] = changed
    return found


def difference(run: Machine, values: Values, other: Machine, there: Values) -> Values | None:
    """What a variable is in a spawned child; None where it is the same as here, or cannot be told."""
    if not there:
        return UNBOUND
    if is_plain(other, there) and not same(run, values, other, there):
        return tuple(rebuilt(run, other, value) for value in there)
    return None


def is_plain(run: Machine, values: Values, seen: set[Value] | None = None) -> bool:
    """Whether values are literals and containers of them, each known exactly; what was `seen` is looked at once."""
    seen = set() if seen is None else seen
    for value in values:
        if value in seen:
            continue
        seen.add(value)
        match value:
            case Constant():
                continue
            case Container():
                items = run.store.items(value)
                if not items.exact or not all(is_plain(run, one, seen) for one in (*items.values, *items.keys)):
                    return False
            case _:
                return False
    return True


def same(run: Machine, values: Values, other: Machine, there: Values) -> bool:
    if len(values) != 1 or len(there) != 1:
        return values == there
    match values[0], there[0]:
        case Container(kind=kind) as one, Container(kind=kind_there) as two:
            items, more = run.store.items(one), other.store.items(two)
            return kind == kind_there and len(items.values) == len(more.values) and items.exact
    return values == there


def rebuilt(run: Machine, other: Machine, value: Value) -> Value:
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


def initializer_of(handover: Handover) -> tuple[Values, Arguments] | None:
    """What each worker of a pool runs first, and with what; None where that is not known."""
    run, event, pool = handover.run, handover.event, handover.event.receiver
    if pool is None or (isinstance(pool, Instance) and event.name.endswith("Process.start")):
        return (), Arguments()
    if not isinstance(pool, Made) or pool.arguments is None or pool.arguments.open or pool.arguments.rest:
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
