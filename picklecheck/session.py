"""One run over the files that must be parsed: what is found in them, in order, and what went wrong."""

from __future__ import annotations

import os
import time
import traceback
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, cast

from picklecheck.depth import with_room
from picklecheck.findings import Analysis, Effort, Finding, Judged, Level, Problem, Unfinished, judged_once, unreadable
from picklecheck.options import CHOICES
from picklecheck.progress import Progress
from picklecheck.rules.catalogue import UNUSED
from picklecheck.settings import ByPath, Settings
from picklecheck.source.discovery import SUFFIXES
from picklecheck.source.edits import Edit, Fix
from picklecheck.source.observed import read
from picklecheck.source.place import Place
from picklecheck.source.suppressions import may_silence, settle
from picklecheck.source.text import Fingerprint, Source, Unreadable, decode
from picklecheck.workers import Died, spread, start_up

if TYPE_CHECKING:
    from picklecheck.caching.cache import Cache
    from picklecheck.source.observed import Told

Analyze: TypeAlias = Callable[[str, Source, Settings, Mapping[str, Source]], Analysis]

_MANY_BYTES = 50_000  # with less to analyse, starting processes costs more than it saves
_NOTHING_UNSAVED: Mapping[str, Source] = {}


@dataclass(slots=True)
class Outcome:
    """Findings in order of path and place, what stopped a run on its way, and the files whose texts the fixes are for.

    Those `elsewhere` are in files that were not to be checked. `efforts` has by path what was not in the cache.
    """

    findings: list[Finding] = field(default_factory=list)
    elsewhere: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unfinished: list[Unfinished] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    read: dict[str, Fingerprint | None] = field(default_factory=dict)
    efforts: dict[str, Effort] = field(default_factory=dict)


def inspect(
    sources: Sequence[str | Source | Finding],
    settings: ByPath,
    jobs: int,
    files: Collection[str] = (),
    cache: Cache | None = None,
    watched: Callable[[Sequence[str]], Progress] = Progress,
) -> Outcome:
    """What is found in `sources`: paths of files, or what replaces one not on disk; and from there in `files`.

    `watched` makes what tells of the paths of files how far the run is.
    """
    asked = {*map(_path, sources), *files}
    outcome = Outcome()
    found: list[Finding] = []
    elsewhere: list[Finding] = []
    texts = {one.path: one for one in sources if isinstance(one, Source)}
    silencing: list[str] = []
    for path, result in _results(sources, settings, jobs, cache, watched):
        match result:
            case Died():
                outcome.problems.append(Problem(path, "the process that read it died"))
            case Problem():
                outcome.problems.append(result)
            case Inspected(findings=findings, silences=silences, read=read) as shown:
                outcome.problems += shown.problems
                outcome.unfinished += shown.unfinished
                outcome.judged += [one for one in shown.judged if one.path in asked]
                if shown.effort:
                    outcome.efforts[path] = shown.effort
                note_read(outcome.read, read)
                for finding in findings:
                    (found if finding.place.path in asked else elsewhere).append(finding)
                silencing += [path] if silences else []

    def text(path: str) -> Source | Finding:
        source = texts.get(path) or load(path)
        if isinstance(source, Source):
            note_read(outcome.read, {os.path.abspath(path): source.fingerprint})
        return source

    outcome.findings = ordered(gather(found, silencing, text, settings))
    outcome.judged = [*judged_once(outcome.judged)]
    outcome.unfinished.sort(key=lambda one: (one.path, one.line))
    outcome.elsewhere = ordered(one for one in gather(elsewhere, (), text, settings) if one.code != UNUSED)
    return outcome


def _results(
    sources: Sequence[str | Source | Finding],
    settings: ByPath,
    jobs: int,
    cache: Cache | None,
    watched: Callable[[Sequence[str]], Progress],
) -> Iterator[tuple[str, Inspected | Problem | Died]]:
    """What the run of each source shows, in order; from the cache where that knows it."""
    known: dict[str, Inspected] = {}
    for path in sources if cache else ():
        if cache and isinstance(path, str) and (kept := cache.found(path, settings.of(path))):
            known[path] = Inspected(kept[0], kept[1], unfinished=kept[2], judged=kept[3])
    new = [one for one in sources if not isinstance(one, str) or one not in known]
    if new:
        from picklecheck import workspace

        _engine()  # imported once, before any fork
        workspace.begin()
    few = sum(_size(one) for one in new) < _MANY_BYTES * start_up()
    with watched([*map(_path, new)]) as progress:
        found = spread(partial(_inspected, settings, cache is not None), new, 1 if few else jobs, progress)
    if cache:
        cache.take(told for _, told in (one for one in found if not isinstance(one, Died)) if told)
    results = iter(found)
    for one in sources:
        path = _path(one)
        if path in known:
            yield path, known[path]
            continue
        result = next(results)
        if isinstance(result, Died):
            yield path, result
            continue
        shown, told = result
        if cache and told and isinstance(one, str) and isinstance(shown, Inspected) and not shown.problems:
            cache.keep(path, settings.of(path), told, shown)
        yield path, shown


