"""What the methods of a class do with the attributes of their own object, as far as the text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from picklecheck.semantics.syntax.module import CHANGING
from picklecheck.semantics.syntax.nodes import walk


@dataclass(frozen=True, slots=True)
class Access:
    """The attributes of its own object that a method sets, or changes the items of, and those that it reads."""

    changes: frozenset[str]
    reads: frozenset[str]


@lru_cache(maxsize=1_024)
def accesses(cls: ast.AST) -> Mapping[str, Access]:
    """The methods of a class by their names, each with what it does itself."""
    body: Iterable[ast.stmt] = cls.body if isinstance(cls, ast.ClassDef) else ()
    methods = (one for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.args.args)
    return {one.name: _access(one, one.args.args[0].arg) for one in methods}


def changes(methods: Mapping[str, Access], name: str) -> frozenset[str]:
    """The attributes that a method changes, itself or through others that it calls on its object."""
    return frozenset().union(*(one.changes for one in _reached(methods, name)))


def reads(methods: Mapping[str, Access], name: str) -> frozenset[str]:
    """The attributes that a method reads, itself or through others that it calls on its object."""
    return frozenset().union(*(one.reads for one in _reached(methods, name)))


def _reached(methods: Mapping[str, Access], name: str) -> Iterator[Access]:
    """What a method does, and each that it reads from its object."""
    todo, seen = [name], {name}
    while todo:
        access = methods.get(todo.pop())
        if access is not None:
            yield access
            todo += access.reads - seen
            seen |= access.reads


def _access(method: ast.AST, own: str) -> Access:
    changed: set[str] = set()
    read: set[str] = set()
    for node in walk(method):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute, ctx=context) if name == own:
                (read if isinstance(context, ast.Load) else changed).add(attribute)
            case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name), attr=attribute), ctx=ast.Store()) if (
                name == own
            ):
                changed.add(attribute)
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr=attribute), attr=method_name)
            ) if name == own and method_name in CHANGING:
                changed.add(attribute)
    return Access(frozenset(changed), frozenset(read))
