"""Entry points: the functions of a module that may reach a boundary and that nothing was seen calling."""

from __future__ import annotations

import ast

from picklecheck.crossings.world import KnownWorld
from picklecheck.semantics.budget import Exhausted
from picklecheck.semantics.domain.values import (
    BoundMethod,
    Class,
    Descriptor,
    Frame,
    Function,
    Here,
    Suspended,
    Wrapper,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models import fixtures, mock
from picklecheck.semantics.syntax.module import Module, names_bound

Definition = ast.FunctionDef | ast.AsyncFunctionDef


def entry_points(run: Machine, module: Module, world: KnownWorld) -> list[Definition]:
    """The candidates of a module, callers before those that they call by name."""
    wanted = candidates(run, module, world)
    called = {name for node in wanted for name in module.called(node) if name != node.name}
    return sorted(wanted, key=lambda one: one.name in called)


def candidates(run: Machine, module: Module, world: KnownWorld) -> list[Definition]:
    """The functions that call something named like a sink, or like a function of the module that may reach one."""
    definitions = [node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    names = set(run.sinks)
    relays = set(filter(world.may_start, run.sinks))
    found: dict[Definition, None] = {}
    grown = True
    while grown:
        grown = False
        for node in definitions:
            if node in found or names.isdisjoint(module.called(node)):
                continue
            found[node] = None
            if node.name not in names and not relays.isdisjoint(module.called(node)):
                names.add(node.name)
                relays.add(node.name)
                grown = True
    return list(found)


def import_may_reach_sink(run: Machine, module: Module, wanted: list[Definition]) -> bool:
    """Whether importing the module calls anything by the name of a sink or of an entry point."""
    names = run.sinks | {node.name for node in wanted}
    for statement in module.tree.body:
        if isinstance(statement, ast.ClassDef) and any(node in wanted for node in ast.walk(statement)):
            names |= {statement.name}
    for statement in module.tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            called = {name for decorator in statement.decorator_list for name in _called_by(module, decorator)}
        else:
            called = set(module.called(statement))
        if not names.isdisjoint(called):
            return True
    return False


def _called_by(module: Module, decorator: ast.expr) -> set[str]:
    """The names that a decorator calls, its own among them."""
    match decorator:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return {name}
    return set(module.called(decorator))


def bind(run: Machine, module: Module, wanted: list[Definition]) -> None:
    """Bind the functions and classes at module level in which the entry points stand, without running the rest."""
    lines = [node.lineno for node in wanted]
    for statement in module.tree.body:
        if any(statement.lineno <= line <= (statement.end_lineno or line) for line in lines):
            for name in names_bound(statement):
                run.namespace(module)
                run.demand(module, name)


def functions_made(run: Machine, module: Module) -> dict[ast.AST, list[tuple[Function, Class | None]]]:
    """The function objects of a module and its classes by their definitions, each with the class of a method."""
    found: dict[ast.AST, list[tuple[Function, Class | None]]] = {}
    hidden = [one for one, _ in run.origins.hidden if isinstance(one, Class) and one.module is module]
    seen: set[Class] = set(hidden)
    todo: list[tuple[Frame | Class, Class | None]] = [
        (run.imports.namespaces[module], None),
        *((one, one) for one in hidden),
    ]
    while todo:
        owner, cls = todo.pop(0)
        for values in run.store.names(owner).values():
            for value in values:
                match value:
                    case Function():
                        found.setdefault(value.node, []).append((value, cls))
                    case Class() if value.module is module and value not in seen:
                        seen.add(value)
                        todo.append((value, value))
                    case Descriptor(function=functions, kind=kind):
                        static = kind in ("staticmethod", "classmethod")
                        for one in functions:
                            if isinstance(one, Function):
                                found.setdefault(one.node, []).append((one, None if static else cls))
                    case Wrapper(function=functions):
                        for one in functions:
                            if isinstance(one, Function):
                                found.setdefault(one.node, []).append((one, cls))
    for one, cls in run.origins.hidden:
        if isinstance(one, Function) and one.module is module:
            found.setdefault(one.node, [(one, cls)])
    return found


def run_entry_point(run: Machine, module: Module, function: Function, owner: Class | None) -> None:
    """Run a function that nothing was seen calling: parameters by their annotations, `self` as constructed."""
    here = Here(run.imports.namespaces[module], function.node)
    run.pass_time()
    try:
        with run.aside(), run.active(here.frame):
            mock.decorate(run, here, owner)
            callee: Function | BoundMethod = function
            if owner is not None:
                instance = run.generic_instance(owner, here)
                fixtures.set_up(run, instance, function, here)
                callee = BoundMethod(function, instance, function.site)
            for value in run.call((callee,), fixtures.arguments(run, function, owner, here), here):
                run.resume(value, here)
                if isinstance(value, Suspended):
                    run.yielded(value, here)
    except (Abrupt, Exhausted):
        pass
