"""Lines that await results of a pool go into its `with` block, whose end terminates the pool."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.placement import binds, replaced
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix
from picklecheck.source.place import Place

_STRINGS = (cst.SimpleString, cst.FormattedString, cst.TemplatedString)


@refusable
def rewrite(tree: Tree, subject: Subject, awaited: Place) -> Fix | NoFix:
    """Safe where the `with` block makes nothing but the pool: what is moved runs as it did, a moment earlier.

    All lines between the block and the one that awaits the result move into it. Unsafe where the block has other
    contexts, in which the lines would run now. Refused where the result is awaited elsewhere than below the block.

    `awaited` is the call that waits.
    """
    scopes = Scopes.of(tree)
    made, waiting = tree.node_at(subject.call, cst.Call), tree.node_at(awaited, cst.Call)
    if made is None or waiting is None:
        raise Refused("the result is not awaited in the file that asks for it")
    pool = tree.source(made.func.value) if isinstance(made.func, cst.Attribute) else ""
    blocks = (above for above in tree.ancestors(made) if isinstance(above, cst.With) and binds(tree, above, pool))
    block = next(blocks, None)
    if block is None or not isinstance(block.body, cst.IndentedBlock):
        raise Refused("the pool is not terminated by a `with` block")
    if scopes.around(tree, block) is not scopes.around(tree, waiting):
        raise Refused("the result is awaited in another function")
    lines = list(getattr(tree.parents[block], "body", ()))
    statement: cst.CSTNode = waiting
    while statement not in lines and tree.parents[statement] is not tree.module:
        statement = tree.parents[statement]
    if statement not in lines or lines.index(statement) < lines.index(block):
        raise Refused("the result is not awaited below the block")
    below = lines[lines.index(block) + 1 : lines.index(statement) + 1]
    start = tree.line_end(tree.spans[block.body.body[-1]][1])
    end = tree.line_end(tree.spans[below[-1]][1])
    step = _step(tree, block)
    cuts = [(line, line, step) for line in tree.lines if start <= line < end and _moves(tree, below, line)]
    text = replaced(tree, start, end, cuts)
    if not text.endswith(("\n", "\r")):
        end = len(tree.text)
    edit = tree.edit(start, end, text)
    unsafe = len(block.items) > 1 or block.asynchronous is not None
    return Fix("unsafe" if unsafe else "safe", "read the result inside the `with` block", (edit,))


def _step(tree: Tree, block: cst.With) -> str:
    outer, inner = tree.spans[block][0], tree.spans[block.body.body[0]][0]
    margin = tree.margin(inner)
    return margin.removeprefix(tree.margin(outer))


def _moves(tree: Tree, statements: list[cst.CSTNode], line: int) -> bool:
    """Whether a line gets another margin: it is not blank, and not inside a string."""
    if not tree.text[line : tree.line_end(line)].strip():
        return False
    strings = (node for one in statements for node in tree.under(one) if isinstance(node, _STRINGS))
    return not any(tree.spans[node][0] < line < tree.spans[node][1] for node in strings)
