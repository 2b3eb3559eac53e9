"""Findings as JSON, in the form that programs rely on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from picklecheck import addresses
from picklecheck.findings import Finding, Judged, Report, Step
from picklecheck.report.summary import crossings
from picklecheck.report.summary import statistics as counted
from picklecheck.source.edits import Fix, Position

VERSION = 1


def render(report: Report) -> str:
    """The whole report; lines and columns start at 1, columns count characters."""
    levels = Counter(finding.level for finding in report.findings)
    content: dict[str, object] = {
        "version": VERSION,
        "findings": [told(finding) for finding in report.findings],
        "summary": {
            "files_checked": report.files_checked,
            "errors": levels["error"],
            "warnings": levels["warning"],
            "notes": levels["note"],
            "fixed": len(report.fixed),
            "crossings": crossings(report.judged),
        },
    }
    if report.shows_undecided:
        content["undecided"] = [_undecided(one) for one in report.judged if one.verdict == "undecided"]
    return rendered(content)


def lines(report: Report) -> str:
    """One object in a line for each finding, and nothing else."""
    return "".join(f"{json.dumps(told(finding))}\n" for finding in report.findings)


def statistics(report: Report) -> str:
    """The findings counted by rule, and the values that cross by what was judged of them."""
    counts = {"statistics": counted(report.findings), "crossings": crossings(report.judged)}
    return rendered({"version": VERSION, **counts})


def rendered(content: object) -> str:
    return json.dumps(content, indent=2) + "\n"


def told(finding: Finding) -> dict[str, object]:
    """One finding as plain data."""
    place = finding.place
    fixes = [_fix(fix) for fix in finding.fixes]
    return {
        "code": finding.code,
        "name": finding.name,
        "level": finding.level,
        "certainty": finding.certainty,
        "message": finding.message,
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "boundary": finding.boundary,
        "slot": finding.slot,
        "effect": finding.effect,
        "fails_under": {
            "start_methods": list(finding.fails_under.start_methods),
            "python": finding.fails_under.python,
        },
        "holding_path": _steps(finding.holding_path),
        "causes": [
            {"code": cause.code, "text": cause.text, "slot": cause.slot, "holding_path": _steps(cause.holding_path)}
            for cause in finding.causes
        ],
        "fix": fixes[0] if fixes else None,
        "fixes": fixes,
        "not_fixed": finding.no_fix,
        "run_time": [{"python": one.python, "text": one.text} for one in finding.run_time],
        "help": finding.help,
        "url": addresses.of_rule(finding.name),
    }


def _undecided(one: Judged) -> dict[str, object]:
    names = ("path", "line", "column", "boundary", "slot", "reason")
    return {name: getattr(one, name) for name in names}


def _steps(path: Iterable[Step]) -> list[dict[str, object]]:
    return [
        {"text": step.text, "path": step.place.path, "line": step.place.line, "column": step.place.column}
        for step in path
    ]


def _fix(fix: Fix) -> dict[str, object]:
    return {
        "applicability": fix.applicability,
        "title": fix.title,
        "edits": [
            {"path": edit.path, "start": _position(edit.start), "end": _position(edit.end), "text": edit.text}
            for edit in fix.edits
        ],
    }


def _position(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column}
