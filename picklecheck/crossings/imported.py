"""Which files of a project another one may import, directly or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from picklecheck.semantics.syntax.program import Program, packages_around
from picklecheck.source.observed import Grounds, add


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


def imported_with(program: Program, file: Path, has_it: Callable[[Path], bool]) -> list[Path]:
    """The files for which `has_it` is true, of those that importing one file may import; always in one order.

    Where it is true for none, that is kept for all of them, so files that import each other are gone through once.
    """
    found: list[Path] = []
    seen: dict[Path, None] = {}
    todo = [file]
    with Grounds() as grounds:
        while todo:
            here = todo.pop()
            for one in (*program.imported(here), *packages_around(here)):
                if one in seen:
                    continue
                seen[one] = None
                without = program.importing_none.get((has_it, one))
                if without is not None:
                    add(without)
                    continue
                todo.append(one)
                if has_it(one):
                    found.append(one)
    if not found:
        for one in seen:
            program.importing_none.setdefault((has_it, one), grounds)
    return found
