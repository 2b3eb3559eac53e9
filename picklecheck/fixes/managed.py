"""`Lock()` becomes `manager.Lock()`: what a manager made can be sent, where other locks are only inherited."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from picklecheck.fixes.captures import surely_bound
from picklecheck.fixes.imports import imported, without
from picklecheck.fixes.name_primitive import has_line_above, is_kept, named, named_above, refuse_too_early
from picklecheck.fixes.names import choose, snake
from picklecheck.fixes.placement import first_line, joined, replaced, under_main_guard
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes, assigned
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
_SOMETIMES = (cst.ListComp, cst.SetComp, cst.DictComp, cst.IfExp)
# What a manager's object cannot do.
_MISSING = {"close", "join_thread", "cancel_join_thread", "get_lock", "get_obj"}
# What makes a difference where the object is not seen to be another one's.
_TOLD_APART = {"locked", "queue", "mutex", "not_empty", "not_full", "all_tasks_done", "unfinished_tasks", "shutdown"}


@refusable
def rewrite(tree: Tree, subject: Subject, kind: str, certain: bool = False) -> Fix | NoFix:
    """Safe where the call surely fails, whatever the start method, and the code asks for nothing a proxy has not.

    Unsafe where it works today, as each use asks the manager's process, and for a `Value`, which keeps any type.
    Refused at module and class level, where every child would start a manager of its own, for what is not
    made in one call and kept in a name or attribute, and for uses that a manager's object does not know.
    """
    call = tree.node_at(subject.definition, cst.Call) if subject.definition else None
    if kind not in MAKERS or call is None:
        raise Refused("a manager cannot create it")
    if tree.nearest(call, cst.FunctionDef) is None and not under_main_guard(tree, call):
        raise Refused("it is created at module level, where every child would start its own manager")
    if any(arg.keyword and arg.keyword.value in ("ctx", "lock") for arg in call.args):
        raise Refused("it is created with arguments that a manager does not take")
    if MAKERS[kind] in ("Lock", "RLock", "Condition", "Event") and call.args:
        raise Refused("it is created with arguments that a manager does not take")
    scopes = Scopes.of(tree)
    if scopes.around(tree, call).yields:
        raise Refused("it is created in a generator, after which nothing refers to its manager")
    _refuse_missing(tree, call)
    refuse_too_early(tree, scopes, call)
    manager, made = _manager(tree, scopes, call, kind)
    arguments = tree.text[tree.whole(call.func)[1] : tree.spans[call][1]]
    text = f"{manager}.{MAKERS[kind]}{arguments}"
    # An object ends with the last proxy of it, so it must have a name that outlives the call.
    put = [tree.edit(*tree.spans[call], text)] if is_kept(tree, call) else _named(tree, call, text)
    root = tree.source(call.func).partition(".")[0]
    gone = [] if any(_names(one, root) for one in (text, *(edit.text for edit in made))) else [call.func]
    edits = [*without(tree, scopes, gone, made), *put]
    safe = certain and not subject.runs_today and MAKERS[kind] != "Value" and not _is_told_apart(tree, kind)
    return Fix(
        "safe" if safe else "unsafe", f"create the {MAKERS[kind]} with a `multiprocessing.Manager`", joined(edits)
    )


def _names(text: str, root: str) -> bool:
    """Whether what is written still needs an import by its name."""
    return bool(re.search(rf"(?<![\w.]){root}\b", text))


def _named(tree: Tree, call: cst.Call, text: str) -> Sequence[Edit]:
    """A name for what the call makes, or for the display or condition around that makes several, or none."""
    around = [above for above in tree.ancestors(call) if isinstance(above, _SOMETIMES)]
    if not around or not tree.contains(tree.statement(call), around[-1]):
        return named_above(tree, call, text)
    outer = around[-1]
    whole = replaced(tree, *tree.spans[outer], [(*tree.spans[call], text)])
    name = snake(tree.source(call.func).rpartition(".")[2])
    return named(tree, outer, whole, [f"{name}s" if isinstance(outer, cst.ListComp) else name])


def _manager(tree: Tree, scopes: Scopes, call: cst.Call, kind: str) -> tuple[str, list[Edit]]:
    """The manager that the function has already, or a new one, above the first statement that may need it.

    What it makes keeps it alive.
    """
    statement = has_line_above(tree, call)
    scope = scopes.around(tree, call)
    for name, bindings in scope.bindings.items():
        match bindings:
            case [cst.Name() as binding] if surely_bound(tree, binding, call):
                made = assigned(tree, binding, entered=True)
                if isinstance(made, cst.Call) and tree.source(made.func).rpartition(".")[2] in (
                    "Manager",
                    "SyncManager",
                ):
                    return name, []
    maker, imports = _maker(tree, scopes, call, kind)
    name = choose(tree, scopes, ["manager", f"{MAKERS[kind].lower()}_manager"], statement, within=scope)
    loops = [above for above in tree.ancestors(call) if isinstance(above, cst.For | cst.While)]
    first = loops[-1] if loops and tree.contains(scope.node, loops[-1]) else _first_alike(tree, statement, call)
    at, start = first_line(tree, first), tree.spans[first][0]
    margin = tree.margin(start)
    return name, [*imports, tree.edit(at, at, f"{margin}{name} = {maker}(){tree.newline}")]


def _first_alike(tree: Tree, statement: cst.BaseStatement, call: cst.Call) -> cst.BaseStatement:
    """The first line of the block that makes something in the same way."""
    maker = tree.source(call.func)
    alike = [
        line
        for line in getattr(tree.parents[statement], "body", ())
        if isinstance(line, cst.SimpleStatementLine)
        and any(isinstance(part, cst.Call) and tree.source(part.func) == maker for part in tree.under(line))
    ]
    return alike[0] if alike else statement


def _maker(tree: Tree, scopes: Scopes, call: cst.Call, kind: str) -> tuple[str, tuple[Edit, ...]]:
    """The `Manager` of the module or context that made it."""
    if kind.startswith("multiprocessing.") and isinstance(call.func, cst.Attribute):
        return f"{tree.source(call.func.value)}.Manager", ()
    return imported(tree, scopes, "multiprocessing", "Manager", [call])


def _refuse_missing(tree: Tree, call: cst.Call) -> None:
    match tree.parents[call]:
        case cst.Assign(targets=[cst.AssignTarget(target=target)]) | cst.AnnAssign(target=target):
            name = tree.source(target).rpartition(".")[2]
        case _:
            return
    for node in tree.under(tree.module):
        if isinstance(node, cst.Attribute) and node.attr.value in _MISSING:
            if tree.source(node.value).rpartition(".")[2] == name:
                raise Refused(f"the code uses its `{node.attr.value}`, which the proxy of a manager does not have")


def _is_told_apart(tree: Tree, kind: str) -> bool:
    """Whether any code asks for an attribute that a proxy does not have, or for the type."""
    asked = _TOLD_APART | (_MISSING if MAKERS[kind].endswith("Queue") else set())
    for one in tree.everywhere(kind.rpartition(".")[2]):
        for node in one.spans:
            match node:
                case cst.Attribute(attr=cst.Name(value=name)) if name in asked:
                    return True
                case cst.Name(value="isinstance" | "type" | "repr"):
                    return True
    return False
