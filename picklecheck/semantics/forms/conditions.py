"""Tests: what a condition comes out as, and for which Python versions it may hold."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from picklecheck.semantics.domain.items import is_sure, looked_up, same_key
from picklecheck.semantics.domain.mro import is_enum
from picklecheck.semantics.domain.values import (
    Constant,
    Container,
    ExternalObject,
    Frame,
    Here,
    Instance,
    Suspended,
    Unbound,
    Value,
    Values,
)
from picklecheck.semantics.events import Asked
from picklecheck.semantics.forms import versions
from picklecheck.semantics.kinds.checks import is_same, truth_of_one
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Versions
from picklecheck.semantics.models.multiprocessing_ import START_METHOD


@dataclass(frozen=True, slots=True)
class Test:
    """The truth of a condition (None: either), and the versions under which it may hold.

    `by_version` says that only the version decides.
    """

    truth: bool | None
    versions: Versions
    by_version: bool = False
    is_type_checking: bool = False

    def others(self, every: Versions) -> Versions:
        """The versions under which the condition may not hold."""
        return every - self.versions if self.truth is None and self.by_version else every

    def negated(self, every: Versions) -> Test:
        versions = every - self.versions if self.by_version else every
        return Test(None if self.truth is None else not self.truth, versions, self.by_version)


def of_versions(holding: Versions, every: Versions) -> Test:
    return Test(True if holding == every else False if not holding else None, holding, by_version=True)


def test(run: Machine, node: ast.expr, frame: Frame) -> Test:
    every = run.versions
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return test(run, operand, frame).negated(every)
        case ast.BoolOp(op=op, values=operands):
            return test_several(run, op, operands, frame)
        case ast.Compare(ops=[op], comparators=[right]):
            return compare_two(run, node, op, right, frame)
        case ast.Compare(left=left):
            return Test(compare_chain(run, node, run.evaluate(left, frame), 0, frame), every)
        case ast.Attribute(attr="TYPE_CHECKING") | ast.Name(id="TYPE_CHECKING"):
            return Test(False, every, is_type_checking=True)  # it only holds where nothing runs
        case ast.Attribute(attr="PY2" | "PY3" as flag, value=ast.Name(id="six")):
            return of_versions(frozenset(one for one in every if (one[0] == 2) == (flag == "PY2")), every)
        case ast.Name() if (meant := versions.behind_name(run, node, frame)) is not None:
            return of_versions(meant & every, every)
        case ast.Call() if (meant := versions.begins(run, node, frame)) is not None:
            if meant and meant != every:
                run.questions.versions.add(meant)
            return of_versions(meant, every)
    return Test(truth(run, run.evaluate(node, frame), Here(frame, node)), every)


def test_several(run: Machine, op: ast.boolop, operands: list[ast.expr], frame: Frame) -> Test:
    """`a and b`, `a or b`: what comes behind is only evaluated where what comes before does not decide."""
    first, *rest = operands
    one = test(run, first, frame)
    decides = isinstance(op, ast.Or)
    if not rest or one.truth is decides:
        return one
    if one.truth is not None:
        return test_several(run, op, rest, frame)
    every, behind = run.versions, list[Test]()

    def goes_on() -> None:
        run.narrow(first, frame, not decides)
        with run.under(versions=one.others(every) if decides else one.versions):
            behind.append(test_several(run, op, rest, frame))

    def stops() -> None:
        run.narrow(first, frame, decides)

    run.branches([stops, goes_on])
    if not behind:
        return Test(decides, one.versions if decides else one.others(every))  # what comes behind never ends
    other = behind[0]
    if one.by_version and other.by_version:
        return of_versions(one.versions | other.versions if decides else other.versions, every)
    holding = every if decides else other.versions if other.by_version else one.versions
    return Test(decides if other.truth is decides else None, holding)


def compare_two(run: Machine, node: ast.Compare, op: ast.cmpop, right: ast.expr, frame: Frame) -> Test:
    every = run.versions
    one, other = run.evaluate(node.left, frame), run.evaluate(right, frame)
    holding = versions.compare(run, op, one, other)
    if holding is not None:
        if holding and holding != every:
            run.questions.versions.add(holding)
        return of_versions(holding, every)
    asked = compare_start_method(run, op, one, other)
    if asked is not None:
        run.questions.methods[node] = asked
        return Test(True if not asked.lacking else False if not asked.having else None, every)
    if by_method := compared_by_method(run, op, one, other, Here(frame, node)):
        return Test(truth(run, by_method, Here(frame, node)), every)
    return Test(compare(run, op, one, other, Here(frame, node)), every)


def compare_chain(run: Machine, node: ast.Compare, left: Values, at: int, frame: Frame) -> bool | None:
    """`a < b < c`, from an operator on: what is behind is only evaluated where all before holds."""
    here = Here(frame, node)
    right = run.evaluate(node.comparators[at], frame)
    truth = compare(run, node.ops[at], left, right, here)
    if truth is False or at + 1 == len(node.ops):
        return truth
    if truth:
        return compare_chain(run, node, right, at + 1, frame)
    behind = run.branches([lambda: False, lambda: compare_chain(run, node, right, at + 1, frame)])
    return False if behind == [False, False] else None


def compared_by_method(run: Machine, op: ast.cmpop, left: Values, right: Values, here: Here) -> Values:
    """What the `__eq__`, `__lt__` or `__contains__` of an object of the project returns; empty where it has none."""
    name = COMPARING.get(type(op), "")
    owner, given = (right, left) if isinstance(op, ast.In) else (left, right)
    if len(owner) == 1 and isinstance(owner[0], Instance) and run.find(owner[0].cls, name):
        return run.call_method(owner[0], name, [given], here)
    return ()


COMPARING: dict[type[ast.cmpop], str] = {
    ast.Eq: "__eq__",
    ast.Lt: "__lt__",
    ast.LtE: "__le__",
    ast.Gt: "__gt__",
    ast.GtE: "__ge__",
    ast.In: "__contains__",
}


def compare_start_method(run: Machine, op: ast.cmpop, left: Values, right: Values) -> Asked | None:
    """`get_start_method() == "fork"`, or `in` several of them; None for any other comparison."""
    match left:
        case (ExternalObject(type=kind, receiver=context),) if kind == START_METHOD:
            pass
        case _:
            if any(isinstance(value, ExternalObject) and value.type == START_METHOD for value in left):
                run.questions.methods_unclear = True
            return None
    items = [run.store.items(value).all() if isinstance(value, Container) else (value,) for value in right]
    named = [value.value if isinstance(value, Constant) else None for one in items for value in one]
    if not named or None in named or not isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
        return None
    methods = run.observer.start_methods(run, context)
    among = tuple(method for method in methods if method in named)
    others = tuple(method for method in methods if method not in named)
    return Asked(context, among, others) if isinstance(op, ast.Eq | ast.In) else Asked(context, others, among)


# --- comparisons ---------------------------------------------------------------------------------


def compare(run: Machine, op: ast.cmpop, left: Values, right: Values, here: Here) -> bool | None:
    """`left op right`, where both sides are known well enough."""
    outcomes = {compare_one(run, op, one, other, here) for one in left for other in right}
    return outcomes.pop() if len(outcomes) == 1 else None


def compare_one(run: Machine, op: ast.cmpop, one: Value, other: Value, here: Here) -> bool | None:
    if isinstance(one, Unbound) or isinstance(other, Unbound):
        return None
    match op, one, other:
        case ast.Is() | ast.IsNot(), _, _:
            same = is_same(one, other)
            return same if same is None or isinstance(op, ast.Is) else not same
        case ast.In() | ast.NotIn(), _, _:
            held = is_in(run, one, other, here)
            return held if held is None or isinstance(op, ast.In) else not held
        case ast.Eq() | ast.NotEq(), Instance(), Instance() if is_enum(one.cls) and one.cls is other.cls:
            same = is_same_member(run, one, other)
            return same if same is None or isinstance(op, ast.Eq) else not same
        case _, Constant(value=first), Constant(value=second):
            return compare_constants(op, first, second)
    return None


def is_same_member(run: Machine, one: Instance, other: Instance) -> bool | None:
    """Whether two names of an enumeration are the same member: they are, where their values are equal."""
    match run.store.values(one, "value"), run.store.values(other, "value"):
        case (Constant(value=first),), (Constant(value=second),):
            return bool(first == second)
    return True if one == other else None


def is_in(run: Machine, one: Value, other: Value, here: Here) -> bool | None:
    """`one in other`."""
    match one, other:
        case Constant(value=str() as text), Constant(value=str() as whole):
            return text in whole
        case _, Container(kind="dict"):
            found = looked_up(run.store.items(other), (one,))
            return True if is_sure(found) else None if found or not run.store.items(other).exact else False
        case _, Container() | ExternalObject(type="builtins.frozenset" | "builtins.dict_keys" | "collections.deque"):
            items = run.items_of((other,), here)
            same = [same_key(value, (one,)) for value in items.values]
            return True if True in same else False if items.exact and None not in same else None
        case _, Suspended():
            run.items_of((other,), here)
    return None


def compare_constants(op: ast.cmpop, first: object, second: object) -> bool | None:
    match op, first, second:
        case ast.Eq(), _, _:
            return first == second
        case ast.NotEq(), _, _:
            return first != second
        case ast.Lt(), int() | float(), int() | float():
            return first < second
        case ast.LtE(), int() | float(), int() | float():
            return first <= second
        case ast.Gt(), int() | float(), int() | float():
            return first > second
        case ast.GtE(), int() | float(), int() | float():
            return first >= second
    return None


# --- truth ---------------------------------------------------------------------------------------


def truth(run: Machine, values: Values, here: Here) -> bool | None:
    """`bool(value)`, where it is the same for all alternatives; `__bool__` and `__len__` of the project are called."""
    outcomes = {truth_by_method(run, value, here) for value in values}
    return outcomes.pop() if len(outcomes) == 1 else None


def truth_by_method(run: Machine, value: Value, here: Here) -> bool | None:
    known = truth_of_one(run, value)
    if known is not None or not isinstance(value, Instance):
        return known
    for name in ("__bool__", "__len__"):
        if run.find(value.cls, name):
            return truth(run, tuple(one for one in run.call_method(value, name, [], here) if one is not value), here)
    return None
