"""`process.join()` goes below the lines that read the queue which the process fills."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.placement import block_end, first_line
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix
from picklecheck.source.place import Place

_COUNT_THEM = "read as many items as were put, and join the process then"
# What tells how many items a queue has now, which after a `join` are all.
_ASKS = {"empty", "qsize", "get_nowait", "full"}
# What only looks at the items, and prints nothing.
_QUIET = {"range", "len", "sorted", "list", "tuple", "dict", "set", "sum", "max", "min", "zip", "enumerate", "append"}


@refusable
def rewrite(tree: Tree, subject: Subject, read: Place) -> Fix | NoFix:
    """Safe where the lines between do nothing but read: each waits for its item, as it did.

    The `join`, or the loop that does nothing else, goes below the last of them. Unsafe where they do more, while the
    process may go on now. Refused where the queue is read elsewhere than below, in the same block, or is asked
    how many items it has, and where a line between uses the process.

    `read` is the call that reads the queue.
    """
    join, get = tree.node_at(subject.call, cst.Call), tree.node_at(read, cst.Call)
    if join is None or not isinstance(join.func, cst.Attribute) or get is None:
        raise Refused("the queue is not read in the file that joins the process", _COUNT_THEM)
    moving = _joining(tree, join)
    lines = list(getattr(tree.parents[moving], "body", ()))
    reading = next((one for one in lines if tree.contains(one, get)), None)
    if reading is None or lines.index(reading) <= lines.index(moving):
        raise Refused("the queue is not read below it, in the same block", _COUNT_THEM)
    # Others that are joined in the lines right below go along.
    behind = lines.index(moving)
    while _is_join(lines[behind + 1]):
        behind += 1
    if not isinstance(get.func, cst.Attribute) or get.func.attr.value != "get":
        raise Refused("how many items are read is only known where they are read", _COUNT_THEM)
    queue = tree.source(get.func.value)
    last = max(index for index, one in enumerate(lines) if index > behind and _reads(tree, one, queue))
    between = lines[behind + 1 : last + 1]
    _refuse(tree, join, queue, between)
    quiet = all(_is_quiet(tree, one, queue) for one in between)
    start, end = first_line(tree, moving), block_end(tree, lines[behind])
    below = block_end(tree, lines[last])
    text = tree.text[start:end].rstrip("\r\n") + tree.newline
    edits = [tree.edit(start, _over_blank(tree, end), "")]
    match lines[last]:
        case cst.SimpleStatementLine(body=[cst.Return(value=cst.BaseExpression() as value)]):
            edits += _returned(tree, lines[last], value, text)
        case _ if any(isinstance(part, cst.Return | cst.Raise) for one in between for part in tree.under(one)):
            raise Refused("a line between may leave the block", _COUNT_THEM)
        case _:
            opened = "" if tree.text[:below].endswith(("\n", "\r")) else tree.newline
            edits.append(tree.edit(below, below, opened + text))
    return Fix("safe" if quiet else "unsafe", f"read `{queue}` before `{tree.source(join)}`", tuple(edits))


def _joining(tree: Tree, join: cst.Call) -> cst.BaseStatement:
    """The line that joins, or the loop around that does nothing else."""
    line = tree.statement(join)
    match tree.parents[line]:
        case cst.IndentedBlock(body=[_]) as body if isinstance(loop := tree.parents[body], cst.For):
            if loop.orelse is None:
                return loop
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
        raise Refused("it is part of a larger statement", _COUNT_THEM)
    return line


def _is_join(line: cst.CSTNode) -> bool:
    match line:
        case cst.For(body=cst.IndentedBlock(body=[only]), orelse=None):
            return _is_join(only)
        case cst.SimpleStatementLine(
            body=[cst.Expr(value=cst.Call(func=cst.Attribute(value=cst.Name(), attr=cst.Name(value="join")), args=[]))]
        ):
            return True
    return False


def _reads(tree: Tree, line: cst.CSTNode, queue: str) -> bool:
    return any(
        isinstance(node.func, cst.Attribute) and node.func.attr.value == "get" and tree.source(node.func.value) == queue
        for node in tree.under(line)
        if isinstance(node, cst.Call)
    )


def _refuse(tree: Tree, join: cst.Call, queue: str, between: list[cst.BaseStatement]) -> None:
    """What is asked between must not depend on the end of the process."""
    assert isinstance(join.func, cst.Attribute)
    process = tree.source(join.func.value)
    for line in between:
        for node in tree.under(line):
            match node:
                case cst.Attribute(value=value, attr=cst.Name(value=name)) if tree.source(value) == queue:
                    timed = isinstance(call := tree.parents[node], cst.Call) and call.args
                    if name in _ASKS or timed:
                        raise Refused(f"how many items `{queue}` has is only known after the `join`", _COUNT_THEM)
                case cst.Name(value=name) if name == process:
                    raise Refused(f"`{process}` is used before the queue is read", _COUNT_THEM)


def _is_quiet(tree: Tree, line: cst.CSTNode, queue: str) -> bool:
    """Whether a line calls nothing but the queue, and what keeps or counts the items."""
    for node in tree.under(line):
        match node:
            case cst.Call(func=cst.Attribute(value=value)) if tree.source(value) == queue:
                continue
            case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))) if name in _QUIET:
                continue
            case cst.Call() | cst.Await():
                return False
    return True


def _returned(tree: Tree, line: cst.BaseStatement, value: cst.BaseExpression, text: str) -> list[Edit]:
    """`return queue.get()`: the value in a variable, and returned below."""
    start, end = tree.line_start(tree.spans[line][0]), tree.line_end(tree.spans[line][1])
    margin = tree.margin(tree.spans[line][0])
    name = "results" if isinstance(value, cst.ListComp | cst.SetComp | cst.DictComp) else "result"
    assigned = f"{margin}{name} = {tree.text[slice(*tree.whole(value))]}{tree.newline}"
    return [tree.edit(start, end, f"{assigned}{text}{margin}return {name}{tree.newline}")]


def _over_blank(tree: Tree, at: int) -> int:
    """The offset below a blank line that would be left where the statement was."""
    line = tree.text[at : tree.line_end(at)]
    return tree.line_end(at) if line and not line.strip() else at
