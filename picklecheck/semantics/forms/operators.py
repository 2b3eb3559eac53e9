"""Operators: what `left op right` is, for literals, containers and objects that define them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from picklecheck.semantics.domain.facts import LENGTH
from picklecheck.semantics.domain.items import ANYTHING, Items, appended, merged, some
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Constant,
    Container,
    ExternalName,
    ExternalObject,
    Frame,
    Here,
    Instance,
    Unknown,
    Value,
    Values,
    join,
)
from picklecheck.semantics.forms import texts
from picklecheck.semantics.kinds import builtin_types
from picklecheck.semantics.kinds.container_methods import set_operation
from picklecheck.semantics.machine import Machine

NOT_IMPLEMENTED = ExternalName("builtins.NotImplemented")

# A number with more digits, or a list repeated to more items, is not told exactly.
MOST_DIGITS = 60
MOST_REPEATED = 64
LARGEST: int = 10**MOST_DIGITS


def binary(run: Machine, node: ast.BinOp, frame: Frame) -> Values:
    """`left op right`, chains of the same operator without recursion."""
    chain: list[ast.BinOp] = [node]
    while isinstance(left := chain[-1].left, ast.BinOp):
        chain.append(left)
    values = run.evaluate(chain[-1].left, frame)
    for inner in reversed(chain):
        here = Here(frame, inner)
        other = run.evaluate(inner.right, frame)
        if isinstance(inner.op, ast.Div | ast.FloorDiv) and other == (Constant(0),):
            raise run.fail("ZeroDivisionError", here)
        if run.mode.strict and is_refused(run, inner.op, values, other):
            raise run.fail("TypeError", here)
        values = combined(run, inner.op, values, other, here)
    return values


def is_refused(run: Machine, op: ast.operator, left: Values, right: Values) -> bool:
    """Whether Python surely has no such operation for these, as none of builtin types has one with `None`."""
    if NONE in (left, right):
        return is_builtin(left) and is_builtin(right) and not isinstance(op, ast.Mod)
    return builtin_types.refuses(run, op, left, right)


def is_builtin(values: Values) -> bool:
    """Whether values surely are of builtin types, which define no operation with `None`."""
    return all(isinstance(value, Constant | Container) for value in values)


def combined(run: Machine, op: ast.operator, left: Values, right: Values, here: Here) -> Values:
    """`left op right`, for each pair of alternatives where they are few."""
    if len(left) * len(right) > 4 or not left or not right:
        run.may_raise()
        return UNKNOWN
    return join(*(combined_pair(run, op, one, other, here) for one in left for other in right))


def combined_pair(run: Machine, op: ast.operator, left: Value, right: Value, here: Here) -> Values:
    site = here.site
    match left, right:
        case Constant(value=str() as template), _ if isinstance(op, ast.Mod):
            return texts.filled(run, template, (right,), site)
        case Constant(value=int() | float() | str() | bytes() as one), Constant(value=other):
            return constant_operation(run, op, one, other, here)
        case _, _ if (name := SET_OPERATIONS.get(type(op))) and (
            is_view(left) or (is_setlike(left) and is_setlike(right))
        ):
            items, more = run.items_of((left,), here), run.items_of((right,), here)
            return (run.make("set", set_operation(name, items, [more]), site),)
        case Container(kind="dict") as one, Container(kind="dict") as other if isinstance(op, ast.BitOr):
            return (run.make("dict", merged(run.store.items(one), run.store.items(other)), site),)
        case Container(kind=kind) as one, Container(kind=other_kind) as other if isinstance(op, ast.Add):
            if kind == other_kind and kind in ("list", "tuple"):
                return (run.make(kind, appended(run.store.items(one), run.store.items(other)), site),)
        case Container(kind="list" | "tuple" as kind) as one, Unknown() | ExternalObject() if isinstance(op, ast.Add):
            run.may_raise()
            return (run.make(kind, appended(run.store.items(one), ANYTHING), site),)
        case (Container() as one, times) | (times, Container() as one) if isinstance(op, ast.Mult):
            return (run.make(one.kind, repeated(run.store.items(one), times), site),)
        case _ if isinstance(op, ast.Add | ast.Sub | ast.Mult) and number_type(left) and number_type(right):
            kinds = (number_type(left), number_type(right))
            return (ExternalObject("builtins.float" if "float" in kinds else "builtins.int", site),)
        case ExternalObject(type="builtins.str"), _ if isinstance(op, ast.Mod | ast.Add):
            return (ExternalObject("builtins.str", site),)
        case Constant(value=str()), Unknown() | ExternalObject() if isinstance(op, ast.Add):
            run.may_raise()
            return (ExternalObject("builtins.str", site),)
    if (method := METHODS.get(type(op))) and (found := by_method(run, method, left, right, here)):
        return found
    run.may_raise()
    return UNKNOWN


def by_method(run: Machine, method: str, left: Value, right: Value, here: Here) -> Values:
    """What `left.__add__(right)` returns, else `right.__radd__(left)`; empty where no class of the project has it."""
    found: Values = ()
    if isinstance(left, Instance) and run.find(left.cls, method):
        found = run.call_method(left, method, [(right,)], here)
        if NOT_IMPLEMENTED not in found:
            return found
    reflected = method.replace("__", "__r", 1)
    if (
        isinstance(left, Constant | Container | Instance)
        and isinstance(right, Instance)
        and run.find(right.cls, reflected)
    ):
        other = run.call_method(right, reflected, [(left,)], here)
        return join(tuple(value for value in found if value != NOT_IMPLEMENTED), other)
    return ()


def in_place(run: Machine, op: ast.operator, now: Values, added: Values, here: Here) -> Values:
    """What `now op= added` binds: what `__iadd__` returns, for objects that have it, else `now op added`."""
    method = METHODS[type(op)].replace("__", "__i", 1)
    having = [one for one in now if isinstance(one, Instance) and run.find(one.cls, method)]
    others = tuple(one for one in now if one not in having)
    arms: list[Callable[[], Values]] = [partial(run.call_method, one, method, [added], here) for one in having]
    if others or not having:
        arms.append(lambda: combined(run, op, others, added, here))
    return join(*run.branches(arms)) if len(arms) > 1 else arms[0]()


def number_type(value: Value) -> str:
    """`int` or `float` for a number; else empty."""
    match value:
        case Constant(value=int() | float() as number) if not isinstance(number, bool):
            return type(number).__name__
        case ExternalObject(type="builtins.int" | "builtins.float" as name):
            return name.removeprefix("builtins.")
    return ""


METHODS = {
    ast.Add: "__add__",
    ast.Sub: "__sub__",
    ast.Mult: "__mul__",
    ast.Div: "__truediv__",
    ast.FloorDiv: "__floordiv__",
    ast.Mod: "__mod__",
    ast.Pow: "__pow__",
    ast.MatMult: "__matmul__",
    ast.BitOr: "__or__",
    ast.BitAnd: "__and__",
    ast.BitXor: "__xor__",
    ast.LShift: "__lshift__",
    ast.RShift: "__rshift__",
}

SET_OPERATIONS: dict[type[ast.operator], str] = {
    ast.BitOr: "union",
    ast.BitAnd: "intersection",
    ast.Sub: "difference",
    ast.BitXor: "symmetric_difference",
}


def is_setlike(value: Value) -> bool:
    match value:
        case Container(kind="set"):
            return True
        case ExternalObject(type=name):
            return name == "builtins.frozenset" or is_view(value)
    return False


def is_view(value: Value) -> bool:
    """Whether a value is a view of a dict: its keys, values or items."""
    return isinstance(value, ExternalObject) and value.type.startswith("builtins.dict_")


def repeated(items: Items, times: Value) -> Items:
    """`[a, b] * n`: any number of the items, in order where `n` is known and small."""
    match times:
        case Constant(value=int(number)) if items.exact and number * len(items.values) <= MOST_REPEATED:
            return Items(items.values * max(number, 0))
        case Constant(value=int(number)) if number > 0:
            return items.blurred()
    return some(items.all()) if items.values else items


def constant_operation(run: Machine, op: ast.operator, left: object, right: object, here: Here) -> Values:
    """Arithmetic on literals, where the result is no larger than what a program would write."""
    match op, left, right:
        case ast.Add(), str(), str():
            known = len(left) + len(right) <= texts.MOST_CHARACTERS
            return (Constant(left + right),) if known else (ExternalObject("builtins.str", here.site),)
        case ast.Mult(), str() | bytes() as text, int() as times:
            return repeated_text(run, text, times, here)
        case ast.Mult(), int() as times, str() | bytes() as text:
            return repeated_text(run, text, times, here)
        case ast.FloorDiv() | ast.Mod(), int(), 0:
            raise run.fail("ZeroDivisionError", here)
        case ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv() | ast.Mod(), int(), int() if small(left, right):
            return (Constant(integer_operation(op, left, right)),)
        case ast.Add() | ast.Sub() | ast.Mult(), int() | float(), int() | float() if small(left, right):
            return (Constant(float_operation(op, float(left), float(right))),)
        case ast.Pow(), int(), int() if right >= 0 and left.bit_length() * right <= LARGEST.bit_length():
            return (Constant(left**right),)
        case ast.Div(), int() | float(), int() | float() if small(left, right) and right:
            return (Constant(left / right),)
        case ast.LShift() | ast.RShift(), int(), int() if right < 0:
            raise run.fail("ValueError", here)
        case ast.LShift(), int(), int() if left.bit_length() + right <= LARGEST.bit_length():
            return (Constant(left << right),)
        case _, int() | float(), int() | float():
            return (ExternalObject("builtins.float" if isinstance(op, ast.Div) else "builtins.int", here.site),)
    run.may_raise()
    return UNKNOWN


def repeated_text(run: Machine, text: str | bytes, times: int, here: Here) -> Values:
    """`"-" * 80`: the text, or of a long one its length."""
    length = len(text) * max(times, 0)
    if length <= texts.MOST_CHARACTERS:
        return (Constant(text * times),)
    made = ExternalObject(f"builtins.{type(text).__name__}", here.site)
    run.store.set(made, LENGTH, (Constant(length),))
    return (made,)


def small(left: float, right: float) -> bool:
    return abs(left) <= LARGEST and abs(right) <= LARGEST


def integer_operation(op: ast.operator, left: int, right: int) -> int:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.FloorDiv():
            return left // right
    return left % right


def float_operation(op: ast.operator, left: float, right: float) -> float:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
    return left * right


def negated(op: ast.unaryop, values: Values) -> Values:
    match op, values:
        case ast.USub(), (Constant(value=int() | float() as number),):
            return (Constant(-number),)
    return UNKNOWN
