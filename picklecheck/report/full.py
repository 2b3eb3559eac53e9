"""Findings for people: the source with carets, the way to what refuses, and the fix as a small diff."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from picklecheck.findings import START_METHODS, FailsUnder, Finding
from picklecheck.knowledge.start_methods import whose
from picklecheck.knowledge.versions import parse
from picklecheck.output import visible
from picklecheck.report.paint import Paint
from picklecheck.source.edits import Edit, Fix, Position, apply
from picklecheck.source.place import Place
from picklecheck.source.text import split

Lines = Callable[[str], Sequence[str]]

_EFFECTS = {"raises": "fails", "hangs": "hangs", "silent": "is lost without an error", "wrong": "goes wrong"}
_TAB = 4
_AROUND = 3  # lines that are compared around a change
_FLAGS = {"safe": "--fix", "unsafe": "--fix --unsafe-fixes"}


def render(findings: Iterable[Finding], lines: Lines, paint: Paint) -> str:
    """A block per finding; `lines` gives the lines of the file at a path, none where it cannot be read."""
    return "".join("\n".join(_block(finding, lines, paint)) + "\n\n" for finding in findings)


def _block(finding: Finding, lines: Lines, paint: Paint) -> Iterator[str]:
    title = paint(finding.level, f"{finding.level}[{finding.code}]")
    yield f"{title} {paint('bold', visible(f'{finding.name}: {finding.message}'))}"
    steps = [step for step in finding.holding_path if _is_elsewhere(step.place, finding.place)]
    fix = next((fix for fix in finding.fixes if fix.edits), None)
    places = [finding.place, *(step.place for step in steps)]
    width = len(str(max(place.line for place in places)))
    gutter = " " * width + paint("frame", " |")
    yield from _frame("-->", finding.place, "", lines, paint, width, finding.level)
    for step in steps:
        yield from _frame(":::", step.place, step.text, lines, paint, width, "frame")
    yield gutter
    for remark in _remarks(finding):
        yield " " * width + paint("frame", " = ") + visible(remark)
    if fix is not None:
        yield f"{paint('note', 'help')}: {_way(fix, 'fix available', finding)}: {visible(fix.title)}"
        yield from _diff(fix, finding.place.path, lines, paint)
        for other in finding.fixes:
            if other is not fix:
                yield f"{paint('note', 'help')}: {_way(other, 'or', finding)}: {visible(other.title)}"


def _way(fix: Fix, word: str, finding: Finding) -> str:
    """How safe a fix is and which options apply it, such as `fix available (safe, --fix)`."""
    flags = _FLAGS.get(fix.applicability)
    asked = f" --select {finding.code}" if fix.on_request else ""
    return f"{word} ({fix.applicability}, {flags}{asked})" if flags else "suggestion"


def _is_elsewhere(place: Place, main: Place) -> bool:
    return (place.path, place.line) != (main.path, main.line)


def _frame(arrow: str, place: Place, label: str, lines: Lines, paint: Paint, width: int, role: str) -> Iterator[str]:
    """One place with its line and carets; of a value of several lines the first."""
    where, label = paint("frame", f"{' ' * width}{arrow}"), visible(label)
    yield f"{where} {visible(place.path)}:{place.line}:{place.column}"
    known = lines(place.path)
    if not 0 < place.line <= len(known):
        if label:
            yield " " * width + paint("frame", " = ") + label
        return
    line = known[place.line - 1]
    end = place.end_column if place.end_line == place.line else len(line) + 1
    before = _columns(line[: place.column - 1])
    carets = "^" if arrow == "-->" else "-"
    mark = carets * max(1, _columns(line[: end - 1]) - before)
    bar = paint("frame", "|")
    if arrow == "-->":
        yield f"{' ' * width} {bar}"
    yield f"{paint('frame', str(place.line).rjust(width))} {bar} {shown(line)}".rstrip()
    yield f"{' ' * width} {bar} {' ' * before}{paint(role, f'{mark} {label}'.rstrip())}"


def _remarks(finding: Finding) -> Iterator[str]:
    if len(finding.holding_path) > 1:
        yield "why: " + " → ".join(step.text for step in finding.holding_path)
    if under := _under(finding.fails_under):
        yield f"{_EFFECTS[finding.effect]} under {under}"
    if finding.certainty == "likely":
        yield "likely, not certain"
    if finding.help:
        yield f"help: {finding.help}"
    if finding.no_fix:
        yield f"not fixed: {finding.no_fix}"


def _under(fails: FailsUnder) -> str:
    """Such as `spawn (macOS, Windows), Python >=3.8`; empty where that says nothing."""
    methods = [_with_platforms(method, fails) for method in fails.start_methods]
    if set(fails.start_methods) == set(START_METHODS):
        methods = ["every start method"]
    listed = " and ".join(filter(None, (", ".join(methods[:-1]), *methods[-1:])))
    return ", ".join(filter(None, (listed, fails.python and f"Python {fails.python}")))


def _with_platforms(method: str, fails: FailsUnder) -> str:
    """A start method, and whose default it is where the program chooses none."""
    platforms = "" if fails.chosen else whose(method, parse(fails.python))
    return f"{method} ({platforms})" if platforms else method


def _diff(fix: Fix, own: str, lines: Lines, paint: Paint) -> Iterator[str]:
    """The lines that `fix` takes and puts, each change with one line around it, and the file if not its `own`."""
    for path in dict.fromkeys(edit.path for edit in fix.edits):
        old, edits = lines(path), sorted({edit for edit in fix.edits if edit.path == path})
        grown = sum(len(split(edit.text)) - 1 - (edit.end.line - edit.start.line) for edit in edits)
        width = len(str(max(len(old), len(old) + grown)))
        try:
            changed = [line for part in _parts(edits) for line in _changed(part, old, width, paint)]
        except ValueError:
            continue
        if any(edit.path != own for edit in fix.edits):
            yield f"{' ' * width} {visible(path)}"
        yield from changed


def _parts(edits: Iterable[Edit]) -> list[list[Edit]]:
    """Edits, in order, in groups that have enough lines between them to be shown apart."""
    parts: list[list[Edit]] = []
    for edit in edits:
        if parts and edit.start.line - parts[-1][-1].end.line <= 2 * _AROUND:
            parts[-1].append(edit)
        else:
            parts.append([edit])
    return parts


def _changed(edits: Sequence[Edit], lines: Sequence[str], width: int, paint: Paint) -> Iterator[str]:
    """What some edits that stand together change in a file; only the lines around them are looked at."""
    first = max(0, edits[0].start.line - 1 - _AROUND)
    old = lines[first : edits[-1].end.line + _AROUND]
    new = split(apply("\n".join(old), [_moved_up(edit, first) for edit in edits]))
    bar = paint("frame", "|")
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(1):
        yield f"{' ' * width} {bar}"
        for tag, start, end, new_start, new_end in group:
            for at in range(start, end):
                number = paint("frame", str(first + at + 1).rjust(width))
                text = f"  {shown(old[at])}" if tag == "equal" else paint("-", f"- {shown(old[at])}")
                yield f"{number} {bar} {text}".rstrip()
            for at in range(new_start, new_end) if tag != "equal" else ():
                yield f"{' ' * width} {bar} {paint('+', f'+ {shown(new[at])}'.rstrip())}"


def _moved_up(edit: Edit, lines: int) -> Edit:
    start, end = (Position(one.line - lines, one.column) for one in (edit.start, edit.end))
    return replace(edit, start=start, end=end)


def shown(line: str) -> str:
    """`line` with tabs as blanks, and other control characters escaped."""
    *parts, last = line.split("\t")
    text = ""
    for part in parts:
        text += visible(part)
        text += " " * (_TAB - _width(text) % _TAB)
    return text + visible(last)


def _columns(before: str) -> int:
    """How many terminal columns the start of a line takes."""
    return _width(shown(before))


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
