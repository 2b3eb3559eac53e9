"""Which files of a project another one may import, directly or not."""

from __future__ import annotations

from pathlib import Path

from picklecheck.semantics.syntax.program import Program, packages_around


def imported_by(program: Program, file: Path) -> set[Path]:
    """The files that importing or running one file may import, with the packages around them."""
    found: set[Path] = set()
    todo = [file]
    while todo:
        here = todo.pop()
        new = {*program.imported(here), *packages_around(here)} - found
        found |= new
        todo += new
    return found
