"""Which modules of a program are kept from one run to the next."""

from __future__ import annotations

import ast
from pathlib import Path

from picklecheck.semantics.syntax.module import Module
from picklecheck.semantics.syntax.program import Program


def test_the_modules_that_were_not_used_for_longest_are_let_go() -> None:
    read: list[str] = []

    def load(file: Path, name: str) -> Module:
        read.append(name)
        return Module(str(file), file, name, ast.parse("x = 1"), "x = 1")

    program = Program(load, Path())
    files = {name: Path(f"{name}.py").absolute() for name in ("old", "used", "new")}
    for name in ("old", "used"):
        program.module(files[name])
    assert not program.begin_run(most=15, fewest=10)
    for name in ("used", "new"):
        program.module(files[name])
    assert not program.begin_run(most=15, fewest=10)
    program.keep(Module("own.py", Path("own.py").absolute(), "own", ast.parse("x = 1"), "x = 1"))
    program.keep(Module("own.py", Path("own.py").absolute(), "own", ast.parse("x = 12"), "x = 12"))
    assert program.size == 21
    assert program.begin_run(most=15, fewest=16)
    assert program.size == 16
    assert read == ["old", "used", "new"]
    for name in ("new", "used", "old"):
        program.module(files[name])
    assert read == ["old", "used", "new", "old"]
