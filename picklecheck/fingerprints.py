"""What a finding is known by when lines have moved: its rule, the definition around it, and what is written there."""

from __future__ import annotations

import ast
import hashlib
import warnings
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import NamedTuple, TypeAlias

from picklecheck.findings import Finding
from picklecheck.source.place import written

Lines: TypeAlias = Callable[[str], Sequence[str]]


class _Span(NamedTuple):
    """A definition: its first and last line, its qualified name, and the number of the one around it, or -1."""

    first: int
    last: int
    name: str
    around: int


_Spans: TypeAlias = list[_Span]


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
        text = " ".join(written(lines(place.path), place).replace("\\\n", " ").split())
        return Key(place.path, finding.code, _around(spans(place.path), place.line), text)

    return [key(finding) for finding in findings]


def fingerprints(findings: Iterable[Finding], lines: Lines) -> list[str]:
    """A short text for each finding that stays when code above it changes; equal keys are told apart by their order."""
    seen: Counter[Key] = Counter()
    prints = []
    for key in keys(findings, lines):
        prints.append(hashlib.sha256("\0".join((*key, str(seen[key]))).encode()).hexdigest()[:32])
        seen[key] += 1
    return prints


def _around(spans: _Spans, line: int) -> str:
    """The innermost definition that a line is in: the last one that begins before it, or one around that."""
    at = bisect_right(spans, line, key=lambda one: one.first) - 1
    while at >= 0 and spans[at].last < line:
        at = spans[at].around
    return spans[at].name if at >= 0 else ""


def _definitions(text: str) -> _Spans:
    """Each function and class, in the order of the text; none where the text cannot be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            waiting: list[tuple[int, ast.AST]] = [(-1, ast.parse(text))]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    spans: _Spans = []
    while waiting:
        around, node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{spans[around].name}.{node.name}" if around >= 0 else node.name
            spans.append(_Span(node.lineno, node.end_lineno or node.lineno, name, around))
            around = len(spans) - 1
        waiting += [(around, child) for child in ast.iter_child_nodes(node)][::-1]
    return spans
