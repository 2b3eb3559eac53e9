"""Names: whose variable a name is, under which name it is kept, and what it means where it is read."""

from __future__ import annotations

from picklecheck.semantics.domain.values import (
    UNBOUND,
    UNKNOWN,
    Constant,
    ExternalName,
    Frame,
    PendingImport,
    Unbound,
    Values,
    join,
)
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import ANY_NAME

BUILTINS = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)
BUILTINS_OF_PYTHON_2 = {"unicode", "xrange", "raw_input", "basestring", "long", "reduce", "file"}


def mangled(name: str, frame: Frame) -> str:
    """The name under which a private name of a class body is kept (`__work` in `Engine`: `_Engine__work`)."""
    if name[:2] != "__" or name[-2:] == "__":
        return name
    inner: Frame | None = frame
    while inner is not None:
        if inner.owner is not None:
            return f"_{inner.owner.name.lstrip('_')}{name}"
        inner = inner.parent
    return name


def written_as(name: str, frame: Frame) -> str:
    """The name as it is written in a frame, where it is kept under another because it is private."""
    if name[:1] != "_" or name in frame.scope.bound:
        return name
    start = name.find("__", 1)
    return name[start:] if start > 0 and mangled(name[start:], frame) == name else name


def holder_of(run: Machine, name: str, frame: Frame) -> object:
    """Whose variable a name is when it is assigned in a frame: the frame itself, the module, or an outer one."""
    if name in frame.scope.globals:
        return run.imports.namespaces[frame.module]
    if name in frame.scope.nonlocals:
        outer = frame.parent
        while outer is not None and (outer.scope.is_class or name not in outer.scope.bound):
            outer = outer.parent
        return outer or frame
    return frame.owner if frame.scope.is_class and frame.owner else frame


def bind_name(run: Machine, name: str, values: Values, frame: Frame) -> None:
    """Bind a variable in the scope that Python binds it in."""
    run.store.set(holder_of(run, name, frame), name, values)


def load(run: Machine, name: str, frame: Frame) -> Values:
    """The value of a variable: of this block, of the functions around it, of the module, of `builtins`."""
    values = lookup(run, name, frame)
    if len(values) == 1 and not isinstance(values[0], PendingImport | Unbound):
        return values
    if any(isinstance(value, PendingImport) for value in values):
        values = join(
            *(run.resolve(value, frame) if isinstance(value, PendingImport) else (value,) for value in values)
        )
    known = tuple(value for value in values if not isinstance(value, Unbound))
    if len(known) < len(values):
        run.may_raise()
    return known or UNKNOWN


def is_unbound_global(run: Machine, name: str, frame: Frame) -> bool:
    """Whether a name is a variable of its module, and surely has no value now."""
    inner: Frame | None = frame
    while inner is not None and not inner.scope.is_module:
        if name in inner.scope.bound:
            return False
        inner = inner.parent
    is_told = frame.module is run.main or (run.imports.namespaces.get(frame.module), name) in run.control.absent
    return is_told and lookup(run, name, frame) == UNBOUND


def lookup(run: Machine, name: str, frame: Frame) -> Values:
    inner: Frame | None = frame
    first = True
    while inner is not None:
        scope = inner.scope
        if first or not scope.is_class:
            if name in scope.globals:
                break
            if (plain := written_as(name, inner)) in scope.bound or (scope.is_module and not scope.bound):
                owner = inner.owner if scope.is_class and inner.owner else inner
                values = run.store.values(owner, name)
                if not values and plain is not name:
                    values = run.store.values(owner, plain)
                if values:
                    return values
                if not scope.is_class and not scope.is_module:
                    return UNBOUND
        first = False
        inner = inner.parent
    return of_module_or_builtins(run, name, frame)


def of_module_or_builtins(run: Machine, name: str, frame: Frame) -> Values:
    module = frame.module
    namespace = run.imports.namespaces[module]
    run.demand(module, name)
    if values := run.store.values(namespace, name):
        return values
    match name:
        case "__name__":
            return (Constant(run.main_name if module is run.main else module.name),)
        case "__file__":
            return (Constant(str(module.path)),)
    if name in BUILTINS or (name in BUILTINS_OF_PYTHON_2 and min(run.versions) < (3,)):
        return (ExternalName(run.world.canonical(f"builtins.{name}")),)
    if name in module.scope(module.tree).bound:
        return UNBOUND
    return UNBOUND if name in module.declared_global and not module.binding(ANY_NAME) else UNKNOWN
