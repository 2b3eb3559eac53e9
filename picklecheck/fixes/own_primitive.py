"""A queue, event or value that each spawned child makes for itself is given to it, as an argument or at its start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import libcst as cst

from picklecheck.fixes import parents_variable
from picklecheck.fixes.imports import qualified
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes, assigned
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix
from picklecheck.source.place import Place

_KINDS = (
    "Array",
    "Barrier",
    "BoundedSemaphore",
    "Condition",
    "Event",
    "JoinableQueue",
    "Lock",
    "Pipe",
    "Queue",
    "RLock",
)
_MAKERS = {f"multiprocessing.{name}" for name in (*_KINDS, "Semaphore", "SimpleQueue", "Value")}
# How many arguments may come before the initializer.
_POOLS = {"Pool": 1, "ProcessPoolExecutor": 2}
_BY_HAND = "pass it by `args`, or by the `initializer` of a pool"


@refusable
def rewrite(tree: Tree, subject: Subject, made: Place) -> Fix | NoFix:
    """Unsafe: what waited forever or was lost arrives now. The call at `made` makes the primitive.

    A process gets it in `args`, as a parameter of the same name; the workers of a pool get it by the `initializer`.
    Refused where functions other than the task use it, as they would need it too.
    """
    scopes = Scopes.of(tree)
    started = tree.node_at(subject.call, cst.Call)
    if started is None or not isinstance(started.func, cst.Attribute):
        raise Refused("the process is not started in the file that creates it", _BY_HAND)
    if started.func.attr.value == "start":
        call, target = _process(tree, scopes, started)
        function = _function(scopes, target)
        variables = list(_primitives(tree, scopes, function, made))
        asking = replace(
            subject,
            call=tree.place(call),
            use=tree.place(target),
            definition=tree.place(function),
            boundary="multiprocessing.Process",
            slot="target",
        )
        return parents_variable.rewrite_process(tree, asking, variables, False)
    task = started.args[0].value if started.args else None
    if not isinstance(task, cst.Name):
        raise Refused("the task is not a function of the file", _BY_HAND)
    variables = list(_primitives(tree, scopes, _function(scopes, task), made))
    pool, kind = _pool(tree, scopes, started.func.value)
    return parents_variable.rewrite_pool(tree, subject, variables, False, tree.place(pool), _POOLS[kind])


def _process(tree: Tree, scopes: Scopes, started: cst.Call) -> tuple[cst.Call, cst.Name]:
    """The one call in the function that makes a process of a function, and the name of that function."""
    around = scopes.around(tree, started).node
    found = []
    for node in tree.under(around):
        match node:
            case cst.Call(func=cst.Name(value="Process") | cst.Attribute(attr=cst.Name(value="Process")), args=args):
                for arg in args:
                    if arg.keyword is not None and arg.keyword.value == "target" and isinstance(arg.value, cst.Name):
                        found.append((node, arg.value))
    if len(found) != 1:
        raise Refused("several processes are made there, or none with a function as `target`", _BY_HAND)
    return found[0]


def _function(scopes: Scopes, task: cst.Name) -> cst.FunctionDef:
    match scopes.bindings_of(scopes.module, task.value):
        case [cst.FunctionDef() as function]:
            return function
    raise Refused("the task is not a function of the file", _BY_HAND)


def _primitives(tree: Tree, scopes: Scopes, function: cst.FunctionDef, made: Place) -> Iterator[str]:
    """The variables of the module that a function reads itself, and that hold this primitive or one like it."""
    own = tree.node_at(made, cst.Call) if made.path == tree.path else None
    found = False
    for name, bindings in scopes.module.bindings.items():
        match bindings:
            case [cst.Name() as binding]:
                value = assigned(tree, binding) or _unpacked(tree, binding)
            case _:
                continue
        is_own = value is not None and value is own
        is_like_it = isinstance(value, cst.Call) and qualified(tree, scopes, value.func) in _MAKERS
        reads = scopes.reads_of(scopes.module, name) if is_own or is_like_it else ()
        if any(tree.contains(function, read) for read in reads):
            found |= is_own
            yield name
    if not found:
        raise Refused("it is used by a function that the task calls", _BY_HAND)


def _unpacked(tree: Tree, binding: cst.Name) -> cst.BaseExpression | None:
    """What is assigned to several names at once: `receiver, sender = Pipe()`."""
    match [*tree.ancestors(binding)][:4]:
        case [cst.Element(), cst.Tuple(), cst.AssignTarget(), cst.Assign(targets=[_], value=value)]:
            return value
    return None


def _pool(tree: Tree, scopes: Scopes, holder: cst.BaseExpression) -> tuple[cst.Call, str]:
    """The call that makes the pool, and what it calls."""
    bindings = []
    if isinstance(holder, cst.Name):
        owner = scopes.around(tree, holder).owner(holder.value)
        bindings = scopes.bindings_of(owner, holder.value) if owner is not None else []
    match [assigned(tree, one, entered=True) for one in bindings if isinstance(one, cst.Name)]:
        case [cst.Call(func=cst.Name(value=kind) | cst.Attribute(attr=cst.Name(value=kind))) as made]:
            if kind in _POOLS:
                return made, kind
    raise Refused("the pool is not created where the task is given", "give it an `initializer` where it is created")
