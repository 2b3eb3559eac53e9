"""Type annotations, as far as they say what a value is."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import get_args

from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    ExternalName,
    ExternalObject,
    Frame,
    Here,
    Kind,
    Site,
    Values,
    join,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.machine import Machine

OPTIONAL = {"typing.Optional", "typing.Annotated", "typing.Final", "typing.ClassVar", "typing.Required"}
HOLDING: dict[str, Kind] = {
    **{f"builtins.{kind}": kind for kind in get_args(Kind)},
    **{f"typing.{kind.capitalize()}": kind for kind in get_args(Kind)},
}
# What the proxies of a manager are typed as: `Manager().Queue()` gives a `queue.Queue` to a type checker (typeshed, at
# `multiprocessing.managers.SyncManager`), and queues and locks for processes are sent under these names too.
TYPES_OF_PROXIES = {
    *("queue.Queue", "threading.Barrier", "threading.BoundedSemaphore", "threading.Condition", "threading.Event"),
    *("threading.Lock", "threading.RLock", "threading.Semaphore"),
}
UNIONS = {"typing.Union", "types.UnionType"}


@lru_cache(maxsize=2_048)
def parsed_annotation(node: ast.Constant, text: str) -> ast.expr | None:
    """The expression in an annotation that is written as a text; None where that is none."""
    try:
        parsed = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    for inner in ast.walk(parsed):
        ast.copy_location(inner, node)
    return parsed


def instance_of(run: Machine, node: ast.expr, frame: Frame) -> Values:
    """A value of the annotated type: `Client`, `"Client"`, `Client | None`, `Optional[Client]`."""
    match node:
        case ast.Constant(value=str(text)):
            parsed = parsed_annotation(node, text)
            return UNKNOWN if parsed is None else instance_of(run, parsed, frame)
        case ast.Constant(value=None):
            return NONE
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return join(instance_of(run, left, frame), instance_of(run, right, frame))
        case ast.Subscript(value=outer, slice=index):
            name = _dotted(run, outer, frame)
            if name in OPTIONAL:
                first = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
                found = instance_of(run, first, frame)
                return join(found, NONE) if name == "typing.Optional" else found
            if name in UNIONS and isinstance(index, ast.Tuple):
                return join(*(instance_of(run, one, frame) for one in index.elts))
            if name in HOLDING:
                return _container(run, HOLDING[name], index, frame)
            return instance_of(run, outer, frame)
        case ast.Name() | ast.Attribute():
            return _of_name(run, node, frame)
    return UNKNOWN


def _container(run: Machine, kind: Kind, index: ast.expr, frame: Frame) -> Values:
    """`list[Client]`, `dict[str, Client]`: some number of items, where it is known what they are."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    held = [instance_of(run, one, frame) for one in parts if not isinstance(one, ast.Constant)]
    if not held or held[-1] == UNKNOWN or (kind == "tuple" and len(held) > 1):
        return UNKNOWN
    items = Items((held[-1],), (UNKNOWN,) if kind == "dict" else (), exact=False)
    return (run.make(kind, items, Site(frame.module, index)),)


def _of_name(run: Machine, node: ast.expr, frame: Frame) -> Values:
    try:
        return _of_types(run, run.evaluate(node, frame), node, frame)
    except Abrupt:
        return UNKNOWN


def _of_types(run: Machine, types: Values, node: ast.expr, frame: Frame) -> Values:
    """An instance of each of some types."""
    found: list[Values] = []
    for value in types:
        match value:
            case Class():
                if value in run.control.guessed:
                    return UNKNOWN
                run.control.guessed.append(value)
                try:
                    found.append((run.generic_instance(value, Here(frame, node)),))
                finally:
                    run.control.guessed.remove(value)
            case Constant(value=str(text)):
                found.append(instance_of(run, ast.copy_location(ast.Constant(text), node), frame))
            case ExternalObject(type="typing.TypeVar", arguments=Arguments() as given):
                found.append(_of_types(run, given.keywords.get("bound", UNKNOWN), node, frame))
            case ExternalName(name=name) if name in TYPES_OF_PROXIES:
                return UNKNOWN
            case ExternalName(name=name) if run.world.is_type(name) and not name.startswith("builtins."):
                found.append((ExternalObject(name, Site(frame.module, node)),))
            case ExternalName(name=name) if (made := run.world.returned(name)) and len(made) == 1:
                found.append((ExternalObject(made[0], Site(frame.module, node)),))
            case _:
                return UNKNOWN
    return join(*found) if found else UNKNOWN


def _dotted(run: Machine, node: ast.expr, frame: Frame) -> str:
    try:
        values = run.evaluate(node, frame)
    except Abrupt:
        return ""
    return values[0].name if len(values) == 1 and isinstance(values[0], ExternalName) else ""
