"""Comments that silence findings: where they are, which rules they name, and which of them are idle."""

from __future__ import annotations

import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from itertools import accumulate

from picklecheck.findings import FailsUnder, Finding
from picklecheck.options import Misuse
from picklecheck.rules.catalogue import RULES, UNUSED
from picklecheck.rules.selectors import codes, did_you_mean
from picklecheck.source.edits import Edit, Fix, Position
from picklecheck.source.place import Place
from picklecheck.source.text import Source

_OURS = re.compile(r"#\s*picklecheck:\s*(?P<word>(?:file-)?ignore)\b(?:\s*\[(?P<rules>[^\]#]*)\])?[^#]*")
_DIRECTIVE = re.compile(r"#\s*picklecheck:\s*(?P<word>[\w-]+)\s*(?P<rest>[^#]*)")
# The same with another name before the colon, which may be a misspelt one: `picklechek: ignore[PKL101]`.
_OTHERS = re.compile(r"#\s*(?P<tool>[\w-]{8,14}):\s*(?P<word>(?:file-)?ignore)\b\s*\[(?P<rules>[^\]#]*)\][^#]*")
_WORDS = ("ignore", "file-ignore", "disable", "noqa", "skip", "suppress")  # what somebody who silences may write
_NOQA = re.compile(r"#\s*noqa:\s*(?P<rules>[A-Z]+\d+(?:[\s,]+[A-Z]+\d+)*)", re.IGNORECASE)
_SILENT = frozenset({tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})


@dataclass(frozen=True, slots=True)
class Suppression:
    """One rule named by one comment: `place` is the comment, `first` to `last` are the lines it speaks of.

    `selector` is empty where the comment names no rule; a `courtesy` one belongs to all linters alike. `fault` says
    what is wrong with its form.
    """

    selector: str
    place: Place
    first: int
    last: int
    courtesy: bool = False
    fault: str = ""


def settle(source: Source, findings: Sequence[Finding], ran: Collection[str]) -> list[Finding]:
    """`findings` without the suppressed ones, and with one for each suppression that was idle.

    `ran` are the codes of the rules that looked: of the others nobody knows whether they are silenced.
    """
    if not may_silence(source):
        return list(findings)
    found = list(suppressions(source))
    silencers = _by_code((code, one.first, one.last) for one in found for code in _silenced_by(one))

    def is_silenced(finding: Finding) -> bool:
        ranges = silencers.get(finding.code, _NOWHERE)
        return any(ranges.meet(place.line, place.end_line) for place in (finding.call, finding.place))

    silenced = [finding for finding in findings if is_silenced(finding)]
    at_work = _by_code(
        (finding.code, place.line, place.end_line) for finding in silenced for place in (finding.call, finding.place)
    )
    idle = [one for one in found if not one.courtesy and _is_idle(one, at_work, ran)]
    told = _unused(source, found, idle) if UNUSED in ran else []
    return [finding for finding in (*findings, *told) if not is_silenced(finding)]


def may_silence(source: Source) -> bool:
    """Whether a comment can silence a rule: in our own words, or by a `noqa` that names one of ours."""
    text = source.text.lower()
    named = "picklecheck:" in text or ("noqa" in text and "pkl" in text)
    return named or any(map(_is_misspelt, _OTHERS.finditer(source.text)))


def suppressions(source: Source) -> Iterator[Suppression]:
    """All suppressions of `source`; in a broken file those up to the break."""
    waiting: list[Suppression] = []
    begin = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(source.text, newline="").readline):
            if token.type == tokenize.COMMENT:
                read = list(_read(source.path, token))
                if begin:
                    yield from read
                else:
                    waiting += read
            elif token.type == tokenize.NEWLINE:
                yield from (one if _is_file(one) else _moved(one, begin, token.end[0]) for one in waiting)
                waiting, begin = [], 0
            elif token.type not in _SILENT:
                begin = begin or token.start[0]
    except (tokenize.TokenError, SyntaxError):
        pass
    yield from waiting


def _read(path: str, token: tokenize.TokenInfo) -> Iterator[Suppression]:
    line, column = token.start
    for pattern in (_OURS, _NOQA, _DIRECTIVE, _OTHERS):
        for match in pattern.finditer(token.string):
            text = match[0].rstrip()
            start = column + match.start() + 1
            place = Place(path, line, start, line, start + len(text))
            if pattern is _DIRECTIVE:
                if not _OURS.match(match[0]) and _is_meant(match["word"], match["rest"]):
                    yield Suppression("", place, line, line, fault=_fault(match["word"], match["rest"]))
                continue
            if pattern is _OTHERS:
                if _is_misspelt(match):
                    yield Suppression("", place, line, line, fault=_misspelt(match))
                continue
            whole = pattern is _OURS and match["word"] == "file-ignore"
            first, last = (0, 1 << 60) if whole else (line, line)
            selectors = re.split(r"[\s,]+", (match["rules"] or "").strip())
            fault = "" if selectors[0] or pattern is _NOQA else _fault(match["word"], text)
            for selector in selectors:
                yield Suppression(selector, place, first, last, courtesy=pattern is _NOQA, fault=fault)


def _is_misspelt(match: re.Match[str]) -> bool:
    """Whether a comment of the form of ours begins with a word that is nearly our name."""
    near = get_close_matches(match["tool"].lower(), ["picklecheck"], n=1, cutoff=0.8)
    return bool(near) and match["tool"] != "picklecheck"


