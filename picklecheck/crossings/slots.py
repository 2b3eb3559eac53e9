"""The slots of a boundary call: which argument goes through which, and where it is written."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from picklecheck.crossings.callers import origin
from picklecheck.crossings.parameters import keyed
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Container,
    ExternalObject,
    Instance,
    Site,
    Value,
    Values,
    join,
)
from picklecheck.semantics.events import Event
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.machine import Machine


@dataclass(frozen=True, slots=True)
class Filled:
    """A slot with the values that go through it and the expression they were written as.

    `each` are the items, where all of a known number go through it one by one.
    """

    slot: str
    values: Values
    site: Site
    each: tuple[Values, ...] = ()


def fill(run: Machine, event: Event, entry: BoundaryEntry) -> list[Filled]:
    """The filled slots of a call, in the order of the entry; none where the items of its tasks are known to be none."""
    found: list[Filled] = []
    if any(slot.endswith("[*]") and has_none(run, event, entry, slot) for slot in entry.given):
        return found
    for slot in entry.crosses:
        if slot == "self":
            found.append(Filled(slot, (event.receiver,) if event.receiver is not None else (), here(event)))
            continue
        if slot == "self()":
            found.extend(made_of(event))
            continue
        put_off = slot.endswith("()")
        name = slot.removesuffix("()").removesuffix("[*]")
        arguments = keyed(event.arguments, entry.parameters, name)
        for key, values in arguments:
            each: tuple[Values, ...] = ()
            if slot.removesuffix("()").endswith("[*]"):
                items = run.items_of(values, event.here)
                # Several iterables are only read as far as the shortest goes.
                each = items.values if items.exact and len(arguments) == 1 else ()
                values = items.all()
            if put_off:
                found.extend(part for value in values for part in parts_of_call(event, value))
            elif values:
                found.append(Filled(name.lstrip("*"), values, written(event, key), each))
    return found


def has_none(run: Machine, event: Event, entry: BoundaryEntry, slot: str) -> bool:
    """Whether one of the iterables whose items become tasks is empty: `pool.map(work, [])` sends nothing."""
    name = slot.removesuffix("[*]")
    spread = name.lstrip("*")  # `starmap` spreads each item of a plain parameter
    arguments = keyed(event.arguments, entry.parameters, spread if spread in entry.parameters else name)
    items = [run.items_of(values, event.here) for _, values in arguments]
    return any(one.exact and not one.values for one in items)


def made_of(event: Event) -> list[Filled]:
    """What the object, or the one that made it, was made of: the function of a decorator, with options or without."""
    value = event.receiver
    while isinstance(value, ExternalObject):
        if value.arguments is not None and value.arguments.positional:
            node = value.arguments.nodes.get(0)
            own = isinstance(node, ast.expr) and value.site.module is event.frame.module
            site = Site(value.site.module, node) if own and node is not None else here(event)
            return [Filled("function", value.arguments.positional[0], site)]
        value = value.receiver
    return []


def parts_of_call(event: Event, value: Value) -> list[Filled]:
    """The function and the arguments of a call that was put off."""
    if (
        not isinstance(value, ExternalObject)
        or value.arguments is None
        or not isinstance(value.receiver, ExternalObject)
    ):
        return []
    found: list[Filled] = []
    for slot, made in (("function", value.receiver), ("arguments", value)):
        if made.arguments is None:
            return []
        everything: list[tuple[int | str, Values]] = [*enumerate(made.arguments.positional)]
        for key, values in [*everything, *made.arguments.keywords.items()]:
            node = made.arguments.nodes.get(key)
            site = origin(node, event.frame) if node is not None and value.site.module is event.frame.module else None
            found.append(Filled(slot, values, site or made.site))
    return found


def tasks(run: Machine, event: Event, entry: BoundaryEntry) -> list[tuple[Filled, Arguments]]:
    """What the workers call, each with its arguments."""
    slot = next((slot for slot in entry.crosses if slot.endswith("[*]()")), None)
    if slot is None:
        task = next((one for one in fill(run, event, entry) if one.slot == entry.task.lstrip("*")), None)
        return [(task, task_arguments(run, event, entry))] if task is not None else []
    name = slot.removesuffix("()").removesuffix("[*]")
    found: dict[Value, tuple[Filled, Arguments]] = {}
    for _, values in keyed(event.arguments, entry.parameters, name):
        for value in run.items_of(values, event.here).all():
            parts = parts_of_call(event, value)
            if parts and isinstance(value, ExternalObject) and value.arguments is not None:
                found[value] = parts[0], value.arguments
    return list(found.values())


def here(event: Event) -> Site:
    return Site(event.frame.module, event.node)


def written(event: Event, key: int | str | None) -> Site:
    """Where an argument is: in the call, or, passed on by a parameter, at the caller that wrote it."""
    node = event.arguments.nodes.get(key) if key is not None else None
    if node is None:
        return here(event)
    return origin(node, event.frame, keyword=key if isinstance(key, str) else "")


def task_arguments(run: Machine, event: Event, entry: BoundaryEntry) -> Arguments:
    """What the worker calls the task with."""
    arguments = Arguments()
    for slot in entry.given:
        if slot.startswith("["):
            arguments.positional.append(fetched(run, event, entry, slot[1:-1].removesuffix("[*]")))
            continue
        spread = (
            slot.startswith("*")
            and slot not in entry.parameters
            and slot.lstrip("*").removesuffix("[*]") in entry.parameters
        )
        name = slot.removesuffix("[*]")
        bare = name if name in entry.parameters else name.lstrip("*")
        if not spread and bare.startswith("**"):  # what is unpacked there may be anything
            arguments.more_keywords = event.arguments.more_keywords
            arguments.perhaps = dict(event.arguments.perhaps)
        for key, values in keyed(event.arguments, entry.parameters, bare):
            if slot.endswith("[*]"):
                values = run.items_of(values, event.here).all() or UNKNOWN
            if not spread:
                if isinstance(key, str) and bare.startswith("**"):
                    arguments.keywords[key] = values
                else:
                    arguments.positional.append(values)
            elif slot.startswith("**"):
                spread_keywords(run, values, arguments)
            else:
                spread_positional(run, values, event, arguments)
    return arguments


def fetched(run: Machine, event: Event, entry: BoundaryEntry, name: str) -> Values:
    """A list of the items that the workers get of an argument, by index or by iterating."""
    found: list[Values] = []
    for _, values in keyed(event.arguments, entry.parameters, name):
        for value in values:
            by_index = isinstance(value, Instance) and run.find(value.cls, "__getitem__")
            try:
                if by_index:
                    found.append(run.call_method(value, "__getitem__", [UNKNOWN], event.here))
                else:
                    found.append(run.items_of((value,), event.here).all() or UNKNOWN)
            except Abrupt:
                found.append(UNKNOWN)
    items = Items((join(*found) if found else UNKNOWN,), exact=False)
    return (run.make("list", items, here(event)),)


def spread_positional(run: Machine, values: Values, event: Event, arguments: Arguments) -> None:
    items = run.items_of(values, event.here)
    if items.exact and len(values) == 1:
        arguments.positional.extend(items.values)
    else:
        arguments.open = True


def spread_keywords(run: Machine, values: Values, arguments: Arguments) -> None:
    for value in values:
        items = run.store.items(value) if isinstance(value, Container) else Items(exact=False)
        for key, held in zip(items.keys, items.values, strict=False):
            name = getattr(key[0], "value", None) if len(key) == 1 else None
            if isinstance(name, str):
                arguments.keywords[name] = held
        if not items.exact:
            arguments.open = True
