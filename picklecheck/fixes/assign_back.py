"""An item of a manager's list or dict is a copy: what is changed in it is assigned back."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.names import choose
from picklecheck.fixes.placement import joined
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Unsafe: a change that was lost arrives. Two processes that change one item at the same time still need a lock.

    `rows[0].append(1)` becomes `row = rows[0]`, `row.append(1)` and `rows[0] = row`.
    """
    scopes = Scopes.of(tree)
    item = tree.node_at(subject.use, cst.Subscript)
    line = tree.parents.get(tree.parents[item]) if item is not None else None
    while line is not None and not isinstance(line, cst.SimpleStatementLine | cst.Module | cst.BaseCompoundStatement):
        line = tree.parents[line]
    if item is None or not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
        raise Refused("the change is not a line of its own", "assign the changed copy back")
    if any(isinstance(node, cst.Call | cst.NamedExpr) for part in item.slice for node in tree.under(part)):
        raise Refused("its key is computed by a call", "keep the key in a variable, and assign the changed copy back")
    if not isinstance(item.value, cst.Name | cst.Attribute):
        raise Refused("its container has no name", "assign the changed copy back")
    around = scopes.around(tree, item)
    holder = tree.source(item.value).rpartition(".")[2].strip("_")
    single = holder[:-1] if holder.endswith("s") and not holder.endswith("ss") and len(holder) > 2 else "item"
    name = choose(tree, scopes, dict.fromkeys((single, "item", f"{single}_item")), item, within=around)
    start, end = tree.spans[line]
    margin, source = tree.margin(start), tree.source(item)
    if margin.strip():
        raise Refused("the change is not a line of its own", "assign the changed copy back")
    behind = tree.line_end(end)
    newline = "" if tree.text[:behind].endswith(("\n", "\r")) else tree.newline
    edits = [
        tree.edit(start, start, f"{name} = {source}{tree.newline}{margin}"),
        tree.edit(*tree.spans[item], name),
        tree.edit(behind, behind, f"{newline}{margin}{source} = {name}{tree.newline}"),
    ]
    return Fix("unsafe", f"assign the changed `{source}` back", joined(edits))
