"""`lambda x: f(k, x)` becomes `functools.partial(f, k)`."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.callee import check_callee, lambda_of, plain_parameters
from picklecheck.fixes.captures import Taken, check_moment
from picklecheck.fixes.definition import is_constant
from picklecheck.fixes.imports import imported
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe where `f` is a function, class or import of the module that is bound once, and what is bound are constants
    and known names that have their final value.

    Unsafe where a name is not known, or where a function may ask for the name of what it gets. Refused where the
    parameters are not passed on as they come, and for arguments that are made at each call.
    """
    node, scopes = lambda_of(tree, subject), Scopes.of(tree)
    params = plain_parameters(node)
    if not isinstance(node.body, cst.Call) or any(arg.star for arg in node.body.args):
        raise Refused("the lambda does not just call a function")
    call = node.body
    if isinstance(tree.parents[node], cst.Assign | cst.AnnAssign) and not _captures(scopes, node):
        raise Refused("the lambda has a name, and can be a function of that name")
    check_callee(tree, scopes, call.func)
    known = not subject.is_asked
    bound: list[str] = []
    behind = False
    passed = [arg.value.value for arg in call.args if isinstance(arg.value, cst.Name) and arg.value.value in params]
    names = _names(tree, scopes, call.func)
    for index, arg in enumerate(call.args):
        if isinstance(arg.value, cst.Name) and arg.value.value in params:
            if arg.keyword:
                raise Refused("a parameter is passed on by keyword")
            behind = True
            continue
        value = _value(tree, scopes, subject, node, arg.value)
        known &= subject.knows(value) and not (subject.runs_today and isinstance(arg.value, cst.Attribute))
        keyword = arg.keyword.value if arg.keyword else ""
        if behind and not keyword:
            if len(names) <= index:
                raise Refused("a parameter is passed on before what is bound")
            keyword = names[index]
        bound.append(f"{keyword}={value}" if keyword else value)
    if passed != params or not bound:
        raise Refused("the parameters are not passed on as they come")
    partial, edits = imported(tree, scopes, "functools", "partial", [node])
    text = f"{partial}({', '.join([tree.source(call.func), *bound])})"
    title = f"bind the arguments of `{tree.source(call.func)}`"
    return Fix("safe" if known else "unsafe", title, (*edits, tree.edit(*tree.whole(node), text)))


def _captures(scopes: Scopes, node: cst.Lambda) -> bool:
    """Whether the lambda reads names of a function around it."""
    own = scopes.by_node[node]
    return any(own.owner(name) not in (own, scopes.module, None) for name in own.reads)


def _names(tree: Tree, scopes: Scopes, func: cst.BaseExpression) -> list[str]:
    """The parameters of a function of this file by which it takes arguments, by place or keyword."""
    if isinstance(func, cst.Name):
        match scopes.bindings_of(scopes.module, func.value):
            case [cst.FunctionDef(decorators=[], params=cst.Parameters(posonly_params=[], params=params))]:
                return [param.name.value for param in params]
    return []


def _value(tree: Tree, scopes: Scopes, subject: Subject, node: cst.Lambda, value: cst.BaseExpression) -> str:
    if not is_constant(value):
        raise Refused(f"`{tree.source(value)}` is evaluated in the child")
    for name in tree.under(value):
        if isinstance(name, cst.Name) and name in scopes.read_in:
            owner = scopes.read_in[name].owner(name.value)
            if owner is not None and owner.node is node:
                raise Refused(f"`{tree.source(value)}` is evaluated at each call")
            whole = tree.source(value) if isinstance(value, cst.Attribute) else name.value
            if owner is None:
                continue
            for capture in subject.captures:
                if capture.refused and capture.name == whole:
                    raise Refused(f"`{capture.name}` cannot be pickled either ({capture.refused})")
            check_moment(tree, scopes, subject, Taken(name.value, name.value, name.value, owner), node)
    return tree.source(value)
