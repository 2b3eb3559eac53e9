"""`super().work` becomes `functools.partial(Base.work, self)`, which the child finds by name."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from picklecheck.fixes.class_state import base_names, descendants, descendants_elsewhere, methods_of
from picklecheck.fixes.imports import imported
from picklecheck.fixes.placement import joined
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe with one base of the file, in a class that no class of the file combines with others.

    Unsafe where the base comes from elsewhere. Refused otherwise, as the next class in line may be another
    one, outside plain methods, and for class and static methods, which take no instance.
    """
    use = tree.node_at(subject.use, cst.Attribute)
    if use is None or not isinstance(use.value, cst.Call) or tree.source(use.value.func) != "super":
        raise Refused("`super()` is not used there")
    method = tree.nearest(use, cst.FunctionDef)
    owner = tree.nearest(use, cst.ClassDef)
    if owner and use.value.args and tree.source(use.value.args[0].value) != owner.name.value:
        raise Refused("`super()` is called with another class")
    if method is None or owner is None or method.decorators or tree.nearest(method, cst.FunctionDef):
        raise Refused("it is not in a plain method")
    if len(owner.bases) != 1 or owner.bases[0].star or not _is_dotted(owner.bases[0].value):
        raise Refused(f"`{owner.name.value}` has not exactly one base")
    _refuse_cooperation(tree, owner)
    params = [*method.params.posonly_params, *method.params.params]
    scopes = Scopes.of(tree)
    if not params or scopes.bindings_of(scopes.by_node[method], params[0].name.value) != [params[0]]:
        raise Refused("the method has no instance")
    name = params[0].name.value
    if any(tree.source(given.value) != name for given in use.value.args[1:]):
        raise Refused(f"`super()` is asked for another object than `{name}`")
    if scopes.around(tree, use).owner(name) is not scopes.by_node[method]:
        raise Refused(f"`{name}` means something else there")
    partial, imports = imported(tree, scopes, "functools", "partial", [use])
    base = f"{tree.source(owner.bases[0].value)}.{use.attr.value}"
    edit = tree.edit(*tree.whole(use), f"{partial}({base}, {name})")
    safe = _is_plain_method(tree, owner, use.attr.value) and not subject.is_asked
    return Fix("safe" if safe else "unsafe", f"pass `{base}`", joined([*imports, edit]))


def _is_plain_method(tree: Tree, owner: cst.ClassDef, name: str) -> bool:
    """Whether a base of the file defines the method; refused where it takes no instance."""
    bases = {tree.source(base.value) for base in owner.bases}
    for node in tree.module.body:
        if not isinstance(node, cst.ClassDef) or node.name.value not in bases:
            continue
        method = methods_of(node).get(name)
        if method is None:
            return _is_plain_method(tree, node, name)
        if any(tree.source(mark.decorator) in ("classmethod", "staticmethod") for mark in method.decorators):
            raise Refused(f"`{node.name.value}.{name}` takes no instance")
        return not method.decorators
    return False


def _is_dotted(node: cst.BaseExpression) -> bool:
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


def _refuse_cooperation(tree: Tree, owner: cst.ClassDef) -> None:
    """The class, or its base, may not be beside another base in any class of the file."""
    family = {owner.name.value, tree.source(owner.bases[0].value)}
    family |= {node.name.value for node in (*descendants(tree, owner), *descendants_elsewhere(tree, owner))}
    for one in tree.everywhere(owner.name.value):
        for node in one.under(one.module):
            for name, bases in _bases_of(one, node):
                if len(bases) > 1 and family & set(bases):
                    raise Refused(f"`{name}` inherits from several classes", "write `__getstate__` and `__setstate__`")


def _bases_of(tree: Tree, node: cst.CSTNode) -> Iterator[tuple[str, list[str]]]:
    """The class that a statement or a call of `type` makes, with the last names of its bases."""
    match node:
        case cst.ClassDef(name=cst.Name(value=name)):
            yield name, list(base_names(tree, node))
        case cst.Call(func=cst.Name(value="type"), args=[made, cst.Arg(value=cst.Tuple(elements=elements)), _]):
            yield tree.source(made), [tree.source(element.value).rpartition(".")[2] for element in elements]
