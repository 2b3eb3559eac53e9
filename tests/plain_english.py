"""How findings and documents are worded: short headlines, right articles and numbers, standard terms."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

LONGEST = 115  # of a headline, in which a name counts as at most twelve characters
AVOIDED = re.compile(
    r"\b(?:carr(?:y|ies|ied|ying)|cross(?:es|ed|ing)?|stands?|standing|stood|mend(?:s|ed|ing)?|anew|speaks? for"
    r"|hand(?:s|ed|ing)? (?:\w+ )?(?:over|on|along|out|back)|handed|refus\w+|travels?|besides|for ever)\b",
    re.IGNORECASE,
)
# Words for which there is a better one in every text; the others above have a meaning of their own in some.
HOUSE_WORDS = re.compile(
    r"\b(?:stands?|stood|mend(?:s|ed|ing)?|anew|speaks? for|hand(?:s|ed|ing)? (?:\w+ )?(?:over|on|along|out|back)"
    r"|go(?:es)? over|going over|travels?|besides|for ever)\b",
    re.IGNORECASE,
)
_ARTICLES = re.compile(r"\ba `?[aeioAEIO]|\ban `?[bcdfgjklmnpqrstvwxyz]")
_NUMBERS = re.compile(r"\b1 (?!is\b|has\b)[a-z]+s\b|\b(?:[02-9]|\d\d+) (?:argument|item|file|finding|error|line)\b")
_FENCED = re.compile(r"^([ ]*)```.*?^\1```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`]*`")


def faults(finding: Mapping[str, Any]) -> list[str]:
    """What is wrong with the words of a finding in JSON; empty where nothing is."""
    headline = finding["message"]
    capped = _CODE.sub(lambda code: code[0] if len(code[0]) < 14 else "`" + "x" * 12 + "`", headline)
    found = [f"{len(capped)} characters: {headline}"] if len(capped) > LONGEST else []
    if headline[0].isupper() or headline.endswith("."):
        found.append(f"not a headline: {headline}")
    for text in _texts(finding):
        found += [f"{bad[0]!r} in: {text}" for bad in (_ARTICLES.search(text), _NUMBERS.search(text)) if bad]
        found += [f"{bad[0]!r} in: {text}" for bad in AVOIDED.finditer(_CODE.sub("", text))]
    return found


def _texts(finding: Mapping[str, Any]) -> Iterator[str]:
    yield from filter(None, (finding["message"], finding["help"], finding["not_fixed"]))
    yield from (step["text"] for step in finding["holding_path"])
    yield from (cause["text"] for cause in finding["causes"])
    yield from (fix["title"] for fix in finding["fixes"])


def prose_of(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that people read, with their numbers and without code: of a program its comments and docstrings."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        outside = re.sub(
            r"^([ ]*)(```|~~~).*?^\1\2$", lambda block: "\n" * block[0].count("\n"), text, flags=re.M | re.S
        )
        yield from enumerate((_CODE.sub("", line) for line in outside.splitlines()), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_docstring = token.type == tokenize.STRING and token.line.lstrip().startswith('"""')
        if token.type == tokenize.COMMENT or is_docstring:
            yield from enumerate((_CODE.sub("", line) for line in token.string.splitlines()), token.start[0])


def house_words(path: Path) -> list[str]:
    """The words in a file that need a second reading, as `line: word`."""
    return [f"{number}: {found[0]}" for number, line in prose_of(path) for found in HOUSE_WORDS.finditer(line)]
