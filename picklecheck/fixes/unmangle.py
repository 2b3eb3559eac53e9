"""A private method `__work`, whose name the child does not find, is renamed `_work` in its class."""

from __future__ import annotations

import re

import libcst as cst

from picklecheck.fixes.class_state import class_of_self
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.static_method import has_subclass
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe where the class has no base but `object` and no subclass.

    Unsafe with bases, which may have a `_work` of their own. Refused where `_work` exists, where the old
    name is in a string, whole or as its beginning, or where a class inside the class has it too.
    """
    method = tree.node_at(subject.definition, cst.FunctionDef) if subject.definition else None
    owner = tree.nearest(method, cst.ClassDef) if method else None
    if method is None or owner is None:
        raise Refused("the private method is not defined in a class of this file")
    old = method.name.value
    if not old.startswith("__") or old.endswith("__"):
        raise Refused(f"`{old}` is not private")
    new = "_" + old.lstrip("_")
    outside = f"_{owner.name.value.lstrip('_')}{old}"
    plain = all(tree.source(base.value) == "object" for base in owner.bases)
    if _exists(tree, owner, new, plain):
        raise Refused(f"`{new}` exists already")
    if any(has_subclass(one, owner) for one in tree.everywhere(owner.name.value)):
        raise Refused(f"`{owner.name.value}` has a subclass")
    for word in (new, outside):
        for other in tree.elsewhere(word):
            if word == new and plain and not _may_ask(other, new):
                continue
            raise Refused(f"`{word}` is used in `{other.path}`")
    edits = []
    for node in tree.under(tree.module):
        match node:
            case cst.SimpleString() | cst.FormattedStringText() if old in (text := tree.source(node)):
                raise Refused(f"`{old}` is in a string")
            case cst.SimpleString() | cst.FormattedStringText() if outside.removesuffix(old[2:]) in text:
                raise Refused(f"the string `{tree.source(node)}` may be the beginning of `{outside}`")
            case cst.Name(value=name) if name == outside:
                edits.append(tree.edit(*tree.spans[node], new))
            case cst.Name(value=name) if name == old and tree.contains(owner, node):
                if tree.nearest(node, cst.ClassDef) is not owner:
                    raise Refused(f"a class inside `{owner.name.value}` uses `{old}` too")
                edits.append(tree.edit(*tree.spans[node], new))
    return Fix("safe" if plain else "unsafe", f"rename `{old}` to `{new}`", tuple(sorted(edits)))


def _may_ask(tree: Tree, name: str) -> bool:
    """Whether another file asks for the name of anything but the objects of its own classes."""
    scopes = Scopes.of(tree)
    asking = (node for node in tree.of_kind(cst.Attribute) if node.attr.value == name)
    return any(class_of_self(scopes, node) is None for node in asking)


def _exists(tree: Tree, owner: cst.ClassDef, name: str, plain: bool) -> bool:
    """Whether the class or an object that may be one of it has the name; with bases, whether it is anywhere."""
    if not plain:
        return re.search(rf"(?<!\w){name}(?!\w)", tree.text) is not None
    scopes = Scopes.of(tree)
    for node in tree.under(tree.module):
        match node:
            case cst.Name(value=value) if value == name and tree.contains(owner, node):
                return True
            case cst.Attribute(attr=cst.Name(value=value)) if value == name:
                if class_of_self(scopes, node) in (None, owner):
                    return True
    return False
