"""What a test puts in the place of a name: `unittest.mock.patch`, around a block or a function."""

from __future__ import annotations

import ast

from picklecheck.semantics import attributes, expressions, imports, literals
from picklecheck.semantics.models import models
from picklecheck.semantics.run import Run
from picklecheck.semantics.values import UNKNOWN, Arguments, External, Frame, Made, ProjectModule, Site, Value, Values

PATCH = "unittest.mock.patch"
PATCH_OBJECT = "unittest.mock.patch.object"
BEFORE = "[before]"


@models(PATCH_OBJECT)
def _patch_object(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    return (Made(PATCH_OBJECT, Site(frame.module, node), None, arguments),)


def decorate(run: Run, node: ast.AST, frame: Frame) -> None:
    """`@patch("package.name")`: the name means something else while the function runs."""
    for decorator in getattr(node, "decorator_list", ()):
        match decorator:
            case ast.Call(func=func) if is_patch(expressions.evaluate(run, func, frame)):
                for value in expressions.evaluate(run, decorator, frame):
                    begin(run, value, frame)


def is_patch(callee: Values) -> bool:
    return any(isinstance(one, External) and one.name in (PATCH, PATCH_OBJECT) for one in callee)


def begin(run: Run, manager: Value, frame: Frame) -> None:
    """From here on the name is bound to `new`, or to a mock that nothing is known of."""
    found = _patched(run, manager, frame)
    if found is None:
        return
    owner, name, new = found
    before = attributes.of_value(run, owner, name, frame.scope.node, frame)
    run.store.set(manager, BEFORE, before)
    run.store.set(_keeper(run, owner), name, new or UNKNOWN)


def end(run: Run, manager: Value, frame: Frame) -> None:
    """The name means what it did before."""
    found, before = _patched(run, manager, frame), run.store.values(manager, BEFORE)
    if found is not None and before:
        run.store.set(_keeper(run, found[0]), found[1], before)


def _patched(run: Run, manager: Value, frame: Frame) -> tuple[Value, str, Values] | None:
    """Which name of what is patched, and with what; None where that is not seen."""
    match manager:
        case Made(type=kind, arguments=Arguments() as given) if kind == PATCH:
            dotted, name = (literals.text_of(given.get(0, "target")) or "").rpartition(".")[::2]
            owner, new = _named(run, dotted, frame), given.get(1, "new")
        case Made(type=kind, arguments=Arguments() as given) if kind == PATCH_OBJECT:
            owners = given.get(0, "target")
            owner = owners[0] if len(owners) == 1 else None
            name, new = literals.text_of(given.get(1, "attribute")) or "", given.get(2, "new")
        case _:
            return None
    return (owner, name, new) if owner is not None and name else None


def _named(run: Run, dotted: str, frame: Frame) -> Value | None:
    """The module of the program with this name, or what it has under the last part of it."""
    if module := run.program.find(dotted, frame.module):
        return ProjectModule(module)
    owner, _, name = dotted.rpartition(".")
    module = run.program.find(owner, frame.module) if owner else None
    values = imports.of_module(run, module, name, frame) if module else ()
    return values[0] if len(values) == 1 else None


def _keeper(run: Run, owner: Value) -> object:
    return imports.namespace(run, owner.module) if isinstance(owner, ProjectModule) else attributes.holder(owner)
