"""The functions, classes and variables of a project that lead to a process, by their names at module level."""

from __future__ import annotations

import ast
import io
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from picklecheck.semantics.syntax.module import Module, names_bound
from picklecheck.semantics.syntax.nodes import walk
from picklecheck.semantics.syntax.program import Program

# The names of what Python's own objects do, and of types that managers serve too: a call by one tells nothing.
OF_PYTHON = (list, dict, set, deque, str, re.Match, io.TextIOWrapper)
# That a module sets items counts only where some of its objects pickle them (`sinks.py`), and then it tells.
SHARED = frozenset(name for kind in OF_PYTHON for name in dir(kind)) - {"__setitem__"} | {"list", "dict", "open"}


@dataclass(frozen=True, slots=True)
class Link:
    """Names that a module binds, and those they depend on: if one of these leads to a process, all names do."""

    bound: frozenset[str]
    by: frozenset[str]


def names(program: Program, files: Sequence[Path], sinks: Mapping[Path, set[str]]) -> dict[Path, set[str]]:
    """The names at module level, by file, that lead to the sinks of their file, or to such names of another."""
    found: dict[Path, set[str]] = {file: set() for file in files}
    grown = True
    while grown:
        grown = False
        for file in files:
            here = found[file]
            before = len(here)
            leading = here.union(sinks.get(file, ()), *(found.get(one, ()) for one in program.imported(file)))
            for link in program.fact(file, links) or ():
                if not link.by.isdisjoint(leading):
                    here |= link.bound
            grown = grown or len(here) > before
    return found


def links(module: Module) -> tuple[Link, ...]:
    """What each statement at module level binds, and the names it depends on."""
    return tuple(link for statement in module.tree.body for link in _of_statement(module, statement))


def _of_statement(module: Module, statement: ast.stmt) -> list[Link]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [Link(frozenset({name}), _mentioned(module, statement))]
        case ast.ClassDef(name=name, bases=bases, body=body):
            methods = [one for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
            found = [Link(frozenset({name, one.name}) - SHARED, _mentioned(module, one)) for one in methods]
            return [*found, Link(frozenset({name}), frozenset(map(last_name, bases)))]
        case ast.ImportFrom(names=aliases):
            return [Link(frozenset({one.asname or one.name}), frozenset({one.name})) for one in aliases]
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            held = {last_name(part) for part in (value, *_parts(value))}
            return [Link(frozenset(names_bound(statement)), module.called(statement) | held)]
        case ast.If() | ast.Try() | ast.With():
            inner = [one for one in ast.iter_child_nodes(statement) if isinstance(one, ast.stmt)]
            return [link for one in inner for link in _of_statement(module, one)]
    return []


def _mentioned(module: Module, function: ast.AST) -> frozenset[str]:
    """What a function calls, or hands to a call, by last names: a thread calls its `target`."""
    calls = (node for node in walk(function) if isinstance(node, ast.Call))
    return module.called(function).union(last_name(part) for call in calls for part in _parts(call))


def _parts(value: ast.expr) -> Sequence[ast.expr]:
    """What a call or a display holds."""
    match value:
        case ast.Call(args=args, keywords=keywords):
            return [*args, *(one.value for one in keywords)]
        case ast.Dict(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            return parts
    return []


def last_name(node: ast.AST) -> str:
    """The name of a dotted name's last part; empty for all else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
