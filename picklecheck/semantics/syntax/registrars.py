"""Which statements of the modules that a program imports hand something to another module, as to its registry."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from picklecheck.semantics.syntax.module import Module
from picklecheck.semantics.syntax.program import Program, absolute

# How many modules are looked at, and with how many such statements none of them is run.
MOST_IMPORTERS = 40
MOST_HANDED = 40


def handing(program: Program, main: Module, module: Module) -> list[tuple[Module, ast.stmt]]:
    """The statements that call something of `module` as decorators do, or derive from a class of it, in their order.

    Only modules count that importing `main` imports; `main` itself is none of them.
    """
    offered = module.scope(module.tree).bound
    found = [
        (other, statement)
        for file in files_imported(program, main)
        if module.file in program.imported(file) and not offered.isdisjoint(program.fact(file, names_asked) or ())
        if (other := program.module(file)) is not None
        for statement in other.tree.body
        if not offered.isdisjoint(names_in(asked(statement)))
    ]
    return found if len(found) <= MOST_HANDED else []


def files_imported(program: Program, main: Module) -> Iterator[Path]:
    """The files that importing a module imports, each behind those that it imports itself."""
    seen = {main.file}
    todo = [(main.file, iter(named(main, program)))]
    while todo:
        file, rest = todo[-1]
        inner = next(rest, None)
        if inner is None:
            todo.pop()
            if file != main.file:
                yield file
        elif inner not in seen and len(seen) <= MOST_IMPORTERS:
            further = program.fact(inner, named, program)
            if further is not None:
                seen.add(inner)
                todo.append((inner, iter(further)))


def named(module: Module, program: Program) -> tuple[Path, ...]:
    """The files of the project that a module surely imports, or tries to."""
    wanted: list[str] = []
    for statement in module.tree.body:
        for node in statement.body if isinstance(statement, ast.Try) else [statement]:
            match node:
                case ast.Import(names=names):
                    wanted += [alias.name for alias in names]
                case ast.ImportFrom(names=names):
                    source = absolute(module.name, module.is_package, node.module, node.level)
                    wanted += [source, *(f"{source}.{alias.name}" for alias in names)]
    found = (program.locate(name, module.file, module.name) for name in wanted)
    return tuple(dict.fromkeys(file for file in found if file is not None))


def names_asked(module: Module) -> frozenset[str]:
    """The names by which the statements of a module call something, or derive from it."""
    return frozenset(name for statement in module.tree.body for name in names_in(asked(statement)))


def asked(statement: ast.stmt) -> list[ast.expr]:
    """What a statement calls, or derives from."""
    match statement:
        case ast.FunctionDef(decorator_list=decorators) | ast.AsyncFunctionDef(decorator_list=decorators):
            return decorators
        case ast.ClassDef(decorator_list=decorators, bases=bases):
            return [*decorators, *bases]
        case ast.Expr(value=ast.Call(func=called)):
            return [called]
    return []


def names_in(nodes: Iterable[ast.expr]) -> Iterator[str]:
    """The names in `step("trim")`, `registry.step` or `STEPS.add`."""
    for node in nodes:
        inner: ast.expr | None = node
        while inner is not None:
            match inner:
                case ast.Call(func=further):
                    inner = further
                case ast.Attribute(value=further, attr=name):
                    yield name
                    inner = further
                case ast.Name(id=name):
                    yield name
                    inner = None
                case _:
                    inner = None
