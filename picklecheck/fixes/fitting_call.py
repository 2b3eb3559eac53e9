"""A call of a boundary is written so that its task can be called: `starmap`, `args=(x,)`, `target=f`."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject, instead: str, certain: bool) -> Fix | NoFix:
    """Safe where the call as it is surely fails; a task that the parent calls would run elsewhere, which is unsafe.

    `instead` is another method of the pool, `tuple` for one argument without its comma, or `call`.
    """
    call = tree.node_at(subject.call, cst.Call)
    if call is None:
        raise Refused("the call was not found")
    match instead:
        case "":
            raise Refused("the missing arguments are not known")
        case "tuple":
            return _tuple(tree, call, certain)
        case "call":
            return _named(tree, call) if any(arg.keyword for arg in call.args) else _submitted(tree, call)
    if not isinstance(call.func, cst.Attribute):
        raise Refused("the method is not called by its name here")
    edit = tree.edit(*tree.spans[call.func.attr], instead)
    return Fix("safe" if certain else "unsafe", f"use `{instead}`", (edit,))


def _tuple(tree: Tree, call: cst.Call, certain: bool) -> Fix:
    """`args=(x)` with the comma that makes a tuple of it."""
    arg = next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value == "args"), None)
    if arg is None or arg.keyword is None or isinstance(arg.value, cst.Tuple):
        raise Refused("the arguments are not one value given as `args=`")
    written = tree.source(arg).partition("=")[2].strip().rstrip(",").rstrip()
    inner = written[1:-1] if arg.value.lpar else written
    start = tree.text.index(written, tree.spans[arg.keyword][1])
    edit = tree.edit(start, start + len(written), f"({inner},)")
    return Fix("safe" if certain else "unsafe", f"write `args=({inner},)`", (edit,))


def _named(tree: Tree, call: cst.Call) -> Fix:
    """`target=f(x)` as `target=f, args=(x,)`."""
    named = next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value == "target"), None)
    if named is None or not isinstance(named.value, cst.Call):
        raise Refused("the task is not called here")
    inner = named.value
    if any(arg.star or arg.keyword for arg in inner.args) or (inner.args and len(call.args) > 1):
        raise Refused("the arguments of the task are given in several ways")
    text = tree.source(inner.func)
    if inner.args:
        given = ", ".join(tree.source(arg.value) for arg in inner.args)
        text += f", args=({given}{',' if len(inner.args) == 1 else ''})"
    return Fix("unsafe", f"pass `{tree.source(inner.func)}` itself", (tree.edit(*tree.spans[inner], text),))


def _submitted(tree: Tree, call: cst.Call) -> Fix:
    """`submit(f(x))` as `submit(f, x)`, and `apply_async(f(x))` as `apply_async(f, (x,))`."""
    match call.func, call.args:
        case cst.Attribute(attr=cst.Name(value=method)), [cst.Arg(value=cst.Call() as inner, star="")]:
            pass
        case _:
            raise Refused("the task is not called here")
    named = any(arg.keyword for arg in inner.args)
    if any(arg.star for arg in inner.args) or (method != "submit" and (named or not method.startswith("apply"))):
        raise Refused("the arguments of the task are given in several ways")
    given = [tree.source(arg).rstrip(", ") for arg in inner.args]
    if method != "submit":
        given = [f"({', '.join(given)}{',' if len(given) == 1 else ''})"] if given else []
    task = tree.source(inner.func)
    return Fix("unsafe", f"pass `{task}` itself", (tree.edit(*tree.spans[inner], ", ".join([task, *given])),))
