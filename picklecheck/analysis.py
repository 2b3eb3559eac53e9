"""One file's findings: run it abstractly, from its module body and from what nothing else calls."""

from __future__ import annotations

import ast
import gc
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from picklecheck.crossings import by_version, pins, sinks
from picklecheck.crossings.examiner import Examiner
from picklecheck.crossings.world import KnownWorld
from picklecheck.findings import Finding
from picklecheck.knowledge import loading
from picklecheck.knowledge.versions import Version
from picklecheck.rules import reporting, subjects
from picklecheck.semantics import calls, classes, imports, patches
from picklecheck.semantics.program import Module, Program, dotted_name, names_bound
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
    Values,
)
from picklecheck.session import unreadable
from picklecheck.settings import Settings
from picklecheck.source.dialects import NeedsFissix, from_python_2, looks_like_python_2, needed_version
from picklecheck.source.text import Source, Unreadable, decode


def examine(path: str, source: Source, settings: Settings, unsaved: Mapping[str, Source]) -> list[Finding]:
    """What the run of one file shows, in no order; `unsaved` holds by path the texts that differ from the disk's.

    A file that cannot be parsed gives PKL901.
    """
    try:
        module = parse(path, Path(path).absolute(), source.text)
    except SyntaxError as error:
        return [unreadable(path, Unreadable(error.lineno or 1, error.offset or 1, reason_of(error, source.text)))]
    except (ValueError, MemoryError) as error:
        return [unreadable(path, Unreadable(1, 1, str(error) or type(error).__name__))]
    program = program_with(unsaved, settings)
    program.keep(module)
    targets, start_methods = frozenset(settings.targets), settings.start_methods
    if module.python2:
        targets, start_methods = frozenset({(2, 7)}), ("fork",)
    return answer(Question(module, program, known_world(settings), targets, start_methods))


def program_with(unsaved: Mapping[str, Source], settings: Settings) -> Program:
    """The modules of the project; those on disk are read once for all files of a run, others once for their texts."""
    if not unsaved:
        program = _shared_program(settings.folder)
        if program.size > MOST_TEXT:
            program.forget()
            gc.collect()  # modules and runs are full of cycles, and a command line collects none by itself
        return program
    if _TRIAL.unsaved is not unsaved:
        _TRIAL.begin(unsaved, settings)
    return _TRIAL.program


# Characters of the modules that are kept between two files; a tree takes some fifty bytes for each.
MOST_TEXT = 1_500_000


class _Trial:
    """The modules of texts that differ from the disk's, while these are the same; and what earlier ones have left."""

    def __init__(self) -> None:
        self.unsaved: Mapping[str, Source] = {}
        self.program = Program(from_disk, Path())
        self.left = 0  # characters of modules that are no longer used

    def begin(self, unsaved: Mapping[str, Source], settings: Settings) -> None:
        texts = {Path(path).absolute(): (path, source) for path, source in unsaved.items()}

        def load(file: Path, name: str) -> Module | None:
            if file in texts:
                path, source = texts[file]
                return parsed(path, file, source.text)
            return from_disk(file, name)

        self.left += self.program.size
        self.unsaved, self.program = unsaved, Program(load, Path(settings.folder))
        if self.left > MOST_TEXT:
            self.left = 0
            gc.collect()


@cache
def _shared_program(folder: str) -> Program:
    return Program(from_disk, Path(folder))


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
        knowledge = loading.load()
        if settings.knowledge:
            knowledge = loading.extended(knowledge, settings.knowledge, settings.file)
        _WORLDS[key] = KnownWorld(knowledge, settings.knowledge)
    return _WORLDS[key]


_WORLDS: dict[str, KnownWorld] = {}
_TRIAL = _Trial()


