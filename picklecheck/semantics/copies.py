"""Copies: what `copy.copy` and `copy.deepcopy` make of the program's own objects and containers."""

from __future__ import annotations

import ast

from picklecheck.semantics import calls, classes, containers
from picklecheck.semantics.models import models
from picklecheck.semantics.run import Run
from picklecheck.semantics.store import Items
from picklecheck.semantics.values import UNKNOWN, Arguments, Container, Frame, Instance, Site, Value, Values, join

# Hooks by which a class has its objects copied in a way of its own.
HOOKS = ("__reduce_ex__", "__reduce__", "__getstate__", "__setstate__", "__getnewargs__", "__getnewargs_ex__")


@models("copy.copy")
def _copy(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    return join(*(copied(run, value, node, frame, None) for value in arguments.get(0, "x") or UNKNOWN))


@models("copy.deepcopy")
def _deepcopy(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    made: dict[Value, Values] = {}
    return join(*(copied(run, value, node, frame, made) for value in arguments.get(0, "x") or UNKNOWN))


def copied(run: Run, value: Value, node: ast.AST, frame: Frame, made: dict[Value, Values] | None) -> Values:
    """A copy of a value; with `made` (the copies so far) what it holds is copied as well."""
    if made is not None and value in made:
        return made[value]
    match value:
        case Container(kind=kind):
            copy: Instance | Container = Container(kind, Site(frame.module, node))
        case Instance(cls=cls):
            hook = "__copy__" if made is None else "__deepcopy__"
            if classes.find(run, cls, hook):
                given: list[Values] = [] if made is None else [(containers.make(run, "dict", Items(), value.site),)]
                return calls.call_method(run, value, hook, given, node, frame)
            if any(classes.find(run, cls, name) for name in HOOKS):
                return (value,)
            copy = Instance(cls, value.site, value.generic, value.contents)
        case _:
            return (value,)
    if made is not None:
        made[value] = (copy,)

    def part(held: Values) -> Values:
        return held if made is None else join(*(copied(run, one, node, frame, made) for one in held)) if held else held

    for name, entry in run.store.entries(value).items():
        if isinstance(entry, Items):
            entry = Items(tuple(map(part, entry.values)), tuple(map(part, entry.keys)), entry.exact)
        elif not name.startswith("["):
            entry = part(entry)
        run.store.set(copy, name, entry)
        if (value, name) in run.assigned:
            run.assigned[copy, name] = run.assigned[value, name]
    return (copy,)
