"""When a name of an enclosing function may be read at the use already, instead of at the call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scope, Scopes
from picklecheck.fixes.subject import Subject
from picklecheck.fixes.tree import Tree

_CHANGES = {"append", "appendleft", "extend", "extendleft", "insert", "add", "update", "discard", "remove"}
_CHANGES |= {"pop", "popitem", "popleft", "clear", "setdefault", "sort", "reverse", "rotate", "write", "put"}
_SENDERS = {"map", "map_async", "imap", "imap_unordered", "starmap", "starmap_async", "apply", "apply_async"}
_SENDERS |= {"submit", "Process", "Pool", "ProcessPoolExecutor"}
_LOOPS = (cst.For, cst.While, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
_BLOCKS = (cst.BaseSuite, cst.ExceptHandler, cst.ExceptStarHandler, cst.MatchCase, cst.Module)
_TARGETS = (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.Del, cst.For, cst.CompFor, cst.NamedExpr)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a hoisted function is given first: parameter `name`, bound to `expression` at the use."""

    name: str
    expression: str
    root: str
    owner: Scope


def written(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether the node is a target that a statement assigns to or deletes."""
    parent = tree.parents[node]
    while isinstance(parent, cst.Element | cst.StarredElement | cst.Tuple | cst.List):
        node, parent = parent, tree.parents[parent]
    if isinstance(parent, cst.AsName):
        return True
    return isinstance(parent, _TARGETS) and parent.target is node


def mutated(tree: Tree, node: cst.BaseExpression) -> bool:
    """Whether the object is visibly changed here: an item or attribute set, or a changing method called."""
    at: cst.CSTNode = node
    while isinstance(parent := tree.parents[at], cst.Attribute | cst.Subscript) and parent.value is at:
        at = parent
        if written(tree, at):
            return True
        match at, tree.parents[at]:
            case cst.Attribute(attr=cst.Name(value=method)), cst.Call(func=func) if func is at:
                return method in _CHANGES
    return False


def is_method_self(owner: Scope, name: str) -> bool:
    """Whether the name is the first parameter of a method, its instance or class."""
    method = owner.node
    if not isinstance(method, cst.FunctionDef) or not owner.parent or not isinstance(owner.parent.node, cst.ClassDef):
        return False
    if any(
        isinstance(mark.decorator, cst.Name) and mark.decorator.value == "staticmethod" for mark in method.decorators
    ):
        return False
    first = next(iter((*method.params.posonly_params, *method.params.params)), None)
    return first is not None and first.name.value == name


def check_moment(
    tree: Tree, scopes: Scopes, subject: Subject, taken: Taken, reference: cst.CSTNode, each_round: bool = False
) -> bool:
    """Whether the name has the same value at the reference as at the call; refused where it may have another one.

    A loop around it may set it above the reference, so that the call would see the value of the last round: that is
    another one, but not refused where that of `each_round` will do, since it is the one that is meant.
    """
    call = tree.node_at(subject.call, cst.Call)
    bindings = scopes.bindings_of(taken.owner, taken.root)
    at = tree.spans[reference][0]
    loops = list(_loops(tree, taken.owner, reference))
    if not subject.runs_today and is_sent(tree, call, reference):
        # The task never ran, so what counts is the value at the moment it is sent.
        for loop in loops:
            within_call = call is not None and tree.contains(call, loop)
            if within_call and any(tree.contains(loop, binding) for binding in bindings):
                raise Refused(
                    f"the loop variable `{taken.root}` changes before the call", "pass its value as an argument"
                )
        return True
    until = _started(tree, call) if call and tree.contains(call, reference) else None
    same = True
    for binding in bindings:
        where = tree.spans[binding][0]
        if not isinstance(binding, cst.Param) and scopes.around(tree, binding) is not taken.owner:
            raise Refused(f"`{taken.root}` is rebound by an inner function", "pass its value as an argument")
        if where > at and (until is None or where < until):
            raise Refused(f"`{taken.root}` is rebound after it is captured", "pass its value as an argument")
        if until is None and any(tree.contains(loop, binding) for loop in loops):
            if not each_round or where > at:
                again = "is rebound by the loop around the capture"
                raise Refused(f"`{taken.root}` {again}", "pass its value as an argument")
            same = False
    if subject.runs_today and not any(surely_bound(tree, binding, reference) for binding in bindings):
        raise Refused(f"`{taken.root}` may be unbound where it would be read", "set it first")
    return same


def is_sent(tree: Tree, call: cst.Call | None, reference: cst.CSTNode) -> bool:
    """Whether the reference is passed to another process right where it is."""
    if _is_part(tree, call, reference):
        return True
    match tree.parents[reference]:
        case cst.Arg() as argument:
            match tree.parents[argument]:
                case cst.Call(func=cst.Name(value=verb) | cst.Attribute(attr=cst.Name(value=verb))):
                    return verb in _SENDERS
    return False


def _is_part(tree: Tree, call: cst.Call | None, reference: cst.CSTNode) -> bool:
    return call is not None and tree.contains(call, reference)


def _loops(tree: Tree, owner: Scope, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The loops and comprehensions around the node, inside the owner or the owner itself."""
    for above in tree.ancestors(node):
        if isinstance(above, _LOOPS):
            yield above
        if above is owner.node:
            return


def _started(tree: Tree, call: cst.Call) -> int | None:
    """Where the process made by the call is started, if plainly so in the same block; an offset."""
    statement = tree.statement(call)
    match tree.parents[call]:
        case cst.Attribute(attr=cst.Name(value="start")):
            return tree.spans[statement][1]
        case cst.Assign(targets=[cst.AssignTarget(target=target)]):
            wanted = f"{tree.source(target)}.start()"
        case _:
            return None
    body = getattr(tree.parents[statement], "body", ())
    for later in body[list(body).index(statement) + 1 :] if statement in body else ():
        if isinstance(later, cst.SimpleStatementLine) and tree.source(later) == wanted:
            return tree.spans[later][1]
    return None


def surely_bound(tree: Tree, binding: cst.CSTNode, reference: cst.CSTNode) -> bool:
    """Whether every way to the reference, in the same function, goes through the binding."""
    if isinstance(binding, cst.Param):
        return True
    block = tree.nearest(binding, _BLOCKS)
    return block is not None and tree.contains(block, reference) and tree.spans[binding][0] < tree.spans[reference][0]
