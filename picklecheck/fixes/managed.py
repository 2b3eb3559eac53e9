"""`Lock()` becomes `Manager().Lock()`: what a manager made can be sent, where other locks are only inherited."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.imports import imported
from picklecheck.fixes.name_primitive import named_above
from picklecheck.fixes.placement import joined, under_main_guard
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix

_SYNCHRONIZE = ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Barrier")

# The method of a manager that makes a shared object of the same kind.
MAKERS = {
    **{f"multiprocessing.synchronize.{name}": name for name in _SYNCHRONIZE},
    **{f"threading.{name}": name for name in _SYNCHRONIZE},
    "multiprocessing.queues.Queue": "Queue",
    "multiprocessing.queues.JoinableQueue": "JoinableQueue",
    "multiprocessing.queues.SimpleQueue": "Queue",
    "queue.Queue": "Queue",
    "multiprocessing.sharedctypes.Synchronized": "Value",
}
# What a manager's object cannot do.
_MISSING = {"close", "join_thread", "cancel_join_thread", "get_lock", "get_obj"}


@refusable
def rewrite(tree: Tree, subject: Subject, kind: str) -> Fix | NoFix:
    """Unsafe: it is slower, as each use asks the manager's process.

    Refused at module and class level, where every child would start a manager of its own, for what is not
    made in one call and kept in a name or attribute, and for uses that a manager's object does not know.
    """
    call = tree.node_at(subject.definition, cst.Call) if subject.definition else None
    if kind not in MAKERS or call is None:
        raise Refused("no manager makes it")
    if tree.nearest(call, cst.FunctionDef) is None and not under_main_guard(tree, call):
        raise Refused("every child would start a manager of its own, as it is made when the module is loaded")
    if any(arg.keyword and arg.keyword.value in ("ctx", "lock") for arg in call.args):
        raise Refused("it is made with arguments that a manager does not take")
    if MAKERS[kind] in ("Lock", "RLock", "Condition", "Event") and call.args:
        raise Refused("it is made with arguments that a manager does not take")
    manager, imports = _manager(tree, call, kind)
    arguments = tree.text[tree.whole(call.func)[1] : tree.spans[call][1]]
    text = f"{manager}().{MAKERS[kind]}{arguments}"
    edits = [*imports, *_put(tree, call, text)]
    return Fix("unsafe", f"let a manager make the {MAKERS[kind]}", joined(edits))


def _manager(tree: Tree, call: cst.Call, kind: str) -> tuple[str, tuple[Edit, ...]]:
    """The `Manager` of the module or context that made it."""
    if kind.startswith("multiprocessing.") and isinstance(call.func, cst.Attribute):
        return f"{tree.source(call.func.value)}.Manager", ()
    return imported(tree, Scopes.of(tree), "multiprocessing", "Manager", [call])


def _put(tree: Tree, call: cst.Call, text: str) -> tuple[Edit, ...]:
    """The manager ends with its last object, so the object must have a name that outlives the call."""
    match tree.parents[call]:
        case cst.Assign(targets=[cst.AssignTarget(target=target)]) | cst.AnnAssign(target=target):
            _refuse_missing(tree, target)
            return (tree.edit(*tree.spans[call], text),)
    return named_above(tree, call, text)


def _refuse_missing(tree: Tree, target: cst.BaseExpression) -> None:
    name = tree.source(target).rpartition(".")[2]
    for node in tree.under(tree.module):
        if isinstance(node, cst.Attribute) and node.attr.value in _MISSING:
            if tree.source(node.value).rpartition(".")[2] == name:
                raise Refused(f"a manager's object has no `{node.attr.value}`")
