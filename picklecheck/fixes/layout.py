"""Lines that a rewrite makes too long are broken as black and ruff break them, where the file keeps to their width."""

from __future__ import annotations

import io
import itertools
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import replace

from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix, Position, apply
from picklecheck.source.text import line_starts

# The widths that people choose.
_WIDTHS = (88, 100, 120)
_MOST_ROUNDS = 5
_OPEN, _CLOSE = "([{", ")]}"

Replacement = tuple[int, int, str]
_Tokens = list[tokenize.TokenInfo]


def laid_out(tree: Tree, fix: Fix) -> Fix:
    """The fix with the long lines of its text broken; as it is where the file has longer ones already."""
    longest = max(map(len, tree.text.splitlines()), default=0)
    width = next((one for one in _WIDTHS if longest <= one), 0)
    if not width or any(edit.path != tree.path for edit in fix.edits):
        return fix
    edits = fix.edits
    for _ in range(_MOST_ROUNDS):
        text = apply(tree.text, edits, tree.newline)
        lines = text.splitlines()
        if not any(len(line) > width for line in lines):
            break
        cuts = list(_breaks(text, lines, width, tree))
        if not cuts:
            break
        edits = _with(tree, edits, cuts)
    return replace(fix, edits=edits)


def _breaks(text: str, lines: list[str], width: int, tree: Tree) -> Iterator[Replacement]:
    """The line breaks that the long lines need next."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    starts = line_starts(text)
    for number, line in enumerate(lines, 1):
        if len(line) <= width:
            continue
        own = [one for one in tokens if one.start[0] <= number <= one.end[0] and one.string.strip()]
        if not own or any(one.start[0] != one.end[0] or one.type == tokenize.COMMENT for one in own):
            continue
        margin = line[: len(line) - len(line.lstrip())]
        begin = starts[number - 1]
        held = _closes(tokens, own)
        if held and (commas := _commas(own)):
            for comma in commas:
                yield begin + own[comma].end[1], begin + own[comma + 1].start[1], tree.newline + margin
            end = begin + own[-1].end[1]
            yield end, end, ","
        elif held and (clauses := _clauses(own)):
            for clause in clauses:
                yield begin + own[clause - 1].end[1], begin + own[clause].start[1], tree.newline + margin
        elif brackets := _last_brackets(own):
            for low, high, gap in _opened(own, *brackets):
                yield begin + low, begin + high, gap.replace("\n", tree.newline + margin).replace("\t", tree.indent)


def _opened(own: _Tokens, opening: int, closing: int) -> Iterator[Replacement]:
    """What brackets hold in a line of its own, by columns; the items of a literal in one line each.

    A tab is for one more level of indentation.
    """
    inner = own[opening + 1 : closing]
    commas = _commas(inner)
    yield own[opening].end[1], own[opening].end[1], "\n\t"
    literal = bool(commas) and not _is_called(own, opening)
    for comma in commas if literal else ():
        yield inner[comma].end[1], inner[comma + 1].start[1], "\n\t"
    alone = own[0].string == "def" and not commas
    last = "," if (literal or alone) and inner[-1].string != "," else ""
    yield own[closing].start[1], own[closing].start[1], f"{last}\n"


def _last_brackets(own: _Tokens) -> tuple[int, int] | None:
    """The brackets that a line ends with and that hold something, by their places among its tokens.

    None where other things follow than a colon, a comma, `as` with a name, or calls without arguments; and where the
    line is what brackets above hold.
    """
    matching = _matching(own)
    at = len(own) - 1
    while at > 0:
        if own[at].string in _CLOSE and own[at].type == tokenize.OP:
            opening = matching.get(at)
            if opening is None or not (opening == 0 or own[opening - 1].string == "=" or _is_called(own, opening)):
                return None
            if opening + 1 < at:
                outer = any(low < opening < high for high, low in matching.items())
                return (opening, at) if not outer and not _commas(own[: opening + 1]) else None
            at = opening - 1
        elif own[at].type == tokenize.NAME or own[at].string in (".", ":", ","):
            at -= 1
        else:
            return None
    return None


def _is_called(own: _Tokens, opening: int) -> bool:
    """Whether brackets hold the arguments of a call, or the parameters of a function."""
    before = own[opening - 1] if opening else None
    named = before is not None and (before.type == tokenize.NAME or before.string in (")", "]"))
    return named and own[opening].string == "("


def _clauses(own: _Tokens) -> list[int]:
    """The places at which the clauses of a comprehension begin that is in no bracket of the line."""
    depth, found = 0, list[int]()
    for index, one in enumerate(own):
        if one.type == tokenize.OP:
            depth += (one.string in _OPEN) - (one.string in _CLOSE)
        if not depth and index and one.string in ("for", "if") and own[index - 1].string != "async":
            found.append(index)
    return found if any(own[index].string == "for" for index in found) else []


def _matching(own: _Tokens) -> dict[int, int]:
    """The place of the opening bracket for each closing one that the line has both of."""
    found, opened = dict[int, int](), list[int]()
    for index, one in enumerate(own):
        if one.type == tokenize.OP and one.string in _OPEN:
            opened.append(index)
        elif one.type == tokenize.OP and one.string in _CLOSE and opened:
            found[index] = opened.pop()
    return found


def _commas(own: _Tokens) -> list[int]:
    """The places of the commas that are in no bracket of the line, but for one at its end."""
    depth, found = 0, list[int]()
    for index, one in enumerate(own[:-1]):
        if one.type == tokenize.OP:
            depth += (one.string in _OPEN) - (one.string in _CLOSE)
            if one.string == "," and not depth:
                found.append(index)
    return found


def _closes(tokens: _Tokens, own: _Tokens) -> bool:
    """Whether the line is all that brackets hold which are opened right above and closed right below."""
    first, last = tokens.index(own[0]), tokens.index(own[-1])
    before = [one for one in tokens[max(first - 2, 0) : first] if one.string.strip()]
    after = next((one for one in tokens[last + 1 :] if one.string.strip()), None)
    return bool(before) and before[-1].string in _OPEN and after is not None and after.string in _CLOSE


def _with(tree: Tree, edits: Iterable[Edit], cuts: Iterable[Replacement]) -> tuple[Edit, ...]:
    """Edits that do the same, and then cut the text that they give."""
    ordered = sorted(edits)
    spans: list[tuple[int, int]] = []
    shift = 0
    texts = [edit.text for edit in ordered]
    for edit in ordered:
        low, high = (_offset(tree, at) for at in (edit.start, edit.end))
        spans.append((low + shift, low + shift + len(edit.text)))
        shift += len(edit.text) - (high - low)
    more: list[Edit] = []
    for start, end, text in sorted(cuts, reverse=True):
        touched = next((index for index, (low, high) in enumerate(spans) if low <= start and end <= high), None)
        if touched is not None:
            low = spans[touched][0]
            texts[touched] = texts[touched][: start - low] + text + texts[touched][end - low :]
            continue
        above = sum(
            (high - low) - _length(tree, edit)
            for edit, (low, high) in zip(ordered, spans, strict=True)
            if high <= start
        )
        more.append(tree.edit(start - above, end - above, text))
    changed = (replace(edit, text=text) for edit, text in zip(ordered, texts, strict=True))
    return tuple(sorted(itertools.chain(changed, more)))


def _length(tree: Tree, edit: Edit) -> int:
    return _offset(tree, edit.end) - _offset(tree, edit.start)


def _offset(tree: Tree, at: Position) -> int:
    offset = tree.offset(at.line, at.column)
    return offset if offset >= 0 else len(tree.text)
