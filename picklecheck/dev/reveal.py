"""Show what the engine knows at the expressions of a file that `# revealed: …` marks, or at all that are alone.

Nothing of the file is executed. A value is written as what makes it: `None`, `3`, `"text"`, `lambda`,
`function work`, `class Job`, `Job(...)` for an object of that class, `threading.Lock(...)` for one of a type outside,
`threading.Lock` for what that name itself means, `unknown` for anything, `unbound` where there may be no value.
`list[1, 2]` has these items in this order; in `list[1, 2?, ...]` their number and order are open, and 2 may be missing.
Alternatives are between bars; `never` is an expression that surely raises, `unreachable` one that is never run.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import tokenize
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from picklecheck import entry_points, workspace
from picklecheck.crossings import pins, sinks
from picklecheck.crossings.examiner import Examiner
from picklecheck.crossings.world import KnownWorld
from picklecheck.dev.checkout import Refused
from picklecheck.findings import START_METHODS
from picklecheck.knowledge import loading
from picklecheck.knowledge.versions import Version, parse
from picklecheck.semantics.budget import Exhausted
from picklecheck.semantics.domain.items import bound, is_sure
from picklecheck.semantics.domain.values import (
    UNBOUND,
    Arguments,
    BoundMethod,
    Class,
    Constant,
    Container,
    Descriptor,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Frame,
    Function,
    Here,
    Instance,
    Partial,
    PendingImport,
    ProjectModule,
    Super,
    Suspended,
    Unbound,
    Unknown,
    Value,
    Values,
    Wrapper,
    join,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.forms import imports, names
from picklecheck.semantics.interpreter import Interpreter
from picklecheck.semantics.kinds import attributes
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import Module
from picklecheck.semantics.syntax.program import Program

MARK = "# revealed: "
# Containers inside containers are shown this deep, texts this long.
DEEPEST = 3
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Revealed:
    """What is known at an expression: its line (from 1), how it is written, and the alternatives as text."""

    line: int
    written: str
    text: str


# --- the command ---------------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", type=Path)
    parser.add_argument("--all", action="store_true", help="every expression statement, marked or not")
    parser.add_argument("--target-version", default=">=3.8", metavar="RANGE", help="the Python versions meant")


def run(arguments: argparse.Namespace) -> int:
    """Print each expression with what is known of it; 1 where a mark says something else."""
    try:
        text = arguments.file.read_text("utf-8")
        found = reveal(arguments.file, text, parse(arguments.target_version), everything=arguments.all)
        wrong = differences(text, found)
    except (OSError, ValueError, SyntaxError) as error:
        raise Refused(f"{arguments.file}: {error}") from None
    for one in found:
        print(f"{arguments.file}:{one.line}: {one.written}  {MARK}{one.text}")
    for line in wrong:
        print(f"{arguments.file}:{line}")
    return 1 if wrong else 0


# --- marks ---------------------------------------------------------------------------------------


def marks(text: str) -> dict[int, str]:
    """What the marks of a program say, by line."""
    comments = (one for one in tokenize.generate_tokens(io.StringIO(text).readline) if one.type == tokenize.COMMENT)
    return {one.start[0]: one.string.removeprefix(MARK) for one in comments if one.string.startswith(MARK)}


def standing_alone(tree: ast.Module) -> dict[int, ast.expr]:
    """The expressions of a program that are statements, by their last line; no docstrings."""
    return {
        node.value.end_lineno or node.value.lineno: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and not isinstance(getattr(node.value, "value", None), str)
    }


def differences(text: str, found: list[Revealed]) -> list[str]:
    """Where the marks of a program and what was revealed are not the same, in lines to read."""
    known = {one.line: one for one in found}
    return [
        f"{line}: {known[line].written}\n    marked:   {said}\n    revealed: {known[line].text}"
        for line, said in marks(text).items()
        if said != known[line].text
    ]


# --- what a run knows ----------------------------------------------------------------------------


class Revealer(Interpreter):
    """An interpreter that notes what it knows at some expressions, each time it gets there."""

    noted: dict[ast.expr, set[str]]

    def evaluate(self, node: ast.expr, frame: Frame) -> Values:
        if node not in self.noted:
            return super().evaluate(node, frame)
        try:
            values = super().evaluate(node, frame)
        except Abrupt:
            self.noted[node].add(NEVER)
            raise
        missing = self.missing(node, frame)
        self.noted[node].update(
            alternatives(self, UNBOUND if missing else join(values, UNBOUND) if missing is None else values)
        )
        return values

    def missing(self, node: ast.expr, frame: Frame) -> bool | None:
        """Whether a variable, or the attribute of one, surely (True) or perhaps (None) has no value."""
        match node:
            case ast.Name(id=name):
                values = names.lookup(self, name, frame)
                return False if is_sure(values) else True if values == UNBOUND else None
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                owners = self.load(owner, frame)
                with self.aside():
                    if not any(self.attribute_of(one, name, Here(frame, node)) for one in owners):
                        return True
                return None if any(attributes.may_lack(self, one, name) for one in owners) else False
        return False


def reveal(file: Path, text: str, targets: frozenset[Version], everything: bool = False) -> list[Revealed]:
    """What is known at the marked expressions of a program, by line; at all that are alone, where that is asked.

    Raises `SyntaxError` for a text that is no Python, `ValueError` for a mark that is behind no such expression.
    """
    module = workspace.parse(str(file), file.absolute(), text)
    alone, marked = standing_alone(module.tree), marks(text)
    for line in marked:
        if line not in alone:
            raise ValueError(f"line {line}: a mark stands behind an expression that is a statement of its own")
    noted: dict[ast.expr, set[str]] = {node: set() for line, node in alone.items() if everything or line in marked}
    run_noting(module, targets, noted)
    return [
        Revealed(line, ast.unparse(node), shown(noted[node])) for line, node in sorted(alone.items()) if node in noted
    ]


def run_noting(module: Module, targets: frozenset[Version], noted: dict[ast.expr, set[str]]) -> None:
    """Run a module as the main program, then its functions that hold noted expressions and were not reached."""
    program, world = Program(workspace.from_disk, module.file.parent), KnownWorld(loading.load())
    program.keep(module)
    examiner = Examiner(world, START_METHODS)
    run = Revealer(program, world, examiner, targets, module)
    run.noted = noted
    run.sinks = sinks.of(program, world, module).leading
    examiner.pin(run, UNBOUND)
    try:
        pins.of_imported(run, module)
        imports.execute_whole(run, module)
        for node, made in entry_points.made_at_import(run, module)[0].items():
            if node not in run.origins.reached and any(inner in noted for inner in ast.walk(node)):
                run.budget.share(1)
                for function, owner in made:
                    with suppress(Exhausted):
                        entry_points.run_entry_point(run, module, function, owner)
    except Exhausted:
        pass


# --- values as text ------------------------------------------------------------------------------

NEVER = "never"
LAST = ("unknown", "unbound")


def shown(found: set[str]) -> str:
    """Alternatives between bars: `None` first, what may be anything or missing last."""
    kept = found - {NEVER} or found
    ordered = sorted(kept, key=lambda one: (one in LAST and LAST.index(one) + 1, one != "None", one))
    return " | ".join(ordered) or "unreachable"


def alternatives(run: Machine, values: Values, depth: int = 0) -> set[str]:
    return {described(run, value, depth) for value in values}


def described(run: Machine, value: Value, depth: int) -> str:
    match value:
        case Unknown():
            return "unknown"
        case Unbound():
            return "unbound"
        case Constant(value=str(text)):
            return json.dumps(text if len(text) <= LONGEST else f"{text[:LONGEST]}…", ensure_ascii=False)
        case Constant(value=literal):
            return repr(literal)
        case ExternalName(name=name, is_module=is_module):
            return f"module {name}" if is_module else name.removeprefix("builtins.")
        case PendingImport(module=module, name=name):
            return f"{module}.{name}"
        case ProjectModule(module=there):
            return f"module {there.name}"
        case Function():
            return "lambda" if value.is_lambda else f"function {value.qualname}"
        case Class(qualname=name):
            return f"class {name}"
        case Instance(cls=cls):
            return f"{cls.qualname}(...)"
        case ExternalObject(type=name):
            return f"{name.removeprefix('builtins.')}(...)"
        case Container():
            return contents(run, value, depth)
        case Partial(function=function, arguments=arguments):
            return f"partial({', '.join([shown(alternatives(run, function, depth)), *given(run, arguments, depth)])})"
        case BoundMethod(function=function):
            return f"method {function.qualname}"
        case ExternalMethod(dotted=dotted):
            return f"method {dotted.removeprefix('builtins.')}"
        case Suspended(function=None, kind=kind):
            return kind
        case Suspended(function=Function() as function, kind=kind):
            return f"{kind} {function.qualname}"
        case Wrapper(kind=kind, function=function) | Descriptor(kind=kind, function=function):
            return f"{kind}({shown(alternatives(run, function, depth))})"
        case Super(cls=cls):
            return f"super {cls.qualname}"
    return type(value).__name__


def given(run: Machine, arguments: Arguments, depth: int) -> Iterator[str]:
    yield from (shown(alternatives(run, values, depth)) for values in arguments.positional)
    yield from (f"{name}={shown(alternatives(run, values, depth))}" for name, values in arguments.keywords.items())
    if arguments.is_open:
        yield "..."


BRACKETS = {"list": "[]", "tuple": "[]", "dict": "{}", "set": "{}"}


def contents(run: Machine, container: Container, depth: int) -> str:
    """A container with its items; one too deep inside others without."""
    if depth >= DEEPEST:
        return container.kind
    items, brackets = run.store.items(container), BRACKETS[container.kind]
    parts = [item(run, values, depth + 1) for values in items.values]
    if items.keys:
        keys = [item(run, values, depth + 1) for values in items.keys]
        parts = [f"{key}: {part}" for key, part in zip(keys, parts, strict=True)]
    if not items.exact:
        parts.append("...")
    return f"{container.kind}{brackets[0]}{', '.join(parts)}{brackets[1]}"


def item(run: Machine, values: Values, depth: int) -> str:
    """One item of a container, with a question mark where it may be missing."""
    text = shown(alternatives(run, bound(values), depth))
    if is_sure(values):
        return text
    return f"({text})?" if " | " in text else f"{text}?"
