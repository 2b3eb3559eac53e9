"""Start methods that another module pins: one that is imported, or one that imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from picklecheck.crossings.imported import imported_by, imported_with
from picklecheck.crossings.nesting import parents
from picklecheck.semantics.domain.values import UNBOUND, UNKNOWN, Constant, Values, join
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import PINNED, Module
from picklecheck.semantics.syntax.program import Program, project_files
from picklecheck.source.observed import remembered
from picklecheck.source.questions import has


def of_imported(run: Machine, module: Module) -> None:
    """Run the calls of `set_start_method` that the modules which a program imports make at import."""
    for file in imported_with(run.program, module.file, may_pin):
        pinning = run.program.module(file)
        if pinning is not None and pinning is not run.main:
            run.demand(pinning, PINNED)


def of_importers(program: Program, module: Module) -> Values:
    """The start methods that modules set which import a module, directly or not; empty where none does."""
    found: list[Values] = []
    for file in pinning_files(program.top(module.file)):
        if file != module.file and module.file in imported_by(program, file):
            pinning = program.module(file)
            found += [] if pinning is None else [_set_by(pinning, node) for node in _calls(pinning)]
    return join(*found) if found else ()


def may_pin(file: Path) -> bool:
    return has(str(file), "set_start_method")


@remembered
def pinning_files(top: Path) -> tuple[Path, ...]:
    """The files of a project that may pin a start method."""
    return tuple(file for file in project_files(top) if may_pin(file))


def _calls(module: Module) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=ast.Name(id="set_start_method") | ast.Attribute(attr="set_start_method")):
                yield node


def _set_by(module: Module, call: ast.Call) -> Values:
    """What a call of `set_start_method` sets; left open as well where a test decides whether it is made."""
    given = call.args[0] if call.args else next((one.value for one in call.keywords if one.arg == "method"), None)
    if not isinstance(given, ast.Constant):
        return UNKNOWN
    outer = list(_around(module, call))
    tests = [ast.unparse(node.test) for node in outer if isinstance(node, ast.If)]
    sure = all("__name__" in test or "get_start_method" in test for test in tests)
    return (Constant(given.value),) if sure else (Constant(given.value), *UNBOUND)


def _around(module: Module, node: ast.AST) -> Iterator[ast.AST]:
    tree = parents(module.tree)
    while node in tree:
        node = tree[node]
        yield node
