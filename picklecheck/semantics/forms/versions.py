"""Tests of the Python version and the platform, in all the ways in which programs write them."""

from __future__ import annotations

import ast
from collections.abc import Callable

from picklecheck.semantics.domain.values import Constant, Container, External, Frame, Made, Values
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Version, Versions

VERSION_INFO = External("sys.version_info")
# `sys.version_info` is longer than any bound that it is compared with: (3, 14, …) > (3, 14), >= (3, 14, 0).
LATER = 99


def compare(run: Machine, left: ast.expr, op: ast.cmpop, right: ast.expr, frame: Frame) -> Versions | None:
    """The versions for which `sys.version_info >= (3, 14)` holds; None for any other comparison."""
    part = part_asked(run, left, frame)
    if part is not None:
        bound = literal_of(run, right, frame)
    else:
        part, bound = part_asked(run, right, frame), literal_of(run, left, frame)
        op = MIRRORED.get(type(op), type(op))()
    if part is None or bound is None:
        return None
    limits = bound if isinstance(op, ast.In | ast.NotIn) else (bound,)
    if not isinstance(limits, tuple) or not all(map(is_version, limits)):
        return None
    holding = frozenset(one for one in run.versions if any(holds(part(one), op, limit) for limit in limits))
    return run.versions - holding if isinstance(op, ast.NotIn) else holding


MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}


def is_version(bound: object) -> bool:
    match bound:
        case bool():
            return False
        case int():
            return True
        case tuple():
            return bool(bound) and all(isinstance(one, int) and not isinstance(one, bool) for one in bound)
    return False


def holds(have: int | tuple[int, ...], op: ast.cmpop, limit: int | tuple[int, ...]) -> bool:
    """Whether a version, or a part of it, compares so with a bound."""
    if isinstance(have, int) or isinstance(limit, int):
        if not (isinstance(have, int) and isinstance(limit, int)):
            return False
        have, limit, same = (have,), (limit,), have == limit
    else:
        same = have[: len(limit)] == limit
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


# What a program reads of the version: a number, or a tuple of them.
Part = Callable[[Version], int | tuple[int, ...]]


def part_asked(run: Machine, node: ast.expr, frame: Frame) -> Part | None:
    """Which part of the Python version an expression is; None for any other."""
    match node:
        case ast.Subscript(value=owner, slice=index) if is_version_info(run, owner, frame):
            return part_at(index)
        case ast.Attribute(value=owner, attr="major" | "minor" as name) if is_version_info(run, owner, frame):
            return part_at(ast.Constant(0 if name == "major" else 1))
        case ast.Name() | ast.Attribute() if is_version_info(run, node, frame):
            return lambda version: (*version, LATER)
    return None


def part_at(index: ast.expr) -> Part | None:
    match index:
        case ast.Constant(value=0):
            return lambda version: version[0]
        case ast.Constant(value=1):
            return lambda version: version[1]
        case ast.Slice(lower=None, upper=ast.Constant(value=int(end)), step=None) if end > 0:
            return lambda version: (*version, LATER)[:end]
    return None


def is_version_info(run: Machine, node: ast.expr, frame: Frame) -> bool:
    """Whether an expression is `sys.version_info`."""
    if not isinstance(node, ast.Name | ast.Attribute) or (isinstance(node, ast.Attribute) and not is_dotted(node)):
        return False
    match run.evaluate(node, frame):
        case (External() as name,):
            return name == VERSION_INFO
        case (Made(receiver=External() as name),):
            return name == VERSION_INFO
    return False


def is_dotted(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and is_dotted(node.value))


def literal_of(run: Machine, node: ast.expr, frame: Frame) -> object:
    """A number or a tuple that is written, or that a name stands for; None for all else."""
    try:
        return ast.literal_eval(node)
    except (ValueError, RecursionError, MemoryError):
        pass
    return plain(run, run.evaluate(node, frame)) if isinstance(node, ast.Name) else None


def plain(run: Machine, values: Values) -> object:
    match values:
        case (Constant(value=int(number)),):
            return number
        case (Container(kind="tuple") as held,):
            parts = [plain(run, one) for one in run.store.items(held).values]
            return tuple(parts) if run.store.items(held).exact and None not in parts else None
    return None


def behind_name(run: Machine, node: ast.Name, frame: Frame) -> Versions | None:
    """The versions for which a variable holds that was set to a test of the version: `PY3 = sys.version_info[0] == 3`.

    None for any other variable.
    """
    binding = frame.module.binding(node.id) if node.id in frame.module.scope(frame.module.tree).bound else []
    match binding:
        case [ast.Assign(targets=[ast.Name()], value=ast.Compare(left=left, ops=[op], comparators=[right]))]:
            if "version_info" in ast.unparse(binding[0]) and frame.module in run.imports.namespaces:
                return compare(run, left, op, right, run.imports.namespaces[frame.module])
    return None
