"""Statements that a fix makes longer or shorter break into lines as ruff and black break them."""

from __future__ import annotations

import io
import re
import sys
import tokenize
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from picklecheck.fixes.tree import Span, Tree
from picklecheck.source.edits import Edit, Fix

# The line length of ruff and black; a file that has longer lines of code has another one.
_USUAL = 88
# Characters of a statement; a longer one is a table, which would be read as a whole for each fix in one of its rows.
LONGEST_LAID_OUT = 3_000
_WORDS = {"and", "or", "not", "if", "else", "lambda", "await", "is"}
_LONG_STRING = re.compile(r"\"{3}|'{3}|\"[^\"]{30,}|'[^']{30,}")
_OPENING, _COMMA = re.compile(r"[\[({] *(#.*)?\n"), re.compile(r", (?! )|,  #|,\n|,[\])}]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Group:
    """A pair of brackets: the offsets of both, how deep it is, and whether its last item has a comma behind it."""

    start: int
    end: int
    depth: int
    comma: bool
    commas: tuple[int, ...]


def laid_out(tree: Tree, fix: Fix) -> Fix:
    """The same fix, in which every statement that it changes is laid out again if it was laid out so before."""
    lines = _logical_lines(tree)
    kept, inside = list[Edit](), dict[Span, list[Edit]]()
    for edit in fix.edits:
        start, end = (tree.offset(at.line, at.column) for at in (edit.start, edit.end))
        line = _line_of(lines, start, end) if edit.path == tree.path else None
        if line is None or line[1] - line[0] > LONGEST_LAID_OUT or "\n" in edit.text or start == end == line[0]:
            kept.append(_written(tree, edit) if lines else edit)
        else:
            inside.setdefault(line, []).append(edit)
    for (low, high), edits in inside.items():
        if any(low < tree.offset(one.end.line, one.end.column) and _begins(tree, one) < high for one in kept):
            kept += edits
            continue
        cuts = [(_begins(tree, one), tree.offset(one.end.line, one.end.column), one.text) for one in edits]
        old = tree.text[low:high].replace("\r\n", "\n")
        new = _with(tree.text[low:high], low, cuts).replace("\r\n", "\n")
        margin = tree.text[tree.line_start(low) : low]
        better = _fitted(old, new, margin, tree.indent, _limit(tree)) if not margin.strip() else new
        kept += edits if better == new else [_difference(tree, low, old, better)]
    return replace(fix, edits=tuple(sorted(kept, key=lambda one: (one.path, one.start, one.end))))


def _line_of(lines: Sequence[Span], start: int, end: int) -> Span | None:
    """The logical line that has all characters from one to another."""
    at = bisect_right(lines, (start, sys.maxsize)) - 1
    return lines[at] if at >= 0 and end <= lines[at][1] else None


def _written(tree: Tree, edit: Edit) -> Edit:
    """The same edit, with new lines that are too long broken, where they are no part of a longer string."""
    if edit.path != tree.path or re.search(r"\"{3}|'{3}", edit.text):
        return edit
    low, high = _begins(tree, edit), tree.offset(edit.end.line, edit.end.column)
    before, behind = tree.text[tree.line_start(low) : low], tree.text[high : tree.line_end(high)]
    lines = (before + edit.text).split("\n")
    if before.strip() or (len(lines) == 1 and behind.strip()):
        return edit
    old = frozenset[str]() if _is_formatted(tree) else _stripped(tree)
    parts = ([line] if line.strip() in old else _short(line, tree.indent, _limit(tree)) for line in lines)
    short = "\n".join(part for some in parts for part in some)
    return replace(edit, text=short[len(before) :])


def _begins(tree: Tree, edit: Edit) -> int:
    return tree.offset(edit.start.line, edit.start.column) if edit.path == tree.path else len(tree.text) + 1


def _with(text: str, low: int, cuts: Sequence[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(cuts, reverse=True):
        text = text[: start - low] + new + text[end - low :]
    return text


def _difference(tree: Tree, low: int, old: str, new: str) -> Edit:
    """One edit, from where two texts begin to differ to where they end to."""
    if old != tree.text[low : low + len(old)]:  # its lines end otherwise: offsets differ
        return tree.edit(low, low + len(old) + old.count("\n"), new)
    shortest = min(len(old), len(new))
    same = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    behind = next((at for at in range(shortest - same) if old[-1 - at] != new[-1 - at]), shortest - same)
    return tree.edit(low + same, low + len(old) - behind, new[same : len(new) - behind])


@lru_cache(maxsize=4)
def _logical_lines(tree: Tree) -> tuple[Span, ...]:
    """The stretches of simple statements and of heads of compound ones; none for a file that is laid out otherwise."""
    if re.search(r"\r(?!\n)", tree.text):
        return ()
    found, first = [], -1
    try:
        for token in tokenize.generate_tokens(io.StringIO(tree.text).readline):
            at = (
                tree.lines[token.start[0] - 1] + token.start[1] if token.start[0] <= len(tree.lines) else len(tree.text)
            )
            if token.type == tokenize.NEWLINE:
                found += [(first, at)] if first >= 0 else []
                first = -1
            elif first < 0 and token.type not in (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT):
                first = at
    except (tokenize.TokenError, SyntaxError):
        return ()
    return tuple(found)


@lru_cache(maxsize=4)
def _stripped(tree: Tree) -> frozenset[str]:
    """The lines of a file without the blanks around them."""
    return frozenset(map(str.strip, tree.text.splitlines()))


@lru_cache(maxsize=4)
def _limit(tree: Tree) -> int:
    """How long lines may get: as long as the longest line of code without long strings, and at least as usual."""
    code = [line for line in tree.text.splitlines() if "#" not in line and not _LONG_STRING.search(line)]
    longest = max(map(_width, code), default=0)
    shortest = min(
        (length for low, high in _logical_lines(tree) for length in _broken(tree, low, high)), default=_USUAL
    )
    return max(longest, min(_USUAL, shortest))


@lru_cache(maxsize=4)
def _is_formatted(tree: Tree) -> bool:
    """Whether statements of the file are laid out as ruff and black do it, by their brackets and commas."""
    texts = (tree.text[low:high] for low, high in _logical_lines(tree))
    return all(_is_in_order(text.replace("\r\n", "\n")) for text in texts)


def _is_in_order(text: str) -> bool:
    """Whether brackets of a logical line that have several lines begin and end with a line break, and no comma
    has anything right behind it."""
    groups = _groups(text)
    if groups is None:
        return True
    for group in groups:
        has_lines = text.find("\n", group.start, group.end) >= 0
        if has_lines and not _OPENING.match(text, group.start):
            return False
        if has_lines and text[text.rfind("\n", 0, group.end) : group.end].strip():
            return False
        if not all(_COMMA.match(text, comma) for comma in group.commas):
            return False
    return True


def _broken(tree: Tree, low: int, high: int) -> Iterator[int]:
    """The lengths that lines would have which are broken and need not be but for their length."""
    text = tree.text[low:high]
    if "\n" in text and (parts := _groups(text)):
        for group in parts:
            if (whole := _joined(text, group, parts)) is not None:
                length = _width(_line_at(whole, group.start)) + (low - tree.line_start(low) if group.depth == 0 else 0)
                if length > _USUAL - 9:
                    yield length - 1


def _groups(text: str) -> list[Group] | None:
    """The brackets of a logical line, outermost first; None where it has a comment or a string over several lines."""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    open_: list[tuple[int, list[int]]] = []
    found, last = [], ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.start[0] != token.end[0]):
                return None
            at = starts[min(token.start[0], len(starts)) - 1] + token.start[1]
            if token.type == tokenize.OP and token.string in "([{":
                open_.append((at, []))
            elif token.type == tokenize.OP and token.string in ")]}" and open_:
                start, commas = open_.pop()
                found.append(Group(start, at, len(open_), last == ",", tuple(commas)))
            elif token.string == "," and open_:
                open_[-1][1].append(at)
            if token.type not in (tokenize.NL, tokenize.NEWLINE):
                last = token.string
    except (tokenize.TokenError, SyntaxError):
        return None
    return None if "\\\n" in text else sorted(found, key=lambda group: (group.depth, group.start))


def _line_at(text: str, at: int) -> str:
    end = text.find("\n", at)
    return text[text.rfind("\n", 0, at) + 1 : end if end >= 0 else len(text)]


def _joined(text: str, group: Group, groups: Sequence[Group]) -> str | None:
    """The text with a group in one line; None where it is in one, or a comma keeps it in several."""
    inner = [one for one in groups if group.start <= one.start and one.end <= group.end]
    body = text[group.start + 1 : group.end]
    if "\n" not in body or any(one.comma and "\n" in text[one.start : one.end] for one in inner):
        return None
    body = re.sub(r"\s*\n\s*(?=[.\])}])|(?<=[\[({])\s*\n\s*", "", body)
    body = re.sub(r"\s*\n\s*", " ", body).strip()
    before, behind = text[: group.start], text[group.end + 1 :]
    if group.depth == 0 and not behind and text[group.start] == "(" and re.search(r"(^return|=) $", before):
        if not group.commas and not re.search(r"\b(for|yield)\b|:=", body):
            return before + body
    return f"{before}{text[group.start]}{body}{text[group.end]}{behind}"


def _fitted(old: str, new: str, margin: str, indent: str, limit: int) -> str:
    """The new text of a logical line, broken as the old one was, or as it is now needed."""
    whole = _shortened(old, margin, limit)
    if not _is_in_order(old) or whole != old or _groups(new) is None:
        return new
    new = _shortened(new, margin, limit)
    return _broken_up(new, margin, indent, limit) if _longest(old, margin) <= limit else new


def _width(line: str) -> int:
    """The columns of a line, in which ruff and black count a tab as four."""
    return len(line.expandtabs(4))


def _longest(text: str, margin: str) -> int:
    return max(map(_width, (margin + text).split("\n")))


def _shortened(text: str, margin: str, limit: int) -> str:
    """The text with every group in one line that fits into one, the outer ones first."""
    for group in (groups := _groups(text) or []):
        whole = _joined(text, group, groups)
        if whole is not None and _width(_line_at(margin + whole, len(margin) + group.start)) <= limit:
            return _shortened(whole, margin, limit)
    return text


def _broken_up(text: str, margin: str, indent: str, limit: int) -> str:
    """The text with each line that is too long broken at its brackets, where it is plain how."""
    whole = "\n".join(part for line in (margin + text).split("\n") for part in _short(line, indent, limit))
    return whole[len(margin) :] if _longest(whole, "") <= limit else text


def _short(line: str, indent: str, limit: int) -> list[str]:
    parts = _parts(line, indent, limit) if _width(line) > limit else []
    return [short for part in parts for short in _short(part, indent, limit)] or [line]


def _parts(line: str, indent: str, limit: int) -> list[str]:
    """A line in several: up to its bracket, what is in it, and the rest; none where another layout may be better."""
    code = line.lstrip()
    margin = line[: len(line) - len(code)]
    outer = [group for group in _groups(code) or [] if group.depth == 0]
    outer = [group for group in outer if code[group.end] == _CLOSING[code[group.start]]]
    if not outer:
        return []
    bare = "".join(code[low:high] for low, high in _between(code, outer))
    if not code.startswith(("for ", "async for ")) and (found := re.search(r" (async )?for ", bare)):
        at = code.index(found[0]) if code.count(found[0]) == 1 else -1
        return [margin + code[:at], margin + code[at + 1 :]] if at >= 0 else []
    group = outer[0] if re.match(r"(async )?def ", code) else outer[-1]
    outside = code[: group.start] + code[group.end + 1 :]
    between = code[outer[-2].end + 1 : group.start] if group is outer[-1] and len(outer) > 1 else " = "
    if " = " not in between and not (len(outer) == 2 and re.fullmatch(r"\.\w+", between)):
        return []
    if re.search(r"[-+*/%|&^<>~@]|==|!=", re.sub("->", "", outside)) or _WORDS & set(re.findall(r"\w+", outside)):
        return []
    body = code[group.start + 1 : group.end]
    head, tail = margin + code[: group.start + 1], margin + code[group.end :]
    if not body.strip() or max(_width(head), _width(tail)) > limit:
        return []
    commas = () if re.search(r"\bfor\b", _bare(body)) else group.commas  # those of a comprehension part no items
    is_call = code[group.start] == "(" and re.search(r"[\w)\]]$", code[: group.start])
    if _width(margin + indent + body) <= limit and not group.comma and (is_call or not commas):
        return [head, margin + indent + body, tail]
    ends = [*commas, group.end] if not group.comma else list(commas)
    starts = [group.start, *ends]
    items = [code[low + 1 : high].strip() for low, high in zip(starts, ends, strict=False)]
    if not commas:
        return [head, margin + indent + body, tail]
    return [head, *(f"{margin}{indent}{item}," for item in items), tail]


def _bare(body: str) -> str:
    """The text without what is in brackets."""
    groups = [group for group in _groups(f"({body})") or [] if group.depth == 1]
    ends = [0, *(group.end for group in groups)]
    starts = [*(group.start - 1 for group in groups), len(body)]
    return " ".join(body[low:high] for low, high in zip(ends, starts, strict=True))


def _between(code: str, groups: Sequence[Group]) -> Iterator[Span]:
    """The stretches of a line that are in none of its brackets."""
    starts = [0, *(group.end + 1 for group in groups)]
    ends = [*(group.start for group in groups), len(code)]
    yield from zip(starts, ends, strict=True)
