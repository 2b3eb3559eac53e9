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
    importers: dict[Path, list[Path]] = {}
    for file in files:
        for one in program.imported(file):
            importers.setdefault(one, []).append(file)
    # By file, the names that lead there and were not looked at yet: each is looked at once.
    leading = {file: set(sinks.get(file, ())) for file in files}
    todo = deque((file, frozenset(leading[file])) for file in files if leading[file])
    dependent = {file: Dependent(program.fact(file, links) or ()) for file in files}
    while todo:
        file, new = todo.popleft()
        bound = dependent[file].on(new)
        more = bound - found[file]
        found[file] |= more
        for other in (file, *importers.get(file, ())):
            if unseen := more - leading[other]:
                leading[other] |= unseen
                todo.append((other, frozenset(unseen)))
    return found


class Dependent:
    """The links of a module by the names that they depend on; sorted where they are asked for more than once."""

    def __init__(self, links_: Sequence[Link]) -> None:
        self.links = links_
        self.asked = False
        self.by_name: dict[str, list[Link]] = {}

    def on(self, leading: frozenset[str]) -> set[str]:
        """What depends on any of these names."""
        if not self.asked:
            self.asked = True
            return {name for link in self.links if not link.by.isdisjoint(leading) for name in link.bound}
        if not self.by_name:
            for link in self.links:
                for name in link.by:
                    self.by_name.setdefault(name, []).append(link)
        return {name for one in leading for link in self.by_name.get(one, ()) for name in link.bound}


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
