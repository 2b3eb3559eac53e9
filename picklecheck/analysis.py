"""One file's findings: run it abstractly, from its module body and from what nothing else calls."""

from __future__ import annotations

import ast
import gc
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from picklecheck.crossings.examiner import Examiner
from picklecheck.crossings.world import KnownWorld
from picklecheck.findings import Finding
from picklecheck.knowledge import schema
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.knowledge.versions import Version
from picklecheck.rules import reporting, subjects
from picklecheck.semantics import calls, classes, imports
from picklecheck.semantics.program import Module, Program, absolute, dotted_name, names_bound
from picklecheck.semantics.run import MOST_STEPS_OF_A_ROOT, Abrupt, Exhausted, Run
from picklecheck.semantics.values import (
    UNBOUND,
    Arguments,
    BoundMethod,
    Class,
    Descriptor,
    Frame,
    Function,
    Made,
    Suspended,
)
from picklecheck.session import unreadable
from picklecheck.settings import Settings
from picklecheck.source.dialects import NeedsFissix, from_python_2, looks_like_python_2, needed_version
from picklecheck.source.sieve import starts_processes
from picklecheck.source.text import Source, Unreadable, decode


def examine(path: str, source: Source, settings: Settings, unsaved: Mapping[str, Source]) -> list[Finding]:
    """The findings of one file, in no order; `unsaved` holds by path the texts that differ from the disk's.

    A file that cannot be parsed gives PKL901.
    """
    try:
        module = parse(path, Path(path).absolute(), source.text)
    except SyntaxError as error:
        return [unreadable(path, Unreadable(error.lineno or 1, error.offset or 1, reason_of(error, source.text)))]
    except (ValueError, MemoryError) as error:
        return [unreadable(path, Unreadable(1, 1, str(error) or type(error).__name__))]
    program = program_with(unsaved)
    program.keep(module)
    targets, start_methods = frozenset(settings.targets), settings.start_methods
    if module.python2:
        targets, start_methods = frozenset({(2, 7)}), ("fork",)
    return run_module(module, program, known_world(settings), targets, start_methods)


def program_with(unsaved: Mapping[str, Source]) -> Program:
    """The modules of the project; those on disk are read once for all files of a run."""
    if not unsaved:
        program = _shared_program()
        if program.size > MOST_TEXT:
            program.forget()
            gc.collect()  # modules and runs are full of cycles, and a command line collects none by itself
        return program
    texts = {Path(path).absolute(): (path, source) for path, source in unsaved.items()}

    def load(file: Path, name: str) -> Module | None:
        if file in texts:
            path, source = texts[file]
            return parsed(path, file, source.text)
        return from_disk(file, name)

    return Program(load)


# Characters of the modules that are kept between two files; a tree takes some fifty bytes for each.
MOST_TEXT = 1_500_000


@cache
def _shared_program() -> Program:
    return Program(from_disk)


def from_disk(file: Path, name: str) -> Module | None:
    """A module that something imports; None where it cannot be read."""
    try:
        source = decode(str(file), file.read_bytes())
    except OSError:
        return None
    if not isinstance(source, Source):
        return None
    return parsed(os.path.relpath(file), file, source.text)


