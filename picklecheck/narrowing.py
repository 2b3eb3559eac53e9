"""What of the findings is told: nothing that a baseline accepts or that is silenced now, only what a branch changes."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from picklecheck import baseline
from picklecheck.findings import Finding
from picklecheck.fingerprints import Key, Lines
from picklecheck.options import Options
from picklecheck.output import counted, note
from picklecheck.projects import Projects
from picklecheck.source.discovery import display
from picklecheck.source.text import Source

# Options that may hide what a baseline has: nothing is called stale then.
_HIDING = ("select", "ignore", "level", "min_certainty", "target_version", "start_method", "platform")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The findings that are told, how many a baseline accepts, and how many entries of baselines are stale."""

    findings: list[Finding]
    accepted: int = 0
    stale: int = 0


def narrow(
    options: Options, settings: Projects, findings: Sequence[Finding], lines: Lines, files: Collection[str]
) -> Narrowed:
    """The findings in `files` that are new, by the baselines of their projects and by the branch."""
    told: list[Finding] = []
    stale: list[Key] = []
    for path, checked in _by_baseline(settings, {*files, *(one.place.path for one in findings)}).items():
        own = [finding for finding in findings if finding.place.path in checked]
        if not path:
            told += own
        elif options.update_baseline:
            baseline.save(path, baseline.updated(own, lines, baseline.load(path), checked))
            note(f"wrote {counted(len(own), 'finding')} to {display(path)}")
        else:
            if not os.path.exists(path):
                note(f"there is no baseline {display(path)}; --update-baseline writes it")
            left = baseline.left(own, lines, baseline.load(path), checked)
            told += left.findings
            stale += [] if any(getattr(options, name) for name in _HIDING) else left.stale
    for key in stale:
        where = f"{key.path}: {key.code}{f' in {key.within}' if key.within else ''}"
        note(f"{where} is in the baseline and no longer found; --update-baseline removes it")
    accepted = len(findings) - len(told)
    if options.diff_base:
        from picklecheck.branch import changed_since

        changed = changed_since(options.diff_base, settings.folder)
        told = [finding for finding in told if changed.shows(finding)]
    if options.error:
        from picklecheck.rules.explained import of_error

        ending_so = {rule.code for rule in of_error(options.error)}
        told = [finding for finding in told if finding.code in ending_so]
    order = {id(finding): number for number, finding in enumerate(findings)}
    return Narrowed(sorted(told, key=lambda one: order[id(one)]), accepted, len(stale))


def silence(
    findings: Sequence[Finding], given: Mapping[str, Source], reason: str, folder: str
) -> tuple[list[Finding], bool]:
    """Write a suppression for each finding; those that are left, and whether a file could not be written."""
    from picklecheck import silencing
    from picklecheck.writing import write

    mended = silencing.silence(findings, given, reason)
    unwritten = write(mended, given, folder)
    left = [one for one in findings if one in mended.findings or one.place.path in unwritten]
    silenced, files = len(findings) - len(left), len(set(mended.texts) - unwritten)
    note(f"silenced {counted(silenced, 'finding')} in {counted(files, 'file')}")
    return left, bool(unwritten)


def _by_baseline(settings: Projects, paths: Iterable[str]) -> dict[str, set[str]]:
    """The paths by the baseline that is for them, which may be none."""
    found: dict[str, set[str]] = {}
    for path in paths:
        found.setdefault(settings.of(path).baseline, set()).add(path)
    return found
