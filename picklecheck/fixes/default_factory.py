"""`lambda: 0` becomes `int`, `lambda: []` becomes `list`, `lambda: defaultdict(int)` becomes a partial."""

from __future__ import annotations

import ast

import libcst as cst

from picklecheck.fixes.callee import check_callee, lambda_of
from picklecheck.fixes.imports import imported
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes, parameters
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe: the type called without arguments gives the very same value.

    Refused for any other value.
    """
    node = lambda_of(tree, subject)
    scopes = Scopes.of(tree)
    text, imports = _factory(tree, scopes, node)
    return Fix("safe", f"pass `{text}`", (*imports, tree.edit(*tree.spans[node], text)))


def _factory(tree: Tree, scopes: Scopes, node: cst.Lambda) -> tuple[str, tuple[Edit, ...]]:
    if parameters(node):
        raise Refused("the lambda takes arguments", "write a function for it at module level")
    match node.body:
        case cst.Call(func=func, args=[]):
            check_callee(tree, scopes, func)
            return tree.source(func), ()
        case cst.Call(func=func, args=[cst.Arg(keyword=None, star="", value=value)]) if _is_defaultdict(func):
            check_callee(tree, scopes, func)
            inner, imports = _inner(tree, scopes, value)
            partial, more = imported(tree, scopes, "functools", "partial", [node])
            return f"{partial}({tree.source(func)}, {inner})", tuple({*imports, *more})
    return _empty_type(tree, scopes, node), ()


def _inner(tree: Tree, scopes: Scopes, value: cst.BaseExpression) -> tuple[str, tuple[Edit, ...]]:
    if isinstance(value, cst.Lambda):
        return _factory(tree, scopes, value)
    check_callee(tree, scopes, value)
    return tree.source(value), ()


def _empty_type(tree: Tree, scopes: Scopes, node: cst.Lambda) -> str:
    try:
        value = ast.literal_eval(tree.source(node.body) if not isinstance(node.body, cst.Tuple) else "()")
    except ValueError:
        value = None
    name = type(value).__name__
    spread = isinstance(node.body, cst.Tuple) and bool(node.body.elements)
    if value is None or spread or value != type(value)() or str(value) != str(type(value)()):
        raise Refused("no type gives that value when it is called without arguments")
    if scopes.around(tree, node).owner(name) is not None:
        raise Refused(f"the name `{name}` is taken")
    return name


def _is_defaultdict(func: cst.BaseExpression) -> bool:
    match func:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name == "defaultdict"
    return False
