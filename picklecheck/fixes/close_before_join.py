"""`pool.close()` in front of `pool.join()`, which raises without it."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe where nothing catches the error: without it the program never got past this line.

    Unsafe under a `try` or a context that may live on with it. Refused where the join is part of a larger
    expression.

    The subject's call is `pool.join()`.
    """
    call = tree.node_at(subject.call, cst.Call)
    if call is None or not isinstance(call.func, cst.Attribute) or call.func.attr.value != "join":
        raise Refused("the call was not found")
    pool = call.func.value
    if not isinstance(tree.parents[call], cst.Expr) or any(
        isinstance(part, cst.Call | cst.Subscript) for part in tree.under(pool)
    ):
        raise Refused("the pool is not in a variable", "`with Pool() as pool:` gives it one")
    start = tree.spans[tree.parents[call]][0]
    margin = tree.margin(start)
    between = "; " if margin.strip() else tree.newline + margin
    edit = tree.edit(start, start, f"{tree.source(pool)}.close(){between}")
    survives = any(_catches(tree, above, call) for above in tree.ancestors(call))
    return Fix("unsafe" if survives else "safe", f"call `{tree.source(pool)}.close()` first", (edit,))


def _catches(tree: Tree, statement: cst.CSTNode, call: cst.Call) -> bool:
    """Whether an error of the call may end in this statement."""
    match statement:
        case cst.Try(body=body, handlers=handlers) | cst.TryStar(body=body, handlers=handlers):
            return bool(handlers) and tree.contains(body, call)
        case cst.With(items=items):
            return any(_suppresses(item.item) for item in items)
    return False


def _suppresses(manager: cst.BaseExpression) -> bool:
    match manager:
        case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
            return name in ("suppress", "raises", "assertRaises", "assertRaisesRegex")
    return False
