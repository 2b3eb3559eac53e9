"""Findings in the Static Analysis Results Interchange Format, version 2.1.0."""

from __future__ import annotations

import os
from collections.abc import Sequence
from urllib.parse import quote

from picklecheck import __version__, addresses
from picklecheck.findings import Finding, Report
from picklecheck.fingerprints import Lines, fingerprints
from picklecheck.report.json import rendered
from picklecheck.rules.catalogue import RULES
from picklecheck.rules.explained import page
from picklecheck.source.edits import Edit, Fix
from picklecheck.source.place import Place

_ROOT = "%SRCROOT%"


def render(report: Report, lines: Lines) -> str:
    """A log of one run: paths are relative to the working directory, columns count characters."""
    codes = [rule.code for rule in RULES]
    results = [
        _result(finding, codes.index(finding.code), fingerprint)
        for finding, fingerprint in zip(report.findings, fingerprints(report.findings, lines), strict=True)
    ]
    run = {
        "tool": {"driver": _driver()},
        "invocations": [{"executionSuccessful": True}],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The working directory."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    return rendered({"$schema": schema, "version": "2.1.0", "runs": [run]})


def _driver() -> dict[str, object]:
    rules = [
        {
            "id": rule.code,
            "name": "".join(word.capitalize() for word in rule.name.split("-")),
            "shortDescription": {"text": rule.name},
            "fullDescription": {"text": f"{rule.summary}."},
            **({"helpUri": url} if (url := addresses.public(rule.name)) else {}),
            "help": {"text": page(rule), "markdown": page(rule)},
        }
        for rule in RULES
    ]
    where = {"informationUri": addresses.HOME} if addresses.HOME else {}
    return {"name": "picklecheck", "version": __version__, **where, "rules": rules}


def _result(finding: Finding, index: int, fingerprint: str) -> dict[str, object]:
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.level,
        "message": {"text": f"{finding.message}; {finding.help}" if finding.help else finding.message},
        "locations": [{"physicalLocation": _location(finding.place)}],
        "relatedLocations": [
            {"id": number, "message": {"text": step.text}, "physicalLocation": _location(step.place)}
            for number, step in enumerate(finding.holding_path)
        ],
        "partialFingerprints": {"picklecheck/v1": fingerprint},
        "fixes": [_fix(fix) for fix in finding.fixes if fix.edits],
        "properties": {"certainty": finding.certainty, "effect": finding.effect},
    }


def _location(place: Place) -> dict[str, object]:
    return {
        "artifactLocation": _artifact(place.path),
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        },
    }


def _artifact(path: str) -> dict[str, str]:
    quoted = quote(os.fsencode(path))
    return {"uri": f"file://{quoted}"} if path.startswith("/") else {"uri": quoted, "uriBaseId": _ROOT}


def _fix(fix: Fix) -> dict[str, object]:
    paths = dict.fromkeys(edit.path for edit in fix.edits)
    changes = [_change(path, [edit for edit in fix.edits if edit.path == path]) for path in paths]
    return {"description": {"text": f"{fix.title} ({fix.applicability})"}, "artifactChanges": changes}


def _change(path: str, edits: Sequence[Edit]) -> dict[str, object]:
    return {"artifactLocation": _artifact(path), "replacements": [_replacement(edit) for edit in edits]}


def _replacement(edit: Edit) -> dict[str, object]:
    region = {
        "startLine": edit.start.line,
        "startColumn": edit.start.column,
        "endLine": edit.end.line,
        "endColumn": edit.end.column,
    }
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}
