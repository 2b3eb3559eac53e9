"""Which files of a project another one may import, directly or not."""

from __future__ import annotations

from pathlib import Path

from picklecheck.semantics.syntax.program import Program, packages_around


def imported_by(program: Program, file: Path) -> dict[Path, None]:
    """The files that importing or running one file may import, with the packages around them, always in one order."""
    found: dict[Path, None] = {}
    todo = [file]
    while todo:
        here = todo.pop()
        new = dict.fromkeys(one for one in (*program.imported(here), *packages_around(here)) if one not in found)
        found |= new
        todo += new
    return found
