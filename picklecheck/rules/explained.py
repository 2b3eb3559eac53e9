"""The page of each rule, as text and as data, and which rules an error of Python leads to."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import cache
from textwrap import fill

from picklecheck import addresses
from picklecheck.options import Misuse
from picklecheck.rules.catalogue import RULES, Entry
from picklecheck.rules.selectors import codes

_PAGES = os.path.join(os.path.dirname(__file__), "pages")
# What differs from error to error; the apostrophe of "can't" begins no quotation.
_VARYING = re.compile(r"(?<!\w)'[^']*'|\"[^\"]*\"|<[^>]*>|\b0x[0-9a-f]+\b|\d+|…|\.\.\.")
_BLOCK = re.compile(r"^```(?:text|pycon)\n(.*?)^```$", re.MULTILINE | re.DOTALL)  # what Python prints
_INLINE = re.compile(r"`([^`\n]+ [^`\n]+)`")
_MARK = re.compile(r"^<!-- /?\w+ -->\n", re.MULTILINE)  # around what is generated
_CLOSE = 0.8


@cache
def page(rule: Entry) -> str:
    """The page in Markdown; only its heading and the summary where there is none."""
    try:
        with open(os.path.join(_PAGES, f"{rule.name}.md"), encoding="utf-8") as file:
            return _MARK.sub("", file.read()).strip()
    except OSError:
        return f"# {rule.code} {rule.name}\n\n{rule.summary}."


def chosen(names: Sequence[str]) -> list[Entry]:
    """The rules that are named, by selectors or by the text of an error; all where none is."""
    if not names:
        return list(RULES)
    found: list[Entry] = []
    for name in names:
        if " " in name.strip():
            found += of_error(name)
        else:
            wanted = codes(name)
            found += [rule for rule in RULES if rule.code in wanted]
    return list(dict.fromkeys(found))


def of_error(text: str) -> list[Entry]:
    """The rules whose pages quote an error like `text`, best first; raises Misuse where none does.

    A quotation of the very words comes before one that differs in names and numbers, and that before a similar one.
    """
    ranks = {rule: rank for rule in RULES if (rank := max(map(_Likeness(text), _quotations(page(rule))), default=0))}
    if not ranks:
        raise Misuse(f"no page of a rule has an error like `{text}`; `picklecheck rule` lists all rules")
    best = max(ranks.values())
    return [rule for rule in RULES if ranks.get(rule) == best]


class _Likeness:
    """How much a quotation is like a text: 3 the same words, 2 but for names and numbers, 1 similar, 0 not."""

    def __init__(self, text: str) -> None:
        self._text = _plain(text)
        self._pattern = _VARYING.sub("*", self._text)

    def __call__(self, quotation: str) -> int:
        quoted = _plain(quotation)
        if self._text in quoted or quoted in self._text:
            return 3
        pattern = _VARYING.sub("*", quoted)
        if self._pattern in pattern or pattern in self._pattern:
            return 2
        return int(SequenceMatcher(None, self._pattern, pattern).ratio() >= _CLOSE)


def _quotations(text: str) -> list[str]:
    """What Python prints, by the blocks of a page, and code in a sentence that has more than one word."""
    printed = [line.strip() for block in _BLOCK.findall(text) for line in block.splitlines()]
    found = [line for line in printed if not line.startswith(">>>")] + _INLINE.findall(text)
    return [one for one in found if len(one.split()) > 2]


def _plain(text: str) -> str:
    """A text without what a copy may have lost: the name of the exception, blanks, kinds of quotes."""
    text = re.sub(r"^\s*(?:[\w.]+(?:Error|Exception|Empty)):\s*", "", text)
    return " ".join(re.sub(r"[`´‘’]", "'", text).lower().split())


def table(rules: Sequence[Entry]) -> str:
    """One line for each rule: code, name and what it finds."""
    width = max(len(rule.name) for rule in rules)
    return "\n".join(f"{rule.code}  {rule.name.ljust(width)}  {rule.summary}" for rule in rules)


def listed(rules: Iterable[Entry], columns: int) -> str:
    """The same for a terminal of so many columns: what a rule finds is below its code and name."""
    lines = [[f"{rule.code}  {rule.name}", *fill(rule.summary, columns - 8).split("\n")] for rule in rules]
    return "\n".join("\n        ".join(one) for one in lines)


def as_json(rules: Iterable[Entry]) -> str:
    rows = [{**rule._asdict(), "url": addresses.of_rule(rule.name), "page": page(rule)} for rule in rules]
    return json.dumps({"version": 1, "rules": rows}, indent=2) + "\n"
