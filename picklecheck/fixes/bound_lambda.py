"""`double = lambda x: x * 2` at module or class level as a `def` that is where the lambda was."""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from picklecheck.fixes.definition import Hoistable
from picklecheck.fixes.lambda_text import lambda_text
from picklecheck.fixes.placement import first_line, joined, starts_processes, under_main_guard
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit


def in_place(tree: Tree, scopes: Scopes, node: Hoistable) -> tuple[Edit, ...]:
    """The edits that make the lambda a `def`; empty where that is no cure."""
    owner = scopes.around(tree, node)
    if not isinstance(node, cst.Lambda) or not isinstance(owner.node, cst.Module | cst.ClassDef):
        return ()
    match tree.parents[node]:
        case cst.AnnAssign() if isinstance(owner.node, cst.ClassDef):
            return ()  # the default of a field, which a `def` would turn into a method
        case (
            cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name) as target)])
            | cst.AnnAssign(target=cst.Name(value=name) as target)
        ):
            pass
        case _:
            return ()
    top = tree.top_statement(node)
    starters = [statement for statement in tree.module.body if starts_processes(tree, statement)]
    after_pool = any(tree.spans[statement][0] <= tree.spans[top][0] for statement in starters)
    if after_pool or under_main_guard(tree, node) or tree.nearest(node, cst.FunctionDef):
        return ()
    line = tree.statement(node)
    if len(getattr(line, "body", ())) != 1 or scopes.bindings_of(owner, name) != [target]:
        raise Refused(f"`{name}` is bound more than once", "give what is sent a name of its own")
    start, end = tree.spans[line]
    margin = tree.margin(start)
    text = lambda_text(tree, node, name, margin)
    edits = [tree.edit(start, end, text)]
    direct = tree.parents[line] is owner.node or tree.parents[tree.parents[line]] is owner.node
    if direct:
        gap = 2 if isinstance(owner.node, cst.Module) else 1
        edits = [*_spaced(tree, line, gap), *edits]
    return joined(edits)


def _spaced(tree: Tree, line: cst.BaseStatement, gap: int) -> Iterable[Edit]:
    """Blank lines above and below a statement that becomes a definition, where there are too few."""
    siblings = list(getattr(tree.parents[line], "body", ()))
    index = siblings.index(line)
    above = first_line(tree, line)
    before = tree.text[:above]
    if index and (missing := gap - (before[len(before.rstrip()) :].count(tree.newline) - 1)) > 0:
        yield tree.edit(above, above, tree.newline * missing)
    below = tree.line_end(tree.spans[line][1])
    after = tree.text[below:]
    if index + 1 < len(siblings):
        blank = after[: len(after) - len(after.lstrip())].count(tree.newline)
        if gap - blank > 0:
            yield tree.edit(below, below, tree.newline * (gap - blank))
