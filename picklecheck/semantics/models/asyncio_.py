"""Models of `asyncio`: coroutines that run at once, and what they give."""

from __future__ import annotations

from picklecheck.semantics.domain.facts import ITEMS
from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Constant,
    ExternalMethod,
    Here,
    Suspended,
    Value,
    Values,
    join,
)
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import ANY_TYPE, methods, models


@models("asyncio.run")
def _run(run: Machine, arguments: Arguments, here: Here) -> Values:
    return resumed(run, arguments.get(0, "main"), here)


@models("asyncio.ensure_future", "asyncio.create_task", "asyncio.wait_for", "asyncio.shield")
def _create_task(run: Machine, arguments: Arguments, here: Here) -> Values:
    return task(run, next(iter([*arguments.positional, *arguments.keywords.values()]), ()), here)


@models("asyncio.gather")
def _gather(run: Machine, arguments: Arguments, here: Here) -> Values:
    """`await gather(…)` gives a list; with `return_exceptions` what a coroutine raises is among its items."""
    keeps = arguments.keywords.get("return_exceptions", ()) == (Constant(True),)
    gathered = [outcome(run, given, here) if keeps else resumed(run, given, here) for given in arguments.positional]
    items = Items(tuple(gathered))
    if arguments.rest:
        items = Items((*items.values, resumed(run, arguments.rest, here)), exact=False)
    return finished(run, (run.make("list", items, here.site),), here)


@methods("asyncio.TaskGroup", "create_task")
@methods("asyncio.SelectorEventLoop", "create_task")
def _create_task_of(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    return task(run, arguments.get(0, "coro"), here)


@methods(ANY_TYPE, "run_until_complete")
def _run_until_complete(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    return resumed(run, arguments.get(0, "future"), here)


@methods("builtins.generator", "result")
def _result(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    """`task.result()`."""
    return run.resume(method.receiver, here)


def resumed(run: Machine, values: Values, here: Here) -> Values:
    return join(*(run.resume(value, here) for value in values)) if values else UNKNOWN


def outcome(run: Machine, values: Values, here: Here) -> Values:
    """What awaiting something returns, or what it raises."""
    returned: list[Values] = []
    exits = run.exits_of(lambda: returned.append(resumed(run, values, here)))
    raised = [one for one in exits if one.way == "raises"]
    run.take([*(one for one in exits if one.way == "falls"), *(one.going("falls") for one in raised)])
    return join(*returned, *(one.values for one in raised))


def task(run: Machine, values: Values, here: Here) -> Values:
    """A task runs its coroutine; awaiting it gives what that returned."""
    return join(*(task_of(run, value, here) for value in values)) if values else UNKNOWN


def task_of(run: Machine, value: Value, here: Here) -> Values:
    match value:
        case Suspended(function=None, kind="coroutine"):
            return (value,)
        case Suspended(kind="coroutine"):
            return finished(run, run.resume(value, here), here)
    return UNKNOWN


def finished(run: Machine, result: Values, here: Here) -> Values:
    """A task that has run, with its result."""
    made = Suspended(None, "coroutine", here.site)
    run.store.set(made, ITEMS, Items((result,)))
    return (made,)
