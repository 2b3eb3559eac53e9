"""Findings in the words of the protocol: diagnostics, related places, and the edits of rewrites."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lsprotocol import types
from pygls.uris import from_fs_path

Plain = Mapping[str, Any]
Lines = Callable[[str], Sequence[str]]  # of the file at an absolute path

SOURCE = "picklecheck"
FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.{SOURCE}"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}


@dataclass(frozen=True, slots=True)
class Translation:
    """Lines and columns from 1, in characters, become those of a client: from 0, in the units of its `encoding`."""

    lines: Lines
    encoding: str

    def diagnostic(self, finding: Plain) -> types.Diagnostic:
        told = [finding["message"], finding["help"] and f"help: {finding['help']}"]
        if not finding["fixes"] and finding["not_fixed"]:
            told.append(f"not fixed: {finding['not_fixed']}")
        first, last = _ends(finding)
        return types.Diagnostic(
            range=self._range(finding["path"], first, last),
            message="\n".join(filter(None, told)),
            severity=_SEVERITIES[finding["level"]],
            code=finding["code"],
            code_description=types.CodeDescription(href=finding["url"]),
            source=SOURCE,
            related_information=[*self._related(finding)] or None,
            tags=[types.DiagnosticTag.Unnecessary] if finding["name"] == "unused-suppression" else None,
        )

    def _related(self, finding: Plain) -> Iterator[types.DiagnosticRelatedInformation]:
        """The way from the value to what refuses, and what else refuses in the same call."""
        causes = [dict(cause["holding_path"][-1], text=f"also: {cause['text']}") for cause in finding["causes"]]
        for step in (*finding["holding_path"], *causes):
            at = step["line"], step["column"]
            place = types.Location(_uri(step["path"]), self._range(step["path"], at, at))
            yield types.DiagnosticRelatedInformation(place, step["text"])

    def actions(self, finding: Plain, diagnostic: types.Diagnostic) -> Iterator[types.CodeAction]:
        """The rewrites that fix a finding, best first, and the comment that silences it."""
        for number, fix in enumerate(finding["fixes"]):
            is_safe = fix["applicability"] == "safe"
            title = fix["title"] if is_safe else f"{fix['title']} (unsafe: may change behaviour)"
            yield self._action(title, fix["edits"], diagnostic, preferred=is_safe and number == 0)
        if finding["silencing"]:
            yield self._action(f"silence {finding['code']} here by a comment", finding["silencing"], diagnostic)

    def _action(
        self, title: str, edits: Iterable[Plain], diagnostic: types.Diagnostic, *, preferred: bool = False
    ) -> types.CodeAction:
        changes: dict[str, list[types.TextEdit]] = {}
        for edit in edits:
            start, end = ((at["line"], at["column"]) for at in (edit["start"], edit["end"]))
            new = types.TextEdit(self._range(edit["path"], start, end), edit["text"])
            changes.setdefault(_uri(edit["path"]), []).append(new)
        return types.CodeAction(
            title=title[:1].upper() + title[1:],
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic],
            is_preferred=preferred or None,
            edit=types.WorkspaceEdit(changes=changes),
        )

    def whole(self, path: str) -> types.Range:
        """All of a file."""
        lines = self.lines(path)
        return self._range(path, (1, 1), (len(lines), len(lines[-1]) + 1))

    def _range(self, path: str, start: tuple[int, int], end: tuple[int, int]) -> types.Range:
        lines = self.lines(os.path.abspath(path))
        return types.Range(self._position(lines, *start), self._position(lines, *end))

    def _position(self, lines: Sequence[str], line: int, column: int) -> types.Position:
        before = lines[line - 1][: column - 1] if line <= len(lines) else ""
        return types.Position(line - 1, _units(before, self.encoding))


def _units(text: str, encoding: str) -> int:
    match encoding:
        case "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))
        case "utf-32":
            return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _ends(finding: Plain) -> tuple[tuple[int, int], tuple[int, int]]:
    return (finding["line"], finding["column"]), (finding["end_line"], finding["end_column"])


def _uri(path: str) -> str:
    return str(from_fs_path(os.path.abspath(path)))
