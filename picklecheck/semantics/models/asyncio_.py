"""Models of `asyncio`: coroutines that run at once, and what they give."""

from __future__ import annotations

from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    ExternalMethod,
    Here,
    Suspended,
    Value,
    Values,
    join,
)
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import ANY_TYPE, methods, models


@models("asyncio.run", "asyncio.wait_for", "asyncio.shield")
def _run_coroutine(run: Machine, arguments: Arguments, here: Here) -> Values:
    return resumed(run, arguments.get(0, "main"), here)


@models("asyncio.ensure_future", "asyncio.create_task")
def _create_task(run: Machine, arguments: Arguments, here: Here) -> Values:
    return task(run, arguments.get(0, "coro"), here)


@models("asyncio.gather", "asyncio.wait")
def _gather(run: Machine, arguments: Arguments, here: Here) -> Values:
    values = [resumed(run, given, here) for given in arguments.positional]
    items = Items(tuple(values)) if not arguments.rest else Items((resumed(run, arguments.rest, here),), exact=False)
    return (run.make("list", items, here.site),)


@methods("asyncio.TaskGroup", "create_task")
@methods("asyncio.SelectorEventLoop", "create_task")
def _create_task_of(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    return task(run, arguments.get(0, "coro"), here)


@methods(ANY_TYPE, "run_until_complete")
def _run_until_complete(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    return resumed(run, arguments.get(0, "future"), here)


def resumed(run: Machine, values: Values, here: Here) -> Values:
    return join(*(run.resume(value, here) for value in values)) if values else UNKNOWN


def task(run: Machine, values: Values, here: Here) -> Values:
    """A task runs its coroutine; awaiting it gives what that returned."""
    return join(*(task_of(run, value, here) for value in values)) if values else UNKNOWN


def task_of(run: Machine, value: Value, here: Here) -> Values:
    if not isinstance(value, Suspended) or value.function is None:
        return UNKNOWN
    result = run.resume(value, here)
    return (Suspended(None, "coroutine", here.site, items=Items((result,))),)
