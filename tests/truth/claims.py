"""What picklecheck claims of programs: under which Python versions and start methods each will fail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import SpecifierSet

from picklecheck.findings import START_METHODS, Finding
from picklecheck.options import CHOICES, Options
from picklecheck.session import inspect
from picklecheck.settings import load


@dataclass(frozen=True, slots=True)
class Claims:
    """The errors and warnings of one program."""

    findings: tuple[Finding, ...]

    def fails(self, version: str, method: str) -> bool:
        """Whether the program is said to fail under a Python version and a start method."""
        return any(
            method in (finding.fails_under.start_methods or START_METHODS)
            and within(version, finding.fails_under.python)
            for finding in self.findings
        )

    def __str__(self) -> str:
        lines = [f"{one.place.line}: {one.code} {one.level} {one.message} [{one.fails_under}]" for one in self.findings]
        return "\n".join(lines) or "nothing"


def within(version: str, specifier: str) -> bool:
    """Whether a version belongs to one of the ranges that a specifier joins by `or`."""
    return any(version in SpecifierSet(one) for one in specifier.split(" or "))


def claims(folder: Path, texts: Mapping[str, str], versions: Iterable[str]) -> dict[str, Claims]:
    """What is claimed of each program, by its name; they are written into `folder` and never run."""
    paths = {}
    for name, text in texts.items():
        path = folder / f"{name}.py"
        path.write_text(text, "utf-8")
        paths[str(path)] = name
    methods = CHOICES["start_method"]  # all of them, whatever the platform and the version have by default
    options = Options(isolated=True, level="warning", target_version=tuple(versions), start_method=methods)
    settings = load(options, str(folder))
    outcome = inspect(list(paths), settings, jobs=2)
    assert outcome.problems == []
    found: dict[str, list[Finding]] = {name: [] for name in texts}
    for finding in outcome.findings:
        found[paths[finding.place.path]].append(finding)
    return {name: Claims(tuple(findings)) for name, findings in found.items()}
