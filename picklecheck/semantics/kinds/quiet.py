"""Quiet calls: nothing that sends values was reached in them, so others like them only matter for what they return."""

from __future__ import annotations

from collections.abc import Hashable

from picklecheck.semantics.domain.values import (
    BoundMethod,
    Container,
    ExternalObject,
    Function,
    Instance,
    Value,
    Values,
)
from picklecheck.semantics.machine import Machine

# Of what objects and containers hold, so much tells calls apart.
DEEPEST_PART = 2
MOST_PARTS = 20


def given(run: Machine, function: Function, bound: dict[str, Values]) -> Hashable:
    """What tells a call from others: the function, what it gets, and what that holds."""
    parts = tuple(_alike(run, values, DEEPEST_PART) for values in bound.values())
    return function.node, function.frame.function, parts


def _alike(run: Machine, values: Values, deep: int) -> Hashable:
    return tuple(_likeness(run, value, deep) for value in values)


def _likeness(run: Machine, value: Value, deep: int) -> Hashable:
    """What two values have in common that a call cannot tell apart, wherever they were made; else the value itself."""
    match value:
        case Instance(cls=cls):
            held = run.store.names(value) if deep else {}
            inside = [(name, _alike(run, held[name], deep - 1)) for name in list(held)[:MOST_PARTS]]
            return cls, tuple(inside)
        case Container(kind=kind):
            items = run.store.items(value)
            parts = (*items.keys[:MOST_PARTS], *items.values[:MOST_PARTS]) if deep else ()
            return kind, items.exact, len(items.values), tuple(_alike(run, one, deep - 1) for one in parts)
        case BoundMethod(function=function, receiver=receiver):
            return function, _likeness(run, receiver, deep and deep - 1)
        case ExternalObject(type=kind):
            return kind
    return value
