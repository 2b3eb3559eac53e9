"""`pool.close()` in front of `pool.join()`, which raises without it."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe: without it the program never got past this line.

    Refused where the join is part of a larger line.

    The subject's call is `pool.join()`.
    """
    call = tree.node_at(subject.call, cst.Call)
    if call is None or not isinstance(call.func, cst.Attribute) or call.func.attr.value != "join":
        raise Refused("the call was not found")
    pool = call.func.value
    if not isinstance(tree.parents[call], cst.Expr) or any(
        isinstance(part, cst.Call | cst.Subscript) for part in tree.under(pool)
    ):
        raise Refused("the pool has no name")
    start = tree.spans[tree.parents[call]][0]
    line = tree.line_start(start)
    margin = tree.text[line:start]
    if margin.strip():
        raise Refused("the join is part of a larger line")
    edit = tree.edit(start, start, f"{tree.source(pool)}.close(){tree.newline}{margin}")
    return Fix("safe", f"close `{tree.source(pool)}` first", (edit,))
