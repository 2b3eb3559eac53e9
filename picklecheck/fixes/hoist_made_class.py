"""`Row = namedtuple("Row", "a b")` inside a function moves to module level, where pickle looks for the class."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.definition import is_constant
from picklecheck.fixes.names import can_rise
from picklecheck.fixes.placement import bound_above, insertion, joined, moved, removal, site
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe where the class is made of constants and names of the module, under its own name.

    Refused where the name is bound more than once or taken at module level, and where the assignment is all
    there is in its block.
    """
    call = tree.node_at(subject.definition, cst.Call) if subject.definition else None
    assign = tree.parents[call] if call is not None else None
    if call is None or not isinstance(assign, cst.Assign) or len(assign.targets) > 1:
        raise Refused("the class is not made in an assignment")
    target, line = assign.targets[0].target, tree.statement(assign)
    scopes = Scopes.of(tree)
    owner = scopes.around(tree, call)
    if not isinstance(target, cst.Name) or not isinstance(owner.node, cst.FunctionDef):
        raise Refused("the class is not made in a function")
    name = target.value
    if scopes.bindings_of(owner, name) != [target] or not can_rise(tree, scopes, name, owner, call):
        raise Refused(f"`{name}` means something else too")
    siblings = getattr(tree.parents[line], "body", ())
    if len(getattr(line, "body", ())) != 1 or len(siblings) < 2:
        raise Refused(f"`{name}` is all there is in its block")
    at = site(tree, [call])
    for read in scopes.read_in:
        if tree.contains(call, read):
            leads = scopes.read_in[read].owner(read.value)
            if leads not in (None, scopes.module) or not bound_above(tree, scopes, read.value, at):
                raise Refused(f"`{name}` is made of `{read.value}`")
    if not all(_is_plain(arg.value) for arg in call.args):
        raise Refused(f"`{name}` is made of more than constants")
    tree.claimed[name] = call
    edits = [insertion(tree, at, [moved(tree, line, ())]), tree.edit(*removal(tree, line), "")]
    return Fix("safe", f"move `{name}` to module level", joined(edits))


def _is_plain(node: cst.BaseExpression) -> bool:
    match node:
        case cst.List(elements=elements) | cst.Tuple(elements=elements):
            return all(_is_plain(element.value) for element in elements)
        case cst.Dict(elements=elements):
            return all(isinstance(part, cst.DictElement) and _is_plain(part.value) for part in elements)
    return is_constant(node)
