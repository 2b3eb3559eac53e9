"""Subjects built from a program text, and the text after a fix."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from picklecheck.findings import Place
from picklecheck.fixes.subject import Capture, Kind, NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

PATH = "program.py"


def place(text: str, snippet: str, occurrence: int = 1) -> Place:
    """Where a stretch of the text stands."""
    start = -1
    for _ in range(occurrence):
        start = text.index(snippet, start + 1)
    tree = Tree.read(PATH, text)
    first, last = tree.position(start), tree.position(start + len(snippet))
    return Place(PATH, first.line, first.column, last.line, last.column)


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
    """The subject whose `use` is the given stretch inside a call; a `definition` starts as given."""
    at = place(text, use, occurrence)
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call) and _holds(node, at, text)]
    call = max(calls, key=lambda node: (node.lineno, node.col_offset))
    kind: Kind = "lambda" if "lambda" in (definition or use) else "function"
    if definition.startswith(("class", "@dataclass")):
        kind = "class"
    if "." in use and not definition:
        kind = "bound method"
    return Subject(
        kind=kind,
        call=_place(call),
        use=at,
        definition=place(text, definition) if definition else at if kind == "lambda" else None,
        name=use if use.isidentifier() else "",
        captures=captures,
        boundary=boundary,
        slot=slot,
        runs_today=runs_today,
        python2=python2,
    )


def applied(text: str, fix: Fix | NoFix) -> str:
    """The text after all edits, which must not overlap and must give a program that parses."""
    assert isinstance(fix, Fix), fix
    tree = Tree.read(PATH, text)
    parts, at = [], 0
    for edit in sorted(fix.edits):
        start = tree.offset(edit.start.line, edit.start.column)
        end = tree.offset(edit.end.line, edit.end.column)
        start, end = (len(text) if offset < 0 else offset for offset in (start, end))
        assert at <= start <= end, f"{edit} overlaps"
        parts += [text[at:start], edit.text]
        at = end
    after = "".join([*parts, text[at:]])
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


def _place(node: ast.expr) -> Place:
    assert node.end_lineno is not None and node.end_col_offset is not None
    return Place(PATH, node.lineno, node.col_offset + 1, node.end_lineno, node.end_col_offset + 1)


def _holds(node: ast.Call, at: Place, text: str) -> bool:
    parts = [*node.args, *(keyword.value for keyword in node.keywords)]
    spans = [_place(part) for part in parts]
    start, end = (at.line, at.column), (at.end_line, at.end_column)
    return any(
        (span.line, span.column) <= start and end <= (span.end_line, span.end_column) for span in spans
    )
