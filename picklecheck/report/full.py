"""Findings for people: the source with carets, the way to what refuses, and the fix as a small diff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from picklecheck import addresses
from picklecheck.findings import START_METHODS, FailsUnder, Finding
from picklecheck.fingerprints import Lines
from picklecheck.knowledge.start_methods import whose
from picklecheck.knowledge.versions import parse
from picklecheck.output import visible
from picklecheck.report.columns import cut, shown, wrapped
from picklecheck.report.columns import width as columns_of
from picklecheck.report.paint import Paint
from picklecheck.source.edits import Edit, Fix, Position, apply
from picklecheck.source.place import Place
from picklecheck.source.text import split

_EFFECTS = {"raises": "fails", "hangs": "hangs", "silent": "is lost without an error", "wrong": "goes wrong"}
_MOST_CAUSES = 8
_AROUND = 3  # lines that are compared around a change
_FLAGS = {"safe": "--fix", "unsafe": "--fix --unsafe-fixes"}


@dataclass(frozen=True, slots=True)
class _Screen:
    """Where findings are shown: `columns` of the terminal, 0 for no limit."""

    lines: Lines
    paint: Paint
    columns: int
    show_fixes: bool

    def told(self, text: str, taken: int) -> Iterator[str]:
        """A text that begins after `taken` columns, and goes on below them."""
        first, *rest = wrapped(visible(text), self.columns, taken, taken)
        yield first
        yield from (" " * taken + line for line in rest)


def render(
    findings: Iterable[Finding], lines: Lines, paint: Paint, columns: int = 0, *, show_fixes: bool = True
) -> str:
    """A block per finding; `lines` gives the lines of the file at a path, none where it cannot be read.

    Nothing is wider than `columns`, where that is not 0.
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
    asked = f" --select {finding.code}" if fix.on_request else ""
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
    line = known[place.line - 1]
    end = place.end_column if place.end_line == place.line else len(line) + 1
    begin, end = (columns_of(shown(line[: column - 1])) for column in (place.column, end))
    text, begin, end = cut(shown(line), screen.columns and screen.columns - width - 3, begin, max(end, begin + 1))
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
    if len([text for text in path if text not in framed]) > 1:  # the frames do not show every step
        yield "why: " + " → ".join(path)
    for cause in finding.causes[:_MOST_CAUSES]:
        yield f"also: {cause.text}"
    if len(finding.causes) > _MOST_CAUSES:
        yield f"also: {len(finding.causes) - _MOST_CAUSES} more"
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


def _diff(fix: Fix, own: str, screen: _Screen) -> Iterator[str]:
    """The lines that `fix` takes and puts, each change with one line around it, and the file if not its `own`."""
    for path in dict.fromkeys(edit.path for edit in fix.edits):
        old, edits = screen.lines(path), sorted({edit for edit in fix.edits if edit.path == path})
        grown = sum(len(split(edit.text)) - 1 - (edit.end.line - edit.start.line) for edit in edits)
        width = len(str(max(len(old), len(old) + grown)))
        try:
            changed = [line for part in _parts(edits) for line in _changed(part, old, width, screen)]
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


def _changed(edits: Sequence[Edit], lines: Sequence[str], width: int, screen: _Screen) -> Iterator[str]:
    """What some edits that stand together change in a file; only the lines around them are looked at."""
    first = max(0, edits[0].start.line - 1 - _AROUND)
    old = lines[first : edits[-1].end.line + _AROUND]
    new = split(apply("\n".join(old), [_moved_up(edit, first) for edit in edits]))
    paint = screen.paint
    bar = paint("frame", "|")

    def fitting(line: str) -> str:
        return cut(shown(line), screen.columns and screen.columns - width - 5)[0]

    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(1):
        yield f"{' ' * width} {bar}"
        for tag, start, end, new_start, new_end in group:
            for at in range(start, end):
                number = paint("frame", str(first + at + 1).rjust(width))
                text = f"  {fitting(old[at])}" if tag == "equal" else paint("-", f"- {fitting(old[at])}")
                yield f"{number} {bar} {text}".rstrip()
            for at in range(new_start, new_end) if tag != "equal" else ():
                yield f"{' ' * width} {bar} {paint('+', f'+ {fitting(new[at])}'.rstrip())}"


def _moved_up(edit: Edit, lines: int) -> Edit:
    start, end = (Position(one.line - lines, one.column) for one in (edit.start, edit.end))
    return replace(edit, start=start, end=end)
