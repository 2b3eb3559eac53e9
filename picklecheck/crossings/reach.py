"""What a program can still get at: values behind variables, and behind values, through items and attributes."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from picklecheck.semantics.run import Run
from picklecheck.semantics.store import ITEMS, Items
from picklecheck.semantics.values import Arguments, BoundMethod, Container, Frame, Instance, Made, Value, Values


def roots(run: Run, frame: Frame) -> Values:
    """What the variables of the running functions and their modules hold."""
    found: list[Value] = []
    for active in [*run.stack, *run.namespaces.values()]:
        for values in run.store.names(active).values():
            found.extend(values)
        found.extend(active.receiver)
    return tuple(found)


def reachable(run: Run, values: Values, without: Value | None = None) -> Collection[Value]:
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
            case Instance():
                for held in run.store.names(value).values():
                    todo.extend(held)
            case BoundMethod(receiver=receiver):
                todo.append(receiver)
            case Made(arguments=Arguments() as arguments, type="functools.partial"):
                for held in (*arguments.positional, *arguments.keywords.values()):
                    todo.extend(held)
            case Made():
                stored = run.store.get((value, ITEMS))
                if isinstance(stored, Items):
                    for held in stored.values:
                        todo.extend(held)
    return seen
