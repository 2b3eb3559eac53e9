"""Findings as one line each: place, code, level and message."""

from __future__ import annotations

from collections.abc import Iterable

from picklecheck.findings import Finding
from picklecheck.output import visible
from picklecheck.report.paint import Paint


def render(findings: Iterable[Finding], paint: Paint) -> str:
    """One line each, such as `a.py:3:9: PKL101 [error] a lambda cannot cross`; `[*]` marks a safe fix."""
    return "".join(f"{_line(finding, paint)}\n" for finding in findings)


def _line(finding: Finding, paint: Paint) -> str:
    place = finding.place
    mark = "[*] " if any(fix.applicability == "safe" for fix in finding.fixes) else ""
    where = f"{paint('bold', visible(place.path))}:{place.line}:{place.column}:"
    return f"{where} {paint(finding.level, f'{finding.code} [{finding.level}]')} {mark}{visible(finding.message)}"
