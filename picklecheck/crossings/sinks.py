"""The names whose calls may lead to a boundary: those of the boundaries at hand, and of the project's relays."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from picklecheck.crossings import relays
from picklecheck.crossings.relays import SHARED, last_name
from picklecheck.crossings.world import KnownWorld
from picklecheck.semantics.syntax.module import Module
from picklecheck.semantics.syntax.nodes import walk
from picklecheck.semantics.syntax.program import Program
from picklecheck.source.questions import starts
from picklecheck.source.sieve import starts_processes

# How far a module's imports are followed to one that starts processes, and how many modules may lie on the ways.
DEEPEST_IMPORT = 3
MOST_MODULES = 20

PROCESS_MAKERS = {"Pool", "Process", "ProcessPoolExecutor", "Manager"}


@dataclass(frozen=True, slots=True)
class Sinks:
    """The names by which a module reaches boundaries.

    What calls one of `leading` leads to a boundary itself. A call by one of `shared` may be one, but objects of
    Python's own have methods of these names too, so it leads nowhere. Where none may start a process, start methods
    do not matter. `met` are the bounds at which the search for relays ended.
    """

    leading: frozenset[str]
    shared: frozenset[str]
    may_start: bool
    met: frozenset[str] = frozenset()

    @property
    def all(self) -> frozenset[str]:
        return self.leading | self.shared


def of(program: Program, world: KnownWorld, module: Module) -> Sinks:
    """The last names of the boundaries that a module can have at hand, of what makes their objects, and of relays."""
    near, met = leading(program, module.file)
    starting = [file for file in near if starts(str(file))]
    own = of_boundaries(module, world, set().union(*(program.fact(file, at_hand, world) or () for file in starting)))
    sinks = {file: _starting(program.fact(file, of_boundaries, world) or (), world) for file in starting}
    sinks[module.file] = _starting(own, world)
    leads = relays.names(program, [module.file, *near], sinks)
    imported = program.imported(module.file)
    relayed = (leads.get(file, ()) for file in (module.file, *imported, *through_packages(program, module, imported)))
    may_start = bool(near or world.described) or starts_processes(module.text.encode(errors="replace"))
    own |= {"__setitem__"} if world.pickles_items(module.text) else set()
    return Sinks(frozenset(own - SHARED).union(*relayed), frozenset(own & SHARED), may_start, met)


def through_packages(program: Program, module: Module, imported: tuple[Path, ...]) -> Iterator[Path]:
    """The files that a module reaches as attributes of packages which import them: `package.inner.run()`."""
    for package in imported:
        if package.name == "__init__.py":
            for inner in program.imported(package):
                name = inner.parent.name if inner.name == "__init__.py" else inner.stem
                if package.parent in inner.parents and f".{name}." in module.text:
                    yield inner


def _starting(names: Set[str] | tuple[()], world: KnownWorld) -> set[str]:
    """Of the names of boundaries those that lead: a process may be behind them, and they are no others' too."""
    return {name for name in names if name not in SHARED and world.may_start(name)}


def leading(program: Program, file: Path) -> tuple[list[Path], frozenset[str]]:
    """The files on the ways from a file's imports to files that start processes, nearest first; and the bounds met."""
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
    leads = {other for other in ways if starts(str(other))}
    back = list(leads)
    while back:
        new = {importer for other in back for importer in ways[other]} - leads
        leads |= new
        back = list(new)
    found = [other for other in ways if other in leads and other != file]
    met = {"DEEPEST_IMPORT"} if todo else set[str]()
    return found[:MOST_MODULES], frozenset(met | {"MOST_MODULES"} if len(found) > MOST_MODULES else met)


def at_hand(module: Module, world: KnownWorld) -> Set[str]:
    """The last names of the boundaries that a module can call."""
    return world.at_hand(module.text)


def of_boundaries(module: Module, world: KnownWorld, imported: Set[str] = frozenset()) -> set[str]:
    """The boundaries that a module has at hand, with those it has imported, and what it makes of them."""
    # To ask for its own boundaries reads the libraries that it names, whose other names are asked for then.
    found = set(world.at_hand(module.text)).union(imported, *map(world.at_hand, world.aliases(module.text)))
    makers = world.makers(module.text)
    constructors = {name for name in found if name[:1].isupper()} - {"Process"}
    found |= makers | _made_of(module, makers, constructors | {"Process"})
    found = {name for name in found if not name.startswith("__")} | PROCESS_MAKERS
    return found | {"__init__"} if _hands_on(module, constructors) else found


def _made_of(module: Module, makers: Set[str], constructors: Set[str]) -> set[str]:
    """The functions of a module of which a decorator makes a boundary, and the classes that derive from one."""
    found: set[str] = set()
    for node in walk(module.tree) if makers or constructors else ():
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                called = [part.func if isinstance(part, ast.Call) else part for part in node.decorator_list]
                found |= {name for part in called if last_name(part) in makers}
            case ast.ClassDef(name=name, bases=bases):
                found |= {name for base in bases if last_name(base) in constructors}
    return found


def _hands_on(module: Module, constructors: set[str]) -> bool:
    """Whether the constructor of a class calls that of a base which sends something (`super().__init__(...)`)."""
    return any(
        isinstance(one, ast.FunctionDef) and one.name == "__init__"
        for node in (walk(module.tree) if constructors else ())
        if isinstance(node, ast.ClassDef) and not constructors.isdisjoint(map(last_name, node.bases))
        for one in node.body
    )
