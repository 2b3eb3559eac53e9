"""Lists, dicts and sets as they are written: those of imported modules are filled when somebody looks into them."""

from __future__ import annotations

import ast
from collections.abc import Callable

from picklecheck.semantics.domain.facts import ITEMS
from picklecheck.semantics.domain.items import Items, Later, kept_by
from picklecheck.semantics.domain.values import Container, Frame, Here, Kind, Values
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.nodes import walk


def display(run: Machine, kind: Kind, fill: Callable[[], Items], node: ast.expr, here: Here) -> Values:
    """`[a, b]` or `{key: value}`; where that is a table of an imported module, its items wait to be asked for."""
    if not (is_at_import(run) and is_table(run, node, here.frame)):
        return (run.make(kind, fill(), here.site),)
    made = Container(kind, here.site)
    run.store.set(made, ITEMS, Later(lambda: filled(run, kind, fill, here.frame)))
    return (made,)


def filled(run: Machine, kind: Kind, fill: Callable[[], Items], frame: Frame) -> Items:
    """The items of a table, as they are when its module is imported."""
    with run.at_import(), run.active(frame):
        try:
            return kept_by(kind, fill())
        except Abrupt:
            return Items(exact=False)


def is_at_import(run: Machine) -> bool:
    """Whether what is run changes the lowest layer: no function, branch or loop is run."""
    return run.store.base is None


def is_table(run: Machine, node: ast.expr, frame: Frame) -> bool:
    """Whether a display of an imported module surely has items, made by calls that can as well be done later.

    What is bound in the body of a class may be bound again there, and what leads to a boundary is heard in its order.
    """
    if frame.module is run.main or not (frame.scope.is_module or frame.scope.is_class) or frame.function:
        return False
    called = frame.module.called(node)
    if not called or not run.sinks.isdisjoint(called) or not surely_has_items(node):
        return False
    changing = frame.scope.bound if frame.scope.is_class else ()
    return not any(
        isinstance(one, ast.NamedExpr) or (isinstance(one, ast.Name) and one.id in changing) for one in walk(node)
    )


def surely_has_items(node: ast.expr) -> bool:
    match node:
        case ast.Dict(keys=keys):
            return any(key is not None for key in keys)
        case ast.List(elts=elements) | ast.Set(elts=elements):
            return not all(isinstance(one, ast.Starred) for one in elements)
    return False
