"""Findings for people: the source with carets, the way to what refuses, and the fix as a small diff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from picklecheck import addresses
from picklecheck.findings import START_METHODS, FailsUnder, Finding
from picklecheck.fingerprints import Lines
from picklecheck.knowledge.start_methods import whose
from picklecheck.knowledge.versions import parse
from picklecheck.output import visible
from picklecheck.report.columns import cut, shown, wrapped
from picklecheck.report.columns import width as columns_of
from picklecheck.report.edited import Change, changes
from picklecheck.report.paint import Paint
from picklecheck.source.edits import Fix
from picklecheck.source.place import Place

_EFFECTS = {"raises": "fails", "hangs": "hangs", "silent": "fails without an error", "wrong": "gives a wrong result"}
_MOST_CAUSES = 8
_MOST_COLUMNS = 500  # of a line of the source where there is no terminal: each finding prints some
_FLAGS = {"safe": "--fix", "unsafe": "--fix --unsafe-fixes"}


@dataclass(frozen=True, slots=True)
class _Screen:
    """Where findings are shown: `columns` of the terminal, 0 for no limit."""

    lines: Lines
    paint: Paint
    columns: int
    show_fixes: bool

    def room(self, taken: int) -> int:
        """The columns for a line of the source, of which `taken` are for what is before it."""
        return (self.columns or _MOST_COLUMNS) - taken

    def told(self, text: str, taken: int) -> Iterator[str]:
        """A text that begins after `taken` columns, and goes on below them."""
        first, *rest = wrapped(visible(text), self.columns, taken, taken)
        yield first
        yield from (" " * taken + line for line in rest)


def render(
    findings: Iterable[Finding], lines: Lines, paint: Paint, columns: int = 0, *, show_fixes: bool = True
) -> str:
    """A block per finding; `lines` gives the lines of the file at a path, none where it cannot be read.

    Nothing is wider than `columns`, where that is not 0; lines of the source are cut also without.
    """
    screen = _Screen(lines, paint, columns, show_fixes)
    return "".join("\n".join(_block(finding, screen)) + "\n\n" for finding in findings)


def _block(finding: Finding, screen: _Screen) -> Iterator[str]:
    paint = screen.paint
    title = f"{finding.level}[{finding.code}]"
    first, *rest = wrapped(visible(f"{finding.name}: {finding.message}"), screen.columns, len(title) + 1, 2)
    link = paint.link(paint(finding.level, title), addresses.of_rule(finding.name))
    yield f"{link} {paint('bold', first)}"
    yield from (f"  {paint('bold', line)}" for line in rest)
    steps = [step for step in finding.holding_path if _is_elsewhere(step.place, finding.place)]
    places = [finding.place, *(step.place for step in steps)]
    width = len(str(max(place.line for place in places)))
    yield from _frame("-->", finding.place, "", screen, width, finding.level)
    for step in steps:
        yield from _frame(":::", step.place, step.text, screen, width, "frame")
    yield " " * width + paint("frame", " |")
    for remark in _remarks(finding):
        first, *rest = screen.told(remark, width + 3)
        yield " " * width + paint("frame", " = ") + first
        yield from rest
    if screen.show_fixes:
        yield from _fixes(finding, screen)


def _fixes(finding: Finding, screen: _Screen) -> Iterator[str]:
    fix = next((fix for fix in finding.fixes if fix.edits), None)
    if fix is None:
        return
    for one in (fix, *(other for other in finding.fixes if other is not fix)):
        word = "fix available" if one is fix else "or"
        first, *rest = screen.told(f"{_way(one, word, finding)}: {one.title}", len("help: "))
        yield f"{screen.paint('note', 'help')}: {first}"
        yield from rest
        if one is fix:
            yield from _diff(fix, finding.place.path, screen)


def _way(fix: Fix, word: str, finding: Finding) -> str:
    """How safe a fix is and which options apply it, such as `fix available (safe, --fix)`."""
    flags = _FLAGS.get(fix.applicability)
    way = f":{fix.way}" if fix.way == "fork" else ""
    asked = f" --select {finding.code}{way}" if fix.on_request else ""
    return f"{word} ({fix.applicability}, {flags}{asked})" if flags else "suggestion"


def _is_elsewhere(place: Place, main: Place) -> bool:
    return (place.path, place.line) != (main.path, main.line)


def _frame(arrow: str, place: Place, label: str, screen: _Screen, width: int, role: str) -> Iterator[str]:
    """One place with its line and carets; of a value of several lines the first."""
    paint = screen.paint
    yield f"{paint('frame', ' ' * width + arrow)} {visible(place.path)}:{place.line}:{place.column}"
    known = screen.lines(place.path)
    bar = paint("frame", "|")
    if not 0 < place.line <= len(known):
        if label:
            first, *rest = screen.told(label, width + 3)
            yield " " * width + paint("frame", " = ") + first
            yield from rest
        return
    line, room = known[place.line - 1], screen.room(width + 3)
    end = place.end_column if place.end_line == place.line else len(line) + 1
    far = 2 * max(room, _MOST_COLUMNS)  # what is further away in a very long line is not looked at
    left = max(place.column - 1 - far, 0)
    line, end = line[left : place.column + far], min(end, place.column + far)
    begin, end = (columns_of(shown(line[: column - 1 - left])) for column in (place.column, end))
    text, begin, end = cut(shown(line), room, begin, max(end, begin + 1))
    if arrow == "-->":
        yield f"{' ' * width} {bar}"
    yield f"{paint('frame', str(place.line).rjust(width))} {bar} {text}".rstrip()
    mark = " " * begin + paint(role, ("^" if arrow == "-->" else "-") * (end - begin))
    first, *rest = _beside(label, screen, width + 3, end)
    yield f"{' ' * width} {bar} {mark}{paint(role, f' {first}') if first else ''}"
    yield from (f"{' ' * width} {bar} {paint(role, one)}" for one in rest)


def _beside(label: str, screen: _Screen, gutter: int, end: int) -> list[str]:
    """The lines of a label: one beside the mark, which ends in column `end`, or all below it where it is too long."""
    label = visible(label)
    if not screen.columns or gutter + end + 1 + columns_of(label) <= screen.columns:
        return [label]
    return ["", *wrapped(label, screen.columns, gutter, gutter)]


def _remarks(finding: Finding) -> Iterator[str]:
    path = list(dict.fromkeys(step.text for step in finding.holding_path))
    framed = {step.text for step in finding.holding_path if _is_elsewhere(step.place, finding.place)}
    if finding.slot != "call" and len([text for text in path if text not in framed]) > 1:  # frames do not show all
        yield "why: " + " → ".join(path)
    causes = list(dict.fromkeys(cause.text for cause in finding.causes))
    for cause in causes[:_MOST_CAUSES]:
        yield f"also: {cause}"
    if len(causes) > _MOST_CAUSES:
        yield f"also: {len(causes) - _MOST_CAUSES} more"
    if under := _under(finding.fails_under):
        yield f"{_EFFECTS[finding.effect]} under {under}"
    if finding.certainty == "likely":
        yield "likely, not certain: it depends on a condition or value that is not known"
    if finding.help:
        yield f"help: {finding.help}"
    if finding.no_fix:
        yield f"{'no other fix' if finding.fixes else 'not fixed'}: {finding.no_fix}"


def _under(fails: FailsUnder) -> str:
    """Such as `spawn (macOS, Windows), Python >=3.8`; empty where that says nothing."""
    if fails.in_process:
        return fails.python and f"Python {fails.python}"
    methods = [_with_platforms(method, fails) for method in fails.start_methods]
    if set(fails.start_methods) == set(START_METHODS):
        methods = ["every start method"]
    listed = " and ".join(filter(None, (", ".join(methods[:-1]), *methods[-1:])))
    return ", ".join(filter(None, (listed, fails.python and f"Python {fails.python}")))


def _with_platforms(method: str, fails: FailsUnder) -> str:
    """A start method, and whose default it is where the program chooses none."""
    platforms = "" if fails.chosen else whose(method, parse(fails.python))
    return f"{method} ({platforms})" if platforms else method


def _diff(fix: Fix, own: str, screen: _Screen) -> Iterator[str]:
    """The lines that `fix` takes and puts, each change with one line around it, and the file if not its `own`."""
    for path in dict.fromkeys(edit.path for edit in fix.edits):
        old = screen.lines(path)
        try:
            found = changes({edit for edit in fix.edits if edit.path == path}, old)
        except ValueError:
            continue
        grown = sum(len(change.new) - (change.end - change.start) for change in found)
        width = len(str(max(len(old), len(old) + grown)))
        if any(edit.path != own for edit in fix.edits):
            yield f"{' ' * width} {visible(path)}"
        yield from _changed(found, old, width, screen)


def _changed(found: Sequence[Change], lines: Sequence[str], width: int, screen: _Screen) -> Iterator[str]:
    """The changes of a file, and the lines right above and below them; a bar where lines are left out."""
    paint = screen.paint
    bar, at = paint("frame", "|"), -1

    def shown_line(number: str, text: str, role: str = "") -> str:
        room = screen.room(width + 5)
        fitting = cut(shown(text[: 2 * max(room, _MOST_COLUMNS)]), room)[0]
        text = paint(role, f"{role} {fitting}".rstrip()) if role else f"  {fitting}"
        return f"{paint('frame', number.rjust(width)) if number else ' ' * width} {bar} {text}".rstrip()

    for change in found:
        above = max(change.start - 1, 0)
        if at < 0 or above > at + 1:
            if at >= 0:
                yield shown_line(str(at + 1), lines[at])
            yield f"{' ' * width} {bar}"
            at = above
        yield from (shown_line(str(number + 1), lines[number]) for number in range(at, change.start))
        yield from (shown_line(str(number + 1), lines[number], "-") for number in range(change.start, change.end))
        yield from (shown_line("", line, "+") for line in change.new)
        at = change.end
    if at < len(lines) and any(lines[at:]):
        yield shown_line(str(at + 1), lines[at])
