"""One run over the files that must be parsed: what is found in them, in order, and what went wrong."""

from __future__ import annotations

import os
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from picklecheck.findings import FailsUnder, Finding
from picklecheck.options import CHOICES
from picklecheck.rules.catalogue import RULES, UNREADABLE
from picklecheck.settings import Settings
from picklecheck.source.disk import read
from picklecheck.source.place import Place
from picklecheck.source.suppressions import settle
from picklecheck.source.text import Source, Unreadable, decode
from picklecheck.workers import Died, spread

Examine: TypeAlias = Callable[[str, Source, Settings, Mapping[str, Source]], list[Finding]]

_MANY_BYTES = 50_000  # with less to analyse, starting processes costs more than it saves
_NOTHING_UNSAVED: Mapping[str, Source] = {}


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of this program in one file: the run goes on and ends with exit code 2."""

    path: str
    text: str
    trace: str = ""


@dataclass(slots=True)
class Outcome:
    """Findings in order of path and place, and what went wrong on the way."""

    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def inspect(sources: Sequence[str | Source | Finding], settings: Settings, jobs: int) -> Outcome:
    """What is found in `sources`: paths of files, or what stands in for one not on disk."""
    if sources:
        _engine()  # imported once, before any fork

    def look(one: str | Source | Finding) -> list[Finding] | Problem:
        return attempt(load(one) if isinstance(one, str) else one, settings)

    few = sum(_size(one) for one in sources) < _MANY_BYTES
    outcome = Outcome()
    for one, result in zip(sources, spread(look, sources, 1 if few else jobs), strict=True):
        match result:
            case Died():
                path = one if isinstance(one, str) else "-"
                outcome.problems.append(Problem(path, "the process that read it died"))
            case Problem():
                outcome.problems.append(result)
            case findings:
                outcome.findings += findings
    outcome.findings = ordered(outcome.findings)
    return outcome


def load(path: str) -> Source | Finding:
    """The file at `path` as text, or the finding that it cannot be read."""
    try:
        result = decode(path, read(path))
    except OSError as error:
        result = Unreadable(1, 1, error.strerror or str(error))
    return result if isinstance(result, Source) else unreadable(path, result)


def attempt(
    source: Source | Finding, settings: Settings, unsaved: Mapping[str, Source] = _NOTHING_UNSAVED
) -> list[Finding] | Problem:
    """What is found in `source`, with suppressions and selection applied; no error comes out of this.

    `unsaved` holds by path the texts that differ from what is on disk.
    """
    if isinstance(source, Finding):
        return selected([source], settings)
    try:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what Python has to say of a text is for those who run it
                found = _engine()(source.path, source, settings, unsaved)
        except RecursionError:
            found = [unreadable(source.path, Unreadable(1, 1, "the code is nested too deeply"))]
        return selected(settle(source, found, settings.rules), settings)
    except Exception as error:
        return Problem(source.path, f"{type(error).__name__}: {error}", traceback.format_exc())


def selected(findings: Iterable[Finding], settings: Settings) -> list[Finding]:
    """The findings of rules that run, from the lowest level shown upwards."""
    levels = CHOICES["level"]
    shown = levels[: levels.index(settings.level) + 1]
    return [one for one in findings if one.code in settings.rules and one.level in shown]


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (one.place, one.code, one.message))


def unreadable(path: str, why: Unreadable) -> Finding:
    """The finding that the file at `path` cannot be read as Python."""
    place = Place(path, why.line, why.column, why.line, why.column)
    name = next(rule.name for rule in RULES if rule.code == UNREADABLE)
    return Finding(
        code=UNREADABLE,
        name=name,
        level="error",
        certainty="certain",
        message=f"this file cannot be read as Python: {why.reason}",
        place=place,
        call=place,
        boundary="",
        slot="",
        effect="raises",
        fails_under=FailsUnder((), ""),
    )


def _size(one: str | Source | Finding) -> int:
    if not isinstance(one, str):
        return 0  # standard input, which is read alone
    try:
        return os.stat(one).st_size
    except OSError:
        return 0


def _engine() -> Examine:
    from picklecheck.analysis import examine

    return examine
