"""Findings as diagnostics of reviewdog, whose columns count bytes of UTF-8."""

from __future__ import annotations

from collections.abc import Iterable

from picklecheck import addresses
from picklecheck.findings import Finding
from picklecheck.fingerprints import Lines
from picklecheck.report.json import rendered
from picklecheck.source.edits import Position
from picklecheck.source.place import Place

_SEVERITIES = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}


def render(findings: Iterable[Finding], lines: Lines) -> str:
    """One JSON object; suggestions are the fixes that consist of one edit in the file of the finding."""
    source = {"name": "picklecheck"} | ({"url": addresses.HOME} if addresses.HOME else {})
    return rendered({"source": source, "diagnostics": [_diagnostic(one, lines) for one in findings]})


def _diagnostic(finding: Finding, lines: Lines) -> dict[str, object]:
    edits = [fix.edits[0] for fix in finding.fixes if len(fix.edits) == 1]
    path, url = finding.place.path, addresses.public(finding.name)
    return {
        "message": finding.message,
        "location": _location(finding.place, lines),
        "severity": _SEVERITIES[finding.level],
        "code": {"value": finding.code} | ({"url": url} if url else {}),
        "suggestions": [
            {"range": _range(path, edit.start, edit.end, lines), "text": edit.text}
            for edit in edits
            if edit.path == path
        ],
        "related_locations": [
            {"message": step.text, "location": _location(step.place, lines)} for step in finding.holding_path
        ],
    }


def _location(place: Place, lines: Lines) -> dict[str, object]:
    start, end = Position(place.line, place.column), Position(place.end_line, place.end_column)
    return {"path": place.path, "range": _range(place.path, start, end, lines)}


def _range(path: str, start: Position, end: Position, lines: Lines) -> dict[str, object]:
    return {"start": _position(path, start, lines), "end": _position(path, end, lines)}


def _position(path: str, position: Position, lines: Lines) -> dict[str, int]:
    known = lines(path)
    line = known[position.line - 1] if position.line <= len(known) else ""
    before = line[: position.column - 1].encode("utf-8", "surrogatepass")
    return {"line": position.line, "column": len(before) + 1 if line else position.column}
