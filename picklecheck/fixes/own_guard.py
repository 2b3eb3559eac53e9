"""Whether a lock guards nothing but the data of its own object, so that a copy of the object needs one of its own."""

from __future__ import annotations

import builtins

import libcst as cst

from picklecheck.fixes.class_state import assigned_attributes, attributes_in, descendants, owners_in
from picklecheck.fixes.imports import qualified
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.tree import Tree

LOCKS = {"threading.Lock", "threading.RLock"}
_PURE = {"abs", "all", "any", "bool", "dict", "enumerate", "float", "frozenset", "int", "isinstance", "len", "list"}
_PURE |= {"max", "min", "range", "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "zip"}
_OF_CONTAINERS = {"append", "appendleft", "extend", "insert", "add", "update", "discard", "remove", "pop", "popitem"}
_OF_CONTAINERS |= {"popleft", "clear", "setdefault", "sort", "reverse", "get", "keys", "values", "items", "copy"}
_OF_CONTAINERS |= {"index", "count", "most_common"}
_FRESH = {f"builtins.{kind}" for kind in ("bool", "bytes", "dict", "float", "int", "list", "set", "str", "tuple")}
_FRESH |= {f"collections.{kind}" for kind in ("Counter", "OrderedDict", "defaultdict", "deque")}
_NEW = (cst.BaseNumber, cst.BaseString, cst.List, cst.Dict, cst.Set, cst.Tuple, cst.ListComp, cst.DictComp, cst.SetComp)
_ELSEWHERE = (cst.Await, cst.Yield, cst.Global, cst.Nonlocal, cst.Lambda, cst.FunctionDef, cst.Import, cst.ImportFrom)


def guards_own_data(tree: Tree, cls: cst.ClassDef, init: cst.FunctionDef, name: str) -> bool:
    """Whether the lock is only entered by `with`, by methods of the class, around work on what its `__init__` makes."""
    if any(tree.elsewhere(name)):
        return False
    family = [cls, *descendants(tree, cls)]
    own = {attribute for attribute, values in assigned_attributes(tree, init).items() if _is_fresh(tree, values)}
    for node in attributes_in(tree).get(name, ()):
        owner = owners_in(tree)[node]
        if owner is not None and owner not in family:
            continue
        if owner is None or not (tree.contains(init, node) or _is_entered(tree, node, own)):
            return False
    return True


def _is_fresh(tree: Tree, values: list[tuple[cst.BaseExpression, bool]]) -> bool:
    """Whether an attribute holds something that nobody else has."""
    scopes = Scopes.of(tree)
    return all(
        isinstance(value, _NEW)
        or (isinstance(value, cst.Name) and value.value in ("None", "True", "False"))
        or (isinstance(value, cst.Call) and qualified(tree, scopes, value.func) in _FRESH)
        for value, _ in values
    )


def _is_entered(tree: Tree, node: cst.Attribute, own: set[str]) -> bool:
    match tree.parents[node]:
        case cst.WithItem(asname=None) as item:
            block = tree.parents[item]
        case _:
            return False
    method = tree.nearest(node, cst.FunctionDef)
    if not isinstance(block, cst.With) or block.asynchronous or method is None:
        return False
    instance = tree.source(node.value)
    return all(_touches_own(tree, part, instance, own) for part in tree.under(block.body))


def _touches_own(tree: Tree, part: cst.CSTNode, instance: str, own: set[str]) -> bool:
    """Whether a part of the guarded block reads and changes nothing but variables of the method and own data."""
    scopes = Scopes.of(tree)
    match part:
        case _ if isinstance(part, _ELSEWHERE):
            return False
        case cst.Call(func=cst.Name(value=function) as read):
            return function in _PURE and scopes.read_in[read].owner(function) is None
        case cst.Call(func=cst.Attribute(value=holder, attr=cst.Name(value=method))):
            return method in _OF_CONTAINERS and not (isinstance(holder, cst.Name) and holder.value == instance)
        case cst.Call():
            return False
        case cst.Name(value=name) if name == instance and part in scopes.read_in:
            match tree.parents[part]:
                case cst.Attribute(value=value, attr=cst.Name(value=attribute)) if value is part:
                    return attribute in own
            return False
        case cst.Name(value=name) if part in scopes.read_in:
            owner = scopes.read_in[part].owner(name)
            return owner is not scopes.module and (owner is not None or hasattr(builtins, name))
    return True


def is_lock(tree: Tree, value: cst.BaseExpression) -> bool:
    match value:
        case cst.Call(func=func, args=[]):
            return qualified(tree, Scopes.of(tree), func) in LOCKS
    return False
