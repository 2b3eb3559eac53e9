"""Where a value was written that a function hands on: at the caller that gave it, however far away."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from picklecheck.crossings.verdict import Verdict
from picklecheck.semantics.run import Run
from picklecheck.semantics.store import ITEMS, Items
from picklecheck.semantics.values import Constant, Container, Frame, Instance, Site, Value, Values


def origin(node: ast.AST, frame: Frame) -> Site:
    """Follow a parameter to the argument it was given."""
    inner: Frame | None = frame
    while isinstance(node, ast.Name) and inner is not None:
        holder: Frame | None = inner
        while holder is not None and node.id not in holder.scope.bound:
            holder = holder.parent
        if holder is None or node.id not in holder.handed or rebound(holder, node.id):
            break
        given, caller = holder.handed[node.id]
        if isinstance(given, ast.stmt) and caller.module is inner.module:
            break  # a decorator got what it decorates, which nobody wrote as an argument
        node, inner = given, caller
    return Site((inner or frame).module, node)


def rebound(frame: Frame, name: str) -> bool:
    """Whether a function assigns to one of its parameters."""
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in ast.walk(frame.scope.node)
    )


def by_caller(run: Run, frame: Frame, site: Site, verdict: Verdict) -> dict[Site, Verdict]:
    """A verdict on what stands at `site`, its refusals parted by where a caller wrote what refuses."""
    found: dict[Site, Verdict] = {} if verdict else {site: verdict}
    for refusal in verdict:
        places = (at for value in refusal.chain if (at := _given_by_caller(run, frame, value)) is not None)
        at = next(places, site)
        found[at] = (*found.get(at, ()), refusal)
    return found


def _given_by_caller(run: Run, frame: Frame, value: Value) -> Site | None:
    """The argument with which a value came into one of the functions that are running, or around them."""
    for inner in _around(frame):
        for name, (node, caller) in inner.handed.items():
            if isinstance(node, ast.stmt) and caller.module is inner.module:
                continue  # a decorator got what it decorates, which nobody wrote as an argument
            if value in _received(run, inner, name):
                return origin(node, caller)
        for receiver in inner.receiver:
            if not isinstance(receiver, Instance):
                continue
            for name, values in run.store.names(receiver).items():
                if value in values and (receiver, name) in run.given:
                    node, assigning = run.given[receiver, name]
                    at = origin(node, assigning)
                    return at if at.node is not node else None
    return None


def _around(frame: Frame) -> Iterator[Frame]:
    """The frames of a call and of its callers, each with those around its function."""
    seen: set[Frame] = set()
    active: Frame | None = frame
    while active is not None:
        inner: Frame | None = active
        while inner is not None and inner not in seen:
            seen.add(inner)
            yield inner
            inner = inner.parent
        active = active.caller


def _received(run: Run, frame: Frame, name: str) -> Values:
    """The values of a parameter and in it; `args[0]` and `options[key]` are single ones of `*args`, `**options`."""
    name, several, key = name.rstrip("]").partition("[")
    values = run.store.values(frame, name)
    held: list[Value] = [] if several else [*values]
    for value in values:
        entry = run.store.get((value, ITEMS)) if isinstance(value, Container) else None
        if not isinstance(entry, Items):
            continue
        if not several:
            held += entry.all()
        elif entry.keys:
            held += next((one for k, one in zip(entry.keys, entry.values, strict=False) if k == (Constant(key),)), ())
        elif entry.exact and int(key) < len(entry.values):
            held += entry.values[int(key)]
    return tuple(held)
