"""What a finding is known by when lines have moved: its rule, the definition around it, and what is written there."""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple, TypeAlias

from picklecheck.findings import Finding
from picklecheck.source.place import written

Lines: TypeAlias = Callable[[str], Sequence[str]]
_Spans: TypeAlias = list[tuple[int, int, str]]


class Key(NamedTuple):
    """`within` is the qualified name of the innermost definition, `text` the value that is reported, blanks as one."""

    path: str
    code: str
    within: str
    text: str


def keys(findings: Iterable[Finding], lines: Lines) -> list[Key]:
    """The key of each finding, in order; `lines` gives the lines of the file at a path."""

    @cache
    def spans(path: str) -> _Spans:
        return _definitions("\n".join(lines(path)))

    def key(finding: Finding) -> Key:
        place = finding.place
        around = [one for one in spans(place.path) if one[0] <= place.line <= one[1]]
        within = max(around, default=(0, 0, ""))[2]
        return Key(
            place.path, finding.code, within, " ".join(written(lines(place.path), place).replace("\\\n", " ").split())
        )

    return [key(finding) for finding in findings]


def fingerprints(findings: Iterable[Finding], lines: Lines) -> list[str]:
    """A short text for each finding that stays when code above it changes; equal keys are told apart by their order."""
    seen: Counter[Key] = Counter()
    prints = []
    for key in keys(findings, lines):
        prints.append(hashlib.sha256("\0".join((*key, str(seen[key]))).encode()).hexdigest()[:32])
        seen[key] += 1
    return prints


def _definitions(text: str) -> _Spans:
    """First and last line and qualified name of each function and class; none where the text cannot be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            waiting: list[tuple[str, ast.AST]] = [("", ast.parse(text))]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    spans: _Spans = []
    while waiting:
        prefix, node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{prefix}{child.name}"
                spans.append((child.lineno, child.end_lineno or child.lineno, name))
                name += "."
            waiting.append((name, child))
    return spans
