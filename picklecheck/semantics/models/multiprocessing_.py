"""Models of `multiprocessing`: the names of start methods, and whether this is a child, which programs ask for."""

from __future__ import annotations

from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Constant,
    ExternalMethod,
    ExternalObject,
    Here,
    Values,
)
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import methods, models

# The text that tells the start method, which conditions ask for; its receiver is the context that was asked.
START_METHOD = "multiprocessing.start_method"


@models("multiprocessing.get_start_method")
def _start_method(run: Machine, arguments: Arguments, here: Here) -> Values:
    """With `allow_none` it may be None, which is not followed."""
    return UNKNOWN if arguments.get(0, "allow_none") else (ExternalObject(START_METHOD, here.site),)


@methods("multiprocessing.context.BaseContext", "get_start_method")
def _start_method_of(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    return None if arguments.positional else (ExternalObject(START_METHOD, here.site, method.receiver),)


@models("multiprocessing.get_all_start_methods")
def _start_methods(run: Machine, arguments: Arguments, here: Here) -> Values:
    """Those of the systems that have them all."""
    names: list[Values] = [(Constant(name),) for name in ("fork", "spawn", "forkserver")]
    return (run.make("list", Items(tuple(names)), here.site),)


@models("multiprocessing.parent_process")
def _parent_process(run: Machine, arguments: Arguments, here: Here) -> Values | None:
    """A child has one; the server of forked processes is no child."""
    if not run.process_name:
        return None
    run.asked_process = True
    is_child = run.process_name != "MainProcess"
    return (ExternalObject("multiprocessing.process.BaseProcess", here.site),) if is_child else NONE
