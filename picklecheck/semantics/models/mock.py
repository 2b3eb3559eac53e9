"""What a test puts in the place of a name: by `unittest.mock.patch` in all its forms, or by fixtures of pytest."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.facts import Fact
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Class,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Frame,
    Here,
    ProjectModule,
    Value,
    Values,
    text_of,
)
from picklecheck.semantics.kinds.attributes import put
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import Model, methods, models

PATCH = "unittest.mock.patch"
PATCH_OBJECT = "unittest.mock.patch.object"
PATCH_MULTIPLE = "unittest.mock.patch.multiple"
PATCHES = (PATCH, PATCH_OBJECT, PATCH_MULTIPLE)

# The objects that pytest gives to parameters of these names, which replace until the test is over.
MONKEYPATCH, MOCKER = "pytest.MonkeyPatch", "pytest_mock.MockerFixture"

# What one patch replaces: an owner, its attribute, and what that is meanwhile.
Replacement = tuple[Value, str, Values]


def patching(kind: str) -> Model:
    def made(run: Machine, arguments: Arguments, here: Here) -> Values:
        return (ExternalObject(kind, here.site, None, arguments),)

    return made


for kind in PATCHES:
    models(kind, kind.removeprefix("unittest."))(patching(kind))  # also those of the package `mock`


def decorate(run: Machine, here: Here, owner: Class | None) -> None:
    """`@patch("package.name")`, of a test or of its class: the name means something else while the function runs.

    Those of the function begin first, the lowest before all (`patchings` in `unittest/mock.py`): the last one counts.
    """
    whole = [owner.site.node] if owner is not None and getattr(here.node, "name", "").startswith("test") else []
    for node in (here.node, *whole):
        for decorator in reversed(getattr(node, "decorator_list", ())):
            match decorator:
                case ast.Call(func=func) if is_patch(run.evaluate(func, here.frame)):
                    for value in run.evaluate(decorator, here.frame):
                        begin(run, value, here)


def is_patch(callee: Values) -> bool:
    return any(isinstance(one, ExternalName) and f"unittest.{one.name}".endswith(PATCHES) for one in callee)


def begin(run: Machine, manager: Value, here: Here) -> None:
    """From here on the names are bound to what replaces them, or to a mock that nothing is known of."""
    for owner, name, new in patched(run, manager, here.frame):
        run.store.set(manager, Fact("before", name), run.attribute_of(owner, name, here))
        put(run, owner, name, new or UNKNOWN, here)


def end(run: Machine, manager: Value, here: Here) -> None:
    """The names mean what they did before."""
    for owner, name, _ in patched(run, manager, here.frame):
        if before := run.store.values(manager, Fact("before", name)):
            put(run, owner, name, before, here)


def _start(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    begin(run, method.receiver, here)
    return UNKNOWN


def _stop(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    end(run, method.receiver, here)
    return NONE


for kind in PATCHES:
    methods(kind, "start", "__enter__")(_start)
    methods(kind, "stop", "__exit__")(_stop)


@methods(MONKEYPATCH, "setattr")
def _setattr(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    """`setattr(owner, "name", value)`, or `setattr("package.name", value)`."""
    dotted = len(arguments.positional) == 2 and text_of(arguments.positional[0]) is not None
    begin(run, ExternalObject(PATCH if dotted else PATCH_OBJECT, here.site, None, arguments), here)
    return NONE


@methods(MONKEYPATCH, "context")
def _context(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    return (method.receiver,)


@methods(MOCKER, "patch")
@methods(f"{MOCKER}.patch", "object", "multiple")
def _of_mocker(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    kind = PATCH if method.name == "patch" else f"{PATCH}.{method.name}"
    begin(run, ExternalObject(kind, here.site, None, arguments), here)
    return UNKNOWN


def patched(run: Machine, manager: Value, frame: Frame) -> list[Replacement]:
    """Which names of what are patched, and with what; those that are not seen are left out."""
    match manager:
        case ExternalObject(type="unittest.mock.patch", arguments=Arguments() as given):
            dotted, _, name = (text_of(given.get(0, "target")) or "").rpartition(".")
            owner, found = of_name(run, dotted, frame), {name: given.get(1, "new")}
        case ExternalObject(type="unittest.mock.patch.object", arguments=Arguments() as given):
            owner = owner_of(run, given.get(0, "target"), frame)
            found = {text_of(given.get(1, "attribute")) or "": given.get(2, "new")}
        case ExternalObject(type="unittest.mock.patch.multiple", arguments=Arguments() as given):
            owner, found = owner_of(run, given.get(0, "target"), frame), given.keywords
        case _:
            return []
    return [(owner, name, new) for name, new in found.items() if name] if owner is not None else []


def owner_of(run: Machine, values: Values, frame: Frame) -> Value | None:
    """What is patched: an object, or what a dotted name leads to."""
    dotted = text_of(values)
    if dotted is not None:
        return of_name(run, dotted, frame)
    return values[0] if len(values) == 1 else None


def of_name(run: Machine, dotted: str, frame: Frame) -> Value | None:
    """The module with this name, or what a module of the program has under the last part of it."""
    if not dotted:
        return None
    if dotted in ("__main__", frame.module.name):
        return ProjectModule(frame.module)
    if module := run.program.find(dotted, frame.module):
        return ProjectModule(module)
    owner, _, name = dotted.rpartition(".")
    module = run.program.find(owner, frame.module) if owner else None
    if module is None:
        return ExternalName(dotted, is_module=True)
    values = run.of_module(module, name)
    return values[0] if len(values) == 1 else None
