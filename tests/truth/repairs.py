"""What `--fix` makes of a folder of programs: its texts, what is found before and after, and a second `--fix`."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from truth.claims import Claims

from picklecheck.findings import Finding
from picklecheck.mending import mend
from picklecheck.options import Options
from picklecheck.session import inspect
from picklecheck.settings import load

# Slots in which a callable is sent; `self` is the process object with its `run`.
_CALLABLE_SLOTS = {"func", "fn", "target", "initializer", "self"}
_OF_THE_CALLABLE = {"PKL101", "PKL102", "PKL103", "PKL105", "PKL106", "PKL107", "PKL108", "PKL109", "PKL302", "PKL303"}


@dataclass(frozen=True, slots=True)
class Repair:
    """The files that changed, by their path in the folder; `again` holds what a second `--fix` would change."""

    texts: Mapping[str, str]
    found: Claims
    left: Claims
    again: tuple[str, ...]

    @property
    def in_the_callable(self) -> bool:
        """Whether what fails is the callable: what it is, how it is named, or what its instance holds."""
        return any(
            finding.code in _OF_THE_CALLABLE or (finding.code == "PKL104" and finding.slot in _CALLABLE_SLOTS)
            for finding in self.found.findings
        )


def repair(folder: Path, target: str, *, unsafe: bool) -> Repair:
    """Apply the fixes to the programs of a folder, on disk, as often as they help; then look at a copy of it."""
    paths = [str(path) for path in sorted(folder.rglob("*.py"))]
    settings = load(Options(isolated=True, target_version=(target,)), str(folder))
    before = inspect(paths, settings, 1)
    mended = mend(before.findings, settings, {}, unsafe=unsafe, files=paths)
    for path, text in mended.texts.items():
        Path(path).write_bytes(text.encode())
    # One process reads each imported file once, so what has changed is looked at under another path.
    copied = shutil.copytree(folder, folder.with_name(f"{folder.name} again"))
    copies = [str(path) for path in sorted(copied.rglob("*.py"))]
    after = inspect(copies, settings, 1)
    again = mend(after.findings, settings, {}, unsafe=unsafe, files=copies)
    return Repair(
        {str(Path(path).relative_to(folder)): text.text for path, text in mended.texts.items()},
        _claims(before.findings),
        _claims(after.findings),
        tuple(again.texts),
    )


def _claims(findings: tuple[Finding, ...] | list[Finding]) -> Claims:
    return Claims(tuple(finding for finding in findings if finding.level != "note"))
