"""A primitive reaches the workers when they start: an `initializer` keeps it there, where the task finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

from picklecheck.fixes.callee import check_callee
from picklecheck.fixes.captures import surely_bound
from picklecheck.fixes.names import choose
from picklecheck.fixes.placement import insertion, joined, site_below
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scope, Scopes, assigned
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.task_arguments import Given, Key, Task, called_without, task_of
from picklecheck.fixes.tree import Tree
from picklecheck.fixes.worker_globals import MOST_NAMED, keeper, kept_by, named, started_with
from picklecheck.source.edits import Edit, Fix
from picklecheck.source.place import Place


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who shares what: the call that makes the pool, the function that the task calls, and the primitives.

    `before` is how many arguments of the pool may be before its initializer; `partial` the call that bound
    arguments to the function, if one did; `parameters` are those of the function, by name, with the text of their
    defaults; `primitives` the calls that make what is shared, some of it `queues`.
    """

    pool: Place
    before: int
    partial: Place | None
    parameters: Mapping[str, str]
    primitives: tuple[Place, ...]
    queues: bool = False


@refusable
def rewrite(tree: Tree, subject: Subject, sharing: Sharing) -> Fix | NoFix:
    """Safe for all but queues, whose workers may end before they have written what they put.

    The pool gets an initializer that keeps the primitive in a global of the worker, and the task becomes a function
    that reads it there. Refused where the pool is not made in the same file, once, in sight of the primitive; where it
    has an initializer that does something else; where a whole item is the primitive; and where the arguments are
    not written in the call, or do not match plain parameters.
    """
    scopes = Scopes.of(tree)
    call, pool = tree.node_at(subject.call, cst.Call), tree.node_at(sharing.pool, cst.Call)
    if call is None or pool is None:
        raise Refused(
            "the pool is not created in the file that uses it", "give it an `initializer` where it is created"
        )
    refuse_other_pool(tree, scopes, call, pool)
    task = task_of(tree, scopes, subject, sharing.partial, call)
    check_callee(tree, scopes, task.function)
    variables = [_variable(tree, scopes, place, pool) for place in sharing.primitives]
    found = [_shared(scopes, given, variables) for given in task.given]
    if not found or not found[0] or any(one != found[0] for one in found):
        raise Refused("it is not written as an argument of every task")
    shared = {parameter_for(key, sharing.parameters): name for key, name in found[0].items()}
    definitions: list[str] = []
    started: list[Edit] = []
    kept = kept_by(tree, scopes, pool, sharing.before)
    if kept is None:
        initializer, kept = keeper(tree, scopes, list(dict.fromkeys(shared.values())), pool, definitions)
        values = ", ".join(kept) + ("," if len(kept) == 1 else "")
        started.append(started_with(tree, pool, [f"initializer={initializer}", f"initargs=({values})"]))
    if not kept.keys() >= set(shared.values()):
        raise Refused(
            "the pool has an initializer already", "set it there, and read it in the task as a global variable"
        )
    name, wrapper = wrapped(tree, scopes, task, sharing.parameters, {key: kept[one] for key, one in shared.items()})
    definitions += wrapper
    root = tree.source(task.function).partition(".")[0]
    at = site_below(tree, scopes, [call, pool], root) if definitions else 0
    below = [insertion(tree, at, definitions)] if definitions else []
    edits = [*below, *started, *called_without(tree, task, name, {*found[0]})]
    title = f"pass {', '.join(f'`{one}`' for one in shared.values())} to the workers with `initializer`"
    return Fix("unsafe" if sharing.queues else "safe", title, joined(edits), way="initializer")


def refuse_other_pool(tree: Tree, scopes: Scopes, call: cst.Call, pool: cst.Call) -> None:
    """The pool must be this one on every way to the call."""
    match call.func:
        case cst.Attribute(value=cst.Call() as made) if made is pool:
            return
        case cst.Attribute(value=cst.Name() as name) if owner := scopes.read_in[name].owner(name.value):
            bindings = scopes.bindings_of(owner, name.value)
            if scopes.around(tree, call) is owner and (block := tree.nearest(call, cst.With)):
                inside = [binding for binding in bindings if tree.contains(block, binding)]
                bindings = inside or bindings
            match bindings:
                case [cst.Name() as binding] if assigned(tree, binding, entered=True) is pool:
                    return
    raise Refused("the variable may hold another pool")


_Variable = tuple[Scope, str]


def _variable(tree: Tree, scopes: Scopes, place: Place, pool: cst.Call) -> _Variable:
    """The variable that alone holds a primitive, and that the pool sees when it is made."""
    made = tree.node_at(place, cst.Call)
    match tree.parents[made] if made is not None else None:
        case (
            cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name) as target)])
            | cst.AnnAssign(target=cst.Name(value=name) as target)
        ):
            around = scopes.around(tree, pool)
            owner = around.owner(name)
        case _:
            raise Refused("it is not kept in a variable")
    if owner is None or scopes.bindings_of(owner, name) != [target]:
        raise Refused(f"`{name}` is bound more than once, or not where the pool is created")
    if owner is around and not surely_bound(tree, target, pool):
        raise Refused(f"`{name}` is created after the pool", "create the pool after it")
    return owner, name


def _shared(scopes: Scopes, given: Given, variables: Sequence[_Variable]) -> dict[Key, str]:
    """Which arguments are variables that hold primitives."""
    found: dict[Key, str] = {}
    for key, value, _ in given.parts:
        if isinstance(value, cst.Name) and (scopes.read_in[value].owner(value.value), value.value) in variables:
            found[key] = value.value
    return found


def parameter_for(key: Key, parameters: Mapping[str, str]) -> str:
    names = list(parameters)
    if isinstance(key, int) and key < len(names):
        return names[key]
    if isinstance(key, str) and key in parameters:
        return key
    raise Refused("the arguments do not match the parameters of the task")


def wrapped(
    tree: Tree, scopes: Scopes, task: Task, parameters: Mapping[str, str], shared: Mapping[str, str]
) -> tuple[str, list[str]]:
    """The function that calls the task with what the worker keeps, and its text where the file has none like it."""
    function = tree.source(task.function)
    left = {name: default for name, default in parameters.items() if name not in shared}
    if {function.partition(".")[0], *shared.values()} & left.keys():
        raise Refused("a parameter of the task has a name that the fix needs")
    header = ", ".join(name + (f"={default}" if default else "") for name, default in left.items())
    passed = ", ".join(shared.get(name, name) for name in parameters)
    text = f"({header}):{tree.newline}{tree.indent}return {function}({passed})"
    for part in tree.module.body:
        if isinstance(part, cst.FunctionDef) and tree.source(part).rstrip() == f"def {part.name.value}{text}":
            return part.name.value, []
    task_name = function.rpartition(".")[2].strip("_")
    link = "" if "_with" in task_name else "_with"
    wish = f"{task_name}{link}_{named(shared)}" if len(shared) <= MOST_NAMED else f"{task_name}_in_worker"
    bindings = scopes.bindings_of(scopes.module, function.partition(".")[0])
    name = choose(tree, scopes, [wish], bindings[0] if bindings else tree.module)
    return name, [f"def {name}{text}"]
