"""`super().work` becomes `functools.partial(Base.work, self)`, which the child finds by name."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.class_state import descendants, methods_of
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
    if scopes.around(tree, use).owner(name) is not scopes.by_node[method]:
        raise Refused(f"`{name}` means something else there")
    partial, imports = imported(tree, scopes, "functools", "partial", [use])
    base = f"{tree.source(owner.bases[0].value)}.{use.attr.value}"
    edit = tree.edit(*tree.whole(use), f"{partial}({base}, {name})")
    safe = _is_plain_method(tree, owner, use.attr.value)
    return Fix("safe" if safe else "unsafe", f"hand over `{base}`", joined([*imports, edit]))


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
    """The class, or its base, may not stand beside another base in any class of the file."""
    family = {owner.name.value, tree.source(owner.bases[0].value)}
    family |= {node.name.value for node in descendants(tree, owner)}
    for node in tree.under(tree.module):
        if isinstance(node, cst.ClassDef) and len(node.bases) > 1:
            for base in node.bases:
                if tree.source(base.value) in family:
                    raise Refused(f"`{node.name.value}` inherits from several classes")
