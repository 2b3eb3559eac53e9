"""What the server process of a manager is started with: the callables that were registered with its class."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from picklecheck.crossings.slots import Filled, written
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics import expressions
from picklecheck.semantics.classes import resolution_order
from picklecheck.semantics.run import Event, Run
from picklecheck.semantics.values import Class, External, Instance, Made, Value

if TYPE_CHECKING:
    from picklecheck.crossings.examiner import Examiner

MANAGERS = "multiprocessing.managers"
REGISTER = f"{MANAGERS}.BaseManager.register"
STARTING = (f"{MANAGERS}.BaseManager.start", f"{MANAGERS}.BaseManager.__enter__")


def register(examiner: Examiner, run: Run, event: Event, entry: BoundaryEntry) -> None:
    """`Own.register(name, callable)`: the class remembers it, and takes it along when a server is started."""
    if not isinstance(event.node, ast.Call) or not isinstance(event.node.func, ast.Attribute):
        return
    for owner in expressions.evaluate(run, event.node.func.value, event.frame):
        if isinstance(owner, Class | External):
            examiner.registered.setdefault(owner, []).append((event, entry))


def start(examiner: Examiner, run: Run, event: Event, possible: tuple[str, ...]) -> None:
    """`manager.start()`, or `with manager`: what was registered goes along, unless the server is forked."""
    for owner in owners(event.receiver):
        for registered, entry in examiner.registered.get(owner, ()):
            values = registered.arguments.get(1, "callable")
            key = "callable" if "callable" in registered.arguments.keywords else 1
            methods = tuple(method for method in possible if method in entry.methods)
            if values:
                filled = [Filled("callable", values, written(registered, key))]
                examiner.cross(run, registered, entry, filled, methods, possible)


def owners(manager: Value | None) -> tuple[Value, ...]:
    match manager:
        case Instance(cls=cls):
            return tuple(resolution_order(cls))
        case Made(type=name):
            return (External(name),)
    return ()
