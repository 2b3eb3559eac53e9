"""Entry points: the functions of a module that may reach a boundary and that nothing was seen calling."""

from __future__ import annotations

import ast

from picklecheck.crossings.world import KnownWorld
from picklecheck.semantics import calls, classes, imports, patches
from picklecheck.semantics.program import Module, names_bound
from picklecheck.semantics.run import Abrupt, Exhausted, Run
from picklecheck.semantics.values import Arguments, BoundMethod, Class, Descriptor, Frame, Function, Made, Suspended

Definition = ast.FunctionDef | ast.AsyncFunctionDef


def entry_points(run: Run, module: Module, world: KnownWorld) -> list[Definition]:
    """The candidates of a module, callers before those that they call by name."""
    wanted = candidates(run, module, world)
    called = {name for node in wanted for name in module.called(node) if name != node.name}
    return sorted(wanted, key=lambda one: one.name in called)


def candidates(run: Run, module: Module, world: KnownWorld) -> list[Definition]:
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


def import_may_reach_sink(run: Run, module: Module, wanted: list[Definition]) -> bool:
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


def bind(run: Run, module: Module, wanted: list[Definition]) -> None:
    """Bind the functions and classes at module level in which the entry points stand, without running the rest."""
    lines = [node.lineno for node in wanted]
    for statement in module.tree.body:
        if any(statement.lineno <= line <= (statement.end_lineno or line) for line in lines):
            for name in names_bound(statement):
                imports.namespace(run, module)
                imports.demand(run, module, name)


def functions_made(run: Run, module: Module) -> dict[ast.AST, list[tuple[Function, Class | None]]]:
    """The function objects of a module and its classes by their definitions, each with the class of a method."""
    found: dict[ast.AST, list[tuple[Function, Class | None]]] = {}
    hidden = [one for one, _ in run.hidden if isinstance(one, Class) and one.module is module]
    seen: set[Class] = set(hidden)
    todo: list[tuple[Frame | Class, Class | None]] = [(run.namespaces[module], None), *((one, one) for one in hidden)]
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
                    case Made(type="functools.wrapper" | "contextlib.contextmanager", arguments=Arguments() as held):
                        for one in held.positional[0]:
                            if isinstance(one, Function):
                                found.setdefault(one.node, []).append((one, cls))
    for one, cls in run.hidden:
        if isinstance(one, Function) and one.module is module:
            found.setdefault(one.node, [(one, cls)])
    return found


def run_entry_point(run: Run, module: Module, function: Function, owner: Class | None) -> None:
    """Run a function that nothing was seen calling: parameters by their annotations, `self` as constructed."""
    base = run.store
    run.store = base.fork()
    namespace = run.namespaces[module]
    node = function.node
    stack = list(run.stack)
    run.stack.append(namespace)
    run.pass_time()
    try:
        patches.decorate(run, node, namespace)
        callee: Function | BoundMethod = function
        if owner is not None:
            instance = classes.generic_instance(run, owner, node, namespace)
            callee = BoundMethod(function, instance, function.site)
        for value in calls.call(run, (callee,), Arguments(open=True), node, namespace):
            calls.resume(run, value, node, namespace)
            if isinstance(value, Suspended):
                calls.yielded(run, value, node, namespace)
    except (Abrupt, Exhausted):
        pass
    finally:
        run.stack[:] = stack
        run.store = base
