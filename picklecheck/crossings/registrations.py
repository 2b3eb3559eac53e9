"""What modules that a program imports tell `copyreg` at import."""

from __future__ import annotations

from picklecheck.crossings.imported import imported_by
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import Module
from picklecheck.source.questions import has

# The module, as it is called in Python 3 and 2.
NAMES = ("copyreg", "copy_reg")


def of_imported(run: Machine, module: Module) -> None:
    """Run the calls by which the modules that a program imports register types when they are imported."""
    for file in imported_by(run.program, module.file):
        if any(has(str(file), name) for name in NAMES):
            registering = run.program.module(file)
            if registering is not None and registering is not run.main:
                run.namespace(registering)
