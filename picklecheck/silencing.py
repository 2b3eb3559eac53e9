"""Suppressions written for what is found: where a comment can be, and what it says."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence

from picklecheck.findings import Finding
from picklecheck.mending import Mended
from picklecheck.rules.catalogue import UNREADABLE, UNUSED
from picklecheck.session import load
from picklecheck.source.edits import Edit, Position, apply
from picklecheck.source.suppressions import settle
from picklecheck.source.text import Source, source

_OURS = re.compile(r"(#\s*picklecheck:\s*ignore\s*\[)([^\]#]*)(\])")


def silence(findings: Iterable[Finding], given: Mapping[str, Source], reason: str) -> Mended:
    """The texts in which the findings are silenced, as changes to be written; what is left has no place for it."""
    mended = Mended()
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.place.path, []).append(finding)
    for path, found in by_path.items():
        text = given[path] if path in given else load(path)
        if isinstance(text, Finding):
            mended.findings += found
            continue
        possible = [one for one in found if one.code not in (UNREADABLE, UNUSED)]
        new = edited(text, comments(text, possible, reason))
        left = settle(new, possible, ()) if new.text != text.text else possible
        if len(left) < len(possible):
            mended.texts[path], mended.before[path] = new, text
            mended.read[path] = text.encode()
            mended.tie({path})
        mended.fixed += len(possible) - len(left)
        mended.findings += [one for one in found if one not in possible or one in left]
    return mended


def comments(text: Source, findings: Sequence[Finding], reason: str = "") -> list[Edit]:
    """A comment for each call: one more code in a comment of ours, else one at the end of a line."""
    ends = _line_ends(text)
    codes: dict[int, list[str]] = {}
    for finding in findings:
        lines = (
            *range(finding.place.line, finding.place.end_line + 1),
            *range(finding.call.line, finding.call.end_line + 1),
        )
        line = next((line for line in lines if line in ends), None)
        if line is not None and finding.code not in codes.setdefault(line, []):
            codes[line].append(finding.code)
    return [_edit(text, line, ends[line], found, reason) for line, found in codes.items()]


def edited(text: Source, edits: Sequence[Edit]) -> Source:
    """The text with these edits."""
    return source(text.path, apply(text.text, edits, text.newline), text.encoding)


def _edit(text: Source, line: int, comment: str, codes: Sequence[str], reason: str) -> Edit:
    written = text.lines[line - 1]
    end = Position(line, len(written) + 1)
    if ours := _OURS.search(comment):
        named = [one for one in re.split(r"[\s,]+", ours[2].strip()) if one]
        listed = ", ".join(dict.fromkeys((*named, *codes)))
        start = Position(line, len(written) - len(comment) + 1)
        return Edit(
            text.path, start, end, f"{comment[: ours.start()]}{ours[1]}{listed}{ours[3]}{comment[ours.end() :]}"
        )
    new = f"  # picklecheck: ignore[{', '.join(codes)}] {' '.join(reason.split())}".rstrip()
    return Edit(text.path, Position(line, len(written.rstrip()) + 1), end, new)


def _line_ends(text: Source) -> dict[int, str]:
    """The lines that a comment can end, with the comment that each has: none in a string or before a backslash."""
    ends: dict[int, str] = {}
    try:
        for token in _tokens(text):
            ends[token.end[0]] = token.string if token.type == tokenize.COMMENT else ends.get(token.end[0], "")
            for line in range(token.start[0], token.end[0]) if token.type not in _ENDING else ():
                ends.pop(line, None)
    except (tokenize.TokenError, SyntaxError):
        return {}
    return {line: comment for line, comment in ends.items() if line <= len(text.lines) and not _goes_on(text, line)}


_ENDING = (tokenize.NEWLINE, tokenize.NL)


def _tokens(text: Source) -> Iterator[tokenize.TokenInfo]:
    """The tokens of a text, a string with replacement fields as one."""
    inside: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(text.text, newline="").readline):
        name = tokenize.tok_name[token.type]
        if name in ("FSTRING_START", "TSTRING_START"):
            inside.append(token)
        elif name in ("FSTRING_END", "TSTRING_END"):
            begin = inside.pop()
            if not inside:
                yield tokenize.TokenInfo(tokenize.STRING, "", begin.start, token.end, token.line)
        elif not inside:
            yield token


def _goes_on(text: Source, line: int) -> bool:
    return text.lines[line - 1].rstrip().endswith("\\")
