"""One file's findings: run it abstractly, from its module body and from what nothing else calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from picklecheck.crossings.examiner import Examiner
from picklecheck.crossings.world import KnownWorld
from picklecheck.findings import FailsUnder, Finding, Place
from picklecheck.knowledge import schema
from picklecheck.knowledge.versions import Version
from picklecheck.rules import reporting
from picklecheck.semantics import calls, classes, imports
from picklecheck.semantics.program import Module, Program
from picklecheck.semantics.run import Abrupt, Exhausted, Run
from picklecheck.semantics.values import Arguments, BoundMethod, Class, Descriptor, Frame, Function, Unbound


def examine_text(
    path: str,
    file: Path,
    text: str,
    program: Program,
    world: KnownWorld,
    targets: frozenset[Version],
    start_methods: tuple[str, ...],
) -> list[Finding]:
    """The findings of one file, in no order. A file that cannot be parsed gives PKL901."""
    try:
        module = parse(path, file, text)
    except SyntaxError as error:
        return [unreadable(path, error.lineno or 1, error.offset or 1, error.msg)]
    except (ValueError, RecursionError, MemoryError) as error:
        return [unreadable(path, 1, 1, str(error) or type(error).__name__)]
    program.keep(module)
    return examine(module, program, world, targets, start_methods)


def parse(path: str, file: Path, text: str) -> Module:
    """Read a file's text. Raises `SyntaxError`, or `ValueError` for a text with NUL characters."""
    from picklecheck.semantics.program import dotted_name

    tree = ast.parse(text, filename=path)
    return Module(path, file, dotted_name(file), tree, text.splitlines())


def unreadable(path: str, line: int, column: int, reason: str) -> Finding:
    place = Place(path, max(line, 1), max(column, 1), max(line, 1), max(column, 1) + 1)
    return Finding(
        code="PKL901",
        name="unreadable-source",
        level="error",
        certainty="certain",
        message=f"cannot be read as Python: {reason}",
        place=place,
        call=place,
        boundary="",
        slot="",
        effect="raises",
        fails_under=FailsUnder((), ""),
    )


def examine(
    module: Module,
    program: Program,
    world: KnownWorld,
    targets: frozenset[Version],
    start_methods: tuple[str, ...],
) -> list[Finding]:
    examiner = Examiner(world, start_methods)
    run = Run(program, world, examiner, targets, module)
    try:
        imports.execute(run, module)
        for node, frame_of in roots(run, module):
            if node not in run.reached:
                run_root(run, module, node, frame_of)
        examiner.settle()
    except (Exhausted, RecursionError):
        pass
    findings = [*reporting.of_crossings(examiner.crossings.values()), *reporting.of_uses(examiner.uses.values())]
    own = [finding for finding in findings if finding.place.path == module.path]
    return reporting.for_targets(own, targets)


# --- roots ---------------------------------------------------------------------------------------

Definition = ast.FunctionDef | ast.AsyncFunctionDef


def roots(run: Run, module: Module) -> Iterator[tuple[Definition, str]]:
    """The functions of a module that may lead to a boundary, callers before those they call by name."""
    wanted = interesting(run, module)
    called = {name for node in wanted for name in names_called(node) if name != node.name}
    for node in sorted(wanted, key=lambda one: one.name in called):
        yield node, node.name


def interesting(run: Run, module: Module) -> list[Definition]:
    """Functions that call something named like a boundary, or like a function that does."""
    sinks = sink_names(run)
    definitions = [node for node in ast.walk(module.tree) if isinstance(node, Definition)]
    found: dict[Definition, None] = {}
    names = set(sinks)
    grown = True
    while grown:
        grown = False
        for node in definitions:
            if node not in found and names & set(names_called(node)):
                found[node] = None
                if node.name not in names:
                    names.add(node.name)
                    grown = True
    return list(found)


def sink_names(run: Run) -> set[str]:
    assert isinstance(run.world, KnownWorld)
    names = {name.rpartition(".")[2] for name in run.world.boundaries}
    return {name for name in names if not name.startswith("__")} | {"Pool", "Process", "ProcessPoolExecutor"}


def names_called(node: ast.AST) -> set[str]:
    """The last names of everything that is called or stored into inside a node."""
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            match inner.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    found.add(name)
        elif isinstance(inner, ast.Subscript) and isinstance(inner.ctx, ast.Store):
            found.add("__setitem__")
    return found


def run_root(run: Run, module: Module, node: Definition, name: str) -> None:
    """Run a function that nothing was seen calling: parameters by their annotations, `self` as constructed."""
    base = run.store
    run.store = base.fork()
    try:
        for function, receiver in functions_of(run, module, node):
            arguments = Arguments(open=True)
            namespace = run.namespaces[module]
            run.stack.append(namespace)
            try:
                if receiver is not None:
                    instance = classes.generic_instance(run, receiver, node, namespace)
                    bound = BoundMethod(function, instance, function.site)
                    values = calls.call(run, (bound,), arguments, node, namespace)
                else:
                    values = calls.call(run, (function,), arguments, node, namespace)
                for value in values:
                    calls.resume(run, value, node, namespace)
                    if getattr(value, "kind", "") == "generator":
                        calls.yielded(run, value, node, namespace)  # type: ignore[arg-type]
            except Abrupt:
                pass
            finally:
                run.stack.remove(namespace)
    finally:
        run.store = base


def functions_of(run: Run, module: Module, node: Definition) -> Iterator[tuple[Function, Class | None]]:
    """The function objects that a definition at module or class level made, with the class of a method."""
    namespace = run.namespaces[module]
    seen: set[Class] = set()
    todo: list[tuple[Frame | Class, Class | None]] = [(namespace, None)]
    while todo:
        owner, cls = todo.pop(0)
        for values in run.store.names(owner).values():
            for value in values:
                match value:
                    case Function() if value.node is node:
                        yield value, cls
                    case Class() if value.module is module and value not in seen:
                        seen.add(value)
                        todo.append((value, value))
                    case Descriptor(function=functions):
                        for one in functions:
                            if isinstance(one, Function) and one.node is node:
                                yield one, cls if value.kind in ("property", "cached_property") else None
                    case Unbound():
                        pass


__all__ = ["examine", "examine_text", "parse", "schema", "unreadable"]
