"""Which statements of the modules that a program imports hand something to another module, as to its registry."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set

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
        for other in modules_imported(program, main)
        if module.file in program.imported(other.file)
        for statement in other.tree.body
        if any(leads_to(offered, one) for one in asked(statement))
    ]
    return found if len(found) <= MOST_HANDED else []


def modules_imported(program: Program, main: Module) -> Iterator[Module]:
    """The modules that importing a module imports, each behind those that it imports itself."""
    seen = {main.file}
    todo = [(main, named(program, main))]
    while todo:
        module, rest = todo[-1]
        inner = next(rest, None)
        if inner is None:
            todo.pop()
            if module is not main:
                yield module
        elif inner.file not in seen and len(seen) <= MOST_IMPORTERS:
            seen.add(inner.file)
            todo.append((inner, named(program, inner)))


def named(program: Program, module: Module) -> Iterator[Module]:
    """The modules of the project that a module surely imports, or tries to."""
    for statement in module.tree.body:
        for node in statement.body if isinstance(statement, ast.Try) else [statement]:
            match node:
                case ast.Import(names=names):
                    wanted = [alias.name for alias in names]
                case ast.ImportFrom(names=names):
                    source = absolute(module.name, module.is_package, node.module, node.level)
                    wanted = [source, *(f"{source}.{alias.name}" for alias in names)]
                case _:
                    continue
            for name in wanted:
                if (found := program.find(name, module)) is not None:
                    yield found


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


def leads_to(offered: Set[str], node: ast.expr) -> bool:
    """Whether a name in `step("trim")`, `registry.step` or `STEPS.add` is one of these."""
    match node:
        case ast.Call(func=inner):
            return leads_to(offered, inner)
        case ast.Attribute(value=inner, attr=name):
            return name in offered or leads_to(offered, inner)
        case ast.Name(id=name):
            return name in offered
    return False
