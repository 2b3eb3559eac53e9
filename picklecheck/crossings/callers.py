"""Where a finding belongs when a function passes a value on: at the caller that gave it, however far away.

In the file of the boundary call only an argument that is sent itself is told at the caller; the object of a method,
what an object keeps, and what is made of an argument are told at the boundary call. In another file all of them are
told at the caller, who does not see the call. What the main module has defined or made, and what refuses elsewhere, is
told at its call that led there, or at what keeps it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache

from picklecheck.crossings.verdict import Refusal, Verdict
from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import (
    Class,
    Constant,
    Container,
    ExternalObject,
    Frame,
    Function,
    Instance,
    Partial,
    Site,
    Suspended,
    Value,
    Values,
)
from picklecheck.semantics.kinds.functions import first_parameter
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.nodes import walk


def origin(node: ast.AST, frame: Frame, keyword: str = "") -> Site:
    """Follow a parameter to the argument it was given; of `**options` to the one given under a `keyword`."""
    inner: Frame | None = frame
    while isinstance(node, ast.Name) and inner is not None:
        holder: Frame | None = inner
        while holder is not None and node.id not in holder.scope.bound:
            holder = holder.parent
        names = (node.id, f"{node.id}[{keyword}]")
        handed = next((name for name in names if holder is not None and name in holder.handed), "")
        if holder is None or not handed or rebound(holder, node.id):
            break
        given, caller = holder.handed[handed]
        if isinstance(given, ast.stmt) and caller.module is inner.module:
            break  # a decorator got what it decorates, which nobody wrote as an argument
        node, inner = given, caller
    return Site((inner or frame).module, node)


def rebound(frame: Frame, name: str) -> bool:
    """Whether a function assigns to one of its parameters."""
    return name in _assigned_names(frame.scope.node)


@lru_cache(maxsize=2_048)
def _assigned_names(function: ast.AST) -> frozenset[str]:
    nodes = (node for node in walk(function) if isinstance(node, ast.Name))
    return frozenset(node.id for node in nodes if isinstance(node.ctx, ast.Store))


def by_caller(run: Machine, frame: Frame, site: Site, verdict: Verdict, argument: bool) -> dict[Site, Verdict]:
    """A verdict on what is at `site`, its refusals parted by where a caller wrote what refuses.

    `argument` says that it is an argument of the boundary call, not the object whose method is called.
    """
    found: dict[Site, Verdict] = {} if verdict else {site: verdict}
    for refusal in verdict:
        places = (at for value in refusal.chain if (at := _given_by_caller(run, frame, value)) is not None)
        itself = argument and _is_given(run, frame, refusal.chain)
        at = next((at for at in places if itself or at.module is not site.module), site)
        if at.module is not run.main:
            at = _in_main(run, frame, refusal) or at
        found[at] = (*found.get(at, ()), refusal)
    return found


def _in_main(run: Machine, frame: Frame, refusal: Refusal) -> Site | None:
    """Of something of the main module that refuses in another file: the call that led there, or what keeps it."""
    if not any(_is_of_main(run, value) for value in refusal.chain):
        return None
    active: Frame | None = frame
    while active is not None:
        if active.call is not None and active.caller is not None and active.caller.module is run.main:
            return Site(run.main, active.call)
        active = active.caller
    kept = run.origins.assigned.get((refusal.keeper, refusal.kept_as))
    return kept if kept is not None and kept.module is run.main else None


def _is_of_main(run: Machine, value: Value) -> bool:
    """Whether a value is an object of a class of the main module, or a function or an object made there."""
    match value:
        case Instance(cls=cls):
            return cls.module is run.main
        case Function(site=site) | Class(site=site) | ExternalObject(site=site) | Suspended(site=site):
            return site.module is run.main
    return False


def _is_given(run: Machine, frame: Frame, chain: Sequence[Value]) -> bool:
    """Whether a caller gave what is sent, or an item of it, as an argument."""
    for value in chain:
        if any(_arguments_with(run, inner, value) for inner in _around(frame)):
            return True
        if not isinstance(value, Container | Partial):
            return False
    return False


def _given_by_caller(run: Machine, frame: Frame, value: Value) -> Site | None:
    """The argument with which a value came into one of the functions that are running, or around them."""
    for inner in _around(frame):
        for name in _arguments_with(run, inner, value):
            return _followed(run, inner, name, value)
        for receiver in inner.receiver:
            for name in run.store.names(receiver) if isinstance(receiver, Instance) else ():
                if (at := _assigned(run, receiver, name, value)) is not None:
                    return at
    return None


def _arguments_with(run: Machine, frame: Frame, value: Value) -> list[str]:
    """The parameters of a function that got a value, or a container of it."""
    own = _own_object(frame)
    return [name for name in frame.handed if name != own and value in _received(run, frame, name)]


def _own_object(frame: Frame) -> str:
    """The parameter for the object of a method, which callers do not choose where they write an argument."""
    function = frame.function
    return first_parameter(function) if function is not None and function.owner is not None else ""


def _assigned(run: Machine, owner: Value, name: str, value: Value) -> Site | None:
    """Where the value of an attribute was written, if it was given to the method that assigned it."""
    values = run.store.values(owner, name)
    if value not in (*values, *_held(run, values)) or (owner, name) not in run.origins.given:
        return None
    node, assigning = run.origins.given[owner, name]
    return _written(run, node, assigning, value)


def _followed(run: Machine, frame: Frame, name: str, value: Value) -> Site | None:
    """Where the argument of a parameter was written; None for what a decorator got, which nobody wrote as one."""
    node, caller = frame.handed[name]
    if isinstance(node, ast.stmt) and caller.module is frame.module:
        return None
    return _written(run, node, caller, value) or origin(node, caller)


def _written(run: Machine, node: ast.AST, frame: Frame, value: Value) -> Site | None:
    """Where the value of an expression was written, if that is a parameter, or one of several things that are."""
    match node:
        case ast.Name(id=name):
            for inner in _lexical(frame):
                for key in inner.handed:
                    if key.partition("[")[0] == name and value in _received(run, inner, key):
                        return _followed(run, inner, key, value)
        case ast.Attribute(value=ast.Name(id=owner_name), attr=name):
            owners = [one for inner in _lexical(frame) for one in run.store.values(inner, owner_name)]
            return next((at for one in owners if (at := _assigned(run, one, name, value)) is not None), None)
        case ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            return next((at for part in parts if (at := _written(run, part, frame, value)) is not None), None)
        case ast.IfExp(body=body, orelse=orelse):
            return _written(run, body, frame, value) or _written(run, orelse, frame, value)
        case ast.Call(args=[only], keywords=[]):  # `list(steps)`
            return _written(run, only, frame, value)
    return None


def _lexical(frame: Frame | None) -> Iterator[Frame]:
    while frame is not None:
        yield frame
        frame = frame.parent


def _around(frame: Frame) -> Iterator[Frame]:
    """The frames of a call and of its callers, each with those around its function."""
    seen: set[Frame] = set()
    active: Frame | None = frame
    while active is not None:
        new = [inner for inner in _lexical(active) if inner not in seen]
        seen.update(new)
        yield from new
        active = active.caller


def _received(run: Machine, frame: Frame, name: str) -> Values:
    """What a parameter was given, and holds; `args[0]` and `options[key]` are single ones of `*args`, `**options`."""
    name, several, key = name.rstrip("]").partition("[")
    values = frame.given.get(name, ())
    if name in _rewritten(frame.scope.node):
        values = (*values, *run.store.values(frame, name))
    return (*values, *_held(run, values)) if not several else _held(run, values, key)


@lru_cache(maxsize=2_048)
def _rewritten(function: ast.AST) -> frozenset[str]:
    """The names that a function binds to something that is made of what they meant: `rows = cleaned(rows)`."""
    found: set[str] = set()
    for node in walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            bound = {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}
            read = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
            found |= bound if isinstance(node, ast.AugAssign) else bound & read
    return frozenset(found)


def _held(run: Machine, values: Values, key: str | None = None) -> Values:
    """The items of containers, or those under one key or at one position."""
    held: list[Value] = []
    for value in values:
        entry = run.store.own_items(value) if isinstance(value, Container) else None
        if not isinstance(entry, Items):
            continue
        if key is None:
            held += entry.all()
        elif entry.keys:
            held += next((one for k, one in zip(entry.keys, entry.values, strict=False) if k == (Constant(key),)), ())
        elif entry.exact and key.isdigit() and int(key) < len(entry.values):
            held += entry.values[int(key)]
    return tuple(held)
