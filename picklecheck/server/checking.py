"""The process that checks for the server: a request in each line of standard input, an answer in each of the output.

It may be ended at any moment, and ends with the server.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from picklecheck.configuration.files import Files, folder_of
from picklecheck.findings import Finding, Problem, Unfinished
from picklecheck.mending import mend
from picklecheck.narrowing import narrow
from picklecheck.options import Misuse, Options
from picklecheck.projects import Projects
from picklecheck.report.json import told
from picklecheck.rules.catalogue import UNREADABLE, UNUSED
from picklecheck.session import Outcome, inspect, load
from picklecheck.settings import Settings
from picklecheck.silencing import comments, edited
from picklecheck.source import disk
from picklecheck.source.discovery import display, is_excluded
from picklecheck.source.edits import Edit
from picklecheck.source.observed import Grounds
from picklecheck.source.questions import answer
from picklecheck.source.suppressions import settle
from picklecheck.source.text import Source, encoded

if TYPE_CHECKING:
    from picklecheck.source.observed import Asked


@dataclass(frozen=True, slots=True)
class Known:
    """What a check has shown, under which settings, and the questions and answers that it rests on."""

    settings: Settings
    asked: frozenset[Asked]
    outcome: Outcome

    def holds(self) -> bool:
        return all(answer(question, path) == known for question, path, known in self.asked)


class Checking:
    """Answers to the requests of one server; what was found before counts while all that it rests on is unchanged."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What is found in the file at `path`, or with `fix` its text with all safe fixes.

        `texts` has by absolute path what editors show; of the files in `texts` more may be found than of one alone.
        """
        warned: list[str] = []
        disk.unsaved.clear()
        disk.unsaved.update({path: encoded(text) for path, text in request["texts"].items()})
        path = display(request["path"])
        try:
            projects = Projects(Options(), Files(), folder_of(path), warned.append)
            settings = projects.of(path)
            if is_excluded(path, settings.exclude):
                return {"findings": {}, "said": warned}
            outcome = self._outcome(path, settings, projects, [display(one) for one in disk.unsaved])
            if request.get("fix"):
                return {"text": _fixed(path, outcome, projects), "said": warned}
            # What is accepted where it is written is not told, wherever it was seen.
            found = [*outcome.findings, *(one for one in outcome.elsewhere if one.level != "note")]
            if any(projects.of(one.place.path).baseline for one in found):
                found = narrow(Options(), projects, found, _lines, {path}).findings
        except Misuse as misuse:
            return {"said": [str(misuse)]}
        logged = [*_faults(outcome.problems, outcome.unfinished)]
        return {"findings": _by_path(found), "said": warned, "logged": logged}

    def _outcome(self, path: str, settings: Settings, projects: Projects, files: list[str]) -> Outcome:
        known = self._known.get(path)
        if known is None or known.settings != settings or not known.holds():
            with Grounds() as grounds:
                outcome = inspect([path], projects, 1, (path, *files))
            known = self._known[path] = Known(settings, frozenset(_asked(grounds)), outcome)
        return known.outcome


def _asked(grounds: Grounds) -> Iterator[Asked]:
    """All that was asked, also for what something is made of."""
    stack, seen = [grounds], {grounds}
    while stack:
        one = stack.pop()
        yield from one.asked
        new = [part for part in one.parts if part not in seen]
        stack += new
        seen.update(new)


def _fixed(path: str, outcome: Outcome, projects: Projects) -> str | None:
    text = load(path)
    if not isinstance(text, Source):
        return None
    own = [one for one in outcome.findings if one.place.path == path]
    mended = mend(own, projects, {path: text}, unsafe=False, files=(path,), read=outcome.read)
    return mended.texts[path].text if path in mended.texts else None


def _by_path(findings: Iterable[Finding]) -> dict[str, list[dict[str, Any]]]:
    """The findings by the absolute path of their file, each with the edits that silence it."""
    found: dict[str, list[dict[str, Any]]] = {}
    texts: dict[str, Source | Finding] = {}
    for one in findings:
        path = one.place.path
        text = texts[path] = texts.get(path) or load(path)
        plain = told(one) | {"silencing": [_plain(edit) for edit in _silencing(text, one)]}
        found.setdefault(os.path.abspath(path), []).append(plain)
    return found


def _silencing(text: Source | Finding, finding: Finding) -> list[Edit]:
    if isinstance(text, Finding) or finding.code in (UNREADABLE, UNUSED):
        return []
    edits = comments(text, [finding])
    return edits if edits and not settle(edited(text, edits), [finding], ()) else []


def _plain(edit: Edit) -> dict[str, Any]:
    start, end = ({"line": at.line, "column": at.column} for at in (edit.start, edit.end))
    return {"path": edit.path, "start": start, "end": end, "text": edit.text}


def _lines(path: str) -> tuple[str, ...]:
    text = load(path)
    return text.lines if isinstance(text, Source) else ()


def _faults(problems: Iterable[Problem], unfinished: Iterable[Unfinished]) -> Iterator[str]:
    yield from (one.told for one in problems)
    yield from (one.told for one in unfinished)


def main() -> None:
    """Answer until nothing more is asked."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed is no answer
    gc.disable()  # as for a command; what is left of a check goes when it has been answered
    checking = Checking()
    for line in sys.stdin.buffer:
        out.write(json.dumps(checking.answer(json.loads(line))) + "\n")
        out.flush()
        gc.collect()


if __name__ == "__main__":
    main()
