"""`work = Process(target=work)`: the process gets a name of its own, so that `work` still leads to the function."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.names import choose, snake
from picklecheck.fixes.placement import joined
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe in a script: all that is below reads the variable by its new name.

    Refused where a function reads it, or a loop reads it before it is set again: these may mean one or the other.
    """
    scopes = Scopes.of(tree)
    use = tree.node_at(subject.use, cst.Name)
    call = tree.node_at(subject.call, cst.Call)
    if use is None or call is None:
        raise Refused("the function is not passed by its name")
    name, made = use.value, tree.parents[call]
    match scopes.bindings_of(scopes.module, name), made:
        case [cst.FunctionDef(), cst.Name() as bound], cst.Assign(targets=[cst.AssignTarget(target=target)]):
            if bound is not target:
                raise Refused(f"`{name}` is set elsewhere", "give that variable another name")
        case _:
            raise Refused(f"`{name}` is not set by the call that sends it", "give that variable another name")
    start = tree.spans[made][0]
    later = [read for read in scopes.reads_of(scopes.module, name) if tree.spans[read][0] > tree.spans[made][1]]
    loop = tree.nearest(made, (cst.For, cst.While))
    for read in scopes.reads_of(scopes.module, name):
        if scopes.read_in[read] is not scopes.module:
            raise Refused(f"a function reads `{name}`, which is the function or the process", "give them two names")
        if loop is not None and tree.contains(loop, read) and tree.spans[read][0] < start:
            raise Refused(
                f"the loop reads `{name}` before it sets it again", "give the function and the process two names"
            )
    kind = tree.source(call.func).rpartition(".")[2]
    new = choose(tree, scopes, [snake(kind), f"{name}_{snake(kind)}"], bound)
    edits = [tree.edit(*tree.spans[node], new) for node in (bound, *later)]
    return Fix("safe", f"call the process `{new}`, not `{name}`", joined(edits))
