"""Whether a task may touch an attribute of its object in the worker, there and in what it calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from picklecheck.semantics.domain import mro
from picklecheck.semantics.domain.values import Class, Function

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
# Builtins that look at an object, but not at its attributes.
_HARMLESS = frozenset({"isinstance", "type", "id", "super"})


def process_uses_attribute(cls: Class, name: str) -> bool:
    """Whether a process of this class may use an attribute of this name when it runs."""
    for base in mro.resolution_order(cls):
        if isinstance(base, Class):
            for part in getattr(base.site.node, "body", ()):
                if isinstance(part, ast.FunctionDef) and part.name == "run":
                    return _uses(part, base.module.tree, name, is_method=True)
    return True


def sets_attribute(cls: Class, name: str) -> bool:
    """Whether the `__init__` of the class itself sets an attribute of this name."""
    for part in getattr(cls.site.node, "body", ()):
        if isinstance(part, ast.FunctionDef) and part.name in ("__init__", "__post_init__"):
            for inner in ast.walk(part):
                if isinstance(inner, ast.Attribute) and inner.attr == name and isinstance(inner.ctx, ast.Store):
                    return True
    return False


def uses_attribute(function: Function, name: str, is_method: bool = True) -> bool:
    """Whether a task, or what it leads to by name in its file, uses an attribute of this name of what it gets.

    A method gets its object, another function may get it as any of its parameters. An object that goes where nobody
    looks may be used there. A private name is meant in both its forms.
    """
    return _uses(function.node, function.site.module.tree, name, is_method)


def _uses(function: _Definition, tree: ast.Module, name: str, is_method: bool) -> bool:
    wanted = {name, name[name.find("__", 1) :]} if name.startswith("_") and "__" in name[1:] else {name}
    defined, methods = _definitions(tree)
    given = function.args
    if not is_method and (given.vararg or given.kwarg):
        return True
    params = [param.arg for param in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    todo: list[tuple[_Definition, str]] = [(function, param) for param in (params[:1] if is_method else params)]
    seen: set[tuple[_Definition, str]] = set()
    while todo:
        node, instance = todo.pop()
        if (node, instance) in seen:
            continue
        seen.add((node, instance))
        mentioned = set(_mentioned(node))
        if wanted & mentioned:
            return True
        for callee, place in _passed_to(node, instance):
            if callee not in defined:
                return True
            for inner in defined[callee]:
                todo.append((inner, _parameter(inner, place)))
                if inner in methods and isinstance(place, int):  # behind the object that it is called on
                    todo.append((inner, _parameter(inner, place + 1)))
        reached = [inner for mention in mentioned for inner in defined.get(mention, ())]
        todo += [(inner, _parameter(inner, 0) if inner in methods else "") for inner in reached]
    return False


@lru_cache(maxsize=4)
def _definitions(tree: ast.Module) -> tuple[dict[str, list[_Definition]], set[_Definition]]:
    """The functions of a file by name, and those of them that are given an object as methods."""
    defined: dict[str, list[_Definition]] = {}
    methods: set[_Definition] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            defined.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.ClassDef):
            inside = [part for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)]
            methods.update(part for part in inside if not _is_static(part))
    return defined, methods


def _is_static(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in node.decorator_list)


def _parameter(node: _Definition, place: int | str) -> str:
    """The parameter that an argument lands in, given by number or by keyword."""
    if isinstance(place, str):
        return place
    names = [param.arg for param in (*node.args.posonlyargs, *node.args.args)]
    return names[place] if place < len(names) else ""


def _mentioned(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                yield name


def _passed_to(node: _Definition, instance: str) -> Iterator[tuple[str, int | str]]:
    """Who is given the object itself, and as which argument; with an empty name, nobody knows who."""
    followed: set[ast.AST] = set()
    for inner in ast.walk(node):
        match inner:
            case ast.Attribute(value=ast.Name(id=name) as read) if name == instance:
                followed.add(read)
            case ast.Call(func=ast.Name(id=callee) | ast.Attribute(attr=callee), args=args, keywords=keywords):
                given: list[tuple[int | str, ast.expr]] = [*enumerate(args)]
                given += [(word.arg, word.value) for word in keywords if word.arg]
                for place, part in given:
                    if isinstance(part, ast.Name) and part.id == instance:
                        followed.add(part)
                        if callee not in _HARMLESS:
                            yield callee, place
            case ast.Name(id=name) if name == instance and inner not in followed:
                yield "", 0