def parse(path: str, file: Path, text: str) -> Module:
    """Read a file's text, as Python 2 where it is that, and what is newer than the running Python in older words.

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
        if read is not None:
            tree, text, python2 = ast.parse(read, filename=path), read, True
        else:
            from picklecheck.source.newer import in_older_words

            older = in_older_words(text)
            if older is None:
                raise
            tree = ast.parse(older, filename=path)
    return Module(path, file, dotted_name(file), tree, text, re.split(r"\r\n|\r|\n", text), python2)


def reason_of(error: SyntaxError, text: str) -> str:
    """Why a text cannot be parsed, and what would read it."""
    lines = text.split("\n")
    at = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ""
    if looks_like_python_2(text if isinstance(error, TabError) else at):
        try:
            from_python_2(text)
        except NeedsFissix:
            return "this is Python 2 syntax; install `picklecheck[py2]` to have it read"
    version = needed_version(text)
    if version:
        return f"{error.msg}; this is syntax of Python {version}: run picklecheck with that version or a newer one"
    return error.msg


@dataclass(frozen=True, slots=True)
class Question:
    """What a run is asked: a module as the main program, the versions and start methods meant, and a pinned method."""

    module: Module
    program: Program
    world: KnownWorld
    targets: frozenset[Version]
    start_methods: tuple[str, ...]
    pinned: Values = ()


def answer(question: Question) -> list[Finding]:
    """What the run of a module shows, where need be under the start method that those pin who import it."""
    found = run_by_version(question)
    if any(one.fails_under.start_methods and "fork" not in one.fails_under.start_methods for one in found):
        pinned = pins.of_importers(question.program, question.module)
        if pinned:
            return run_by_version(replace(question, pinned=pinned))
    return found


def run_by_version(question: Question) -> list[Finding]:
    """What the run of a module shows; one that asks for the Python version is run for each answer."""
    examiner, asked = run_module(question)
    examiners = [examiner]
    parts = by_version.parts(question.targets, asked) if examiner.crossings else []
    if len(parts) > 1:
        examiners = [run_module(replace(question, targets=part))[0] for part in parts]
    findings = [
        *reporting.of_crossings(by_version.crossings(one.crossings.values() for one in examiners)),
        *reporting.of_uses(by_version.uses(one.uses for one in examiners)),
    ]
    return [
        finding
        for finding in reporting.once(findings)
        if (there := question.program.at(finding.place.path)) is not None
        and subjects.confirmed(there, finding.place, question.program)
    ]


def run_module(question: Question) -> tuple[Examiner, set[frozenset[Version]]]:
    """Run a module as the main program, then what nothing in it calls.

    Gives what was found, and which versions it told from others.
    """
    module, pinned = question.module, question.pinned
    examiner = Examiner(question.world, question.start_methods)
    run = Run(question.program, question.world, examiner, question.targets, module)
    run.store.set(examiner.program, "start_method", UNBOUND)
    run.sinks = frozenset(sinks.names(question.program, question.world, module))
    if run.sinks.isdisjoint(module.called(module.tree)):
        return examiner, run.asked
    try:
        pins.of_imported(run, module)
        wanted = roots(run, module, question.world)
        if pinned and "__main__" not in module.text:
            run.store.set(examiner.program, "start_method", pinned)
        if leads_by_import(run, module, wanted):
            imports.execute_whole(run, module)
        else:
            bind(run, module, wanted)
        made = functions_made(run, module) if wanted else {}
        if pinned and not run.store.values(examiner.program, "start_method"):
            run.store.set(examiner.program, "start_method", pinned)
        for place, node in enumerate(wanted):
            if node not in run.reached:
                for function, owner in made.get(node, ())[:MOST_OWNERS]:
                    run.allow(max(MOST_STEPS_OF_A_ROOT, run.left // (len(wanted) - place)))
                    run_root(run, module, function, owner)
    except (Exhausted, RecursionError):
        pass
    examiner.settle()
    return examiner, run.asked


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


def roots(run: Run, module: Module, world: KnownWorld) -> list[Definition]:
    """The functions of a module that may lead to a boundary, callers before those they call by name."""
    wanted = interesting(run, module, world)
    called = {name for node in wanted for name in module.called(node) if name != node.name}
    return sorted(wanted, key=lambda one: one.name in called)


def interesting(run: Run, module: Module, world: KnownWorld) -> list[Definition]:
    """Functions that call something named like a boundary, or like a function that leads to another process."""
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


def run_root(run: Run, module: Module, function: Function, owner: Class | None) -> None:
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
