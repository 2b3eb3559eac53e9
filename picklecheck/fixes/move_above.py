"""A function that is defined below the first pool moves above it, so that forked workers have it."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.definition import is_constant
from picklecheck.fixes.placement import bound_above, insertion, joined, moved, removal, site
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes, parameters
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe: defining a function has no effect but its name.

    Refused where the name is bound more than once, where it is decorated or has defaults that are not
    constants, and where it needs names that are bound below the pool too.
    """
    node = tree.node_at(subject.definition, cst.FunctionDef) if subject.definition else None
    if node is None or tree.parents[node] is not tree.module:
        raise Refused("it is not defined at module level in this file")
    scopes = Scopes.of(tree)
    name = node.name.value
    if scopes.bindings_of(scopes.module, name) != [node]:
        raise Refused(f"`{name}` is bound more than once", "give what is sent a name of its own")
    if node.decorators or not all(is_constant(param.default) for param in parameters(node) if param.default):
        raise Refused(f"defining `{name}` evaluates more than constants")
    at = site(tree, [node])
    for read in scopes.read_in:
        if tree.contains(node, read) and scopes.read_in[read].owner(read.value) is scopes.module:
            if read.value != name and not bound_above(tree, scopes, read.value, at):
                raise Refused(f"`{name}` would be defined above `{read.value}`, which it needs")
    edits = [insertion(tree, at, [moved(tree, node, ())]), tree.edit(*removal(tree, node), "")]
    return Fix("safe", f"define `{name}` above the pool", joined(edits))
