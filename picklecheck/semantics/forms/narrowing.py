"""Narrowing: what the outcome of a test tells about the names in it."""

from __future__ import annotations

import ast
from collections.abc import Callable

from picklecheck.semantics.domain.values import Constant, Frame, Value, Values
from picklecheck.semantics.forms import platforms
from picklecheck.semantics.forms.names import holder_of, mangled
from picklecheck.semantics.kinds.attributes import holder
from picklecheck.semantics.kinds.checks import (
    is_callable,
    is_instance_of_any,
    is_same,
    when_false,
    when_true,
)
from picklecheck.semantics.machine import Machine


def narrow(run: Machine, node: ast.expr, frame: Frame, outcome: bool) -> None:
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
        case ast.Compare() if node in run.questions.methods:
            asked = run.questions.methods[node]
            if asked.context is None:
                run.observer.assume(run, asked.having if outcome else asked.lacking)
        case ast.Compare(left=subject, ops=[ast.Eq() | ast.Is()], comparators=[ast.Constant(value=literal)]) if outcome:
            keep(run, subject, frame, lambda value: not isinstance(value, Constant) or value.value == literal)
            assume_platform(run, node, frame, outcome)
        case ast.Call(func=ast.Name(id="isinstance"), args=[subject, kind]):
            kinds = run.flat(run.evaluate(kind, frame))
            keep(run, subject, frame, lambda value: is_instance_of_any(run, value, kinds) is not (not outcome))
        case ast.Call(func=ast.Name(id="callable"), args=[subject]):
            keep(run, subject, frame, lambda value: is_callable(run, value) is not (not outcome))
        case ast.NamedExpr(target=target):
            narrow(run, ast.copy_location(ast.Name(target.id, ast.Load()), target), frame, outcome)
        case ast.Name() | ast.Attribute():
            rebind(run, node, frame, lambda values: (when_true if outcome else when_false)(run, values))
        case ast.Compare() | ast.Call():
            assume_platform(run, node, frame, outcome)


def assume_platform(run: Machine, node: ast.expr, frame: Frame, outcome: bool) -> None:
    """Where a test says that there is no `fork`, processes are spawned."""
    if platforms.can_fork(run, node, frame, outcome) is False:
        run.observer.assume(run, ("spawn",))


def keep(run: Machine, subject: ast.expr, frame: Frame, agrees: Callable[[Value], bool]) -> None:
    """Keep of the values of a variable or attribute those that agree with a test."""
    rebind(run, subject, frame, lambda values: tuple(value for value in values if agrees(value)))


def rebind(run: Machine, subject: ast.expr, frame: Frame, narrowed: Callable[[Values], Values]) -> None:
    match subject:
        case ast.NamedExpr(target=target):
            subject = ast.copy_location(ast.Name(target.id, ast.Load()), target)
        case ast.Name():
            pass
        case ast.Attribute() if is_plain(subject):
            pass
        case _:
            return
    values = run.evaluate(subject, frame)
    kept = narrowed(values)
    if kept == values or not kept:
        return
    if isinstance(subject, ast.Name):
        name = mangled(subject.id, frame)
        if run.store.values(holder_of(run, name, frame), name):
            run.bind_name(name, kept, frame)
        return
    owners = run.evaluate(subject.value, frame)
    for owner in owners if len(owners) == 1 else ():
        keeper, name = holder(owner), mangled(subject.attr, frame)
        if run.store.values(keeper, name):
            run.store.set(keeper, name, kept)


def is_plain(node: ast.expr) -> bool:
    """Whether reading an expression again does nothing: a name, or attributes of one."""
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and is_plain(node.value))
