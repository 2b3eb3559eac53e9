"""Items of a manager's lists and dicts: a proxy gives a copy of each, and what is changed in that copy is lost."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from picklecheck.crossings.crossing import Use
from picklecheck.crossings.examination import Examination
from picklecheck.crossings.nesting import parents
from picklecheck.crossings.slots import here
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Constant,
    Container,
    ExternalObject,
    Instance,
    Value,
    Values,
)
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Doubt, Versions
from picklecheck.semantics.syntax.module import FILLING

MAKING = ("multiprocessing.managers.SyncManager.list", "multiprocessing.managers.SyncManager.dict")
PROXIES = ("multiprocessing.managers.ListProxy", "multiprocessing.managers.DictProxy")
# Methods that put one thing, with its parameter, and those that put all that another container has.
PUTTING = {
    "__setitem__": (1, "value"),
    "append": (0, "object"),
    "insert": (1, "object"),
    "setdefault": (1, "default"),
}
PUTTING_ALL = {"extend": (0, "iterable"), "__iadd__": (0, "value"), "update": (0, "other")}
CHANGING = {*FILLING, "clear", "remove", "discard", "sort", "reverse", "pop", "popitem"}


class ProxiedItems:
    """Remembers what lists and dicts of managers hold, and where an item of one is changed as soon as it was got.

    What a proxy holds is known by the call that made it. An item that may be a proxy itself is shared.
    """

    def __init__(self, examination: Examination) -> None:
        self.examination = examination
        self.put: dict[ast.AST, list[Values]] = {}
        self.changed: dict[ast.AST, tuple[ast.AST, Event, Machine, Versions]] = {}

    def heard(self, run: Machine, event: Event) -> None:
        if event.name in MAKING:
            for made in event.result:
                if isinstance(made, ExternalObject):
                    self.put.setdefault(made.site.node, []).extend(all_given(run, event.arguments, 0, ""))
            return
        owner, _, method = event.name.rpartition(".")
        if owner not in PROXIES or not isinstance(event.receiver, ExternalObject):
            return
        origin = event.receiver.site.node
        if method in PUTTING:
            self.put.setdefault(origin, []).append(event.arguments.get(*PUTTING[method]) or UNKNOWN)
        elif method in PUTTING_ALL:
            self.put.setdefault(origin, []).extend(all_given(run, event.arguments, *PUTTING_ALL[method]))
        elif method == "__getitem__" and run.mode.doubt is not Doubt.MUCH:
            self.changed[event.node] = (origin, event, run, run.versions)

    def settle(self) -> None:
        """No more calls will come: what each proxy holds is known."""
        for node, (origin, event, run, versions) in self.changed.items():
            held = [value for values in self.put.get(origin, ()) for value in values]
            entry = self.examination.world.boundaries[MAKING[0]]
            if not is_changed(node, parents(event.frame.module.tree), held):
                continue
            allowed = self.examination.allowed
            use = Use(
                "change lost",
                entry,
                here(event),
                versions,
                allowed,
                allowed,
                run.program,
                certain=False,
                subject=ast.unparse(node),
                of_copy=True,
            )
            self.examination.ledger.uses.setdefault((use.call.node, use.kind), use)


def all_given(run: Machine, arguments: Arguments, position: int, name: str) -> Iterator[Values]:
    """What a container that is given holds, each by itself: its items, or the values of its keys."""
    if arguments.open or arguments.rest or arguments.more_keywords or set(arguments.keywords) - {name}:
        yield UNKNOWN
        return
    for value in arguments.get(position, name):
        if isinstance(value, Container):
            yield from run.store.items(value).values
        else:
            yield UNKNOWN


def is_changed(node: ast.AST, around: dict[ast.AST, ast.AST], held: list[Value]) -> bool:
    """Whether an expression that gives an item only changes it: `rows[0].append(…)`, `rows[0][key] = …`."""
    outer = around.get(node)
    outermost = around.get(outer) if outer is not None else None
    containers = any(isinstance(one, Container) and one.kind != "tuple" for one in held)
    instances = any(isinstance(one, Instance) for one in held)
    if not all(isinstance(one, Container | Constant | Instance) for one in held):
        return False
    match outer:
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()) if value is node:
            return containers and not instances
        case ast.Attribute(value=value, ctx=ast.Store() | ast.Del()) if value is node:
            return instances and not containers
        case ast.Attribute(value=value, attr=method) if value is node and isinstance(outermost, ast.Call):
            return outermost.func is outer and method in CHANGING and containers and not instances
    return False
