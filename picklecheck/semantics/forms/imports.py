"""Imports: names of modules of the project, which run when something of them is first read, and of others."""

from __future__ import annotations

import ast
import sys

from picklecheck.semantics.domain.items import Later
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Class,
    Constant,
    Container,
    ExternalName,
    Frame,
    Here,
    PendingImport,
    ProjectModule,
    Value,
    Values,
    join,
    text_of,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.kinds.attributes import of_external
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import REGISTERED, Module
from picklecheck.semantics.syntax.program import absolute
from picklecheck.semantics.syntax.registering import registering
from picklecheck.semantics.syntax.registrars import handing
from picklecheck.semantics.syntax.scopes import within

# Modules of the standard library without which Python does not start on every version meant, and what they have had
# since Python 3.4 or before (documentation).
ALWAYS_THERE = {
    "sys": {"argv", "exit", "path", "platform", "version_info", "stdin", "stdout", "stderr", "modules", "maxsize"},
    "os": {"environ", "getpid", "path", "getcwd", "listdir", "sep", "name", "cpu_count", "devnull"},
    "functools": {"partial", "wraps", "reduce", "lru_cache", "cmp_to_key", "total_ordering", "partialmethod"},
    "collections": {"OrderedDict", "defaultdict", "deque", "namedtuple", "Counter", "ChainMap"},
    "math": {"gcd", "sqrt", "floor", "ceil", "pi", "log", "exp", "sin", "cos", "hypot", "inf", "nan", "isclose"},
    "itertools": {"chain", "count", "cycle", "islice", "product", "repeat", "starmap", "zip_longest"},
    "multiprocessing": {"Pool", "Process", "Queue", "Lock", "Manager", "get_context", "cpu_count"},
    "concurrent.futures": {"ProcessPoolExecutor", "ThreadPoolExecutor", "as_completed", "wait"},
    "operator": {"attrgetter", "itemgetter", "methodcaller", "add", "mul"},
    "threading": {"Lock", "RLock", "Thread", "Event", "Condition", "local"},
}


