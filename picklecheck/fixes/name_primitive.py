"""`args=(ctx.Lock(),)`: the lock is given a name first, so that it lives until the child has opened it."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.names import assigned_name, choose, snake
from picklecheck.fixes.placement import first_line
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix

_SOMETIMES = (
    cst.Lambda,
    cst.ListComp,
    cst.SetComp,
    cst.DictComp,
    cst.GeneratorExp,
    cst.IfExp,
    cst.BooleanOperation,
)


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe in a plain statement.

    Unsafe where other calls in the statement would now run after it. Refused in loops, where the next
    round would let go of it, and in lambdas, comprehensions and conditions.
    """
    use = tree.node_at(subject.use, cst.Call)
    if use is None:
        raise Refused("it is not created in the call")
    edits = named_above(tree, use, tree.source(use))
    statement = tree.statement(use)
    earlier = [
        node
        for node in tree.under(statement)
        if isinstance(node, cst.Call) and node is not use and tree.spans[node][1] <= tree.spans[use][0]
    ]
    maker = tree.source(use.func).rpartition(".")[2]
    return Fix("unsafe" if earlier else "safe", f"assign the {maker} to a variable `{edits[1].text}`", edits)


def named_above(tree: Tree, use: cst.Call, text: str) -> tuple[Edit, Edit]:
    """Give what `text` makes a name in a line above the statement, and use that name instead of the call."""
    statement = tree.statement(use)
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) > 1:
        raise Refused("there is no line above which it could be created")
    if isinstance(tree.parents[statement], cst.SimpleStatementSuite):
        raise Refused("there is no line above which it could be created")
    for above in tree.ancestors(use):
        if isinstance(above, _SOMETIMES):
            raise Refused("the statement does not always create it")
        if isinstance(above, cst.For | cst.While):
            raise Refused("the next round of the loop would free it")
        if isinstance(above, cst.FunctionDef):
            break
    maker = tree.source(use.func).rpartition(".")[2]
    scopes = Scopes.of(tree)
    wishes = [wish for wish in (assigned_name(tree, use), snake(maker)) if wish]
    name = choose(tree, scopes, wishes, use, within=scopes.around(tree, use))
    at = first_line(tree, statement)
    start = tree.spans[statement][0]
    margin = tree.margin(start)
    return (
        tree.edit(at, at, f"{margin}{name} = {text}{tree.newline}"),
        tree.edit(*tree.whole(use), name),
    )
