"""Which node of a module is in which: the statement of a call, the loop around it."""

from __future__ import annotations

import ast
from functools import lru_cache

from picklecheck.semantics.domain.values import Frame
from picklecheck.semantics.syntax.nodes import children, walk

LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@lru_cache(maxsize=4)
def parents(tree: ast.Module) -> dict[ast.AST, ast.AST]:
    """The node around each node of a module; kept for the few modules between which a run goes back and forth."""
    return {child: node for node in walk(tree) for child in children(node)}


def innermost_loop(tree: ast.Module, node: ast.AST) -> ast.AST | None:
    """The loop or comprehension whose body a node is in, inside the same function."""
    around = parents(tree)
    inner, outer = node, around.get(node)
    while outer is not None:
        if isinstance(outer, LOOPS) and inner is not getattr(outer, "iter", None):
            return outer
        if isinstance(outer, ast.comprehension):
            whole = around.get(outer)
            if isinstance(whole, LOOPS) and getattr(whole, "generators", [None])[0] is outer:
                inner, outer = whole, around.get(whole)  # the first iterable is evaluated before the loop
                continue
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return None
        inner, outer = outer, around.get(outer)
    return None


def never_read(frame: Frame, statement: ast.Assign) -> bool:
    """Whether an assignment of a function binds a local name that the function never reads."""
    match statement.targets:
        case [ast.Name(id=name)] if frame.function is not None and name in frame.scope.bound:
            nodes = walk(frame.scope.node)
            return not any(
                isinstance(node, ast.Name)
                and node.id == name
                and node is not statement.targets[0]
                and isinstance(node.ctx, ast.Load)
                for node in nodes
            )
    return False
