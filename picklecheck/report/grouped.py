"""Findings as one line each below the path of their file."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from picklecheck.findings import Finding
from picklecheck.output import visible
from picklecheck.report.paint import Paint


def render(findings: Iterable[Finding], paint: Paint) -> str:
    blocks = [_block(path, list(found), paint) for path, found in groupby(findings, key=lambda one: one.place.path)]
    return "".join(f"{block}\n\n" for block in blocks)


def _block(path: str, findings: list[Finding], paint: Paint) -> str:
    places = [f"{finding.place.line}:{finding.place.column}" for finding in findings]
    width = max(map(len, places))
    lines = [f"{paint('bold', visible(path))}:"]
    for place, finding in zip(places, findings, strict=True):
        level = paint(finding.level, f"{finding.level}[{finding.code}]")
        lines.append(f"  {place.ljust(width)} {level} {visible(finding.message)}")
    return "\n".join(lines)
