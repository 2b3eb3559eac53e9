"""Subjects built from a program text, and the text after a fix."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from picklecheck.findings import Place
from picklecheck.fixes.subject import Capture, Kind, NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix, apply

PATH = "program.py"


def subject(
    text: str,
    use: str,
    *,
    definition: str = "",
    occurrence: int = 1,
    captures: tuple[Capture, ...] = (),
    boundary: str = "multiprocessing.pool.Pool.map",
    slot: str = "func",
    runs_today: bool = False,
    python2: bool = False,
) -> Subject:
    """The subject whose `use` is the nth argument of a call that reads so, or the nth `lambda`.

    `definition` is the text of a lambda, or the name of a `def` or `class`; without it, what `use` names.
    """
    module = ast.parse(text)
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    uses = sorted(
        (_place(argument), _place(call))
        for call in calls
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
        if ast.get_source_segment(text, argument) == use or (use == "lambda" and isinstance(argument, ast.Lambda))
    )
    at, call = uses[occurrence - 1]
    defined = _definition(module, text, definition or use, at)
    return Subject(
        kind=_kind(defined, use),
        call=call,
        use=at,
        definition=_place(defined) if defined else None,
        name=use if use.isidentifier() else "",
        captures=captures,
        boundary=boundary,
        slot=slot,
        runs_today=runs_today,
        python2=python2,
    )


def applied(text: str, fix: Fix | NoFix) -> str:
    """The text after all edits, which must not meet and must give a program that parses."""
    assert isinstance(fix, Fix), fix
    newline = Tree.read(PATH, text).newline
    after = apply(text, fix.edits, newline)
    ast.parse(after)
    return after


def reason(fix: Fix | NoFix) -> str:
    assert isinstance(fix, NoFix), fix
    return fix.reason


def run(folder: Path, text: str, seconds: float = 20) -> str:
    """What the program prints; an error of the program fails the test."""
    program = folder / PATH
    program.write_text(text, encoding="utf-8", newline="")
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, done.stderr
    return done.stdout


def fails(folder: Path, text: str, seconds: float = 20) -> str:
    """The error output of a program that must not succeed."""
    program = folder / PATH
    program.write_text(text, encoding="utf-8", newline="")
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=seconds)
    assert done.returncode != 0, done.stdout
    return done.stderr


def _definition(module: ast.Module, text: str, wanted: str, use: Place) -> ast.expr | ast.stmt | None:
    for node in ast.walk(module):
        match node:
            case ast.Lambda() if ast.get_source_segment(text, node) == wanted or _place(node) == use:
                return node
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if name == wanted:
                    return node
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as value) if name == wanted:
                return value
    return None


def _kind(defined: ast.expr | ast.stmt | None, use: str) -> Kind:
    match defined:
        case ast.Lambda():
            return "lambda"
        case ast.ClassDef():
            return "class"
    return "function" if defined else "bound method" if "." in use else "lambda"


def _place(node: ast.expr | ast.stmt) -> Place:
    first: ast.expr | ast.stmt = next(iter(getattr(node, "decorator_list", ())), node)
    assert node.end_lineno is not None and node.end_col_offset is not None
    return Place(PATH, first.lineno, first.col_offset + 1, node.end_lineno, node.end_col_offset + 1)
