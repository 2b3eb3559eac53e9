"""`Process(…)` or `Pool(…)` is made by `multiprocessing.get_context("fork")`, whose children inherit all."""

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
    """Unsafe, and never done unasked: fork is missing on Windows, and with threads it can deadlock."""
    call = tree.node_at(subject.call, cst.Call)
    if call is None:
        raise Refused("the call was not found")
    if subject.python2:
        raise Refused("Python 2 has no start methods")
    verb = subject.boundary.rpartition(".")[2]
    maker, imports = imported(tree, Scopes.of(tree), "multiprocessing", "get_context", [call])
    context = f'{maker}("fork")'
    title = "start the process with fork (not on Windows, risky with threads)"
    if verb == "ProcessPoolExecutor":
        if any(arg.star or (arg.keyword and arg.keyword.value == "mp_context") for arg in call.args):
            raise Refused("the call has a context already")
        end = tree.spans[call][1] - 1
        last = call.args[-1] if call.args else None
        comma = ", " if last and not isinstance(last.comma, cst.Comma) else ""
        edit = tree.edit(end, end, f"{comma}mp_context={context}")
        return Fix("unsafe", title, joined([*imports, edit]), on_request=True, mends_all=True, way="fork")
    name = tree.source(call.func).rpartition(".")[2]
    if verb not in ("Process", "Pool") or name != verb:
        raise Refused("the call makes no process")
    edit = tree.edit(*tree.whole(call.func), f"{context}.{verb}")
    return Fix("unsafe", title, joined([*imports, edit]), on_request=True, mends_all=True, way="fork")
