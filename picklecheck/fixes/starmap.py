"""`pool.map(lambda t: f(*t), xs)` becomes `pool.starmap(f, xs)`, also where it takes `t[0], t[1]` apart."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.callee import check_callee, lambda_of, plain_parameters
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

_SPREADING = {"map": "starmap", "map_async": "starmap_async"}


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe where the whole item is spread, or the items are seen to have that many parts.

    Unsafe where only the indexes tell: longer items would now give more arguments. Refused for callables
    that `eta` refuses, and for `imap` and executors, which have no `starmap`.
    """
    call = tree.node_at(subject.call, cst.Call)
    node = lambda_of(tree, subject)
    if call is None or not isinstance(call.func, cst.Attribute) or call.func.attr.value not in _SPREADING:
        raise Refused("the call has no form that spreads its items")
    if "Executor" in subject.boundary:
        raise Refused("an executor has no `starmap`")
    if not any(argument.value is node for argument in call.args):
        raise Refused("the lambda is not written in the call", "write a function at module level instead of it")
    names = plain_parameters(node)
    if len(names) != 1 or not isinstance(node.body, cst.Call):
        raise Refused("the lambda does more than spread its item", "write a function for it at module level")
    parts = _parts(node.body, names[0])
    func = node.body.func
    check_callee(tree, Scopes.of(tree), func)
    verb = _SPREADING[call.func.attr.value]
    edits = (tree.edit(*tree.spans[call.func.attr], verb), tree.edit(*tree.spans[node], tree.source(func)))
    safe = not parts or _has_parts(tree, call, node, parts)
    return Fix("safe" if safe else "unsafe", f"use `{verb}`", edits)


def _parts(body: cst.Call, name: str) -> int:
    """How many parts of the item are passed on, 0 for all of them."""
    match body.args:
        case [cst.Arg(star="*", value=cst.Name(value=spread))] if spread == name:
            return 0
    for index, arg in enumerate(body.args):
        match arg:
            case cst.Arg(
                star="",
                keyword=None,
                value=cst.Subscript(
                    value=cst.Name(value=root),
                    slice=[cst.SubscriptElement(slice=cst.Index(value=cst.Integer(value=at)))],
                ),
            ) if root == name and at == str(index):
                continue
        raise Refused("the lambda does more than spread its item", "write a function for it at module level")
    if not body.args:
        raise Refused("the lambda does not use its item")
    return len(body.args)


def _has_parts(tree: Tree, call: cst.Call, node: cst.Lambda, parts: int) -> bool:
    """Whether every item of the iterable is seen to have exactly that many parts."""
    items = next((arg.value for arg in call.args if arg.value is not node), None)
    match items:
        case cst.Call(func=cst.Name(value="zip") as func, args=args) if _is_builtin(tree, func):
            return len(args) == parts and not any(arg.star or arg.keyword for arg in args)
        case cst.Call(func=cst.Name(value="enumerate") as func) if _is_builtin(tree, func):
            return parts == 2
        case cst.List(elements=elements) | cst.Tuple(elements=elements):
            return all(_is_tuple_of(element, parts) for element in elements)
    return False


def _is_builtin(tree: Tree, func: cst.Name) -> bool:
    return Scopes.of(tree).read_in[func].owner(func.value) is None


def _is_tuple_of(item: cst.BaseElement, parts: int) -> bool:
    match item:
        case cst.Element(value=cst.Tuple(elements=elements)):
            return len(elements) == parts and not any(isinstance(part, cst.StarredElement) for part in elements)
    return False