def parsed(path: str, file: Path, text: str) -> Module | None:
    try:
        return parse(path, file, text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def known_world(settings: Settings) -> KnownWorld:
    """What is known of the world, with the user's own knowledge."""
    key = repr(sorted(settings.knowledge.items()))
    if key not in _WORLDS:
        knowledge = schema.load()
        if settings.knowledge:
            knowledge = schema.extended(knowledge, settings.knowledge, settings.file)
        _WORLDS[key] = KnownWorld(knowledge, settings.knowledge)
    return _WORLDS[key]


_WORLDS: dict[str, KnownWorld] = {}


def parse(path: str, file: Path, text: str) -> Module:
    """Read a file's text, as Python 2 where it is that.

    Raises `SyntaxError`, or `ValueError` for a text with NUL characters.
    """
    python2 = False
    try:
        tree = ast.parse(text, filename=path)
    except SyntaxError:
        try:
            read = from_python_2(text) if looks_like_python_2(text) else None
        except NeedsFissix:
            read = None
        if read is None:
            raise
        tree, text, python2 = ast.parse(read, filename=path), read, True
    return Module(path, file, dotted_name(file), tree, text, re.split(r"\r\n|\r|\n", text), python2)


def reason_of(error: SyntaxError, text: str) -> str:
    """Why a text cannot be parsed, and what would read it."""
    if looks_like_python_2(text):
        try:
            from_python_2(text)
        except NeedsFissix:
            return "this is Python 2 syntax; install `picklecheck[py2]` to have it read"
    version = needed_version(text)
    if version:
        return f"{error.msg}; this is syntax of Python {version}: run picklecheck with that version or a newer one"
    return error.msg


def run_module(
    module: Module,
    program: Program,
    world: KnownWorld,
    targets: frozenset[Version],
    start_methods: tuple[str, ...],
) -> list[Finding]:
    """Run a module as the main program, then what nothing in it calls."""
    examiner = Examiner(world, start_methods)
    run = Run(program, world, examiner, targets, module)
    run.store.set(examiner.program, "start_method", UNBOUND)
    run.sinks = frozenset(sink_names(run, module) | relay_names(run, module))
    if run.sinks.isdisjoint(module.called(module.tree)):
        return []
    try:
        wanted = roots(run, module)
        if leads_by_import(run, module, wanted):
            imports.execute_whole(run, module)
        else:
            bind(run, module, wanted)
        made = functions_made(run, module) if wanted else {}
        for node in wanted:
            if node not in run.reached:
                for function, owner in made.get(node, ())[:MOST_OWNERS]:
                    run.allow(MOST_STEPS_OF_A_ROOT)
                    run_root(run, module, function, owner)
    except (Exhausted, RecursionError):
        pass
    examiner.settle()
    findings = [
        *reporting.of_crossings(examiner.crossings.values()),
        *reporting.of_uses(examiner.uses.values()),
    ]
    own = reporting.once([finding for finding in findings if finding.place.path == module.path])
    return [finding for finding in own if subjects.confirmed(module, finding.place)]


def leads_by_import(run: Run, module: Module, wanted: list[Definition]) -> bool:
    """Whether importing the module itself calls anything that may lead to a boundary."""
    names = run.sinks | {node.name for node in wanted}
    for statement in module.tree.body:
        if isinstance(statement, ast.ClassDef) and any(node in wanted for node in ast.walk(statement)):
            names |= {statement.name}
    for statement in module.tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            called = {name for decorator in statement.decorator_list for name in decorating(module, decorator)}
        else:
            called = set(module.called(statement))
        if not names.isdisjoint(called):
            return True
    return False


def decorating(module: Module, decorator: ast.expr) -> set[str]:
    """The names that a decorator calls, its own among them."""
    match decorator:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return {name}
    return set(module.called(decorator))


def bind(run: Run, module: Module, wanted: list[Definition]) -> None:
    """Bind the functions and classes at module level in which the wanted definitions stand."""
    lines = [node.lineno for node in wanted]
    for statement in module.tree.body:
        if any(statement.lineno <= line <= (statement.end_lineno or line) for line in lines):
            for name in names_bound(statement):
                imports.namespace(run, module)
                imports.demand(run, module, name)


# One definition can be found in several classes; a few of them tell enough.
MOST_OWNERS = 3


# --- roots ---------------------------------------------------------------------------------------

Definition = ast.FunctionDef | ast.AsyncFunctionDef


def roots(run: Run, module: Module) -> list[Definition]:
    """The functions of a module that may lead to a boundary, callers before those they call by name."""
    wanted = interesting(run, module)
    called = {name for node in wanted for name in module.called(node) if name != node.name}
    return sorted(wanted, key=lambda one: one.name in called)


def interesting(run: Run, module: Module) -> list[Definition]:
    """Functions that call something named like a boundary, or like a function that leads to another process."""
    definitions = [node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    names = set(run.sinks)
    relays = set(process_names(run, module))
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


def sink_names(run: Run, module: Module) -> set[str]:
    """The last names of the boundaries that a module can have at hand, and of what makes their objects."""
    assert isinstance(run.world, KnownWorld)
    sources = (run.program.module(file) for file in imported_files(run, module))
    near = [module.text, *(source.text for source in sources if source is not None)]
    near.append(run.world.behind(module.text))
    run.world.meet(near)
    names = {entry.name.rpartition(".")[2] for entry in run.world.boundaries.values() if at_hand(entry, near)}
    owners = {name.rpartition(".")[0] for name in run.world.boundaries if name.endswith("__setitem__")}
    for name in run.world.knowledge.factories:
        package, _, last = name.partition(".")
        if package in module.text and any(
            run.world.derives(one, owner) for one in run.world.returned(name) or () for owner in owners
        ):
            names.add(last.rpartition(".")[2])
    return {name for name in names if not name.startswith("__")} | PROCESS_MAKERS


def process_names(run: Run, module: Module) -> set[str]:
    """Those of the sinks behind which another process stands, so that functions that call them are relays."""
    assert isinstance(run.world, KnownWorld)
    behind = {entry.name.rpartition(".")[2] for entry in run.world.boundaries.values() if entry.process}
    return (behind & run.sinks) | (run.sinks - {name.rpartition(".")[2] for name in run.world.boundaries})


PROCESS_MAKERS = {"Pool", "Process", "ProcessPoolExecutor", "Manager"}

# What a text must have besides the package, for the objects of some boundaries to be there.
MAKERS = {"managers": "Manager", "queues": "Queue", "connection": "Pipe", "pool": "Pool", "futures": "Executor"}


def at_hand(entry: BoundaryEntry, texts: list[str]) -> bool:
    """Whether any of some texts can have an object of a boundary: it names the package, and what makes such objects."""
    parts = entry.name.split(".")
    if parts[-1] == "run_in_executor":
        return any("run_in_executor" in text for text in texts)
    maker = next((MAKERS[part] for part in parts[1:] if part in MAKERS), parts[-1])
    return any(parts[0] in text and (maker in text or parts[0] in ("pickle", "copy")) for text in texts)


def relay_names(run: Run, module: Module) -> set[str]:
    """Functions and classes of imported modules of the project that lead to another process there."""
    found: set[str] = set()
    for file in imported_files(run, module):
        source = run.program.module(file)
        if source is None:
            continue
        sinks = sink_names(run, source)
        for node in source.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and sinks & source.called(node):
                found.add(node.name)
                if isinstance(node, ast.ClassDef):
                    found |= {inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found


def imported_files(run: Run, module: Module) -> list[Path]:
    """The files of the project that a module's import statements name and that name processes themselves."""
    found: dict[Path, None] = {}
    for node in ast.walk(module.tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = absolute(module, node.module, node.level)
            names = [source, *(f"{source}.{alias.name}" for alias in node.names)]
        for name in names:
            file = run.program.locate(name, module)
            if file is not None and file != module.file:
                found[file] = None
    return [file for file in found if leads_to_processes(file)]


@cache
def leads_to_processes(file: Path) -> bool:
    """Whether a file may hold a boundary behind which another process stands."""
    try:
        data = file.read_bytes()
    except OSError:
        return False
    return starts_processes(data)


def run_root(run: Run, module: Module, function: Function, owner: Class | None) -> None:
    """Run a function that nothing was seen calling: parameters by their annotations, `self` as constructed."""
    base = run.store
    run.store = base.fork()
    namespace = run.namespaces[module]
    node = function.node
    stack = list(run.stack)
    run.stack.append(namespace)
    try:
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


def functions_made(run: Run, module: Module) -> dict[ast.AST, list[tuple[Function, Class | None]]]:
    """The function objects of a module and its classes by their definitions, each with the class of a method."""
    found: dict[ast.AST, list[tuple[Function, Class | None]]] = {}
    seen: set[Class] = set()
    todo: list[tuple[Frame | Class, Class | None]] = [(run.namespaces[module], None)]
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
    return found
