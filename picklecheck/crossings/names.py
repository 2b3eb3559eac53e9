"""What a qualified name leads to in a module, as pickle and its readers walk it."""

from __future__ import annotations

from picklecheck.crossings.judging import Judging
from picklecheck.semantics.domain.values import (
    BoundMethod,
    Class,
    Constant,
    Function,
    PendingImport,
    Unbound,
    Unknown,
    Value,
    Values,
    join,
)
from picklecheck.semantics.kinds import attributes
from picklecheck.semantics.syntax.module import Module


def lookup(judge: Judging, module: Module, qualname: str) -> Values:
    """What the qualified name leads to now, in the parent."""
    run = judge.run
    first, *rest = qualname.split(".")
    namespace = run.namespace(module)
    run.demand(module, first)
    values = run.store.values(namespace, first)
    values = (
        join(*(run.resolve(one, namespace) if isinstance(one, PendingImport) else (one,) for one in values))
        if values
        else ()
    )
    for name in rest:
        if not all(isinstance(value, Class | Unknown | Unbound) for value in values):
            return (Unknown(),)
        found: list[Values] = []
        for value in values:
            if isinstance(value, Class):
                found.append(attributes.of_class(run, value, name, judge.here))
            else:
                found.append((value,))
        values = join(*found) if found else ()
    flat: list[Value] = []
    for value in values:
        if isinstance(value, BoundMethod):
            flat.append(value.function)
        elif not isinstance(value, Unbound):
            flat.append(value)
    return tuple(flat)


def assigned_text(judge: Judging, value: Function | Class, name: str) -> str:
    """The text that the program assigned to `__qualname__` or `__module__` of a function or class; else empty."""
    match judge.run.store.values(value, name):
        case (Constant(value=str(text)),):
            return text
    return ""


def qualname_of(judge: Judging, value: Function | Class) -> str:
    """The qualified name by which pickle looks it up: the one that was assigned, else that of its definition."""
    return assigned_text(judge, value, "__qualname__") or value.qualname


def mangles(name: str) -> bool:
    """Whether a class keeps what it calls so under a mangled name: `__work`, as `_Engine__work`."""
    return name.startswith("__") and not name.endswith("__")
