"""What a test puts in the place of a name: `unittest.mock.patch`, around a block or a function."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.facts import BEFORE
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    External,
    Frame,
    Here,
    Made,
    ProjectModule,
    Value,
    Values,
    text_of,
)
from picklecheck.semantics.kinds.attributes import holder
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import models

PATCH = "unittest.mock.patch"
PATCH_OBJECT = "unittest.mock.patch.object"


@models(PATCH_OBJECT)
def _patch_object(run: Machine, arguments: Arguments, here: Here) -> Values:
    return (Made(PATCH_OBJECT, here.site, None, arguments),)


def decorate(run: Machine, here: Here) -> None:
    """`@patch("package.name")`: the name means something else while the function runs."""
    for decorator in getattr(here.node, "decorator_list", ()):
        match decorator:
            case ast.Call(func=func) if is_patch(run.evaluate(func, here.frame)):
                for value in run.evaluate(decorator, here.frame):
                    begin(run, value, here)


def is_patch(callee: Values) -> bool:
    return any(isinstance(one, External) and one.name in (PATCH, PATCH_OBJECT) for one in callee)


def begin(run: Machine, manager: Value, here: Here) -> None:
    """From here on the name is bound to `new`, or to a mock that nothing is known of."""
    found = patched(run, manager, here.frame)
    if found is None:
        return
    owner, name, new = found
    run.store.set(manager, BEFORE, run.attribute_of(owner, name, here))
    run.store.set(keeper(run, owner), name, new or UNKNOWN)


def end(run: Machine, manager: Value, here: Here) -> None:
    """The name means what it did before."""
    found, before = patched(run, manager, here.frame), run.store.values(manager, BEFORE)
    if found is not None and before:
        run.store.set(keeper(run, found[0]), found[1], before)


def patched(run: Machine, manager: Value, frame: Frame) -> tuple[Value, str, Values] | None:
    """Which name of what is patched, and with what; None where that is not seen."""
    match manager:
        case Made(type=kind, arguments=Arguments() as given) if kind == PATCH:
            dotted, name = (text_of(given.get(0, "target")) or "").rpartition(".")[::2]
            owner, new = of_name(run, dotted, frame), given.get(1, "new")
        case Made(type=kind, arguments=Arguments() as given) if kind == PATCH_OBJECT:
            owners = given.get(0, "target")
            owner = owners[0] if len(owners) == 1 else None
            name, new = text_of(given.get(1, "attribute")) or "", given.get(2, "new")
        case _:
            return None
    return (owner, name, new) if owner is not None and name else None


def of_name(run: Machine, dotted: str, frame: Frame) -> Value | None:
    """The module of the program with this name, or what it has under the last part of it."""
    if module := run.program.find(dotted, frame.module):
        return ProjectModule(module)
    owner, _, name = dotted.rpartition(".")
    module = run.program.find(owner, frame.module) if owner else None
    values = run.of_module(module, name) if module else ()
    return values[0] if len(values) == 1 else None


def keeper(run: Machine, owner: Value) -> object:
    return run.namespace(owner.module) if isinstance(owner, ProjectModule) else holder(owner)
