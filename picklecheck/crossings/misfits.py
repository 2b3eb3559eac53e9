"""Whether a task can be called as its boundary calls it, and by which other way of writing the call it could be."""

from __future__ import annotations

import ast
from dataclasses import replace

from picklecheck.crossings.crossing import Misfit, Use
from picklecheck.crossings.examination import Examination
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.slots import Filled
from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import (
    Arguments,
    BoundMethod,
    Constant,
    Container,
    ExternalObject,
    Function,
    Instance,
    Partial,
    Value,
)
from picklecheck.semantics.kinds import builtin_types
from picklecheck.semantics.kinds.checks import is_callable
from picklecheck.semantics.kinds.functions import WrongArguments, bind
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Doubt

_SPREAD = "starmap"

# Whose boundaries are known to call their tasks exactly as they are written down; others may add arguments.
_EXACT = ("multiprocessing.", "concurrent.futures.", "asyncio.")


def check(examination: Examination, handover: Handover, task: Filled, arguments: Arguments) -> None:
    """Note that a task cannot be called with its arguments, where that is seen of each function that it may be."""
    run, entry = handover.run, handover.entry
    if not examination.world.original(entry.name).startswith(_EXACT):
        return
    found = [one for value in task.values if (one := misfit(handover, value, arguments)) is not None]
    if not found or len(found) < len(task.values) or run.mode.doubt is Doubt.MUCH:
        return
    if any(guard.frame is handover.event.frame for guard in run.control.guards):
        return  # it may be expected
    if handover.judge(called=True).values(task.values):
        return  # it never arrives
    certain = run.mode.doubt is Doubt.NONE and len(found) == 1 and is_called(handover)
    methods = handover.possible or examination.allowed
    use = Use("arguments do not fit", entry, handover.site, run.versions, methods, methods, run.program, certain)
    examination.ledger.note(run, replace(use, misfit=found[0]))


def misfit(handover: Handover, task: Value, arguments: Arguments) -> Misfit | None:
    """Why a task cannot be called so; None where it can, or where that is not known."""
    run = handover.run
    if called := called_at_once(handover, task):
        return called
    function, arguments = with_bound(task, arguments)
    if function is None or run.store.values(function, "__defaults__"):
        return None
    if lone := not_spread(handover):
        kind = type(lone.value).__name__
        alone = fits(handover, task, Arguments([(lone,)]))
        if handover.entry.method.startswith(_SPREAD):
            instead = handover.entry.method.replace(_SPREAD, "map") if alone else ""
            return Misfit(f"it unpacks each item, and `{lone.value}` ({kind}) cannot be unpacked", instead)
        return Misfit(f"`args` must be a tuple, and is `{lone.value}` ({kind})", "tuple" if alone else "")
    each = [with_bound(task, one)[1] for one in spread_items(handover)] or [arguments]
    why = next(filter(None, (why_not(handover, function, one) for one in each)), "")
    return Misfit(f"`{function.name}` is called {why}", other_way(handover, task)) if why else None


def spread_items(handover: Handover) -> list[Arguments]:
    """The arguments of each call of `starmap`, as far as its items are seen."""
    entry = handover.entry
    if not entry.method.startswith(_SPREAD) or "iterable" not in entry.parameters:
        return []
    items = iterable(handover)
    parts = [_parts(handover, values[0]) for values in items.values if len(values) == 1] if items.exact else []
    return [Arguments(list(one.values)) for one in parts if one is not None]


def iterable(handover: Handover) -> Items:
    event, entry = handover.event, handover.entry
    return handover.run.items_of(event.arguments.get(entry.parameters.index("iterable"), "iterable"), event.here)


def why_not(handover: Handover, function: Function, arguments: Arguments) -> str:
    """What does not fit, such as: with 1 argument, but it requires `b` too; empty where nothing is known against it."""
    run = handover.run
    with run.aside():
        try:
            bind(run, function, arguments, handover.site)
        except WrongArguments as wrong:
            return _words(function, arguments, str(wrong))
    return ""


def _words(function: Function, arguments: Arguments, why: str) -> str:
    count = len(arguments.positional) - (function.owner is not None and not is_static(function))
    given = f"with {count} argument{'s' * (count != 1)}" if count else "without arguments"
    if why.startswith("missing argument "):
        return f"{given}, but {'also ' * bool(count)}requires `{why.split(chr(39))[1]}`"
    if why.endswith(" positional arguments"):
        return f"{given}, more than it takes"
    return f"with {why.replace(chr(39), '`')}"


