"""Listens to managers: what their server is started with, the callables registered with them, and what it answers."""

from __future__ import annotations

import ast

from picklecheck.crossings.examination import Examination
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.slots import Filled, written
from picklecheck.semantics.domain.facts import REDUCER
from picklecheck.semantics.domain.mro import resolution_order
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Class,
    ExternalName,
    ExternalObject,
    Instance,
    Value,
    Values,
    join,
    text_of,
)
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine

MANAGERS = "multiprocessing.managers"
REGISTER = f"{MANAGERS}.BaseManager.register"
PROXY = f"{MANAGERS}.BaseProxy"
OTHERWISE = ("proxytype", "exposed", "method_to_typeid")  # with these, a method may be answered in another way
STARTING = (f"{MANAGERS}.BaseManager.start", f"{MANAGERS}.BaseManager.__enter__")
VIEWS = ("builtins.dict_keys", "builtins.dict_values", "builtins.dict_items")


class Managers:
    """Knows which callables were registered with a manager's class."""

    def __init__(self, examination: Examination) -> None:
        self.examination = examination
        self.registered: dict[Value, list[Handover]] = {}

    def heard(self, run: Machine, event: Event) -> None:
        """The module of managers, once imported, has views of dicts sent as lists."""
        if event.name.startswith(MANAGERS) or event.name.endswith(".Manager"):
            for name in VIEWS:
                run.store.set(ExternalName(name), REDUCER, UNKNOWN)

    def register(self, handover: Handover) -> None:
        """`Own.register(name, callable)`: the class remembers it, and takes it along when a server is started."""
        event = handover.event
        if not isinstance(event.node, ast.Call) or not isinstance(event.node.func, ast.Attribute):
            return
        for owner in handover.run.evaluate(event.node.func.value, event.frame):
            if isinstance(owner, Class | ExternalName):
                self.registered.setdefault(owner, []).append(handover)

    def start(self, handover: Handover) -> None:
        """`manager.start()`, or `with manager`: what was registered goes along, unless the server is forked."""
        for owner in owners(handover.event.receiver):
            for registered in self.registered.get(owner, ()):
                event = registered.event
                values = event.arguments.get(1, "callable")
                key = "callable" if "callable" in event.arguments.keywords else 1
                if values:
                    filled = [Filled("callable", values, written(event, key))]
                    sent = self.examination.handover(handover.run, event, registered.entry, handover.possible)
                    self.examination.cross(sent, filled)

    def answer(self, handover: Handover) -> None:
        """`proxy.method(…)`: the server calls it on its own object, and sends back what it returns."""
        run, event, proxy = handover.run, handover.event, handover.event.receiver
        if not isinstance(proxy, ExternalObject) or proxy.type != PROXY or proxy.arguments is None:
            return
        with self.examination.in_child(event), run.aside():
            made = run.simulate(self.behind(proxy), proxy.arguments, event.here).returned
            name = event.name.rpartition(".")[2]
            methods = [run.attribute_of(one, name, event.here) for one in made if isinstance(one, Instance)]
            if not methods:
                return
            returned = run.simulate(join(*methods), event.arguments, event.here).returned
            sent = Filled("return", returned, handover.site)
            verdict = handover.judge(coming_back=True).values(returned)
            self.examination.ledger.record(handover.under_all(), sent, verdict)

    def behind(self, proxy: ExternalObject) -> Values:
        """The callable that makes, in the server, what a proxy refers to."""
        match proxy.site.node:
            case ast.Call(func=ast.Attribute(attr=name)):
                for owner in owners(proxy.receiver):
                    for registered in reversed(self.registered.get(owner, [])):
                        arguments = registered.event.arguments
                        if text_of(arguments.get(0, "typeid")) == name:
                            plain = not any(one in arguments.keywords for one in OTHERWISE)
                            return arguments.get(1, "callable") if plain else ()
        return ()


def owners(manager: Value | None) -> tuple[Value, ...]:
    """What a manager's callables may be registered with: its class, and the bases of that."""
    match manager:
        case Instance(cls=cls):
            return tuple(resolution_order(cls))
        case ExternalObject(type=name):
            return (ExternalName(name),)
    return ()
