"""What modules that a program imports tell `copyreg` at import."""

from __future__ import annotations

from pathlib import Path

from picklecheck.crossings.imported import imported_with
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import Module
from picklecheck.source.questions import has

# The module, as it is called in Python 3 and 2.
NAMES = ("copyreg", "copy_reg")


def of_imported(run: Machine, module: Module) -> None:
    """Run the calls by which the modules that a program imports register types when they are imported."""
    for file in imported_with(run.program, module.file, may_register):
        registering = run.program.module(file)
        if registering is not None and registering is not run.main:
            run.namespace(registering)


def may_register(file: Path) -> bool:
    return any(has(str(file), name) for name in NAMES)
