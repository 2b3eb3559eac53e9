"""`lambda x: f(x)` becomes `f`."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.callee import check_callee, lambda_of
from picklecheck.fixes.captures import Taken, check_moment
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes, parameters
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe where `f` is a builtin, or a function, class or import of the module that is bound once, and it
    is called with exactly the parameters; or a method of a local object, for a task that never ran; unsafe
    where that object is not known.
    Refused where `f` is local or a variable, and with any default.
    """
    node = lambda_of(tree, subject)
    if not isinstance(node.body, cst.Call) or _passed(node.body) != _taken(node):
        raise Refused("the lambda does more than pass its parameters on")
    func, scopes, known = node.body.func, Scopes.of(tree), True
    match func:
        case cst.Attribute(value=cst.Name(value=name) as root) if subject.is_task and not subject.runs_today:
            owner = scopes.read_in[root].owner(name)
            if owner is None or owner is scopes.module:
                check_callee(tree, scopes, func)
            else:
                _check_instance(tree, scopes, subject, Taken(name, name, name, owner), node)
                known = subject.knows(name)
        case _:
            check_callee(tree, scopes, func)
    text = tree.source(func)
    start, end = tree.whole(node)
    if "#" in tree.text[start:end] or tree.text[start - 1 : start].isalnum():
        start, end = tree.spans[node]
    return Fix("safe" if known else "unsafe", f"pass `{text}` itself", (tree.edit(start, end, text),))


def _check_instance(tree: Tree, scopes: Scopes, subject: Subject, taken: Taken, node: cst.Lambda) -> None:
    for capture in subject.captures:
        if capture.refused and capture.name == taken.name:
            raise Refused(f"`{capture.name}` cannot be pickled either ({capture.refused})", "pass what is needed of it")
    check_moment(tree, scopes, subject, taken, node)


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