def surely_works(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether an import cannot fail, on no version from Python 3.5 on."""
    if isinstance(node, ast.Import):
        return all(alias.name in ALWAYS_THERE for alias in node.names)
    return not node.level and all(alias.name in ALWAYS_THERE.get(node.module or "", ()) for alias in node.names)


def run_import(run: Machine, node: ast.Import | ast.ImportFrom, frame: Frame) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            bound = alias.asname or alias.name.split(".")[0]
            run.bind_name(bound, module_value(run, alias.name if alias.asname else bound, frame), frame)
        return
    source = absolute(frame.module.name, frame.module.is_package, node.module, node.level)
    for alias in node.names:
        if alias.name == "*":
            import_all(run, source, frame)
        elif run.world.module_has(f"{source}.{alias.name}", run.versions) is False:
            raise run.fail("ImportError", Here(frame, node))
        else:
            run.bind_name(alias.asname or alias.name, (PendingImport(source, alias.name),), frame)


def import_all(run: Machine, source: str, frame: Frame) -> None:
    """`from module import *`."""
    for name in sorted(exported(run, source, frame)):
        run.bind_name(name, (PendingImport(source, name),), frame)


def exported(run: Machine, source: str, frame: Frame) -> set[str]:
    """The names that a star brings: those of `__all__`, else those without a leading underscore, by stars too."""
    found: set[str] = set()
    seen: set[Module] = set()
    todo = [(source, frame.module)]
    while todo:
        name, importer = todo.pop()
        module = run.program.find(name, importer)
        if module is None:
            found.update(EXPORTS.get(name) or run.world.names_of(name))
        if module is None or module in seen:
            continue
        seen.add(module)
        variables = module.scope(module.tree).bound
        if "__all__" in variables:
            listed = run.elements(run.of_module(module, "__all__"), Here(frame, module.tree))
            names = [text_of((value,)) for value in listed]
            found.update(filter(None, names))
            if None not in names:
                continue
        found.update(one for one in variables if not one.startswith(("_", "*")))
        if "*" in variables:
            todo += [(star, module) for star in run.program.fact(module.file, stars) or ()]
    return found


def stars(module: Module) -> list[str]:
    """The modules all of whose names a module imports, in no function of it."""
    return [
        absolute(module.name, module.is_package, node.module, node.level)
        for node in within(module.tree)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]


# What a star import of these modules brings (their documented names); of others it is what is known of.
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


def module_value(run: Machine, name: str, frame: Frame) -> Values:
    """The module of a name; `__main__` is the file that is run."""
    module = run.main if name == run.main_name else run.program.find(name, frame.module)
    if module is not None:
        return (ProjectModule(module),)
    if not is_standard(name) and run.program.is_package(name, frame.module):
        return (ExternalName(name, is_module=True),)
    return (ExternalName(run.world.canonical(name), is_module=True),)


def by_name(run: Machine, names: Values, frame: Frame) -> Values:
    """The module of a name that the program computes."""
    match names:
        case (Constant(value=str(name)),):
            return module_value(run, name, frame)
    return UNKNOWN


def is_standard(name: str) -> bool:
    """Whether a module belongs to the standard library (`sys.stdlib_module_names` of the running version)."""
    return name.split(".")[0] in sys.stdlib_module_names


def resolve(run: Machine, imported: PendingImport, frame: Frame) -> Values:
    """What `from module import name` binds: a submodule, a variable of the module, or a name outside."""
    resolving = run.control.resolving
    module = run.program.find(imported.module, frame.module)
    if module is frame.module or imported in resolving:
        module = None  # `from . import name` in the package itself, or a circle that comes back to where it began
    if module is None:
        submodule = run.program.find(f"{imported.module}.{imported.name}", frame.module)
        if submodule is not None:
            return (ProjectModule(submodule),)
        outside = ExternalName(imported.module, is_module=True)
        return of_external(run, outside, imported.name, Here(frame, frame.module.tree))
    resolving.append(imported)
    try:
        return run.of_module(module, imported.name)
    finally:
        resolving.pop()


def of_module(run: Machine, module: Module, name: str) -> Values:
    """A variable of a module of the project, or its submodule."""
    there = run.namespace(module)
    run.demand(module, name)
    values = run.store.values(there, name)
    if values:
        return join(*(run.resolve(value, there) if isinstance(value, PendingImport) else (value,) for value in values))
    submodule = run.program.find(f"{module.name}.{name}", module) if module.is_package else None
    return (ProjectModule(submodule),) if submodule else UNKNOWN


def namespace(run: Machine, module: Module) -> Frame:
    """The variables of a module; those of an imported one are bound when they are first asked for."""
    found = run.imports.namespaces.get(module)
    if found is None:
        found = run.imports.namespaces[module] = Frame(module, module.scope(module.tree))
        run.demand(module, REGISTERED)
        run_calls(run, module, registering(module))
    return found


def run_calls(run: Machine, module: Module, names: frozenset[str]) -> None:
    """Run the statements of an imported module that only call one of its functions, of those with these names."""
    state = run.imports
    for statement in module.tree.body if names else ():
        if isinstance(statement, ast.Expr) and not names.isdisjoint(module.called(statement)):
            if statement not in state.bound:
                state.bound.add(statement)
                execute(run, module, [statement])


def demand(run: Machine, module: Module, name: str) -> None:
    """Run the statements of an imported module that bind a name, and no others.

    What else a module does at import is not followed; a name that only a call can have bound
    makes the whole body run. No statement runs twice: a second class of the same definition
    would be another class.
    """
    state = run.imports
    if module in state.executed or (module, name) in state.demanded:
        return
    state.demanded.add((module, name))
    binding = module.binding(name)
    if not binding and name in module.declared_global:
        state.executed.add(module)
        binding = module.tree.body
    body = [statement for statement in binding if statement not in state.bound]
    if body:
        state.bound.update(body)
        execute(run, module, body)
    if is_waiting(run, module, name):
        fill(run, [(module, one) for one in module.tree.body if not is_main_guard(one)])
        if is_waiting(run, module, name):
            fill(run, handing(run.program, run.main, module))


def fill(run: Machine, statements: list[tuple[Module, ast.stmt]]) -> None:
    """Run statements at module level that were not run yet."""
    state = run.imports
    for module, statement in statements:
        if statement not in state.bound and module not in state.executed:
            state.bound.add(statement)
            execute(run, module, [statement])


def is_waiting(run: Machine, module: Module, name: str) -> bool:
    return any(waits_to_be_filled(run, value) for value in run.store.values(run.namespace(module), name))


def waits_to_be_filled(run: Machine, value: Value) -> bool:
    """Whether something is empty, or a class has something empty, as a registry is before what it is for is defined."""
    if isinstance(value, Class):
        return any(
            isinstance(one, Container) and waits_to_be_filled(run, one)
            for values in run.store.names(value).values()
            for one in values
        )
    if not isinstance(value, Container) or value.kind == "tuple":
        return False
    items = run.store.items(value)
    return not isinstance(items, Later) and items.exact and not items.values


def is_main_guard(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def execute(run: Machine, module: Module, body: list[ast.stmt]) -> None:
    """Run statements at module level, into the lowest layer of the store."""
    frame = run.namespace(module)
    with run.at_import(), run.active(frame):
        try:
            run.run_body(body, frame)
        except Abrupt:
            pass


def execute_whole(run: Machine, module: Module) -> None:
    """Run a module's whole body, as a program's main module runs."""
    run.imports.executed.add(module)
    run.imports.running = module
    try:
        execute(run, module, module.tree.body)
    finally:
        run.imports.running = None
