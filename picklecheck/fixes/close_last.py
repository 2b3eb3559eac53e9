"""`pool.close()` goes below the tasks that the pool gets afterwards, in the same block."""

from __future__ import annotations

import itertools

import libcst as cst

from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

_ENDS = {"close", "shutdown"}


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe: the program always raised at the task, and what was between runs as it did.

    Unsafe under a `try`, as somebody may rely on the error. Refused where the pool is not closed by a line of the same
    block, where it is joined in between, and where a line between may leave.

    The subject's call gives the task to the pool.
    """
    call = tree.node_at(subject.call, cst.Call)
    if call is None or not isinstance(call.func, cst.Attribute):
        raise Refused("the call was not found")
    pool = tree.source(call.func.value)
    block, at = _in_block(tree, call)
    lines = list(block.body)
    closing = next((one for one in lines[:at] if _is_end(tree, one, pool)), None)
    if closing is None:
        raise Refused("it is not closed by a line above, in the same block")
    between = lines[lines.index(closing) + 1 : at + 1]
    if any(tree.source(one).startswith(f"{pool}.join(") for one in between):
        raise Refused("its workers are awaited before the task is given")
    last = max(index for index, one in enumerate(lines) if index == at or (index > at and _uses(tree, one, pool)))
    if any(isinstance(part, cst.Return | cst.Raise) for one in lines[at:last] for part in tree.under(one)):
        raise Refused("a line below may leave the block")
    start, end = tree.line_start(tree.spans[closing][0]), tree.line_end(tree.spans[closing][1])
    below = tree.line_end(tree.spans[lines[last]][1])
    text = tree.text[start:end]
    if not tree.text[:below].endswith(("\n", "\r")):
        text = tree.newline + text.rstrip("\r\n")
    match lines[last]:
        case cst.SimpleStatementLine(body=[*_, cst.Return() | cst.Raise()]):
            raise Refused("nothing can come below the task")
    caught = any(isinstance(above, cst.Try | cst.TryStar) for above in tree.ancestors(call))
    edits = [tree.edit(start, end, ""), tree.edit(below, below, text)]
    behind = itertools.takewhile(lambda one: f"{pool}.join(" not in tree.source(one), lines[last + 1 :])
    if any(_is_end(tree, one, pool) for one in behind):
        del edits[1]  # it is closed there already
    return Fix("unsafe" if caught else "safe", f"call `{tree.source(closing)}` after the last task", tuple(edits))


def _in_block(tree: Tree, call: cst.Call) -> tuple[cst.IndentedBlock | cst.Module, int]:
    """The block whose line surely runs the call, and which line that is."""
    statement: cst.CSTNode = tree.statement(call)
    while isinstance(parent := tree.parents[statement], cst.CSTNode):
        if isinstance(parent, cst.IndentedBlock | cst.Module):
            return parent, list(parent.body).index(statement)  # type: ignore[arg-type]
        statement = parent
    raise Refused("the call is in no block")


def _is_end(tree: Tree, line: cst.BaseStatement | cst.BaseSmallStatement, pool: str) -> bool:
    match line:
        case cst.SimpleStatementLine(
            body=[cst.Expr(value=cst.Call(func=cst.Attribute(value=value, attr=cst.Name(value=verb)), args=[]))]
        ):
            return verb in _ENDS and tree.source(value) == pool
    return False


def _uses(tree: Tree, line: cst.CSTNode, pool: str) -> bool:
    """Whether a line gives the pool something to do: it may not be closed before."""
    match line:
        case cst.SimpleStatementLine(
            body=[cst.Expr(value=cst.Call(func=cst.Attribute(value=value, attr=cst.Name(value=verb))))]
        ) if tree.source(value) == pool and verb in ("close", "join", "terminate", "shutdown"):
            return False
    return any(isinstance(node, cst.Attribute) and tree.source(node.value) == pool for node in tree.under(line))
