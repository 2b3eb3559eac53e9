"""`@functools.wraps(func)` on the wrapper of a decorator, so that the decorated function is found by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from picklecheck.fixes.class_state import names_of
from picklecheck.fixes.imports import imported
from picklecheck.fixes.placement import joined
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

_TAKEN_OVER = {"__name__", "__qualname__", "__doc__", "__wrapped__", "__annotations__"}


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe where nothing asks a function for what the wrapper takes over: its name, docstring and signature.

    Unsafe where the file does. Refused where the wrapper is not returned by name, and where the decorator
    is called under another name or decorates a class.

    The subject's definition is the wrapper inside the decorator, or the decorator itself.
    """
    node = tree.node_at(subject.definition, cst.FunctionDef) if subject.definition else None
    if node is None:
        raise Refused("the decorator is not in this file", "send a function that calls it")
    wrapper = node
    while inner := _returned(wrapper):
        wrapper = inner
    decorator = tree.nearest(wrapper, cst.FunctionDef)
    if decorator is None or _returned(decorator) is not wrapper:
        raise Refused("the decorator does not return a function that is defined in it")
    scopes = Scopes.of(tree)
    func = _wrapped(scopes, wrapper, decorator)
    if any("wraps" in tree.source(mark) for mark in wrapper.decorators):
        raise Refused("the wrapper has `wraps` already")
    outer = tree.top_statement(decorator)
    others = list(tree.elsewhere(outer.name.value)) if isinstance(outer, cst.FunctionDef) else []
    if isinstance(outer, cst.FunctionDef):
        for one in (tree, *others):
            _refuse_other_uses(one, outer.name.value, _reads(one, outer.name.value))
    if scopes.around(tree, decorator) is not scopes.module:
        local = decorator.name.value
        reads = scopes.reads_of(scopes.around(tree, decorator), local)
        _refuse_other_uses(tree, local, (read for read in reads if not isinstance(tree.parents[read], cst.Return)))
    text, imports = imported(tree, scopes, "functools", "wraps", [wrapper])
    start = tree.line_start(tree.spans[wrapper][0])
    margin = tree.text[start : tree.spans[wrapper][0]]
    edit = tree.edit(start, start, f"{margin}@{text}({func}){tree.newline}")
    asked = any(_is_asked(one, decorator, func) for one in (tree, *others))
    return Fix("unsafe" if asked else "safe", f"add `@functools.wraps({func})`", joined([*imports, edit]))


def _returned(node: cst.FunctionDef) -> cst.FunctionDef | None:
    """The inner function that the function returns at its end."""
    match node.body.body[-1]:
        case cst.SimpleStatementLine(body=[*_, cst.Return(value=cst.Name(value=name))]):
            inner = [part for part in node.body.body if isinstance(part, cst.FunctionDef)]
            return next((part for part in inner if part.name.value == name), None)
    return None


def _wrapped(scopes: Scopes, wrapper: cst.FunctionDef, decorator: cst.FunctionDef) -> str:
    first = next(iter((*decorator.params.posonly_params, *decorator.params.params)), None)
    if first is None:
        raise Refused("the decorator takes no function")
    func = first.name.value
    owner = scopes.by_node[decorator]
    inside = [scope for read, scope in scopes.read_in.items() if read.value == func and scope.owner(func) is owner]
    if not any(scopes.by_node[wrapper] in scope.chain() for scope in inside):
        raise Refused(f"the wrapper does not call `{func}`")
    if scopes.bindings_of(owner, func) != [first]:
        raise Refused(f"`{func}` is rebound in the decorator")
    return func


def _is_asked(tree: Tree, decorator: cst.FunctionDef, func: str) -> bool:
    """Whether names or signatures are read in the file, other than those of `func` in its decorator."""
    for node in tree.under(tree.module):
        match node:
            case cst.Attribute(value=cst.Name(value=asked)) if asked == func and tree.contains(decorator, node):
                continue
            case cst.Attribute(attr=cst.Name(value=name)) if name in _TAKEN_OVER:
                return True
            case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
                if name in ("signature", "getfullargspec", "getdoc", "getsource", "unwrap"):
                    return True
    return False


def _refuse_other_uses(tree: Tree, name: str, reads: Iterable[cst.CSTNode]) -> None:
    for read in reads:
        mark = tree.nearest(read, cst.Decorator)
        if mark is not None:
            if isinstance(tree.parents[mark], cst.ClassDef):
                raise Refused(f"`{name}` decorates a class")
            continue
        match tree.parents[read]:
            case cst.Call(func=func, args=[cst.Arg(value=cst.Name(value=given)), *_]) as call if func is read:
                match tree.parents[call]:
                    case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=bound))]) if bound == given:
                        continue
        raise Refused(f"`{name}` also makes functions of other names")


def _reads(tree: Tree, name: str) -> Iterator[cst.CSTNode]:
    """Where the decorator is read: by its own name, one that it is imported by, or as an attribute of its module."""
    scopes = Scopes.of(tree)
    for bound in names_of(tree, name):
        yield from scopes.reads_of(scopes.module, bound)
    for node in tree.spans:
        match node:
            case cst.Attribute(value=cst.Name() as root, attr=cst.Name(value=attr)) if attr == name:
                match scopes.bindings_of(scopes.module, root.value):
                    case [cst.ImportAlias()]:
                        yield node
