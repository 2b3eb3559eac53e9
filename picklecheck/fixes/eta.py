"""`lambda x: f(x)` becomes `f`."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.callee import check_callee, lambda_of
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes, parameters
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe where `f` is a builtin, or a function, class or import of the module that is bound once, and it
    is called with exactly the parameters. Refused where `f` is local or a variable, and with any default.
    """
    node = lambda_of(tree, subject)
    if not isinstance(node.body, cst.Call) or _passed(node.body) != _taken(node):
        raise Refused("the lambda does more than pass its parameters on")
    func = node.body.func
    check_callee(tree, Scopes.of(tree), func)
    text = tree.source(func)
    return Fix("safe", f"use `{text}` itself", (tree.edit(*tree.spans[node], text),))


def _taken(node: cst.Lambda) -> list[tuple[str, str]]:
    """Each parameter as the stars it is passed on with, and its name."""
    params = parameters(node)
    if node.params.kwonly_params or any(param.default for param in params):
        raise Refused("its parameters are not plain")
    return [(param.star if isinstance(param.star, str) else "", param.name.value) for param in params]


def _passed(call: cst.Call) -> list[tuple[str, str]]:
    return [
        (arg.star, arg.value.value if isinstance(arg.value, cst.Name) and not arg.keyword else "") for arg in call.args
    ]
