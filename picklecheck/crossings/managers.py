"""What the server of a manager is started with, the callables registered with its class, and what it answers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from picklecheck.crossings.slots import Filled, here, written
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics import attributes, calls, expressions, literals
from picklecheck.semantics.classes import resolution_order
from picklecheck.semantics.run import Event, Run
from picklecheck.semantics.values import UNKNOWN, Class, External, Instance, Made, Value, Values, join

if TYPE_CHECKING:
    from picklecheck.crossings.examiner import Examiner

MANAGERS = "multiprocessing.managers"
REGISTER = f"{MANAGERS}.BaseManager.register"
PROXY = f"{MANAGERS}.BaseProxy"
OTHERWISE = ("proxytype", "exposed", "method_to_typeid")  # with these, a method may be answered in another way
STARTING = (f"{MANAGERS}.BaseManager.start", f"{MANAGERS}.BaseManager.__enter__")


VIEWS = ("builtins.dict_keys", "builtins.dict_values", "builtins.dict_items")


def teach(run: Run) -> None:
    """The module of managers, once imported, has views of dicts sent as lists."""
    for name in VIEWS:
        run.store.set(External(name), "[copyreg]", UNKNOWN)


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


def answer(examiner: Examiner, run: Run, event: Event, entry: BoundaryEntry, possible: tuple[str, ...]) -> None:
    """`proxy.method(…)`: the server calls it on its own object, and sends back what it returns."""
    proxy = event.receiver
    if not isinstance(proxy, Made) or proxy.type != PROXY or proxy.arguments is None:
        return
    with examiner.in_child(event), run.aside():
        made = calls.simulate(run, behind(examiner, run, proxy), proxy.arguments, event.node, event.frame).returned
        name = event.name.rpartition(".")[2]
        methods = [
            attributes.of_value(run, one, name, event.node, event.frame) for one in made if isinstance(one, Instance)
        ]
        if not methods:
            return
        returned = calls.simulate(run, join(*methods), event.arguments, event.node, event.frame).returned
        judge = examiner.judge(run, event, entry)
        judge.coming_back = True
        sent = Filled("return", returned, here(event))
        examiner.record(run, event, entry, sent, judge.values(returned), possible, possible)


def behind(examiner: Examiner, run: Run, proxy: Made) -> Values:
    """The callable that makes, in the server, what a proxy stands for."""
    match proxy.site.node:
        case ast.Call(func=ast.Attribute(attr=name)):
            for owner in owners(proxy.receiver):
                for registered, _ in reversed(examiner.registered.get(owner, [])):
                    if literals.text_of(registered.arguments.get(0, "typeid")) == name:
                        plain = not any(one in registered.arguments.keywords for one in OTHERWISE)
                        return registered.arguments.get(1, "callable") if plain else ()
    return ()
