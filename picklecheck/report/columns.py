"""Text in the columns of a terminal: how wide it is, how it is wrapped at words and cut around what matters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from picklecheck.output import visible

TAB = 4
_CUT = "…"
_LEAST = 20  # columns below which nothing is wrapped or cut: it would be no better to read


def shown(line: str) -> str:
    """`line` with tabs as blanks, and other control characters escaped."""
    *parts, last = line.split("\t")
    text = ""
    for part in parts:
        text += visible(part)
        text += " " * (TAB - width(text) % TAB)
    return text + visible(last)


def width(text: str) -> int:
    """How many columns a terminal gives a text that has no control characters."""
    return len(text) if text.isascii() else sum(_width(char) for char in text)


def wrapped(text: str, columns: int, first: int = 0, rest: int = 0) -> list[str]:
    """The lines of `text`, broken at blanks: `first` columns are taken in the first line, `rest` in the others.

    `columns` 0 means no limit. A word that is too long for a line has one of its own.
    """
    if columns <= max(first, rest) + _LEAST:
        return [text]
    lines, line, left = list[str](), "", columns - first
    for word in text.split(" "):
        if line and width(line) + 1 + width(word) > left:
            lines.append(line)
            line, left = word, columns - rest
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def cut(text: str, columns: int, start: int = 0, end: int = 0) -> tuple[str, int, int]:
    """As much of `text` as `columns` hold around its columns from `start` to `end`, and where these are in it."""
    total = width(text)
    if columns < _LEAST or total <= columns:
        return text, start, end
    end = min(end, start + columns - 2)
    first = 0 if end < columns else max(0, min(start - (columns - (end - start)) // 2, total - columns))
    last = first + columns
    low, high = first + bool(first), last - (last < total)
    inside = text[low:high] if text.isascii() else "".join(_between(text, low, high))
    return f"{_CUT if first else ''}{inside}{_CUT if last < total else ''}", start - first, end - first


def _between(text: str, first: int, last: int) -> Iterator[str]:
    """The characters in the columns from `first` to `last`; a blank means half of a wide one."""
    at = 0
    for char in text:
        taken, at = at, at + _width(char)
        if first <= taken and at <= last:
            yield char
        elif taken < first < at or taken < last < at:
            yield " "


def _width(char: str) -> int:
    return 0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
