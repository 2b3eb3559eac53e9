"""Imports: names of modules of the project, which run when something of them is first read, and of others."""

from __future__ import annotations

import ast

from picklecheck.semantics.program import REGISTERED, Module, absolute
from picklecheck.semantics.run import Run
from picklecheck.semantics.values import (
    UNKNOWN,
    Class,
    Constant,
    Container,
    External,
    Frame,
    Imported,
    ProjectModule,
    Value,
    Values,
    join,
)


def run_import(run: Run, node: ast.Import | ast.ImportFrom, frame: Frame) -> None:
    from picklecheck.semantics import statements

    if isinstance(node, ast.Import):
        for alias in node.names:
            bound = alias.asname or alias.name.split(".")[0]
            statements.bind_name(run, bound, module_value(run, alias.name if alias.asname else bound, frame), frame)
        return
    source = absolute(frame.module.name, frame.module.is_package, node.module, node.level)
    for alias in node.names:
        if alias.name == "*":
            import_all(run, source, frame)
        else:
            statements.bind_name(run, alias.asname or alias.name, (Imported(source, alias.name),), frame)


def import_all(run: Run, source: str, frame: Frame) -> None:
    """`from module import *`: the names of `__all__`, else those without a leading underscore."""
    from picklecheck.semantics import containers, statements

    module = run.program.find(source, frame.module)
    if module is None:
        for name in EXPORTS.get(source, ()):
            statements.bind_name(run, name, (Imported(source, name),), frame)
        return
    listed = of_module(run, module, "__all__", frame) if "__all__" in module.scope(module.tree).bound else ()
    if listed:
        values = containers.elements(run, listed, module.tree, frame)
        names = {value.value for value in values if isinstance(value, Constant) and isinstance(value.value, str)}
    else:
        names = {name for name in module.scope(module.tree).bound if not name.startswith("_")}
    for name in sorted(names):
        statements.bind_name(run, name, (Imported(source, name),), frame)


# What a star import of a boundary's own module brings (its documented names).
EXPORTS = {
    "multiprocessing": (
        *("Array", "Barrier", "BoundedSemaphore", "Condition", "Event", "JoinableQueue", "Lock", "Manager", "Pipe"),
        *("Pool", "Process", "Queue", "RLock", "RawArray", "RawValue", "Semaphore", "SimpleQueue", "Value"),
        *("get_context", "set_start_method", "get_start_method", "current_process", "cpu_count"),
    ),
    "concurrent.futures": ("ProcessPoolExecutor", "ThreadPoolExecutor", "Future", "Executor", "as_completed", "wait"),
    "threading": ("Lock", "RLock", "Thread", "Event", "Condition", "Semaphore", "Barrier", "Timer", "local"),
    "functools": ("partial", "wraps", "lru_cache", "reduce"),
}


def module_value(run: Run, name: str, frame: Frame) -> Values:
    """The module of a name; `__main__` is the file that is run."""
    module = run.main if name == run.main_name else run.program.find(name, frame.module)
    if module is not None:
        return (ProjectModule(module),)
    if run.program.is_package(name, frame.module) and not is_standard(name):
        return (External(name, is_module=True),)
    return (External(run.world.canonical(name), is_module=True),)


def by_name(run: Run, names: Values, frame: Frame) -> Values:
    """The module of a name that the program computes."""
    match names:
        case (Constant(value=str(name)),):
            return module_value(run, name, frame)
    return UNKNOWN


def is_standard(name: str) -> bool:
    """Whether a module belongs to the standard library (`sys.stdlib_module_names` of the running version)."""
    import sys

    return name.split(".")[0] in sys.stdlib_module_names


def resolve(run: Run, imported: Imported, frame: Frame) -> Values:
    """What `from module import name` binds: a submodule, a variable of the module, or a name outside."""
    from picklecheck.semantics import attributes

    module = run.program.find(imported.module, frame.module)
    if module is frame.module or imported in run.resolving:
        module = None  # `from . import name` in the package itself, or a circle that comes back to where it began
    if module is None:
        submodule = run.program.find(f"{imported.module}.{imported.name}", frame.module)
        if submodule is not None:
            return (ProjectModule(submodule),)
        return attributes.of_external(run, External(imported.module, is_module=True), imported.name, frame)
    run.resolving.append(imported)
    try:
        return of_module(run, module, imported.name, frame)
    finally:
        run.resolving.pop()


def of_module(run: Run, module: Module, name: str, frame: Frame) -> Values:
    """A variable of a module of the project, or its submodule."""
    there = namespace(run, module)
    demand(run, module, name)
    values = run.store.values(there, name)
    if values:
        return join(*(resolve(run, value, there) if isinstance(value, Imported) else (value,) for value in values))
    submodule = run.program.find(f"{module.name}.{name}", module) if module.is_package else None
    return (ProjectModule(submodule),) if submodule else UNKNOWN


def namespace(run: Run, module: Module) -> Frame:
    """The variables of a module; those of an imported one are bound when they are first asked for."""
    found = run.namespaces.get(module)
    if found is None:
        found = run.namespaces[module] = Frame(module, module.scope(module.tree))
        demand(run, module, REGISTERED)
    return found


def demand(run: Run, module: Module, name: str) -> None:
    """Run the statements of an imported module that bind a name, and no others.

    What else a module does at import is not followed; a name that only a call can have bound
    makes the whole body run. No statement runs twice: a second class of the same definition
    would be another class.
    """
    if module in run.executed or (module, name) in run.demanded:
        return
    run.demanded.add((module, name))
    binding = module.binding(name)
    if not binding and name in module.declared_global:
        run.executed.add(module)
        binding = module.tree.body
    body = [statement for statement in binding if statement not in run.bound]
    if body:
        run.bound.update(body)
        execute(run, module, body)
    if any(waits_to_be_filled(run, value) for value in run.store.values(namespace(run, module), name)):
        for statement in module.tree.body:
            if statement not in run.bound and not is_main_guard(statement):
                run.bound.add(statement)
                execute(run, module, [statement])


def waits_to_be_filled(run: Run, value: Value) -> bool:
    """Whether something is empty, or a class has something empty, as a registry is before what it is for is defined."""
    if isinstance(value, Class):
        return any(
            isinstance(one, Container) and waits_to_be_filled(run, one)
            for values in run.store.names(value).values()
            for one in values
        )
    items = run.store.items(value)
    return isinstance(value, Container) and items.exact and not items.values and value.kind in ("list", "dict", "set")


def is_main_guard(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def execute(run: Run, module: Module, body: list[ast.stmt]) -> None:
    """Run statements at module level, into the lowest layer of the store.

    What a module does at import outlasts the branch that imported it.
    """
    from picklecheck.semantics import statements

    frame = namespace(run, module)
    store, loops, catchers, stack = run.store, run.loops, run.catchers, list(run.stack)
    while run.store.base is not None:
        run.store = run.store.base
    run.stack.append(frame)
    run.loops, run.catchers = 0, []
    try:
        statements.run_body(run, body, frame, statements.Activation(run.store))
    finally:
        run.stack[:] = stack
        run.store, run.loops, run.catchers = store, loops, catchers


def execute_whole(run: Run, module: Module) -> None:
    """Run a module's whole body, as a program's main module runs."""
    run.executed.add(module)
    execute(run, module, module.tree.body)