def is_static(function: Function) -> bool:
    node = function.node
    marks = node.decorator_list if not isinstance(node, ast.Lambda) else []
    return any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in marks)


def with_bound(task: Value, arguments: Arguments) -> tuple[Function | None, Arguments]:
    """The function that runs in the end, with what a method or a `partial` adds to the arguments."""
    match task:
        case Function():
            return task, arguments
        case BoundMethod(function=function, receiver=receiver):
            return function, arguments.with_receiver(receiver)
        case Partial(function=(one,), arguments=bound):
            return with_bound(one, arguments.behind(bound))
    return None, arguments


def fits(handover: Handover, task: Value, arguments: Arguments) -> bool:
    function, arguments = with_bound(task, arguments)
    return function is not None and not why_not(handover, function, arguments)


def not_spread(handover: Handover) -> Constant | None:
    """A number or None where a tuple of arguments belongs: `args=(x)`, or an item of `starmap`."""
    entry = handover.entry
    slot = next((slot for slot in entry.given if slot.startswith("*") and not slot.startswith("**")), "")
    name = slot.lstrip("*").removesuffix("[*]")
    if name not in entry.parameters:
        return None
    values = handover.event.arguments.get(entry.parameters.index(name), name)
    if slot.endswith("[*]"):
        items = handover.run.items_of(values, handover.event.here) if values else Items(exact=False)
        values = items.all() if items.exact else ()
    numbers = [one for one in values if isinstance(one, Constant) and isinstance(one.value, int | float)]
    return numbers[0] if numbers and len(numbers) == len(values) else None


def other_way(handover: Handover, task: Value) -> str:
    """The way of writing the call in which each item fits: `starmap`, `map`, or a tuple of one argument."""
    event, entry = handover.event, handover.entry
    if entry.method in ("map", "map_async") and "iterable" in entry.parameters:
        spread = [_parts(handover, one) for values in iterable(handover).values for one in values]
        if spread and all(one is not None and fits(handover, task, Arguments(list(one.values))) for one in spread):
            return entry.method.replace("map", _SPREAD)
    if entry.method in ("starmap", "starmap_async") and fits(handover, task, Arguments([()])):
        return entry.method.replace(_SPREAD, "map")
    if "args" in entry.parameters and fits(handover, task, Arguments([()])):
        given = event.arguments.get(entry.parameters.index("args"), "args")
        if given and not any(isinstance(one, Container) for one in given):
            return "tuple"
    return ""


def _parts(handover: Handover, item: Value) -> Items | None:
    if isinstance(item, Container) and item.kind in ("tuple", "list"):
        items = handover.run.store.items(item)
        return items if items.exact else None
    return None


def is_called(handover: Handover) -> bool:
    """Whether the task is surely called: of an iterable the items are known, and there are some."""
    entry, event = handover.entry, handover.event
    for slot in entry.given:
        name = slot.lstrip("*").removesuffix("[*]")
        if slot.endswith("[*]") and name in entry.parameters:
            items = handover.run.items_of(event.arguments.get(entry.parameters.index(name), name), event.here)
            return items.exact and bool(items.values)
        if slot.endswith("[*]"):
            return False
    return True


def called_at_once(handover: Handover, task: Value) -> Misfit | None:
    """`Process(target=f())`: the parent calls it, and the process gets what it returned."""
    entry, event = handover.entry, handover.event
    if entry.task not in entry.parameters or not is_never_called(handover.run, task):
        return None
    at = entry.parameters.index(entry.task)
    node = next((event.arguments.nodes[key] for key in (entry.task, at) if key in event.arguments.nodes), None)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
        return None
    if isinstance(task, Instance) and task.site.node is node:
        return None  # it makes an object, as `Task(row)` does: the class was not meant to be the task
    name = ast.unparse(node.func)
    why = f"`{name}` is called in the parent, and `{entry.task}` is its result, {_spelled(task)}"
    return Misfit(why, "call")


def is_never_called(run: Machine, value: Value) -> bool:
    return is_callable(run, value) is False or builtin_types.lacks(run, value, "__call__")


def _spelled(value: Value) -> str:
    match value:
        case Constant():
            return f"`{value.value}`"
        case Container(kind=kind):
            return f"a `{kind}`"
        case ExternalObject(type=name):
            return f"`{name.removeprefix('builtins.')}`"
        case Instance(cls=cls):
            return f"an instance of `{cls.name}`"
    return "no function"
