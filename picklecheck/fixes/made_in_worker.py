"""What cannot be sent is made in each worker, by the expression that made it: an `initializer` keeps it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import libcst as cst

from picklecheck.fixes.by_initializer import Sharing, parameter_for, refuse_other_pool, wrapped
from picklecheck.fixes.callee import check_callee
from picklecheck.fixes.captures import surely_bound
from picklecheck.fixes.imports import qualified
from picklecheck.fixes.names import choose
from picklecheck.fixes.placement import bound_above, insertion, joined, removal, site_below, under_main_guard
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.remaking import is_silent
from picklecheck.fixes.scopes import Scopes, assigned
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.task_arguments import (
    Given,
    Key,
    Task,
    called_without,
    of_dict,
    of_tuple,
    task_of,
    without_arguments,
)
from picklecheck.fixes.tree import Tree
from picklecheck.fixes.worker_globals import MOST_NAMED, kept_by, named, started_with
from picklecheck.source.edits import Edit, Fix


@refusable
def rewrite(tree: Tree, subject: Subject, sharing: Sharing) -> Fix | NoFix:
    """Unsafe: each worker has one of its own, which knows nothing of what is done with the others.

    The pool gets an initializer that makes it and keeps it in a global of the worker; what the expression is made of
    is sent, as `initargs`. The task becomes a function that reads the global. Refused as sharing is, where making
    it again would empty a file, and where what it is made of is not there yet when the pool is.
    """
    scopes = Scopes.of(tree)
    call, pool = tree.node_at(subject.call, cst.Call), tree.node_at(sharing.pool, cst.Call)
    if call is None or pool is None:
        raise Refused(
            "the pool is not created in the file that uses it", "give it an `initializer` where it is created"
        )
    refuse_other_pool(tree, scopes, call, pool)
    if kept_by(tree, scopes, pool, sharing.before) is not None:
        raise Refused(
            "the pool has an initializer already", "set it there, and read it in the task as a global variable"
        )
    task = task_of(tree, scopes, subject, sharing.partial, call)
    check_callee(tree, scopes, task.function)
    makers = [maker for place in sharing.primitives if (maker := tree.node_at(place, cst.Call))]
    found = [_made(tree, scopes, given, makers) for given in task.given]
    if not found or not found[0] or any(one != found[0] for one in found):
        raise Refused("it is not written as an argument of every task")
    made = {parameter_for(key, sharing.parameters): maker for key, maker in found[0].items()}
    taken = list(dict.fromkeys(name for maker in made.values() for name in _inputs(tree, scopes, maker, pool)))
    kept = {name: choose(tree, scopes, [f"worker_{name.strip('_')}"], pool) for name in made}
    initializer = choose(tree, scopes, ["init_worker", f"init_worker_with_{named(list(made)[:MOST_NAMED])}"], pool)
    lines = [f"def {initializer}({', '.join(taken)}):", f"{tree.indent}global {', '.join(kept.values())}"]
    lines += [f"{tree.indent}{kept[name]} = {_one_line(tree, maker)}" for name, maker in made.items()]
    values = ", ".join(taken) + ("," if len(taken) == 1 else "")
    started = started_with(tree, pool, [f"initializer={initializer}", *([f"initargs=({values})"] if taken else [])])
    name, wrapper = wrapped(tree, scopes, task, sharing.parameters, kept)
    at = site_below(tree, scopes, [call, pool], tree.source(task.function).partition(".")[0])
    gone = [edit for maker in made.values() for edit in _unneeded(tree, scopes, maker, call)]
    below = insertion(tree, at, [tree.newline.join(lines), *wrapper])
    edits = [*gone, below, started, *called_without(tree, task, name, {*found[0]})]
    title = f"create {', '.join(f'`{one}`' for one in made)} in each worker, in an `initializer`"
    return Fix("unsafe", title, joined(edits), way="initializer")


@refusable
def rewrite_process(tree: Tree, subject: Subject, parameters: Mapping[str, str]) -> Fix | NoFix:
    """`Process(target=use, args=(math, 9))` starts a function that calls `use` with what it finds in the child.

    Safe for modules, which are the same everywhere. Unsafe for what belongs to its process, such as `sys.stdout`, and
    for what is made there, such as an open file: whoever has the other one does not see it.

    `parameters` are those of the target, by name, with the text of their defaults.
    """
    scopes = Scopes.of(tree)
    call = tree.node_at(subject.call, cst.Call)
    given = {arg.keyword.value: arg.value for arg in call.args if arg.keyword} if call is not None else {}
    target, sent = given.get("target"), given.get("args", given.get("kwargs"))
    if call is None or target is None or ("args" in given and "kwargs" in given):
        raise Refused("the arguments of the target are not written one by one", "write them in the call")
    check_callee(tree, scopes, target)
    match sent:
        case cst.Tuple():
            written = of_tuple(tree, sent)
        case cst.Dict():
            written = of_dict(tree, sent)
        case _:
            raise Refused("the arguments of the target are not written one by one", "write them in the call")
    found = {key: value for key, value, _ in written.parts if _is_there(tree, scopes, value)}
    if not found:
        raise Refused("it has no name that means the same in another process")
    made = {parameter_for(key, parameters): tree.source(value) for key, value in found.items()}
    name, wrapper = wrapped(tree, scopes, Task(target, given=(written,)), parameters, made)
    root = tree.source(target).partition(".")[0]
    below = [insertion(tree, site_below(tree, scopes, [call], root), wrapper)] if wrapper else []
    left = [key for key, _, _ in written.parts if key not in found]
    gone = without_arguments(tree, written, {*found}, 0) if left else [_without_argument(tree, call, sent)]
    edits = [*below, tree.edit(*tree.whole(target), name), *gone]
    modules = all(isinstance(value, cst.Name) for value in found.values())
    title = f"use {', '.join(f'`{one}`' for one in made.values())} of the child itself"
    return Fix("safe" if modules else "unsafe", title, joined(edits))


def _without_argument(tree: Tree, call: cst.Call, value: cst.BaseExpression) -> Edit:
    """A call without one of its arguments."""
    spans = [(tree.spans[arg.keyword or arg.value][0], tree.whole(arg.value)[1]) for arg in call.args]
    index = next(number for number, arg in enumerate(call.args) if arg.value is value)
    if index:
        return tree.edit(spans[index - 1][1], spans[index][1], "")
    return tree.edit(spans[0][0], spans[1][0], "")


def _is_there(tree: Tree, scopes: Scopes, value: cst.BaseExpression) -> bool:
    """Whether an expression is a module, or a standard stream, by a name that every process has."""
    match value:
        case cst.Name() as read if read in scopes.read_in and (owner := scopes.read_in[read].owner(read.value)):
            match owner is scopes.module and scopes.bindings_of(owner, read.value):
                case [cst.ImportAlias() as alias] if not under_main_guard(tree, alias):
                    return isinstance(tree.parents[alias], cst.Import)
    return qualified(tree, scopes, value) in ("sys.stdout", "sys.stderr") and isinstance(value, cst.Attribute)


def _made(tree: Tree, scopes: Scopes, given: Given, makers: Sequence[cst.Call]) -> dict[Key, cst.Call]:
    """Which arguments are made by these calls: they are them, or variables that hold nothing else."""
    found: dict[Key, cst.Call] = {}
    for key, value, _ in given.parts:
        made: cst.BaseExpression | None = value
        if isinstance(value, cst.Name) and (owner := scopes.read_in[value].owner(value.value)):
            match scopes.bindings_of(owner, value.value):
                case [cst.Name() as binding]:
                    made = assigned(tree, binding, entered=True)
        if isinstance(made, cst.Call) and made in makers:
            found[key] = made
    return found


def _inputs(tree: Tree, scopes: Scopes, maker: cst.Call, pool: cst.Call) -> list[str]:
    """The variables that the expression reads and workers do not have, which must be there when the pool is made."""
    is_silent(tree, scopes, maker)  # refuses what would empty a file
    if any(isinstance(part, cst.Await | cst.Yield | cst.NamedExpr | cst.Lambda) for part in tree.under(maker)):
        raise Refused("it is not made by a plain expression")
    around, found = scopes.around(tree, pool), list[str]()
    for read in tree.under(maker):
        if not isinstance(read, cst.Name) or read not in scopes.read_in:
            continue
        owner = scopes.read_in[read].owner(read.value)
        if owner is None or tree.contains(maker, owner.node):
            continue
        bindings = scopes.bindings_of(owner, read.value)
        if owner is scopes.module and not any(under_main_guard(tree, one) for one in bindings):
            if not bound_above(tree, scopes, read.value, tree.spans[tree.top_statement(pool)][0]):
                raise Refused(f"`{read.value}` is bound below the pool, or more than once")
            continue
        if around.owner(read.value) is not owner or len(bindings) != 1 or not surely_bound(tree, bindings[0], pool):
            raise Refused(f"`{read.value}`, which it is made of, is not there when the pool is made")
        found.append(read.value)
    return found


def _one_line(tree: Tree, maker: cst.Call) -> str:
    text = tree.source(maker)
    if "\n" in text:
        raise Refused("it is not made in one line")
    return text


def _unneeded(tree: Tree, scopes: Scopes, maker: cst.Call, call: cst.Call) -> list[Edit]:
    """The line that made it for the parent, where nothing but the call reads it."""
    match tree.parents[maker]:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]) as assign:
            line = tree.parents[assign]
            owner = scopes.around(tree, assign)
        case _:
            return []
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
        return []
    if not all(tree.contains(call, read) for read in scopes.reads_of(owner, name)):
        return []
    return [tree.edit(*removal(tree, line), "")]
