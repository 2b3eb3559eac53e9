"""Findings as a code quality report of GitLab, which has the form of Code Climate issues."""

from __future__ import annotations

from collections.abc import Sequence

from picklecheck.findings import Finding
from picklecheck.fingerprints import Lines, fingerprints
from picklecheck.report.json import rendered

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def render(findings: Sequence[Finding], lines: Lines) -> str:
    """A JSON list; the fingerprints stay the same where code above a finding changes."""
    return rendered(
        [
            {
                "description": finding.message,
                "check_name": f"{finding.code} {finding.name}",
                "fingerprint": fingerprint,
                "severity": _SEVERITIES[finding.level],
                "location": {
                    "path": finding.place.path,
                    "lines": {"begin": finding.place.line, "end": finding.place.end_line},
                },
            }
            for finding, fingerprint in zip(findings, fingerprints(findings, lines), strict=True)
        ]
    )
