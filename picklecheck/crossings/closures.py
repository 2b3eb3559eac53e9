"""What a function reads from around it: captured variables of enclosing functions, and globals of its module."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.values import Frame, Function, Values
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.scopes import within


def captures(run: Machine, function: Function) -> list[tuple[str, Values]]:
    """The captured names of a function with their values."""
    return [(name, run.load(name, function.frame)) for name in free_names(function)]


def free_names(function: Function) -> list[str]:
    """The names of enclosing functions that a function reads, in order of appearance."""
    found: dict[str, None] = {}
    todo: list[ast.AST] = [function.node]
    while todo:
        for inner in within(todo.pop()):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load) and inner.id not in function.scope.bound:
                holder: Frame | None = function.frame
                while holder is not None and not holder.scope.is_module:
                    if not holder.scope.is_class and inner.id in holder.scope.bound:
                        found[inner.id] = None
                        break
                    holder = holder.parent
            if isinstance(inner, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef):
                todo.append(inner)
            elif isinstance(inner, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
                todo.extend(ast.iter_child_nodes(inner))
    return list(found)


def global_names(function: Function) -> list[str]:
    """The module's variables that the code of a function reads or assigns, those inside it included."""
    found: dict[str, None] = dict.fromkeys(function.scope.globals)
    local = set(function.scope.bound)
    holder: Frame | None = function.frame
    while holder is not None and not holder.scope.is_module:
        local |= holder.scope.bound if not holder.scope.is_class else set()
        holder = holder.parent
    todo: list[ast.AST] = [function.node]
    while todo:
        for inner in within(todo.pop()):
            match inner:
                case ast.Name(id=name, ctx=ast.Load()):
                    found[name] = None
                case ast.Lambda() | ast.FunctionDef() | ast.AsyncFunctionDef():
                    scope = function.module.scope(inner)
                    local |= scope.bound
                    found |= dict.fromkeys(scope.globals)
                    todo.append(inner)
                case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                    local |= stored(inner)
                    todo.extend(ast.iter_child_nodes(inner))
    module = function.module.scope(function.module.tree).bound
    return [name for name in found if name in module and name not in local]


def stored(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)}