def _misspelt(match: re.Match[str]) -> str:
    directive = f"{match['word']}[{match['rules']}]"
    return f"`{match['tool']}: {directive}` suppresses nothing; write `picklecheck: {directive}`"


def _is_meant(word: str, rest: str) -> bool:
    """Whether a comment that begins with `picklecheck:` is meant to silence something, and not just prose."""
    listed = rest.startswith(("[", "=", "(")) or not rest.strip()
    return listed or bool(get_close_matches(word, _WORDS, n=1, cutoff=0.75)) or bool(_named_in(rest))


def _fault(word: str, rest: str) -> str:
    """What is wrong with a suppression that names no rule as it should, and how it is written."""
    form = "file-ignore" if word.startswith("file") else "ignore"
    spelled = f"write `{form}[{', '.join(_named_in(rest)) or 'CODE'}]`"
    if word == form:
        return f"the suppression names no rule, so it suppresses nothing; {spelled}"
    return f"`{word}` is not how a suppression is written; {spelled}"


def _named_in(text: str) -> list[str]:
    """The codes and names of rules in a text, as they are there."""
    return [one for one in re.findall(r"[\w-]+", text) if len(one) > 3 and _codes(one)]  # not P, PK, PKL or ALL


def _is_file(one: Suppression) -> bool:
    return one.first == 0


def _moved(one: Suppression, first: int, last: int) -> Suppression:
    return replace(one, first=first, last=last)


class _Ranges:
    """Ranges of lines, sorted so that it is quickly told whether any of them meets another."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(ranges)
        self._firsts = [first for first, _ in ordered]
        self._lasts = list(accumulate((last for _, last in ordered), max))

    def meet(self, first: int, last: int) -> bool:
        before = bisect_right(self._firsts, last)
        return before > 0 and self._lasts[before - 1] >= first


_NOWHERE = _Ranges(())


def _by_code(ranges: Iterable[tuple[str, int, int]]) -> dict[str, _Ranges]:
    found: dict[str, list[tuple[int, int]]] = {}
    for code, first, last in ranges:
        found.setdefault(code, []).append((first, last))
    return {code: _Ranges(some) for code, some in found.items()}


def _silenced_by(one: Suppression) -> frozenset[str]:
    """The codes of what a suppression silences where it reaches: ALL or PKL9 does not vouch for itself."""
    named = _codes(one.selector)
    return named if one.selector.upper() in (UNUSED, _name(UNUSED).upper()) else named - {UNUSED}


@cache
def _codes(selector: str) -> frozenset[str]:
    try:
        return codes(selector)
    except Misuse:
        return frozenset()


def _is_idle(one: Suppression, at_work: Mapping[str, _Ranges], ran: Collection[str]) -> bool:
    named = _codes(one.selector)
    if named and (named == {UNUSED} or named.isdisjoint(ran)):
        return False
    return not any(at_work.get(code, _NOWHERE).meet(one.first, one.last) for code in _silenced_by(one))


def _unused(source: Source, found: Iterable[Suppression], idle: Sequence[Suppression]) -> list[Finding]:
    """A finding for each idle suppression; those of one comment share their rewrite."""
    dropped = set(idle)
    needed: dict[Place, list[str]] = {one.place: [] for one in idle}
    for one in dict.fromkeys(found):
        if one.place in needed and (one not in dropped or not _codes(one.selector)):
            needed[one.place].append(one.selector)
    removals = {place: _removal(source, place, selectors) for place, selectors in needed.items()}
    return [_told(one, removals[one.place]) for one in idle]


def _told(one: Suppression, removal: Fix) -> Finding:
    """A comment that is misspelt is never taken away: what it was meant to silence may be found now."""
    is_rule = bool(_codes(one.selector))
    if one.fault:
        message = one.fault
    elif not is_rule:
        message = f"unknown rule `{one.selector}` in a suppression{_nearest(one.selector)}"
    else:
        message = f"the suppression of `{one.selector}` suppresses nothing"
    return Finding(
        code=UNUSED,
        name=_name(UNUSED),
        level="warning",
        certainty="certain",
        message=message,
        place=one.place,
        call=one.place,
        boundary="",
        slot="",
        effect="wrong",
        fails_under=FailsUnder((), ""),
        fixes=(removal,) if is_rule else (),
    )


def _nearest(selector: str) -> str:
    return did_you_mean(selector, [name for rule in RULES for name in (rule.code, rule.name)])


def _removal(source: Source, place: Place, needed: Sequence[str]) -> Fix:
    """Take the comment away with its line or the blanks before it, or leave only the rules it still needs."""
    line = source.lines[place.line - 1]
    start, end = Position(place.line, place.column), Position(place.line, place.end_column)
    if needed:
        text = line[place.column - 1 : place.end_column - 1]
        shorter = re.sub(r"\[[^\]]*\]", f"[{', '.join(needed)}]", text, count=1)
        return Fix("safe", "name only the rules that are suppressed", (Edit(place.path, start, end, shorter),))
    before, after = line[: place.column - 1], line[place.end_column - 1 :]
    if after.strip():
        end = Position(place.line, len(line) - len(after.lstrip()) + 1)
    elif before.strip():
        start, end = Position(place.line, len(before.rstrip()) + 1), Position(place.line, len(line) + 1)
    else:
        start = Position(place.line, 1)
        last = place.line == len(source.lines)
        end = Position(place.line, len(line) + 1) if last else Position(place.line + 1, 1)
    return Fix("safe", "remove the unused suppression", (Edit(place.path, start, end, ""),))


def _name(code: str) -> str:
    return next(rule.name for rule in RULES if rule.code == code)
