"""Whether plain data does as well as a view, iterator or coroutine, for all that is done with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from picklecheck.crossings.crossing import Crossing
from picklecheck.semantics.domain.values import Function

VIEWS = {"builtins.dict_keys", "builtins.dict_items", "builtins.dict_values", "builtins.memoryview"}
_ITERATING = {"all", "any", "dict", "enumerate", "filter", "frozenset", "len", "list", "map", "max", "min", "set"}
_ITERATING |= {"sorted", "sum", "tuple", "zip"}
_ENDLESS = {"count", "cycle", "repeat", "iter"}
_STEPS = {"next", "send", "throw", "close", "__next__", "isdisjoint", "isinstance", "type"}
_OF_SETS = ast.BitAnd | ast.BitOr | ast.BitXor | ast.Sub
_ARITHMETIC = ast.Add | ast.Mult | ast.Div | ast.FloorDiv | ast.Mod | ast.Pow
_RUNNING = {"run", "gather", "wait", "wait_for", "run_until_complete", "ensure_future", "create_task", "as_completed"}


def as_argument(crossing: Crossing, kind: str) -> bool:
    """Whether the task, in this file, does with what it gets what it can do with a list or bytes, and nothing else."""
    task = crossing.moment.task
    if kind not in VIEWS or not isinstance(task, Function) or task.is_lambda or task.node.args.vararg:
        return False
    given = task.node.args
    names = {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)}
    above = {inner: outer for outer in ast.walk(task.node) for inner in ast.iter_child_nodes(outer)}
    reads = [one for one in ast.walk(task.node) if isinstance(one, ast.Name) and one.id in names]
    return all(_iterates(above, read) for read in reads)


def as_set(crossing: Crossing) -> bool:
    """Whether the task may do with what it gets what only sets and views can."""
    task = crossing.moment.task
    operators = [one.op for one in ast.walk(task.node) if isinstance(one, ast.BinOp)] if task is not None else []
    bits = any(isinstance(one, ast.BitAnd | ast.BitOr | ast.BitXor) for one in operators)
    return bits or (task is not None and "isdisjoint" in _named(task.node))


def _iterates(above: dict[ast.AST, ast.AST], read: ast.Name) -> bool:
    match above[read]:
        case ast.For(iter=used) | ast.comprehension(iter=used):
            return used is read
        case ast.Call(func=ast.Name(id=name), args=args):
            return name in _ITERATING and read in args
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[used]):
            return used is read
        case ast.BinOp(op=operator):
            return isinstance(operator, _ARITHMETIC)
    return False


def as_result(crossing: Crossing) -> bool:
    """Whether a list does for what the task generates or returns: it ends, and the parent does not step through it."""
    task = crossing.moment.task
    if not isinstance(task, Function):
        return False
    endless = any(isinstance(one, ast.While) for one in ast.walk(task.node)) or _ENDLESS & set(_named(task.node))
    parent = crossing.call.module.tree
    of_sets = any(isinstance(one, ast.BinOp) and isinstance(one.op, _OF_SETS) for one in ast.walk(parent))
    return not endless and not of_sets and not _STEPS & set(_named(parent))


def as_awaited(crossing: Crossing) -> bool:
    """Whether nobody in the file of the call may await, or run, the coroutine that the task would have returned."""
    future = crossing.entry.name.endswith("run_in_executor")  # which is awaited itself
    for node in ast.walk(crossing.call.module.tree):
        match node:
            case ast.Await(value=value):
                if not future or not isinstance(value, ast.Call):
                    return False
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=args) if name in _RUNNING:
                if not all(isinstance(one, ast.Call | ast.Constant) for one in args):
                    return False
    return True


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
