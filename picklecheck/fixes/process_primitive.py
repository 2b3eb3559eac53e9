"""`queue.Queue()` given to a process becomes `multiprocessing.Queue()`, which processes share."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.imports import imported, qualified, without
from picklecheck.fixes.name_primitive import is_kept, named_above, refuse_too_early
from picklecheck.fixes.placement import joined
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix

# What multiprocessing has of the same kind.
MAKERS = {
    "queue.Queue": "Queue",
    "queue.SimpleQueue": "Queue",
    **{
        f"threading.{name}": name
        for name in ("Barrier", "BoundedSemaphore", "Condition", "Event", "Lock", "RLock", "Semaphore")
    },
}
_TASKS = {"task_done", "join"}
# What those of multiprocessing do not have.
_MISSING = {"queue", "mutex", "not_empty", "not_full", "all_tasks_done", "unfinished_tasks", "locked", "shutdown"}


@refusable
def rewrite(tree: Tree, subject: Subject, kind: str, certain: bool = False) -> Fix | NoFix:
    """Safe where the call surely fails, whatever the start method.

    Unsafe otherwise, as under fork each process had one of its own; and for a queue, which pickles what is put into
    it. Refused where it is not made by a call in this file, for what multiprocessing has nothing like, where
    something is done with it that this cannot do, and where the start method is set below. The module that is no
    longer used is no longer imported.
    """
    call = tree.node_at(subject.definition, cst.Call) if subject.definition else None
    if kind not in MAKERS or call is None:
        raise Refused("multiprocessing has no counterpart of it")
    scopes = Scopes.of(tree)
    if qualified(tree, scopes, call.func) != kind:
        raise Refused("it is not created by its own name")
    used = _used(tree, call)
    if missing := used & _MISSING:
        raise Refused(f"the one of multiprocessing has no `{min(missing)}`")
    maker = "JoinableQueue" if MAKERS[kind] == "Queue" and used & _TASKS else MAKERS[kind]
    text, imports = _maker(tree, scopes, subject, call, maker)
    refuse_too_early(tree, scopes, call)
    arguments = tree.text[tree.whole(call.func)[1] : tree.spans[call][1]]
    # The child opens it late, so somebody must still refer to it.
    put = (
        [tree.edit(*tree.whole(call.func), text)] if is_kept(tree, call) else named_above(tree, call, text + arguments)
    )
    edits = [*put, *without(tree, scopes, [call.func], imports)]
    asked = {one.attr.value for one in tree.of_kind(cst.Attribute)}
    safe = certain and not subject.runs_today and not maker.endswith("Queue") and not asked & _MISSING
    return Fix(
        "safe" if safe else "unsafe", f"use `{text}` of multiprocessing, which processes can share", joined(edits)
    )


def _maker(tree: Tree, scopes: Scopes, subject: Subject, made: cst.Call, maker: str) -> tuple[str, tuple[Edit, ...]]:
    """The maker of the context that starts the process, where that is a name of the module, else of multiprocessing."""
    call = tree.node_at(subject.call, cst.Call)
    match call.func if call is not None else None:
        case cst.Attribute(value=cst.Name(value=name) as context, attr=cst.Name(value="Process")):
            owner = scopes.read_in[context].owner(name)
            if owner is None or scopes.around(tree, made).owner(name) is not owner:
                raise Refused("the context that starts the process is not available where it is created")
            match scopes.bindings_of(owner, name):
                case [cst.ImportAlias()]:
                    return f"{name}.{maker}", ()
                case [cst.Name() as binding] if tree.spans[binding][0] < tree.spans[made][0]:
                    return f"{name}.{maker}", ()
            raise Refused("the context that starts the process is not available where it is created")
    return imported(tree, scopes, "multiprocessing", maker, [made])


def _used(tree: Tree, call: cst.Call) -> set[str]:
    """The attributes that are asked of anything called as the variable, attribute or parameter that holds it."""
    match tree.parents[call]:
        case cst.Assign(targets=[cst.AssignTarget(target=target)]) | cst.AnnAssign(target=target):
            held = tree.source(target).rpartition(".")[2]
        case _:
            return set()
    names = {held, *_parameters(tree, held)}
    return {
        node.attr.value
        for node in tree.under(tree.module)
        if isinstance(node, cst.Attribute) and tree.source(node.value).rpartition(".")[2] in names
    }


def _parameters(tree: Tree, held: str) -> set[str]:
    """The parameters of functions of this file to which `args=(…)` gives a variable."""
    scopes, found = Scopes.of(tree), set[str]()
    for node in tree.under(tree.module):
        match node:
            case cst.Call(args=args):
                named = {arg.keyword.value: arg.value for arg in args if arg.keyword}
                match named.get("target"), named.get("args"):
                    case cst.Name(value=function), cst.Tuple(elements=elements):
                        match scopes.bindings_of(scopes.module, function):
                            case [cst.FunctionDef(params=params)]:
                                pairs = zip(elements, [*params.posonly_params, *params.params], strict=False)
                                found |= {
                                    param.name.value
                                    for element, param in pairs
                                    if tree.source(element.value).rpartition(".")[2] == held
                                }
    return found
