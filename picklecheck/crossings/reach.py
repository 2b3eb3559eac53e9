"""What a program can still get at: values behind variables, and behind values, through items and attributes."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Collection

from picklecheck.semantics.domain.facts import RETURNED
from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import (
    BoundMethod,
    Class,
    Container,
    ExternalName,
    ExternalObject,
    Instance,
    Partial,
    Unknown,
    Value,
    Values,
)
from picklecheck.semantics.machine import Machine


def roots(run: Machine) -> Values:
    """What the variables of the running functions and their modules hold, and libraries that were given it to keep."""
    found: list[Value] = []
    for active in [*run.stack, *run.imports.namespaces.values()]:
        for values in run.store.names(active).values():
            found.extend(values)
        found.extend(active.receiver)
    for values in run.store.names(RETURNED).values():
        found.extend(values)
    return tuple(found)


def reachable(run: Machine, values: Values, without: Value | None = None) -> Collection[Value]:
    """All values that can be reached through items and attributes, nearest first."""
    seen: dict[Value, None] = {}
    todo = deque(values)
    while todo:
        value = todo.popleft()
        if value in seen or value is without:
            continue
        seen[value] = None
        match value:
            case Container():
                items = run.store.items(value)
                for held in (*items.values, *items.keys):
                    todo.extend(held)
            case Instance() | Class():
                for held in run.store.names(value).values():
                    todo.extend(held)
            case BoundMethod(receiver=receiver):
                todo.append(receiver)
            case Partial(given=arguments):
                for held in (*arguments.positional, *arguments.keywords.values()):
                    todo.extend(held)
            case ExternalObject():
                stored = run.store.own_items(value)
                if isinstance(stored, Items):
                    for held in stored.values:
                        todo.extend(held)
    return seen


def is_known(run: Machine, values: Values) -> bool:
    """Whether all is known of these values, down to what they hold; of other libraries' variables nothing is."""
    return bool(values) and not any(map(_is_strange, reachable(run, values)))


def _is_strange(value: Value) -> bool:
    match value:
        case ExternalName(name=name, is_module=False):
            return name.partition(".")[0] not in {*sys.stdlib_module_names, "builtins"}
        case Instance(cls=cls):
            return any(isinstance(base, Unknown) or _is_strange(base) for base in cls.order)
    return isinstance(value, Unknown)
