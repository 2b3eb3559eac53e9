"""Findings as JUnit XML: a suite for each file, a failed case for each error and warning."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from picklecheck.findings import Finding
from picklecheck.output import visible


def render(findings: Sequence[Finding]) -> str:
    """An XML document; a note is a case that passes, and a run without findings is one too."""
    root = Element("testsuites", {"name": "picklecheck", **_counts(findings)})
    for path, found in groupby(findings, key=lambda one: one.place.path):
        of_file = list(found)
        suite = SubElement(root, "testsuite", {"name": visible(path), **_counts(of_file)})
        for finding in of_file:
            _add_case(suite, finding)
    if not findings:
        suite = SubElement(root, "testsuite", {"name": "picklecheck", **_counts(findings)})
        SubElement(suite, "testcase", {"name": "no findings", "classname": "picklecheck"})
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, "unicode")}\n'


def _counts(findings: Sequence[Finding]) -> dict[str, str]:
    failures = sum(finding.level != "note" for finding in findings)
    return {"tests": str(max(len(findings), 1)), "failures": str(failures)}


def _add_case(suite: Element, finding: Finding) -> None:
    place, path = finding.place, visible(finding.place.path)
    name = f"{finding.code} {finding.name} at {place.line}:{place.column}"
    case = SubElement(suite, "testcase", {"name": name, "classname": path, "file": path, "line": str(place.line)})
    message = visible(finding.message)
    if finding.level == "note":
        told = SubElement(case, "system-out")
    else:
        told = SubElement(case, "failure", {"type": finding.level, "message": message})
    told.text = f"{path}:{place.line}:{place.column}: {message}"
