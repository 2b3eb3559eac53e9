"""A method that never uses its instance becomes a `@staticmethod`, which goes over without it."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe where no class of the file derives from its class.

    Unsafe otherwise, as a subclass may override it. Refused for decorated and special methods, for calls
    through the class, and for Python 2, which cannot pickle a static method either.

    The subject's definition is the method.
    """
    method = tree.node_at(subject.definition, cst.FunctionDef) if subject.definition else None
    if method is None:
        raise Refused("the method is not in this file")
    name = method.name.value
    owner = tree.nearest(method, (cst.FunctionDef, cst.ClassDef))
    if not isinstance(owner, cst.ClassDef):
        raise Refused(f"`{name}` is no method")
    if subject.python2:
        raise Refused("Python 2 cannot pickle a static method")
    if method.decorators:
        raise Refused(f"`{name}` is decorated")
    if name.startswith("__") and name.endswith("__"):
        raise Refused(f"`{name}` is called by Python itself")
    _refuse_use(tree, method)
    _refuse_call_through_class(tree, owner.name.value, name)
    derived = has_subclass(tree, owner)
    start = tree.line_start(tree.spans[method][0])
    margin = tree.text[start : tree.spans[method][0]]
    edits = (tree.edit(start, start, f"{margin}@staticmethod{tree.newline}"), _without_first(tree, method))
    return Fix("unsafe" if derived else "safe", f"make `{name}` a static method", edits)


def has_subclass(tree: Tree, owner: cst.ClassDef) -> bool:
    """Whether a class of the file names this class as a base."""
    for node in tree.under(tree.module):
        if isinstance(node, cst.ClassDef):
            bases = [tree.source(base.value).rpartition(".")[2] for base in node.bases]
            if owner.name.value in bases:
                return True
    return False


def _refuse_use(tree: Tree, method: cst.FunctionDef) -> None:
    first = next(iter((*method.params.posonly_params, *method.params.params)), None)
    if first is None:
        raise Refused(f"`{method.name.value}` takes no instance")
    scopes = Scopes.of(tree)
    scope = scopes.by_node[method]
    name = first.name.value
    if scopes.reads_of(scope, name) or scopes.bindings_of(scope, name) != [first]:
        raise Refused(f"`{method.name.value}` uses `{name}`")
    for node in tree.under(method.body):
        match node:
            case cst.Name(value="__class__") | cst.Call(func=cst.Name(value="super"), args=[]):
                raise Refused(f"`{method.name.value}` uses `{tree.source(node)}`")
            case cst.Name(value="locals" | "vars" | "eval" | "exec") if node in scopes.read_in:
                raise Refused(f"`{method.name.value}` reads names through `{tree.source(node)}()`")


def _refuse_call_through_class(tree: Tree, owner: str, name: str) -> None:
    for node in tree.under(tree.module):
        match node:
            case cst.Attribute(value=cst.Name(value=value), attr=cst.Name(value=attr)):
                if (value, attr) == (owner, name):
                    raise Refused(f"`{owner}.{name}` is used through its class")


def _without_first(tree: Tree, method: cst.FunctionDef) -> Edit:
    params = method.params
    first, *others = [*params.posonly_params, *params.params]
    stars = (params.star_arg, *params.kwonly_params, params.star_kwarg)
    following = [node for node in (*others, *stars) if isinstance(node, cst.CSTNode)]
    if first in params.posonly_params and len(params.posonly_params) > 1:
        following = list(params.posonly_params[1:])
    end = tree.spans[following[0]][0] if following else tree.spans[params][1]
    return tree.edit(tree.spans[first][0], end, "")
