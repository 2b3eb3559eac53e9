"""Fixes put to work: applied where they are apart, looked at again, and taken back where they fail."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from picklecheck.findings import Finding, Problem
from picklecheck.rules.catalogue import UNREADABLE, UNUSED
from picklecheck.session import Inspected, agreed, gather, inspect_one, note_read, ordered
from picklecheck.settings import ByPath
from picklecheck.source.disk import read
from picklecheck.source.edits import Edit, Edits, Fix, Origins, Position, apply
from picklecheck.source.place import Place
from picklecheck.source.place import written as text_at
from picklecheck.source.text import Fingerprint, Source, Unreadable, decode, source

MOST_ROUNDS = 1000
# How often all is done again, without fixes that did not help.
MOST_HALVES = 5
_NAME = re.compile(r"[^\W\d]\w*")
_DEFINED = re.compile(r"^(?:async def|def|class) (\w+)", re.MULTILINE)
_NOTHING_READ: Mapping[str, Fingerprint | None] = {}


@dataclass(frozen=True, slots=True)
class Done:
    """A fix that was applied to the finding on a line, counted from 1 in the text as it was, and what it changes."""

    path: str
    line: int
    code: str
    title: str
    changes: frozenset[str]


@dataclass(slots=True)
class Mended:
    """What fixing came to: new texts by path, the old ones, the findings left, and what was taken back.

    `done` are the fixes of findings, `fixed` counts all. `tied` are the paths by which texts belong together. `read`
    holds the bytes of the files that were read, `changed` those that were changed since their findings were found.
    """

    texts: dict[str, Source] = field(default_factory=dict)
    before: dict[str, Source] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    fixed: int = 0
    done: list[Done] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tied: list[set[str]] = field(default_factory=list)
    read: dict[str, bytes] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def tie(self, paths: set[str]) -> None:
        """Paths that one fix changes are written together or not at all, as are those that share one with them."""
        others = [group for group in self.tied if group & paths]
        self.tied = [group for group in self.tied if not group & paths] + [paths.union(*others)]


def mend(
    findings: Sequence[Finding],
    settings: ByPath,
    given: Mapping[str, Source],
    *,
    unsafe: bool | None = None,
    files: Iterable[str],
    read: Mapping[str, Fingerprint | None] = _NOTHING_READ,
) -> Mended:
    """Apply the fixes of `findings`, and of what is found after them, until none is left that can be applied.

    Only safe fixes, or unsafe ones too: by default as the settings of each file say. Each round leaves fewer
    findings, fixes what was in front of another, or refuses one more fix. Fixes after which the same call still fails
    are taken back: all is done again without them.
    Nothing is written; `given` holds texts that are not on disk, `files` the paths of all that may be changed, `read`
    by absolute path the fingerprints of the texts that the fixes were made for.
    """
    refused: dict[_Key, str] = {}
    files, halves = list(files), 0
    while True:
        mended, texts = Mended(findings=list(findings)), _Texts(given, files, read)
        applied = _apply(mended, settings, unsafe, refused, texts)
        half = _half(applied, mended.findings, texts)
        halves += 1
        if not half or halves > MOST_HALVES:
            break
        refused |= half
    mended.findings = [_with_reason(finding, refused, texts) for finding in mended.findings]
    mended.read, mended.changed = texts.data, texts.changed
    mended.notes += [f"not fixed: {why}" for why in texts.lost.values()]
    return mended


@dataclass(frozen=True, slots=True)
class _Applied:
    """A fix that was applied: what it is known by, its finding, and where its value and its call were at first.

    What it `brought` to light has fixes of its own, and must be gone in the end.
    """

    key: _Key
    finding: Finding
    value: _Point
    call: _Point
    brought: frozenset[_Kind]


def _apply(
    mended: Mended, settings: ByPath, unsafe: bool | None, refused: dict[_Key, str], texts: _Texts
) -> list[_Applied]:
    """Apply what can be applied, and note it."""
    applied: list[_Applied] = []
    for _ in range(MOST_ROUNDS):
        chosen = _choose(mended, settings, unsafe, refused, texts)
        if not chosen:
            break
        waiting = [chosen]
        while waiting:  # where all fail together, halves are tried, down to each alone
            batch = waiting.pop()
            trial = _tried(batch, mended.findings, settings, texts, _next_fixes(settings, unsafe, refused, texts))
            if not isinstance(trial, str):
                break
            if len(batch) == 1:
                _refuse(batch[0], trial, refused, texts, mended)
            else:
                waiting += [batch[len(batch) // 2 :], batch[: len(batch) // 2]]
        else:
            continue
        changed, mended.findings, brought = trial
        for path in changed:
            mended.before.setdefault(path, texts[path])
        for finding, fix in batch:
            paths = {edit.path for edit in fix.edits}
            line = texts.first_line(finding)
            mended.done.append(Done(finding.place.path, line, finding.code, fix.title, frozenset(paths)))
            mended.tie(paths)
            value, called = texts.at_first(finding.place), texts.at_first(finding.call)
            applied.append(_Applied(_key((finding, fix), texts), finding, value, called, brought))
        mended.fixed += len(batch)
        texts.change(batch, changed)
        mended.texts |= changed
    return applied


def _half(applied: Iterable[_Applied], left: Iterable[Finding], texts: _Texts) -> dict[_Key, str]:
    """The fixes after which the same call still fails, wherever it did before, each with why."""
    half: dict[_Key, str] = {}
    failing = [
        (finding, texts.at_first(finding.place), texts.at_first(finding.call))
        for finding in left
        if finding.level != "note"
    ]
    for one in applied:
        for finding, value, call in failing:
            if call == one.call and _fails_as(finding, one.finding) and _is_beside(finding, value, one):
                half[one.key] = f"`{finding.boundary.rpartition('.')[2]}` would still fail: {finding.message}"
            elif _kind(finding) in one.brought:
                half[one.key] = f"it would bring {finding.code}: {finding.message}"
    return half


def _fails_as(left: Finding, fixed: Finding) -> bool:
    """Whether what is left fails wherever the other did, and no less surely."""
    methods = set(fixed.fails_under.start_methods) <= set(left.fails_under.start_methods)
    return fixed.level != "note" and methods and (left.certainty == "certain" or fixed.certainty == "likely")


def _is_beside(left: Finding, value: _Point, fixed: _Applied) -> bool:
    """Whether what is left of a call that several functions may make is sent with the value that was fixed."""
    return left.slot != fixed.finding.slot or value == fixed.value or left.place.is_within(left.call)


def _with_reason(finding: Finding, refused: Mapping[_Key, str], texts: _Texts) -> Finding:
    """The finding without the fixes that were tried in vain, and why they were."""
    if not finding.fixes or not texts.has(finding.place.path):
        return finding
    tried = {fix: why for fix in finding.fixes if (why := refused.get(_key((finding, fix), texts)))}
    if not tried:
        return finding
    kept = tuple(fix for fix in finding.fixes if fix not in tried)
    return replace(finding, fixes=kept, no_fix=finding.no_fix or next(iter(tried.values())))


_Point: TypeAlias = tuple[str, int, int]
_Choice: TypeAlias = tuple[Finding, Fix]
_Key: TypeAlias = tuple[str, str, str, int, str, str]
_Kind: TypeAlias = tuple[str, str, str, str]
_CanFix: TypeAlias = Callable[[Finding], bool]
_Trial: TypeAlias = tuple[dict[str, Source], list[Finding], frozenset[_Kind]]
_Culprit: TypeAlias = tuple[_Kind, str, str, Position | None]


class _Texts:
    """The texts as they are now, read when first asked for; raises ValueError for one that cannot be."""

    def __init__(
        self, given: Mapping[str, Source], files: Iterable[str], expected: Mapping[str, Fingerprint | None]
    ) -> None:
        self.known = dict(given)
        self.data: dict[str, bytes] = {}
        self.expected = dict(expected)
        self.changed: set[str] = set()
        self.lost: dict[str, str] = {}
        self.paths = {os.path.abspath(path): path for path in files}
        self._steps: list[dict[str, Origins]] = []
        self._names: dict[str, tuple[str, set[str]]] = {}

    def __getitem__(self, path: str) -> Source:
        if path not in self.known:
            self.known[path], self.data[path] = self._read(path)
        return self.known[path]

    def _read(self, path: str) -> tuple[Source, bytes]:
        try:
            data = read(path)
        except OSError as error:
            self.changed.add(path)
            raise ValueError(f"`{path}` cannot be read: {error.strerror}") from None
        text = decode(path, data)
        if isinstance(text, Unreadable):
            self.changed.add(path)
            raise ValueError(f"`{path}` cannot be read as Python: {text.reason}")
        if self.expected.get(os.path.abspath(path)) not in (None, text.fingerprint):
            self.changed.add(path)
            raise ValueError(f"`{path}` was changed since it was read")
        if text.encode() != data:
            raise ValueError(f"`{path}` has bytes that would change if it were written again as {text.encoding}")
        return text, data

    def change(self, batch: Sequence[_Choice], changed: Mapping[str, Source]) -> None:
        """Take over the texts that a batch of fixes has changed."""
        edits = [edit for _, fix in batch for edit in fix.edits]
        self._steps.append({path: self.origins(path, edits) for path in changed})
        self.known |= changed

    def origins(self, path: str, edits: Iterable[Edit]) -> Origins:
        """Where in the text of a file, as it is now, was what will be somewhere after the edits."""
        text = self[path]
        return Origins(text.text, [edit for edit in edits if edit.path == path], text.newline)

    def first_line(self, finding: Finding) -> int:
        """The line of a finding, from 1, as it was before the first fix; of what a fix wrote, as it is now."""
        path, line = finding.place.path, finding.place.line
        at = self._origin(path, Position(line, 1))
        return at.line if at is not None else line

    def at_first(self, place: Place) -> _Point:
        """Where a place began before the first fix; of what a fix wrote, where it is now."""
        at = self._origin(place.path, Position(place.line, place.column)) or place
        return place.path, at.line, at.column

    def _origin(self, path: str, at: Position) -> Position | None:
        for step in reversed(self._steps):
            if path in step:
                earlier = step[path].of(at)
                if earlier is None:
                    return None
                at = earlier
        return at

    def has(self, path: str) -> bool:
        """Whether a file can be read as it was; if not, it is lost, and why is kept."""
        try:
            return bool(self[path])
        except ValueError as error:
            self.lost[path] = str(error)
            return False

    def placed(self, fix: Fix) -> Fix:
        """The same fix, its files called as they were asked for; raises ValueError for a file that was not."""
        edits = []
        for edit in fix.edits:
            path = self.paths.get(os.path.abspath(edit.path))
            if path is None:
                raise ValueError(f"`{edit.path}` is not among the files that are checked")
            edits.append(replace(edit, path=path))
        return replace(fix, edits=tuple(edits))

    def touched(self, finding: Finding, changed: Collection[str]) -> bool:
        """Whether a fix of the finding has edits in a changed file that is not its own, where all may have moved."""
        edited = {edit.path for fix in finding.fixes for edit in fix.edits} - {finding.place.path}
        return any(self.paths.get(os.path.abspath(path)) in changed for path in edited)

    def culprit(self, finding: Finding, known: Mapping[str, Source], moved: Mapping[str, Origins]) -> _Culprit:
        """What refuses: of which kind, how it is written, and where it was in the files that were `moved`."""
        place = finding.culprit or (finding.holding_path[-1].place if finding.holding_path else None)
        path = self.paths.get(os.path.abspath(place.path)) if place else None
        text = known.get(path or "") or (self[path] if path else None)
        if place is None or text is None or path is None:
            return _kind(finding), "", "", None
        written = text_at(text.lines, place)
        begin = Position(place.line, place.column)
        return _kind(finding), written, path, moved[path].of(begin) if path in moved else begin

    def importers(self, changed: Collection[str]) -> set[str]:
        """The files in which a module of these names may be imported."""
        names = {os.path.basename(os.path.dirname(path) if "__init__" in path else path) for path in changed}
        tokens = [name.removesuffix(".py") for name in names]
        return {path for path in self.paths.values() if any(token in self.names(path) for token in tokens)}

    def names(self, path: str) -> set[str]:
        """The identifiers in the file at `path`, none where it cannot be read."""
        try:
            text = self[path].text
        except ValueError:
            return set()
        known = self._names.get(path)
        if known is None or known[0] is not text:
            known = self._names[path] = text, set(_NAME.findall(text))
        return known[1]


def applicable(finding: Finding, settings: ByPath, unsafe: bool | None = None) -> list[Fix]:
    """The fixes of `finding` that may be applied, best first: unsafe ones if `unsafe`, by default as settings say.

    Where the user chose a way for the rule, only those that go it.
    """
    own = settings.of(finding.place.path)
    wanted = ("safe", "unsafe") if (own.unsafe_fixes if unsafe is None else unsafe) else ("safe",)
    named, way = finding.code in own.named, own.ways.get(finding.code)
    return [
        fix
        for fix in finding.fixes
        if fix.applicability in wanted and (fix.way == way if way else named or not fix.on_request)
    ]


def _choose(
    mended: Mended, settings: ByPath, unsafe: bool | None, refused: dict[_Key, str], texts: _Texts
) -> list[_Choice]:
    """Fixes that can be applied in one go: they meet nowhere and bring no name that another brings too."""
    chosen: list[_Choice] = []
    edits = Edits()
    brought: set[tuple[str, str]] = set()
    for finding in mended.findings:
        fix = _best(finding, applicable(finding, settings, unsafe), refused, texts, mended)
        if fix is None:
            continue
        names = _new_names(fix, texts)
        if chosen and (edits.collide(fix.edits) or names & brought):
            continue
        chosen.append((finding, fix))
        edits.add(fix.edits)
        brought |= names
    return chosen


def _best(
    finding: Finding, fixes: Iterable[Fix], refused: dict[_Key, str], texts: _Texts, mended: Mended
) -> Fix | None:
    """The first of the fixes that was not refused before and whose files may all be changed."""
    for fix in fixes:
        if not texts.has(finding.place.path):
            break
        if _key((finding, fix), texts) in refused:
            continue
        try:
            return texts.placed(fix)
        except ValueError as error:
            _refuse((finding, fix), str(error), refused, texts, mended)
    return None


def _next_fixes(settings: ByPath, unsafe: bool | None, refused: Mapping[_Key, str], texts: _Texts) -> _CanFix:
    """Whether a finding that comes to light has a fix which would be applied next, as far as was tried."""
    known = {(path, code, message, title) for path, code, _, _, message, title in refused}

    def can_fix(finding: Finding) -> bool:
        about = finding.place.path, finding.code, finding.message
        return any((*about, fix.title) not in known for fix in applicable(finding, settings, unsafe))

    return can_fix


def _tried(
    batch: Sequence[_Choice], findings: Sequence[Finding], settings: ByPath, texts: _Texts, can_fix: _CanFix
) -> _Trial | str:
    """The changed texts, the findings left after `batch` and what it brought, or why it cannot be applied."""
    try:
        return _try(batch, findings, settings, texts, can_fix)
    except ValueError as error:
        return str(error)


def _try(
    batch: Sequence[_Choice], findings: Sequence[Finding], settings: ByPath, texts: _Texts, can_fix: _CanFix
) -> _Trial | str:
    """The same; raises ValueError where edits do not fit, or a file cannot be read as it was."""
    edits = [edit for _, fix in batch for edit in fix.edits]
    changed: dict[str, Source] = {}
    for path in {edit.path for edit in edits}:
        old = texts[path]
        new = apply(old.text, (edit for edit in edits if edit.path == path), old.newline)
        changed[path] = source(path, new, old.encoding)
        changed[path].encode()
    own = {finding.place.path for finding, _ in batch}
    looked = {*changed, *own}
    if not own >= changed.keys():
        looked |= texts.importers(changed)
    looked |= {finding.place.path for finding in findings if texts.touched(finding, changed)}
    looked |= {path for finding in findings if looked & _shown_in(finding) for path in finding.seen_from}
    unsaved = texts.known | changed
    shown: list[Finding] = []
    for path in sorted(looked):
        match inspect_one(unsaved[path] if path in unsaved else texts[path], settings, unsaved):
            case Problem(text=text):
                return text
            case Inspected(findings=found, read=read):
                note_read(texts.expected, read)
                shown += [finding for finding in found if finding.place.path in texts.paths.values()]
    after = gather(shown, looked, lambda path: unsaved[path] if path in unsaved else texts[path], settings)
    before = [finding for finding in findings if looked & _shown_in(finding)]
    culprits = {texts.culprit(finding, texts.known, {}) for finding, _ in batch}
    moved = {path: texts.origins(path, edits) for path in changed}
    now = [(one, texts.culprit(one, unsaved, moved)) for one in after]
    written = {culprit[:3] for culprit in culprits}
    # An attribute that a fix makes the object keep instead of another is no cause that was behind that one.
    kept = {_kind(finding) for finding, fix in batch if fix.attributes}
    next_ones = [
        one
        for one, culprit in now
        # One that is in new text is known by how it is written.
        if not (culprit in culprits or (culprit[3] is None and culprit[:3] in written))
        and not (_kind(one) in kept and culprit[2] and culprit[3] is None)
    ]
    told = [one for one in after if not _comes_back(one, before, texts, edits)]
    more = Counter(map(_kind, told)) - Counter(map(_kind, before))
    # What a fix brings to light may be fixed next, as where a child ended before it came to that.
    again = {culprit[1:3] for culprit in culprits if culprit[1]}
    lit = [
        one
        for one, culprit in now
        if len(batch) == 1 and more[_kind(one)] and _kind(one) != _kind(batch[0][0]) and can_fix(one)
        if _was_there(one, culprit, moved) or _is_moved(one, texts, changed)
        if one in told and culprit[1:3] not in again
    ]
    told = [one for one in told if one not in lit]
    if trouble := _trouble(before, [finding for finding, _ in batch], told, next_ones):
        return trouble
    brought = frozenset(map(_kind, lit))
    return changed, ordered(agreed([*(one for one in findings if not looked & _shown_in(one)), *after])), brought


def _was_there(finding: Finding, culprit: _Culprit, moved: Mapping[str, Origins]) -> bool:
    """Whether what comes to light was written before: the value that is sent, or else its culprit."""
    path, at = finding.place.path, Position(finding.place.line, finding.place.column)
    return path not in moved or moved[path].of(at) is not None or culprit[3] is not None


def _is_moved(finding: Finding, texts: _Texts, changed: Mapping[str, Source]) -> bool:
    """Whether the line of a finding was in the file before, perhaps at another place or further to the left."""
    path, at = finding.place.path, finding.place.line - 1
    return path in changed and changed[path].lines[at].strip() in {line.strip() for line in texts[path].lines}


def _comes_back(finding: Finding, before: Iterable[Finding], texts: _Texts, edits: Collection[Edit]) -> bool:
    """Whether it is about what a task gives back, at a call that could not send the task before, and is fixed next."""
    if finding.slot not in ("return", "exception") or not any(fix.applicability == "safe" for fix in finding.fixes):
        return False
    path = finding.call.path
    at = texts.origins(path, edits).of(Position(finding.call.line, finding.call.column))
    return at in {Position(one.call.line, one.call.column) for one in before if one.call.path == path}


def _shown_in(finding: Finding) -> set[str]:
    """The files that a finding depends on: its own and those whose run showed it."""
    return {finding.place.path, *finding.seen_from}


def _trouble(
    before: Iterable[Finding], fixed: Sequence[Finding], after: Sequence[Finding], others: Sequence[Finding]
) -> str:
    """What speaks against a rewrite: it does not parse, what it should fix is there, or more came up.

    Of `after`, the `others` have another culprit than any that was fixed: one that was behind it is no trouble.
    Nor is a suppression that is no longer needed, and that can be taken away.
    """
    gone = Counter(map(_kind, fixed))
    left = Counter(map(_kind, after))
    more = left - (Counter(map(_kind, before)) - gone) - Counter(kind for one in fixed for kind in _behind(one))
    for finding in after:
        if finding.code == UNREADABLE and more[_kind(finding)]:
            return f"the result does not parse: {finding.message}"
        if more[_kind(finding)] and _kind(finding) in gone:
            if finding in others:
                continue
            return f"{finding.code} would still be found"
        if finding.code == UNUSED and finding.fixes:
            continue
        if more[_kind(finding)] and finding.level != "note":
            return f"it would bring {finding.code}: {finding.message}"
    return ""


def _behind(finding: Finding) -> set[tuple[str, str, str, str]]:
    """The kinds of what is found when a finding is fixed, and its further causes are not."""
    return {(finding.place.path, cause.code, finding.boundary, cause.slot) for cause in finding.causes} - {
        _kind(finding)
    }


def _kind(finding: Finding) -> _Kind:
    return finding.place.path, finding.code, finding.boundary, finding.slot


def _refuse(one: _Choice, why: str, refused: dict[_Key, str], texts: _Texts, mended: Mended) -> None:
    finding, fix = one
    refused[_key(one, texts)] = why
    note = f"{finding.place.path}:{finding.place.line}: not fixed ({fix.title}): {why}"
    if note not in mended.notes:
        mended.notes.append(note)


def _key(choice: _Choice, texts: _Texts) -> _Key:
    """What a fix is known by when lines have moved: file, rule, the line with the column, what is said, the title."""
    finding, fix = choice
    line = texts[finding.place.path].lines[finding.place.line - 1]
    return finding.place.path, finding.code, line, finding.place.column, finding.message, fix.title


def _new_names(fix: Fix, texts: _Texts) -> set[tuple[str, str]]:
    """The identifiers, by path, that `fix` writes into a file where they were not before, or that it defines there."""
    return {
        (edit.path, name)
        for edit in fix.edits
        for name in {*set(_NAME.findall(edit.text)) - texts.names(edit.path), *_DEFINED.findall(edit.text)}
    }
