"""Findings as workflow commands, which GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from picklecheck.findings import Finding
from picklecheck.output import visible

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def render(findings: Iterable[Finding]) -> str:
    return "".join(f"{_command(finding)}\n" for finding in findings)


def _command(finding: Finding) -> str:
    place = finding.place
    properties = {"title": f"{finding.code} {finding.name}", "file": place.path, "line": place.line}
    properties |= {"col": place.column, "endLine": place.end_line}
    if place.end_line == place.line:  # columns of several lines are refused
        properties["endColumn"] = place.end_column
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    text = f"{finding.message}\n{finding.help}" if finding.help else finding.message
    return f"::{_LEVELS[finding.level]} {listed}::{_data(text)}"


def _data(text: str) -> str:
    lines = "\n".join(map(visible, text.split("\n")))
    return lines.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
