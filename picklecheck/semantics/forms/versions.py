"""Tests of the Python version, in all the ways in which programs write them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from picklecheck.semantics.domain.values import Constant, Container, ExternalObject, Frame, Value, Values
from picklecheck.semantics.kinds.version_info import HEXVERSION, PART, PART_OF_TEXT, TEXT, WHOLE
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Version, Versions

# `sys.version_info` is longer than any bound that it is compared with: (3, 14, …) > (3, 14), >= (3, 14, 0).
LATER = 99

# What a program reads of the version: a number, a tuple of them, or a text.
Number = int | str | tuple[int, ...]
Part = Callable[[Version], Number]


def compare(run: Machine, op: ast.cmpop, left: Values, right: Values) -> Versions | None:
    """The versions for which `sys.version_info >= (3, 14)` holds; None for any other comparison."""
    part, limits = part_of(run, left), literals(run, op, right)
    if part is None:
        part, limits = part_of(run, right), literals(run, op, left)
        op = MIRRORED.get(type(op), type(op))()
    if part is None or not limits:
        return None
    if is_hexversion(left) or is_hexversion(right):
        limits = [(one >> 24, one >> 16 & 0xFF, one >> 8 & 0xFF) for one in limits if isinstance(one, int)]
    holding = frozenset(one for one in run.versions if any(holds(part(one), op, limit) for limit in limits))
    return run.versions - holding if isinstance(op, ast.NotIn) else holding


MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}


def holds(have: Number, op: ast.cmpop, limit: Number) -> bool:
    """Whether a version, or a part of it, compares so with a bound."""
    match have, limit:
        case (int(), int()) | (str(), str()):
            return ordered(op, (have,), (limit,), have == limit)
        case tuple(), tuple():
            return ordered(op, have, limit, have[: len(limit)] == limit)
    return isinstance(op, ast.NotEq)


def ordered(op: ast.cmpop, have: tuple[Any, ...], limit: tuple[Any, ...], same: bool) -> bool:
    """How two that can be ordered compare, where it is told whether they count as the same."""
    match op:
        case ast.GtE():
            return same or have > limit
        case ast.Gt():
            return have > limit
        case ast.Lt():
            return not (same or have > limit)
        case ast.LtE():
            return not have > limit
        case ast.Eq() | ast.In() | ast.NotIn():
            return same
        case ast.NotEq():
            return not same
    return True


# --- what is asked -------------------------------------------------------------------------------


def part_of(run: Machine, values: Values) -> Part | None:
    """Which part of the version values are; None where they are anything else."""
    match values:
        case (value,):
            pass
        case _:
            return None
    if value == WHOLE or (isinstance(value, ExternalObject) and value.receiver == WHOLE) or is_hexversion(values):
        return lambda version: (*version, LATER)
    match value:
        case ExternalObject(receiver=receiver) if receiver == TEXT:
            return written
        case ExternalObject(receiver=receiver) if receiver == PART_OF_TEXT:
            return as_text(index_of(value))
        case ExternalObject(type=kind) if kind == PART:
            at = index_of(value)
            return None if at is None else lambda version: (*version, LATER)[min(at, 2)]
        case Container(kind="tuple"):
            items = run.store.items(value)
            indexes = [index_of(one[0]) if len(one) == 1 else None for one in items.values]
            if items.exact and indexes and indexes == list(range(len(indexes))):
                return lambda version: (*version, LATER)[: len(indexes)]
    return None


def as_text(at: int | None) -> Part | None:
    """One of the numbers as a text."""
    return None if at is None else lambda version: str(version[at])


def written(version: Version) -> str:
    """The version as a text; later than any text that it is compared with and that it begins with."""
    return f"{version[0]}.{version[1]}.{LATER}"


def begins(run: Machine, node: ast.expr, frame: Frame) -> Versions | None:
    """The versions for which `sys.version.startswith("3.")` holds; None for any other call."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute() | ast.Name() as owner, attr="startswith"),
            args=[ast.Constant(value=str(start))],
        ) if start.count(".") < 2 and part_of(run, run.evaluate(owner, frame)) is written:
            return frozenset(one for one in run.versions if written(one).startswith(start))
    return None


def index_of(value: Value) -> int | None:
    """Which number of the version a value is."""
    match value:
        case ExternalObject(arguments=given) if given is not None and (
            value.type == PART or value.receiver == PART_OF_TEXT
        ):
            match given.get(0, ""):
                case (Constant(value=int(at)),):
                    return at
    return None


def is_hexversion(values: Values) -> bool:
    return values == (HEXVERSION,) or (len(values) == 1 and getattr(values[0], "receiver", None) == HEXVERSION)


def literals(run: Machine, op: ast.cmpop, values: Values) -> list[Number]:
    """The numbers, or tuples of them, that a version is compared with; empty where they are not known."""
    if isinstance(op, ast.In | ast.NotIn):
        held = [run.store.items(value) for value in values]
        found = [literal(run, one) for items in held for one in items.values if items.exact]
    else:
        found = [literal(run, values)]
    return [] if None in found else [one for one in found if one is not None]


def literal(run: Machine, values: Values) -> Number | None:
    """A number, or a tuple or list of numbers."""
    match values:
        case (Constant(value=int() | str() as number),) if not isinstance(number, bool):
            return number
        case (Container(kind="tuple" | "list") as held,):
            items = run.store.items(held)
            parts = [one[0].value for one in items.values if len(one) == 1 and isinstance(one[0], Constant)]
            numbers = [one for one in parts if isinstance(one, int) and not isinstance(one, bool)]
            return tuple(numbers) if items.exact and numbers and len(numbers) == len(items.values) else None
    return None


def behind_name(run: Machine, node: ast.Name, frame: Frame) -> Versions | None:
    """The versions for which a variable holds that was set to a test of the version: `PY3 = sys.version_info[0] == 3`.

    None for any other variable.
    """
    module = frame.module
    binding = module.binding(node.id) if node.id in module.scope(module.tree).bound else []
    match binding:
        case [ast.Assign(targets=[ast.Name()], value=ast.Compare(left=left, ops=[op], comparators=[right]))]:
            if "version" in ast.unparse(binding[0]) and module in run.imports.namespaces:
                there = run.imports.namespaces[module]
                return compare(run, op, run.evaluate(left, there), run.evaluate(right, there))
    return None
