"""Tests: what a condition comes out as, for which Python versions, and what it tells of the names in it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from dataclasses import dataclass

from picklecheck.semantics import attributes, circumstances, classes, containers, expressions
from picklecheck.semantics.run import Asked, Run, Version
from picklecheck.semantics.values import (
    NONE,
    BoundMethod,
    Class,
    Constant,
    Container,
    External,
    Frame,
    Function,
    Instance,
    Made,
    ProjectModule,
    Suspended,
    Unbound,
    Value,
    Values,
    join,
)


@dataclass(frozen=True, slots=True)
class Test:
    """The truth of a condition (None: either), and the versions under which it may hold."""

    truth: bool | None
    versions: frozenset[Version]
    by_version: bool = False


def test(run: Run, node: ast.expr, frame: Frame) -> Test:
    every = run.versions
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = test(run, operand, frame)
            versions = every - inner.versions if inner.by_version else every
            return Test(None if inner.truth is None else not inner.truth, versions, inner.by_version)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            by_version = compare_version(run, left, op, right, frame)
            if by_version is not None:
                if by_version and by_version != every:
                    run.asked.add(by_version)
                return Test(True if by_version == every else False if not by_version else None, by_version, True)
            one, other = expressions.evaluate(run, left, frame), expressions.evaluate(run, right, frame)
            asked = compare_start_method(run, op, one, other)
            if asked is not None:
                run.methods_asked[node] = asked
                return Test(True if not asked.lacking else False if not asked.having else None, every)
            return Test(compare(run, op, one, other), every)
        case ast.Compare(left=left, ops=ops, comparators=rights):
            sides = [expressions.evaluate(run, side, frame) for side in (left, *rights)]
            holding = [compare(run, op, one, other) for op, one, other in zip(ops, sides, sides[1:], strict=False)]
            return Test(False if False in holding else None if None in holding else True, every)
        case ast.BoolOp(op=op, values=operands):
            decides = isinstance(op, ast.Or)
            outcomes: list[bool | None] = []
            for operand in operands:
                outcomes.append(test(run, operand, frame).truth)
                if outcomes[-1] is decides:
                    break
            if decides in outcomes:
                return Test(
                    decides if None not in outcomes[: outcomes.index(decides)] else (None if not decides else True),
                    every,
                )
            return Test(None if None in outcomes else not decides, every)
        case _ if is_type_checking(node):
            return Test(False, every)
        case ast.Attribute(attr="PY2" | "PY3" as flag, value=ast.Name(id="six")):
            versions = frozenset(version for version in every if (version[0] == 2) == (flag == "PY2"))
            return Test(True if versions == every else False if not versions else None, versions, True)
    return Test(truth(run, expressions.evaluate(run, node, frame)), every)


def is_type_checking(node: ast.expr) -> bool:
    """Whether a test is `TYPE_CHECKING`, which only holds where nothing runs."""
    match node:
        case ast.Attribute(attr="TYPE_CHECKING") | ast.Name(id="TYPE_CHECKING"):
            return True
    return False


def compare_version(
    run: Run, left: ast.expr, op: ast.cmpop, right: ast.expr, frame: Frame
) -> frozenset[Version] | None:
    """The versions for which `sys.version_info >= (3, 14)` holds; None for any other comparison."""
    subject = left.value if isinstance(left, ast.Subscript) else left
    if not isinstance(subject, ast.Attribute | ast.Name):
        return None
    values = expressions.evaluate(run, subject, frame)
    name = values[0] if len(values) == 1 else None
    if isinstance(name, Made) and isinstance(name.receiver, External):
        name = name.receiver
    if name != External("sys.version_info") and name != External("sys.version_info.major"):
        return None
    try:
        bound = ast.literal_eval(right)
    except ValueError:
        return None
    limit: tuple[int, ...] = (bound,) if isinstance(bound, int) else bound
    if not isinstance(limit, tuple) or not limit:
        return None
    major_alone = isinstance(bound, int)

    def holds(version: Version) -> bool:
        # `sys.version_info` is longer than any bound: (3, 14, …) > (3, 14), and (3, 14, …) >= (3, 14, 0).
        have = version[:1] if major_alone else (*version, 99)
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
            case ast.Eq():
                return same
            case ast.NotEq():
                return not same
        return True

    return frozenset(version for version in run.versions if holds(version))


def compare_start_method(run: Run, op: ast.cmpop, left: Values, right: Values) -> Asked | None:
    """`get_start_method() == "fork"`, or `in` several of them; None for any other comparison."""
    match left:
        case (Made(type=circumstances.START_METHOD, receiver=context),):
            pass
        case _:
            unclear = any(isinstance(value, Made) and value.type == circumstances.START_METHOD for value in left)
            run.methods_unclear = run.methods_unclear or unclear
            return None
    items = [run.store.items(value).all() if isinstance(value, Container) else (value,) for value in right]
    named = [value.value if isinstance(value, Constant) else None for one in items for value in one]
    if not named or None in named or not isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
        return None
    methods = run.observer.start_methods(run, context)
    among = tuple(method for method in methods if method in named)
    others = tuple(method for method in methods if method not in named)
    return Asked(context, among, others) if isinstance(op, ast.Eq | ast.In) else Asked(context, others, among)


def compare(run: Run, op: ast.cmpop, left: Values, right: Values) -> bool | None:
    """`left op right`, where both sides are known well enough."""
    if len(left) != 1 or len(right) != 1:
        outcomes = {compare(run, op, (one,), (other,)) for one in left for other in right}
        return outcomes.pop() if len(outcomes) == 1 else None
    one, other = left[0], right[0]
    if isinstance(one, Unbound) or isinstance(other, Unbound):
        return None
    match op, one, other:
        case ast.Is() | ast.IsNot(), _, _:
            same = is_same(one, other)
            return same if same is None or isinstance(op, ast.Is) else not same
        case ast.In() | ast.NotIn(), Constant(), Container():
            items = run.store.items(other)
            held = items.keys if other.kind == "dict" else items.values
            if not items.exact or not all(len(value) == 1 and isinstance(value[0], Constant) for value in held):
                return None
            return ((one,) in held) is isinstance(op, ast.In)
        case ast.In() | ast.NotIn(), Constant(value=str() as text), Constant(value=str() as whole):
            return (text in whole) is isinstance(op, ast.In)
        case _, Constant(value=first), Constant(value=second):
            return compare_constants(op, first, second)
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


def is_same(one: Value, other: Value) -> bool | None:
    """`one is other`; None and other objects are told apart, equal literals are the same."""
    solid = Constant | Function | Class | Instance | Container | BoundMethod | Suspended | ProjectModule
    if isinstance(one, Constant) and isinstance(other, Constant):
        return one == other
    if isinstance(one, External) and isinstance(other, Constant):
        return False if one.is_module or is_builtin(one) else None
    if isinstance(one, solid | Made) and isinstance(other, Constant):
        return False if not (isinstance(one, Made) and one.type == "builtins.NoneType") else None
    if isinstance(other, solid | Made | External) and isinstance(one, Constant):
        return is_same(other, one)
    return None


def is_builtin(value: External) -> bool:
    """Whether a name is a builtin function or class."""
    owner, _, name = value.name.rpartition(".")
    return owner == "builtins" and callable(getattr(builtins, name, None))


def truth(run: Run, values: Values) -> bool | None:
    outcomes = {_truth_of_one(run, value) for value in values}
    return outcomes.pop() if len(outcomes) == 1 else None


def _truth_of_one(run: Run, value: Value) -> bool | None:
    match value:
        case Constant(value=literal):
            return bool(literal)
        case Container():
            items = run.store.items(value)
            return bool(items.values) if items.exact else None
        case Function() | Class() | BoundMethod():
            return True
        case External():
            return True if value.is_module or is_builtin(value) else None
        case Made(type="functools.partial"):
            return True
        case Instance(cls=cls):
            if (
                classes.find(run, cls, "__bool__")
                or classes.find(run, cls, "__len__")
                or classes.outside_base(run, cls)
            ):
                return None
            return True
    return None


# Objects of the outside that are never false: what gives one gives None instead, as `re.match` may.
NEVER_FALSE = ("re.Match", "io.", "threading.", "socket.socket", "sqlite3.Con", "sqlite3.Cur", "subprocess.Popen")


def when_false(run: Run, values: Values) -> Values:
    """What values are where they are false."""
    never = tuple(value for value in values if isinstance(value, Made) and value.type.startswith(NEVER_FALSE))
    false = tuple(value for value in values if value not in never and _truth_of_one(run, value) is not True)
    return join(false, NONE) if never else false


# --- narrowing -----------------------------------------------------------------------------------


def narrow(run: Run, node: ast.expr, frame: Frame, outcome: bool) -> None:
    """Keep of a name's values those that agree with how a test came out."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            narrow(run, operand, frame, not outcome)
        case ast.BoolOp(op=ast.And(), values=operands) if outcome:
            for operand in operands:
                narrow(run, operand, frame, True)
        case ast.BoolOp(op=ast.Or(), values=operands) if not outcome:
            for operand in operands:
                narrow(run, operand, frame, False)
        case ast.Compare(left=subject, ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Constant(value=None)]):
            wanted = isinstance(op, ast.Is) is outcome
            keep(run, subject, frame, lambda value: is_same(value, Constant(None)) is not (not wanted))
        case ast.Compare() if node in run.methods_asked:
            asked = run.methods_asked[node]
            if asked.context is None:
                run.observer.assume(run, asked.having if outcome else asked.lacking)
        case ast.Compare(left=subject, ops=[ast.Eq() | ast.Is()], comparators=[ast.Constant(value=literal)]) if outcome:
            keep(run, subject, frame, lambda value: not isinstance(value, Constant) or value.value == literal)
        case ast.Call(func=ast.Name(id="isinstance"), args=[subject, kind]):
            kinds = containers.flat(run, expressions.evaluate(run, kind, frame))

            def agrees(value: Value) -> bool:
                known = [classes.is_instance(run, value, one) for one in kinds]
                if True in known:
                    return outcome
                return None in known or not outcome

            keep(run, subject, frame, agrees)
        case ast.Call(func=ast.Name(id="callable"), args=[subject]):
            keep(run, subject, frame, lambda value: classes.is_callable(run, value) is not (not outcome))
        case ast.NamedExpr(target=target):
            narrow(run, ast.copy_location(ast.Name(target.id, ast.Load()), target), frame, outcome)
        case ast.Name() | ast.Attribute() if outcome:
            keep(run, node, frame, lambda value: _truth_of_one(run, value) is not False)
        case ast.Name() | ast.Attribute():
            rebind(run, node, frame, lambda values: when_false(run, values))


def keep(run: Run, subject: ast.expr, frame: Frame, agrees: Callable[[Value], bool]) -> None:
    """Keep of the values of a variable or attribute those that agree with a test."""
    rebind(run, subject, frame, lambda values: tuple(value for value in values if agrees(value)))


def rebind(run: Run, subject: ast.expr, frame: Frame, narrowed: Callable[[Values], Values]) -> None:
    from picklecheck.semantics import statements

    if not isinstance(subject, ast.Name | ast.Attribute):
        return
    values = expressions.evaluate(run, subject, frame)
    kept = narrowed(values)
    if kept == values or not kept:
        return
    if isinstance(subject, ast.Name):
        name = expressions.mangled(subject.id, frame)
        if run.store.values(statements.holder_of(run, name, frame), name):
            statements.bind_name(run, name, kept, frame)
        return
    for owner in expressions.evaluate(run, subject.value, frame):
        holder = attributes.holder(owner)
        if run.store.values(holder, expressions.mangled(subject.attr, frame)):
            run.store.set(holder, expressions.mangled(subject.attr, frame), kept)
