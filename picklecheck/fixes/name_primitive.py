"""`args=(ctx.Lock(),)`: the lock is given a name first, so that it lives until the child has opened it."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.imports import qualified
from picklecheck.fixes.names import choose, snake
from picklecheck.fixes.placement import first_line
from picklecheck.fixes.purpose import assigned_name
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
    statement = has_line_above(tree, use)
    for above in tree.ancestors(use):
        if isinstance(above, _SOMETIMES):
            raise Refused("the statement does not always create it")
        if isinstance(above, cst.For | cst.While) and above is not statement:
            raise Refused("the next round of the loop would free it")
        if isinstance(above, cst.FunctionDef):
            break
    maker = tree.source(use.func).rpartition(".")[2]
    return named(tree, use, text, [wish for wish in (assigned_name(tree, use), snake(maker)) if wish])


def named(tree: Tree, use: cst.BaseExpression, text: str, wishes: list[str]) -> tuple[Edit, Edit]:
    """The line above the statement that gives `text` a name, and the name instead of an expression."""
    statement, scopes = has_line_above(tree, use), Scopes.of(tree)
    name = choose(tree, scopes, wishes, use, within=scopes.around(tree, use))
    at = first_line(tree, statement)
    margin = tree.margin(tree.spans[statement][0])
    return tree.edit(at, at, f"{margin}{name} = {text}{tree.newline}"), tree.edit(*tree.whole(use), name)


def has_line_above(tree: Tree, use: cst.BaseExpression) -> cst.BaseStatement:
    """The statement that evaluates an expression, once and first of all, in a block to which a line can be added."""
    statement = tree.statement(use)
    block = tree.parents[statement]
    match statement:
        case cst.SimpleStatementLine(body=parts):
            once = len(parts) == 1
        case cst.For(body=body) | cst.With(body=body) | cst.If(body=body):
            once = not tree.contains(body, use)
        case _:
            once = isinstance(statement, cst.Match)
    if not once or not isinstance(block, cst.Module | cst.IndentedBlock):
        raise Refused("there is no line above which it could be created")
    return statement


def is_kept(tree: Tree, call: cst.Call) -> bool:
    """Whether a variable or attribute holds what the call makes, in a container perhaps."""
    for above in tree.ancestors(call):
        if isinstance(above, cst.Assign | cst.AnnAssign):
            return True
        if not isinstance(
            above, cst.Element | cst.DictElement | cst.BaseList | cst.BaseDict | cst.Tuple | cst.ListComp
        ):
            return False
    return False


def refuse_too_early(tree: Tree, scopes: Scopes, made: cst.Call) -> None:
    """The first primitive or manager settles the start method, which can be set no more."""
    around = scopes.around(tree, made)
    for node in tree.of_kind(cst.Call):
        if qualified(tree, scopes, node.func) != "multiprocessing.set_start_method":
            continue
        if scopes.around(tree, node) is around and tree.spans[node][0] > tree.spans[made][0]:
            raise Refused("it is created above `set_start_method`, which must be called first: move that up")
