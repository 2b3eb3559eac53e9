"""Models of `copy` and `pickle`: what a copy, or a way through bytes and back, makes of the program's objects."""

from __future__ import annotations

from picklecheck.semantics.domain.facts import OPEN, Fact
from picklecheck.semantics.domain.items import Items, joined
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Container,
    ExternalObject,
    Here,
    Instance,
    Value,
    Values,
    join,
    text_of,
)
from picklecheck.semantics.kinds.containers import namespace_of
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import models

# Hooks by which a class has its objects copied in a way of its own.
HOOKS = ("__reduce_ex__", "__reduce__", "__getstate__", "__setstate__", "__getnewargs__", "__getnewargs_ex__")

# The copies so far, by what they were made of; None where parts are not copied.
Copies = dict[Value, Values] | None


@models("copy.copy")
def _copy(run: Machine, arguments: Arguments, here: Here) -> Values:
    return join(*(copied(run, value, here, None) for value in arguments.get(0, "x") or UNKNOWN))


@models("copy.deepcopy")
def _deepcopy(run: Machine, arguments: Arguments, here: Here) -> Values:
    made: dict[Value, Values] = {}
    return join(*(copied(run, value, here, made) for value in arguments.get(0, "x") or UNKNOWN))


@models("pickle.dumps")
def _dumps(run: Machine, arguments: Arguments, here: Here) -> Values:
    return (ExternalObject("builtins.bytes", here.site, None, arguments),)


@models("pickle.loads")
def _loads(run: Machine, arguments: Arguments, here: Here) -> Values:
    """A copy of what was pickled comes back, as far as its pickling was seen."""
    found: list[Values] = []
    made: dict[Value, Values] = {}
    for value in arguments.get(0, "data"):
        written = value.arguments if isinstance(value, ExternalObject) and value.type == "builtins.bytes" else None
        values = written.get(0, "obj") if written is not None and written.positional else UNKNOWN
        found += [copied(run, one, here, made) for one in values]
    return join(*found) if found else UNKNOWN


def copied(run: Machine, value: Value, here: Here, made: Copies) -> Values:
    """A copy of a value; with `made` what it holds is copied as well."""
    if made is not None and value in made:
        return made[value]
    match value:
        case Container(kind=kind):
            copy: Instance | Container = Container(kind, here.site)
        case Instance(cls=cls):
            hook = "__copy__" if made is None else "__deepcopy__"
            if run.find(cls, hook):
                given: list[Values] = [] if made is None else [(run.make("dict", Items(), value.site),)]
                return run.call_method(value, hook, given, here)
            if any(run.find(cls, name) for name in HOOKS):
                return copied_by_hooks(run, value, here, made)
            copy = Instance(cls, value.site)
        case _:
            return (value,)
    if made is not None:
        made[value] = (copy,)

    def part(held: Values) -> Values:
        return held if made is None or not held else join(*(copied(run, one, here, made) for one in held))

    for name, entry in run.store.entries(value).items():
        if isinstance(entry, Items):
            entry = Items(tuple(map(part, entry.values)), tuple(map(part, entry.keys)), entry.exact)
        elif not isinstance(name, Fact):
            entry = part(entry)
        run.store.set(copy, name, entry)
        if isinstance(name, str) and (value, name) in run.origins.assigned:
            run.origins.assigned[copy, name] = run.origins.assigned[value, name]
    return (copy,)


def copied_by_hooks(run: Machine, value: Instance, here: Here, made: Copies) -> Values:
    """A copy by the hooks of its class: the state that `__getstate__` gives, put back by `__setstate__`.

    One that `__reduce__` makes may have any attribute, each with another value or none.
    """
    cls = value.cls
    copy = Instance(cls, value.site)
    if made is not None:
        made[value] = (copy,)
    if any(run.find(cls, name) for name in ("__reduce__", "__reduce_ex__")):
        for name, values in run.store.names(value).items():
            run.store.set(copy, name, join(values, UNKNOWN))
        return (copy,)
    state = run.call_method(value, "__getstate__", [], here) if run.find(cls, "__getstate__") else ()
    state = state or (namespace_of(run, value, here.site),)
    if made is not None:
        state = join(*(copied(run, one, here, made) for one in state))
    if run.find(cls, "__setstate__"):
        run.call_method(copy, "__setstate__", [state], here)
        return (copy,)
    items = joined([run.store.items(one) if isinstance(one, Container) else Items(exact=False) for one in state])
    for key, held in zip(items.keys, items.values, strict=False):
        attribute = text_of(key)
        if attribute is not None:
            run.store.set(copy, attribute, held)
            run.origins.assigned[copy, attribute] = run.origins.assigned.get((value, attribute), value.site)
    if not items.exact:
        run.store.set(copy, OPEN, UNKNOWN)
    return (copy,)
