"""What is said beside the report, on standard error: what failed, was not followed to its end, or lies elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from picklecheck.output import note, report_it, visible
from picklecheck.report.efforts import told
from picklecheck.source.discovery import is_excluded

if TYPE_CHECKING:
    from picklecheck.findings import Finding, Problem, Unfinished
    from picklecheck.projects import Projects
    from picklecheck.session import Outcome


def remark(outcome: Outcome, projects: Projects, *, verbose: bool) -> list[str]:
    """Say of a run what its findings do not show; the lines of it that a run which finds the same says too."""
    for text in told(outcome.efforts) if verbose else ():
        note(text)
    _failed(outcome.problems, verbose)
    lines = [*_unfinished(outcome.unfinished, verbose), *_elsewhere(outcome.elsewhere, projects)]
    for line in lines:
        note(line)
    return lines


def remark_unsafe(findings: Sequence[Finding], projects: Projects) -> None:
    """Say how many of the findings have only fixes that are unsafe, and are not asked for."""
    from picklecheck.mending import applicable

    hidden = sum(bool(applicable(one, projects, True)) and not applicable(one, projects) for one in findings)
    if hidden:
        note(f"{hidden} more {'fix is' if hidden == 1 else 'fixes are'} available with --unsafe-fixes")


def _failed(problems: Sequence[Problem], verbose: bool) -> None:
    for problem in problems:
        if verbose:
            sys.stderr.write("".join(f"{visible(line)}\n" for line in problem.trace.splitlines()))
        note(problem.told)
    if not all(problem.lacks_memory for problem in problems):
        note(report_it(verbose))


def _unfinished(unfinished: Sequence[Unfinished], verbose: bool) -> Iterator[str]:
    """Code that was not followed to its end: in one line, or where `verbose`, in one for each."""
    if verbose:
        yield from (one.told for one in unfinished)
    elif unfinished:
        listed = [f"{one.path}:{one.line} ({one.what}{', too deep' * one.too_deep})" for one in unfinished]
        more = f" and {len(listed) - 3} more; --verbose names all" if len(listed) > 3 else ""
        yield f"warning: not followed to the end: {', '.join(listed[:3])}{more}"


def _elsewhere(findings: Sequence[Finding], projects: Projects) -> Iterator[str]:
    """What the run of a checked file shows in others, which may be read but not changed or counted."""
    shown = [
        one
        for one in findings
        if one.level != "note" and not is_excluded(one.place.path, projects.of(one.place.path).exclude)
    ]
    if shown:
        places = dict.fromkeys(f"{one.place.path}:{one.place.line} ({one.code})" for one in shown)
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        yield f"also found in files that were not checked: {', '.join(list(places)[:3])}{more}"
