"""`super().work` becomes `functools.partial(Base.work, self)`, which the child finds by name."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.imports import imported
from picklecheck.fixes.placement import joined
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe with one base, in a class that no class of the file combines with others.

    Refused otherwise, as the next class in line may be another one, and outside plain methods.
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
    return Fix("safe", f"hand over `{base}`", joined([*imports, edit]))


def _is_dotted(node: cst.BaseExpression) -> bool:
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


def _refuse_cooperation(tree: Tree, owner: cst.ClassDef) -> None:
    """The class, or its base, may not stand beside another base in any class of the file."""
    family = {owner.name.value, tree.source(owner.bases[0].value)}
    for node in tree.under(tree.module):
        if isinstance(node, cst.ClassDef) and len(node.bases) > 1:
            for base in node.bases:
                if tree.source(base.value) in family:
                    raise Refused(f"`{node.name.value}` inherits from several classes")
