"""Assignment: to names, attributes, items and patterns of them, plain and augmented."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.values import (
    NONE,
    Arguments,
    Constant,
    ExternalObject,
    Frame,
    Here,
    Values,
)
from picklecheck.semantics.forms.names import mangled
from picklecheck.semantics.forms.operators import in_place
from picklecheck.semantics.kinds import containers
from picklecheck.semantics.kinds.functions import mark_escaping
from picklecheck.semantics.machine import Machine


def assign(run: Machine, target: ast.expr, values: Values, frame: Frame, node: ast.AST) -> None:
    """`target = value`, where the value was written as `node`."""
    here = Here(frame, target)
    match target:
        case ast.Name(id=name):
            run.bind_name(mangled(name, frame), values, frame)
        case ast.Attribute(value=owner, attr=name):
            assign_attribute(run, run.evaluate(owner, frame), mangled(name, frame), values, here, node)
        case ast.Subscript(value=owner, slice=index):
            owners, keys = run.evaluate(owner, frame), run.evaluate(index, frame)
            assign_item(run, owners, keys, values, here, {0: index, 1: node})
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            parts = containers.unpack(run, values, targets, here)
            apart = isinstance(node, ast.Tuple) and len(node.elts) == len(targets)
            written = node.elts if isinstance(node, ast.Tuple) and apart else [node] * len(targets)
            for inner, part, given in zip(targets, parts, written, strict=True):
                assign(run, inner.value if isinstance(inner, ast.Starred) else inner, part, frame, given)
        case ast.Starred(value=inner):
            assign(run, inner, values, frame, node)


def assign_attribute(run: Machine, owners: Values, name: str, values: Values, here: Here, node: ast.AST) -> None:
    """`owner.name = value`, where the value was written as `node`."""
    run.set_attribute(owners, name, values, here)
    if here.frame.handed and not isinstance(node, ast.Constant):
        mark_escaping(here.frame)  # for `given`: what a parameter was
    for one in owners:
        run.origins.given[one, name] = (node, here.frame)
        if isinstance(one, ExternalObject):
            arguments = Arguments([(Constant(name),), values], nodes={1: node})
            run.tell(f"{one.type}.__setattr__", one, arguments, here, NONE)


def assign_item(
    run: Machine, owners: Values, keys: Values, values: Values, here: Here, nodes: dict[int | str, ast.AST]
) -> None:
    """`owner[key] = value`."""
    containers.set_item(run, owners, keys, values, here.site)
    arguments = Arguments([keys, values], nodes=nodes)
    for value in owners:
        run.call_method(value, "__setitem__", [keys, values], here)
        if isinstance(value, ExternalObject):
            run.tell(f"{value.type}.__setitem__", value, arguments, here, NONE)


def augment(run: Machine, node: ast.AugAssign, frame: Frame) -> None:
    """`target op= value`: lists grow in place, all else is rebound."""
    target, op, here = node.target, node.op, Here(frame, node.target)
    now = run.evaluate(loaded(target), frame)
    added = run.evaluate(node.value, frame)
    if isinstance(op, ast.Add | ast.BitOr) and containers.extend(run, now, added, here):
        return
    for one in now:
        if isinstance(one, ExternalObject) and isinstance(op, ast.Add):
            run.tell(f"{one.type}.__iadd__", one, Arguments([added], nodes={0: node.value}), here, (one,))
    run.assign(target, in_place(run, op, now, added, Here(frame, node.value)), frame, node.value)


def loaded(target: ast.expr) -> ast.expr:
    """The expression that reads what a target sets."""
    match target:
        case ast.Name(id=name):
            node: ast.expr = ast.Name(name, ast.Load())
        case ast.Attribute(value=value, attr=name):
            node = ast.Attribute(value, name, ast.Load())
        case ast.Subscript(value=value, slice=index):
            node = ast.Subscript(value, index, ast.Load())
        case _:
            return target
    return ast.copy_location(node, target)
