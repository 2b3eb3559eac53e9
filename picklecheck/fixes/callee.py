"""Whether a lambda may give way to what it calls: the same now as later, and called in a way that suits both."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.placement import under_main_guard
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scopes, parameters
from picklecheck.fixes.subject import Subject
from picklecheck.fixes.tree import Tree


def lambda_of(tree: Tree, subject: Subject) -> cst.Lambda:
    """The lambda that the subject is, wherever it is written; refused where its parameters or attributes are named."""
    node = tree.node_at(subject.definition or subject.use, cst.Lambda)
    if node is None:
        raise Refused("no lambda is written there")
    names = {param.name.value for param in parameters(node)}
    call = tree.node_at(subject.call, cst.Call)
    if call and names and _names_parameters(call, names):
        raise Refused("its parameters are named by the call")
    for use in _uses(tree, node):
        match tree.parents[use]:
            case cst.Call(func=func, args=args) if func is use and any(arg.keyword or arg.star for arg in args):
                raise Refused("its parameters are named where it is called")
            case cst.Attribute():
                raise Refused("its attributes are used")
    return node


def _names_parameters(call: cst.Call, names: set[str]) -> bool:
    """Whether the call gives keywords, itself or in a dict, to what it sends."""
    keywords = {arg.keyword.value for arg in call.args if arg.keyword}
    return bool(keywords & {*names, "kwds", "kwargs"}) or any(arg.star == "**" for arg in call.args)


def _uses(tree: Tree, node: cst.Lambda) -> list[cst.Name]:
    """Where the variable is read to which the lambda is assigned."""
    match tree.parents[node]:
        case (
            cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))])
            | cst.AnnAssign(target=cst.Name(value=name))
        ):
            scopes = Scopes.of(tree)
            return scopes.reads_of(scopes.around(tree, node), name)
    return []


def check_callee(tree: Tree, scopes: Scopes, func: cst.BaseExpression) -> None:
    """Refuse what is not a module-level function, class or import, bound once, or a builtin."""
    root: cst.BaseExpression = func
    while isinstance(root, cst.Attribute):
        root = root.value
    if not isinstance(root, cst.Name):
        raise Refused("what is called is not a plain name")
    name = root.value
    owner = scopes.read_in[root].owner(name)
    if owner is None:
        return
    bindings = scopes.bindings_of(owner, name)
    if owner is not scopes.module:
        raise Refused(f"`{name}` is local")
    if len(bindings) > 1:
        raise Refused(f"`{name}` is bound more than once", "give what is sent a name of its own")
    if under_main_guard(tree, bindings[0]) and not isinstance(bindings[0], cst.ImportAlias):
        raise Refused(f"`{name}` exists only under the main guard", "move it above the guard")
    defined = cst.FunctionDef | cst.ClassDef | cst.ImportAlias
    if not isinstance(bindings[0], defined):
        raise Refused(f"`{name}` is a variable")
    if func is not root and isinstance(bindings[0], cst.FunctionDef):
        raise Refused(f"`{name}` is a function, and its attribute may change")
    if tree.spans[bindings[0]][0] > tree.spans[func][0] and tree.nearest(func, cst.FunctionDef) is None:
        raise Refused(f"`{name}` is defined below")


def plain_parameters(node: cst.Lambda) -> list[str]:
    """The names of a lambda's parameters where all are plain and without defaults."""
    given = node.params
    params = [*given.posonly_params, *given.params]
    special = given.kwonly_params or given.star_kwarg or not isinstance(given.star_arg, cst.MaybeSentinel)
    if special or any(param.default for param in params):
        raise Refused("its parameters are not plain")
    return [param.name.value for param in params]
