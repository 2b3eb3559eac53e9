"""What using a member of an object does with one of its attributes: it surely reads it, may set it, or neither."""

from __future__ import annotations

import ast
from typing import Literal, TypeAlias

from picklecheck.semantics.domain.values import Class, Descriptor, Function
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import FILLING
from picklecheck.semantics.syntax.nodes import children, walk

Does: TypeAlias = Literal["reads", "may set", "neither"]

# Builtins that look at what they are given, and leave it as it is.
_LOOKING = (
    "all any bool dict enumerate filter float format frozenset hash id int isinstance iter len list map max min print"
    " repr reversed round set sorted str sum tuple type zip"
)
LOOKING = frozenset(_LOOKING.split())
CONDITIONAL = (ast.If, ast.IfExp, ast.For, ast.While, ast.Try, ast.Match, ast.Lambda, ast.FunctionDef, ast.BoolOp)


def by_member(run: Machine, owner: Class, member: str, attribute: str, called: bool) -> Does:
    """What reading `owner().member`, or calling it, does with the attribute; nothing where it is not defined."""
    match run.find(owner, member):
        case (Function(node=ast.FunctionDef() as node),) if called:
            return by_method(node, attribute)
        case (Descriptor(kind="property", function=(Function(node=ast.FunctionDef() as node),)),):
            return by_method(node, attribute)
        case (Function() | Descriptor(), *_):
            return "may set"
    return "neither"


def by_method(node: ast.FunctionDef, attribute: str) -> Does:
    """What the body of a method does with an attribute of its object, as far as its text says."""
    if not node.args.args:
        return "neither"
    me, around = node.args.args[0].arg, {child: one for one in walk(node) for child in children(one)}
    mine = [one for one in around if isinstance(one, ast.Name) and one.id == me]
    if not all(is_looked_at(around, one, attribute) for one in mine):
        return "may set"
    reads = (around[one] for one in mine if isinstance(around[one], ast.Attribute))
    first = next((one for one in reads if isinstance(one, ast.Attribute) and one.attr == attribute), None)
    return "reads" if first is not None and is_sure(around, node, first) else "neither"


def is_looked_at(around: dict[ast.AST, ast.AST], me: ast.Name, attribute: str) -> bool:
    """Whether `self` is only named to read an attribute, or to take another one that is not called."""
    own = around[me]
    if not isinstance(own, ast.Attribute):
        return False
    user = around[own]
    if own.attr != attribute:
        return not (isinstance(user, ast.Call) and user.func is own)
    match user:
        case ast.Attribute(attr=method):
            return method not in {*FILLING, "clear", "pop", "remove", "sort", "subtract"}
        case ast.Subscript(ctx=context):
            return isinstance(context, ast.Load)
        case ast.Call(func=ast.Name(id=name)):
            return name in LOOKING
        case ast.Assign() | ast.AnnAssign() | ast.NamedExpr() | ast.Call() | ast.keyword():
            return False
    return isinstance(own.ctx, ast.Load)


def is_sure(around: dict[ast.AST, ast.AST], method: ast.FunctionDef, read: ast.Attribute) -> bool:
    """Whether each call of a method comes to what it reads there."""
    node: ast.AST = read
    while (outer := around[node]) is not method:
        if isinstance(outer, CONDITIONAL) and node not in first_of(outer):
            return False
        node = outer
    returns = [one.lineno for one in around if isinstance(one, ast.Return | ast.Raise)]
    return all(line >= read.lineno for line in returns)


def first_of(conditional: ast.AST) -> list[ast.AST]:
    """What a conditional always comes to: its test, what it iterates over, the first of what `or` joins."""
    match conditional:
        case ast.If(test=first) | ast.IfExp(test=first) | ast.While(test=first) | ast.For(iter=first):
            return [first]
        case ast.BoolOp(values=[first, *_]) | ast.Match(subject=first):
            return [first]
        case ast.Try(body=[first, *_]):
            return [first]
    return []
