"""The formats of findings by name: text for people, and data for programs, which nothing else is mixed with."""

from __future__ import annotations

from dataclasses import dataclass

from picklecheck.findings import Report
from picklecheck.fingerprints import Lines
from picklecheck.options import FOR_PROGRAMS, Misuse
from picklecheck.report.paint import Paint
from picklecheck.report.summary import crossings_told, table
from picklecheck.report.summary import undecided as undecided_lines


@dataclass(frozen=True, slots=True)
class View:
    """How findings are shown: `lines` gives the lines of the file at a path; `width` is that of the terminal, or 0."""

    lines: Lines
    paint: Paint
    width: int = 0
    show_fixes: bool = True


def render(name: str, report: Report, view: View) -> str:
    """The findings of a report in the format `name`, without a summary where the format has none of its own."""
    match name:
        case "json":
            from picklecheck.report import json

            return json.render(report)
        case "jsonl":
            from picklecheck.report import json

            return json.lines(report)
        case "sarif":
            from picklecheck.report import sarif

            return sarif.render(report, view.lines)
        case "github":
            from picklecheck.report import github

            return github.render(report.findings)
        case "gitlab":
            from picklecheck.report import gitlab

            return gitlab.render(report.findings, view.lines)
        case "junit":
            from picklecheck.report import junit

            return junit.render(report.findings)
        case "rdjson":
            from picklecheck.report import rdjson

            return rdjson.render(report.findings, view.lines)
        case "concise":
            from picklecheck.report import concise

            return concise.render(report.findings, view.paint)
        case "grouped":
            from picklecheck.report import grouped

            return grouped.render(report.findings, view.paint)
        case _:
            from picklecheck.report import full

            return full.render(report.findings, view.lines, view.paint, view.width, show_fixes=view.show_fixes)


def undecided(name: str, report: Report) -> str:
    """A line for each crossing of which nothing was decided; empty where the format has them as data."""
    return "" if name in FOR_PROGRAMS else undecided_lines(report.judged)


def statistics(name: str, report: Report) -> str:
    """The findings of a report counted by rule: as JSON or as a table; raises Misuse for other formats."""
    if name not in FOR_PROGRAMS:
        return f"{table(report.findings)}{crossings_told(report.judged)}\n"
    if name != "json":
        raise Misuse(f"--statistics has no output format `{name}`; use `json` or `full`")
    from picklecheck.report import json

    return json.statistics(report)