def _inspected(settings: ByPath, to_keep: bool, one: str | Source | Finding) -> tuple[Inspected | Problem, Told | None]:
    """What the run of a source shows, and if it is `to_keep`, on what that rests."""
    if not to_keep or not isinstance(one, str):
        return inspect_one(load(one) if isinstance(one, str) else one, settings), None
    from picklecheck.source.observed import Grounds, told

    with Grounds() as grounds:
        shown = inspect_one(load(one), settings)
    return shown, told(grounds)


_CHANGED: Fingerprint = (-1, -1)


def note_read(read: dict[str, Fingerprint | None], more: Mapping[str, Fingerprint | None]) -> None:
    """Add what was read to what was read before; a file that was changed in between will equal no text."""
    for file, fingerprint in more.items():
        read[file] = fingerprint if read.get(file, fingerprint) == fingerprint else _CHANGED


def load(path: str) -> Source | Finding:
    """The file at `path` as text, or the finding that it cannot be read."""
    try:
        data = read(path)
        result = decode(path, data) if is_python(path, data) else Unreadable(1, 1, _other_kind(path))
    except OSError as error:
        result = Unreadable(1, 1, error.strerror or str(error))
    return result if isinstance(result, Source) else unreadable(path, result)


def is_python(path: str, data: bytes) -> bool:
    """Whether a file is one of Python's by its name, which has no other suffix, or by its first line."""
    suffix = os.path.splitext(path)[1].lower()
    return suffix in ("", *SUFFIXES, ".pyi") or (data.startswith(b"#!") and b"python" in data[:128].split(b"\n")[0])


def _other_kind(path: str) -> str:
    suffix = os.path.splitext(path)[1]
    if suffix == ".ipynb":
        return "it is a notebook; convert it to a script to have it checked"
    return f"its name ends in `{suffix}`, and it has no first line such as `#!/usr/bin/env python3`"


@dataclass(frozen=True, slots=True)
class Inspected:
    """What the run of one file showed, in this file and in others, and whether comments in it may silence any of it.

    `read` has by absolute path the fingerprints of the files that would be changed by a fix, as they were read.
    """

    findings: list[Finding]
    silences: bool
    read: Mapping[str, Fingerprint | None] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    effort: Effort | None = None
    unfinished: Sequence[Unfinished] = ()
    judged: Sequence[Judged] = ()


def inspect_one(
    source: Source | Finding, settings: ByPath, unsaved: Mapping[str, Source] = _NOTHING_UNSAVED
) -> Inspected | Problem:
    """What the run of `source` shows; no error comes out of this.

    `unsaved` holds by path the texts that differ from what is on disk.
    """
    if isinstance(source, Finding):
        return Inspected([source], False)
    begun = time.perf_counter()
    try:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what Python has to say of a text is for those who run it
                analyze = _engine()
                analysis = with_room(lambda: analyze(source.path, source, settings.of(source.path), unsaved))
        except RecursionError:
            return Inspected([], False, unfinished=[Unfinished(source.path, 1, "this file", too_deep=True)])
        found = [replace(one, seen_from=(source.path,)) for one in analysis.findings]
        effort = Effort(time.perf_counter() - begun, analysis.ran, analysis.met)
        read = _read_for(source, found)
        unfinished, judged = analysis.unfinished, analysis.judged
        return Inspected(found, may_silence(source), read, analysis.problems, effort, unfinished, judged)
    except Exception as error:
        said = _said(error)
        # The loader has words of its own for a library that does not fit into memory.
        lacks_memory = isinstance(error, MemoryError) or "failed to map segment" in said
        return Problem(source.path, f"{type(error).__name__}: {said}", traceback.format_exc(), lacks_memory)


def _read_for(source: Source, found: Iterable[Finding]) -> dict[str, Fingerprint | None]:
    from picklecheck import workspace

    files = {os.path.abspath(edit.path) for one in found for fix in one.fixes for edit in fix.edits}
    known = workspace.fingerprints | {os.path.abspath(source.path): source.fingerprint}
    return {file: known[file] for file in files if file in known}


