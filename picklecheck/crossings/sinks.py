"""The names whose calls may lead to a boundary: those of the boundaries at hand, and of the project's relays."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.program import Module, Program, names_bound
from picklecheck.semantics.run import Run
from picklecheck.source.disk import read
from picklecheck.source.sieve import starts_processes

# How far a module's imports are followed to one that starts processes, and how many modules may lie on the ways.
DEEPEST_IMPORT = 3
MOST_MODULES = 20

PROCESS_MAKERS = {"Pool", "Process", "ProcessPoolExecutor", "Manager"}

# What a text must have besides the package, for the objects of some boundaries to be there.
MAKERS = {"managers": "Manager", "queues": "Queue", "connection": "Pipe", "pool": "Pool", "futures": "Executor"}


def names(run: Run, module: Module) -> set[str]:
    """The last names of the boundaries that a module can have at hand, of what makes their objects, and of relays."""
    near = [near for file in leading(run.program, module.file) if (near := run.program.module(file)) is not None]
    starting = [one for one in near if _starts(one.file)]
    found = _of_boundaries(run, [module, *starting])
    relays = _relays(run, [module, *near], {one.file: _of_boundaries(run, [one]) for one in starting})
    return found.union(*(relays.get(file, ()) for file in (module.file, *run.program.imported(module.file))))


def behind_processes(run: Run, sinks: Iterable[str]) -> set[str]:
    """Those of some sinks behind which another process stands, so that functions that call them are relays."""
    assert isinstance(run.world, KnownWorld)
    boundaries = {name.rpartition(".")[2] for name in run.world.boundaries}
    behind = {entry.name.rpartition(".")[2] for entry in run.world.boundaries.values() if entry.process}
    return {name for name in sinks if name in behind or name not in boundaries}


def leading(program: Program, file: Path) -> list[Path]:
    """The files on the ways from a file's imports to files that start processes, nearest first."""
    ways: dict[Path, list[Path]] = {file: []}
    todo, deeper = [file], list[Path]()
    for _ in range(DEEPEST_IMPORT):
        for importer in todo:
            for other in program.imported(importer):
                if other not in ways:
                    ways[other] = []
                    deeper.append(other)
                ways[other].append(importer)
        todo, deeper = deeper, []
    leads = {other for other in ways if _starts(other)}
    back = list(leads)
    while back:
        new = {importer for other in back for importer in ways[other]} - leads
        leads |= new
        back = list(new)
    return [other for other in ways if other in leads and other != file][:MOST_MODULES]


@cache
def _starts(file: Path) -> bool:
    """Whether a file may hold a boundary behind which another process stands."""
    try:
        return starts_processes(read(str(file)))
    except OSError:
        return False


def _of_boundaries(run: Run, modules: list[Module]) -> set[str]:
    assert isinstance(run.world, KnownWorld)
    near = [module.text for module in modules]
    near += [run.world.behind(text) for text in near[:1]]
    near += [to for name, to in run.world.knowledge.alias.items() if "." not in name and name in near[0]]
    run.world.meet(near)
    found = {entry.name.rpartition(".")[2] for entry in run.world.boundaries.values() if _at_hand(entry, near)}
    constructors = {name for name in found if name[:1].isupper()} - {"Process"}
    owners = {name.rpartition(".")[0] for name in run.world.boundaries if name.endswith(("__setitem__", "__call__"))}
    makers: set[str] = set()
    for name in (*run.world.knowledge.factories, *run.world.knowledge.types):
        package, _, last = name.partition(".")
        if any(package in text for text in near[:1]) and any(
            run.world.derives(one, owner) for one in run.world.returned(name) or () for owner in owners
        ):
            makers.add(last.rpartition(".")[2])
    found |= makers | _made_of(modules[0], makers, constructors)
    return {name for name in found if not name.startswith("__")} | PROCESS_MAKERS


def _made_of(module: Module, makers: set[str], constructors: set[str]) -> set[str]:
    """The functions of a module of which a decorator makes a boundary, and the classes that derive from one."""
    found: set[str] = set()
    for node in ast.walk(module.tree) if makers or constructors else ():
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                called = [part.func if isinstance(part, ast.Call) else part for part in node.decorator_list]
                found |= {name for part in called if _last_name(part) in makers}
            case ast.ClassDef(name=name, bases=bases):
                found |= {name for base in bases if _last_name(base) in constructors}
    return found


def _at_hand(entry: BoundaryEntry, texts: list[str]) -> bool:
    """Whether any of some texts can have an object of a boundary: it names the package, and what makes such objects."""
    parts = entry.name.split(".")
    if parts[-1] == "run_in_executor":
        return any("run_in_executor" in text for text in texts)
    maker = next((MAKERS[part] for part in parts[1:] if part in MAKERS), parts[-1])
    return any(parts[0] in text and (maker in text or parts[0] in ("pickle", "copy")) for text in texts)


def _relays(run: Run, modules: list[Module], sinks: dict[Path, set[str]]) -> dict[Path, set[str]]:
    """The names at module level, by file, of functions, classes, methods and variables that lead to a process."""
    found: dict[Path, set[str]] = {module.file: set() for module in modules}
    grown = True
    while grown:
        grown = False
        for module in modules:
            here = found[module.file]
            before = len(here)
            at_hand = here.union(*(found.get(file, ()) for file in run.program.imported(module.file)))
            at_hand |= behind_processes(run, sinks.get(module.file, ()))
            for statement in module.tree.body:
                here |= _handing_on(module, statement, at_hand)
            grown = grown or len(here) > before
    return found


def _handing_on(module: Module, statement: ast.stmt, relays: set[str]) -> set[str]:
    """The names that a statement at module level gives to what leads to some relays."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return {name} if not relays.isdisjoint(module.called(statement)) else set()
        case ast.ClassDef(name=name, bases=bases, body=body):
            methods = {
                one.name
                for one in body
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not relays.isdisjoint(module.called(one))
            }
            derived = any(_last_name(base) in relays for base in bases)
            return {name, *methods} if methods or derived else set()
        case ast.ImportFrom(names=aliases):
            return {alias.asname or alias.name for alias in aliases if alias.name in relays}
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            leads = _last_name(value) in relays or not relays.isdisjoint(module.called(statement))
            return names_bound(statement) if leads or _holds(value, relays) else set()
        case ast.If() | ast.Try() | ast.With():
            inner = [one for one in ast.iter_child_nodes(statement) if isinstance(one, ast.stmt | ast.ExceptHandler)]
            return set().union(*(_handing_on(module, one, relays) for one in inner if isinstance(one, ast.stmt)))
    return set()


def _holds(value: ast.expr, relays: set[str]) -> bool:
    """Whether a call or a display has one of some relays among its parts."""
    match value:
        case ast.Call(args=args, keywords=keywords):
            return any(_last_name(part) in relays for part in (*args, *(one.value for one in keywords)))
        case ast.Dict(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            return any(_last_name(part) in relays for part in parts)
    return False


def _last_name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
