"""One file of the project: its tree, and what can be told of it without running it."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from picklecheck.semantics.syntax.nodes import walk
from picklecheck.semantics.syntax.scopes import Scope, ScopeNode, scope_of, within
from picklecheck.source.place import Place
from picklecheck.source.text import split


@dataclass(eq=False, slots=True)
class Module:
    """One file: its dotted name, its tree, and where its nodes are in the text.

    Of a file in Python 2 syntax (`python2`) tree and text are its translation, line by line.
    """

    path: str
    file: Path
    name: str
    tree: ast.Module
    text: str
    python2: bool = False
    scopes: dict[ast.AST, Scope] = field(default_factory=dict)
    functions: list[tuple[int, int, str]] | None = None
    calls: dict[ast.AST, frozenset[str]] = field(default_factory=dict)
    bindings: dict[str, list[ast.stmt]] | None = None
    globals_bound: frozenset[str] | None = None
    raising_: frozenset[ast.AST] | None = None
    changes: dict[ast.AST, frozenset[str] | None] | None = None
    attributes_set: frozenset[str] | None = None
    lines: list[str] | None = None

    @property
    def is_package(self) -> bool:
        return self.file.name == "__init__.py"

    @property
    def runs_package(self) -> bool:
        """Whether it is what `python -m` runs of a package: no child that is spawned then runs it again."""
        return self.file.name == "__main__.py"

    def scope(self, node: ScopeNode) -> Scope:
        found = self.scopes.get(node)
        if found is None:
            found = self.scopes[node] = scope_of(node)
        return found

    def binding(self, name: str) -> list[ast.stmt]:
        """The statements at module level that bind a name, or set attributes or items of it, in order."""
        if self.bindings is None:
            self.bindings = {}
            for statement in self.tree.body:
                for bound in names_bound(statement):
                    self.bindings.setdefault(bound, []).append(statement)
        return self.bindings.get(name) or self.bindings.get(ANY_NAME, [])

    @property
    def declared_global(self) -> frozenset[str]:
        """The names that functions of the module bind for it with `global`."""
        if self.globals_bound is None:
            nodes = walk(self.tree) if "global " in self.text else ()
            self.globals_bound = frozenset(
                name for node in nodes if isinstance(node, ast.Global) for name in node.names
            )
        return self.globals_bound

    @property
    def set_later(self) -> frozenset[str]:
        """The attributes that something apart from an `__init__` of the module sets."""
        if self.attributes_set is None:
            self.attributes_set = frozenset(attributes_set(self.tree))
        return self.attributes_set

    def called(self, node: ast.AST) -> frozenset[str]:
        """The last names of everything that is called inside a node, and `__setitem__` where it sets an item."""
        found = self.calls.get(node)
        if found is None:
            found = self.calls[node] = names_called(node)
        return found

    def changed_by(self, node: ast.AST) -> frozenset[str] | None:
        """The attributes that a function of the module may set, itself or through others of the module.

        `[]` means the items of containers; None for any attribute, where their names are computed.
        """
        if self.changes is None:
            self.changes = changes_of_functions(self)
        return self.changes.get(node, frozenset())

    @property
    def raising(self) -> frozenset[ast.AST]:
        """The functions that raise an exception that is no builtin, or call one that does by name."""
        if self.raising_ is None:
            self.raising_ = raising(self)
        return self.raising_

    def place(self, node: ast.AST) -> Place:
        """Where a node is; a decorated definition is at its `def` or `class`."""
        line, end_line = getattr(node, "lineno", 1), getattr(node, "end_lineno", 1)
        column, end_column = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 0)
        return Place(
            self.path,
            line,
            self._characters(line, column) + 1,
            end_line,
            self._characters(end_line, end_column) + 1,
        )

    def _characters(self, line: int, offset: int) -> int:
        """An offset in UTF-8 bytes, as `ast` counts, as characters."""
        if self.text.isascii():
            return offset
        if self.lines is None:
            self.lines = split(self.text)
        if not 0 < line <= len(self.lines):
            return offset
        text = self.lines[line - 1]
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))

    def function_at(self, line: int) -> str:
        """The name of the innermost function around a line; empty at module level."""
        if self.functions is None:
            found = [node for node in walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
            self.functions = [(node.lineno, node.end_lineno or node.lineno, node.name) for node in found]
        around = [(start, name) for start, end, name in self.functions if start <= line <= end]
        return max(around)[1] if around else ""


def names_called(node: ast.AST) -> frozenset[str]:
    found: set[str] = set()
    for inner in walk(node):
        if isinstance(inner, ast.Call):
            match inner.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    found.add(name)
        elif isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Store):
            found.add("__setitem__")
    return frozenset(found)


def attributes_set(node: ast.AST) -> Iterator[str]:
    """The attributes that are set inside a node, but for those that an `__init__` sets."""
    constructors = [one for one in walk(node) if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
    left_out = {inner for one in constructors for inner in walk(one) if type(inner) is ast.Attribute}
    for inner in walk(node):
        if type(inner) is ast.Attribute and type(inner.ctx) is ast.Store and inner not in left_out:
            yield inner.attr


# Methods that change the items of what they are called on, and functions that set attributes by computed names.
CHANGING = {
    *("append", "extend", "insert", "remove", "pop", "clear", "update", "add", "discard", "setdefault", "popitem"),
    *("sort", "reverse", "appendleft", "popleft", "extendleft"),
}
COMPUTING = {"setattr", "delattr", "exec", "vars", "__setattr__", "__delattr__"}


def changes_of_functions(module: Module) -> dict[ast.AST, frozenset[str] | None]:
    """What each function of a module may change, by the names of the functions that it calls."""
    functions = [node for node in walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    found: dict[ast.AST, frozenset[str] | None] = {node: own_changes(module, node) for node in functions}
    by_name: dict[str, list[ast.AST]] = {}
    for node in functions:
        by_name.setdefault(node.name, []).append(node)
    grown = True
    while grown:
        grown = False
        for node in functions:
            changes = found[node]
            for name in module.called(node) & by_name.keys() if changes is not None else ():
                for other in by_name[name]:
                    more = found[other]
                    changes = None if more is None or changes is None else changes | more
            grown = grown or changes != found[node]
            found[node] = changes
    return found


def own_changes(module: Module, node: ast.AST) -> frozenset[str] | None:
    called = module.called(node)
    if not COMPUTING.isdisjoint(called):
        return None
    found = {"[]"} if not CHANGING.isdisjoint(called) else set()
    for inner in walk(node):
        match inner:
            case ast.Attribute(attr="__dict__"):
                return None
            case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.Subscript(ctx=ast.Store() | ast.Del()):
                found.add("[]")
    return frozenset(found)


def raising(module: Module) -> frozenset[ast.AST]:
    if "raise " not in module.text:
        return frozenset()
    functions = [node for node in walk(module.tree) if isinstance(node, ast.FunctionDef)]
    found: set[ast.AST] = {node for node in functions if any(map(raises_own, walk(node)))}
    names, grown = {node.name for node in functions if node in found}, True
    while grown:
        more = [node for node in functions if node not in found and not names.isdisjoint(module.called(node))]
        found.update(more)
        names.update(node.name for node in more)
        grown = bool(more)
    return frozenset(found)


def raises_own(node: ast.AST) -> bool:
    match node:
        case ast.Raise(exc=ast.Call(func=ast.Name(id=name)) | ast.Name(id=name)):
            return not hasattr(builtins, name)
        case ast.Raise(exc=ast.Call()):
            return True
    return False


# What `from module import *` may bind.
ANY_NAME = "*"

# Represents the calls at module level that register something with `copyreg`, under whatever name it is imported.
REGISTERED = "[registered]"
REGISTERING = re.compile(r"copyreg|(\A|\.)pickle\Z|ForkingPickler|reduction\.register\Z")

# Represents the calls at module level that pin the start method.
PINNED = "[pinned]"


# Methods by which a container gets what it holds.
FILLING = {"append", "add", "extend", "update", "insert", "setdefault", "appendleft"}


def names_bound(statement: ast.stmt) -> set[str]:
    """The names that a statement binds in its own scope, or whose attributes or items it sets."""
    found: set[str] = set()
    for node in (statement, *within(ast.Module([statement], []))):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    found.add(ANY_NAME if alias.name == "*" else alias.asname or alias.name.split(".")[0])
            case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store()):
                found.add(name)
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method))) if (
                method in FILLING
            ):
                found.add(name)
            case ast.Expr(value=ast.Call(func=func)):
                called = ast.unparse(func)
                found |= {REGISTERED} if REGISTERING.search(called) else set()
                found |= {PINNED} if called.endswith("set_start_method") else set()
    return found