def _said(error: Exception) -> str:
    """The text of an error, which may hold a tree that is too deep to be written."""
    try:
        return str(error)
    except RecursionError:
        return "the code is nested too deeply"


def gather(
    found: Iterable[Finding], silencing: Iterable[str], text: Callable[[str], Source | Finding], settings: ByPath
) -> list[Finding]:
    """What several runs showed, once each, with suppressions and selection applied; `silencing` files may have any."""
    by_path: dict[str, list[Finding]] = {path: [] for path in silencing}
    for finding in agreed(merged(found)):
        by_path.setdefault(finding.place.path, []).append(finding)
    kept: list[Finding] = []
    for path, findings in by_path.items():
        source = text(path)
        kept += findings if isinstance(source, Finding) else settle(source, findings, settings.of(path).rules)
    return selected(kept, settings)


def merged(found: Iterable[Finding]) -> list[Finding]:
    """Findings of one rule at one place as the run shows them that shows most; notes where no run shows more."""
    found = without_guesses(found)
    faults = {finding.place: finding.seen_from for finding in found if finding.level != "note"}
    runs: dict[tuple[Place, str], dict[tuple[str, ...], list[Finding]]] = {}
    for finding in found:
        if finding.level == "note" and faults.get(finding.place, finding.seen_from) != finding.seen_from:
            continue
        runs.setdefault((finding.place, finding.code), {}).setdefault(finding.seen_from, []).append(finding)
    kept: list[Finding] = []
    for shown in runs.values():
        everywhere = tuple(sorted({path for paths in shown for path in paths}))
        most = max(shown.values(), key=lambda findings: max(map(_weight, findings)))
        kept += [replace(finding, seen_from=everywhere) for finding in most]
    return kept


def without_guesses(found: Iterable[Finding]) -> list[Finding]:
    """Leave out what is only likely at a call, where a caller shows what that call gets."""
    found = list(found)
    shown = {(one.code, one.call) for one in found if one.level != "note" and not one.place.is_within(one.call)}
    return [
        one
        for one in found
        if one.certainty == "certain" or (one.code, one.call) not in shown or not one.place.is_within(one.call)
    ]


def agreed(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, each rewrite as safe as it is for all that it fixes: one task may use what another does not."""
    unsafe = {_written(fix) for finding in findings for fix in finding.fixes if fix.applicability == "unsafe"}

    def settled(finding: Finding) -> Finding:
        found = [fix for fix in finding.fixes if fix.applicability == "safe" and _written(fix) in unsafe]
        if not found:
            return finding
        fixes = [fix for fix in finding.fixes if fix not in found]
        return replace(finding, fixes=(*fixes, *(replace(fix, applicability="unsafe") for fix in found)))

    return [settled(finding) for finding in findings]


def _written(fix: Fix) -> tuple[Edit, ...]:
    """The edits of a fix, however its files were asked for."""
    return tuple(replace(edit, path=os.path.abspath(edit.path)) for edit in fix.edits)


def _weight(finding: Finding) -> tuple[int, int]:
    return -CHOICES["level"].index(finding.level), len(finding.fails_under.start_methods)


def selected(findings: Iterable[Finding], settings: ByPath) -> list[Finding]:
    """The findings that are wanted where they are, at the levels that their rules get there."""
    levelled = [_levelled(one, settings.of(one.place.path)) for one in findings]
    return [one for one in levelled if _is_wanted(one, settings.of(one.place.path))]


def _levelled(finding: Finding, settings: Settings) -> Finding:
    level = settings.levels.get(finding.code, finding.level)
    return finding if level == finding.level else replace(finding, level=cast(Level, level))


def _is_wanted(finding: Finding, settings: Settings) -> bool:
    levels = CHOICES["level"]
    shown = levels[: levels.index(settings.level) + 1]
    unsure = finding.certainty == "likely" and settings.min_certainty == "certain"
    return finding.code in settings.rules and finding.level in shown and not unsure


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (one.place, one.code, one.message))


def _path(one: str | Source | Finding) -> str:
    match one:
        case str():
            return one
        case Source():
            return one.path
    return one.place.path


def _size(one: str | Source | Finding) -> int:
    if not isinstance(one, str):
        return 0  # standard input, which is read alone
    try:
        return os.stat(one).st_size
    except OSError:
        return 0


def _engine() -> Analyze:
    from picklecheck.analysis import analyze

    return analyze
