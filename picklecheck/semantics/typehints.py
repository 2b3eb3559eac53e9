"""Type annotations, as far as they say what a value is."""

from __future__ import annotations

import ast

from picklecheck.semantics import classes, expressions
from picklecheck.semantics.run import Abrupt, Run
from picklecheck.semantics.values import NONE, UNKNOWN, Class, External, Frame, Made, Site, Values, join

OPTIONAL = {"typing.Optional", "typing.Annotated", "typing.Final", "typing.ClassVar", "typing.Required"}
UNIONS = {"typing.Union", "types.UnionType"}


def instance_of(run: Run, node: ast.expr, frame: Frame) -> Values:
    """A value of the annotated type: `Client`, `"Client"`, `Client | None`, `Optional[Client]`."""
    match node:
        case ast.Constant(value=str(text)):
            try:
                parsed = ast.parse(text, mode="eval").body
            except (SyntaxError, ValueError):
                return UNKNOWN
            for inner in ast.walk(parsed):
                ast.copy_location(inner, node)
            return instance_of(run, parsed, frame)
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
            return instance_of(run, outer, frame)
        case ast.Name() | ast.Attribute():
            return _of_name(run, node, frame)
    return UNKNOWN


def _of_name(run: Run, node: ast.expr, frame: Frame) -> Values:
    try:
        values = expressions.evaluate(run, node, frame)
    except Abrupt:
        return UNKNOWN
    found: list[Values] = []
    for value in values:
        match value:
            case Class():
                if value in run.being_guessed:
                    return UNKNOWN
                run.being_guessed.append(value)
                try:
                    found.append((classes.generic_instance(run, value, node, frame),))
                except Abrupt:
                    return UNKNOWN
                finally:
                    run.being_guessed.remove(value)
            case External(name=name) if run.world.is_type(name) and not name.startswith("builtins."):
                found.append((Made(name, Site(frame.module, node)),))
            case External(name=name) if (types := run.world.returned(name)) and len(types) == 1:
                found.append((Made(types[0], Site(frame.module, node)),))
            case _:
                return UNKNOWN
    return join(*found) if found else UNKNOWN


def _dotted(run: Run, node: ast.expr, frame: Frame) -> str:
    try:
        values = expressions.evaluate(run, node, frame)
    except Abrupt:
        return ""
    return values[0].name if len(values) == 1 and isinstance(values[0], External) else ""
