"""What every construction of a class passes for a parameter, as an expression that means the same everywhere."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence

import libcst as cst

from picklecheck.fixes.class_state import descendants, descendants_elsewhere
from picklecheck.fixes.placement import under_main_guard
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.remaking import is_silent
from picklecheck.fixes.scopes import Scopes, assigned
from picklecheck.fixes.tree import Tree


def passed_value(tree: Tree, scopes: Scopes, cls: cst.ClassDef, names: Sequence[str], name: str) -> cst.BaseExpression:
    """The expression for the parameter `name`, which is one of `names`, in order and without the instance.

    Raises Refused unless the class is only called, in this file, always with the same expression, and that makes
    something new from names that every process has.
    """
    held = f"the `{name}` of `{cls.name.value}`"
    if descendants(tree, cls) or any(tree.elsewhere(cls.name.value)) or descendants_elsewhere(tree, cls):
        raise Refused(f"{held} may be passed in more places than this file shows")
    values = [_argument(call, names, name) for call in _constructions(tree, scopes, cls)]
    found = [_origin(tree, scopes, value) for value in values if value is not None]
    if len(found) < len(values) or len({tree.source(value) for value in found}) != 1:
        raise Refused(f"{held} is not the same in each call")
    value = found[0]
    if not is_silent(tree, scopes, value):
        raise Refused(f"creating {held} again may have an effect", "pass what it is created from")
    for read in tree.under(value):
        if isinstance(read, cst.Name) and read in scopes.read_in and not _is_everywhere(tree, scopes, value, read):
            raise Refused(f"{held} is created from `{read.value}`, which is not at module level")
    return value


def _constructions(tree: Tree, scopes: Scopes, cls: cst.ClassDef) -> Iterator[cst.Call]:
    owner = scopes.around(tree, cls)
    for read in scopes.reads_of(owner, cls.name.value):
        match tree.parents[read]:
            case cst.Call(func=func) as call if func is read:
                yield call
            case cst.Annotation():
                continue
            case _:
                raise Refused(f"`{cls.name.value}` is not only called")


def _argument(call: cst.Call, names: Sequence[str], name: str) -> cst.BaseExpression | None:
    if any(arg.star for arg in call.args):
        return None
    positional = [arg.value for arg in call.args if arg.keyword is None]
    named = {arg.keyword.value: arg.value for arg in call.args if arg.keyword}
    place = names.index(name)
    return positional[place] if place < len(positional) else named.get(name)


def _origin(tree: Tree, scopes: Scopes, value: cst.BaseExpression) -> cst.BaseExpression:
    """What a variable that only passes the value on was assigned."""
    if isinstance(value, cst.Name) and (owner := scopes.read_in[value].owner(value.value)):
        match scopes.bindings_of(owner, value.value):
            case [cst.Name() as binding] if scopes.reads_of(owner, value.value) == [value]:
                return assigned(tree, binding) or value
    return value


def _is_everywhere(tree: Tree, scopes: Scopes, value: cst.BaseExpression, read: cst.Name) -> bool:
    """Whether a name that is read means the same in each process: a builtin, or a module-level definition or import."""
    owner = scopes.read_in[read].owner(read.value)
    if owner is None:
        return hasattr(builtins, read.value)
    if tree.contains(value, owner.node):
        return True
    bindings = scopes.bindings_of(owner, read.value)
    return owner is scopes.module and len(bindings) == 1 and not under_main_guard(tree, bindings[0])
