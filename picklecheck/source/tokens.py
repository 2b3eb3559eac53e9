"""What trees of a text would take, about: memory grows with its tokens, and what LibCST tries with nested patterns."""

from __future__ import annotations

import re
from functools import lru_cache

# A token takes up to a kilobyte in a tree of `ast`, and three in one of LibCST.
MOST_READ = 700_000
MOST_REWRITTEN = 100_000
# LibCST's parser reads what is in a bracket up to four times, in patterns and behind `del`, where Python remembers it.
MOST_TRIED = 1_000_000

_TOKEN = re.compile(
    r"#[^\r\n]*+"
    r"|\"\"\"(?s:.*?)\"\"\"|'''(?s:.*?)'''"
    r"|\"(?:[^\"\\\r\n]|\\.)*+\"|'(?:[^'\\\r\n]|\\.)*+'"
    r"|\w++|[^\w \t\f]"
)
_TRIED = re.compile(r"\b(?:case|del)\b")


def is_too_long_to_read(text: str) -> bool:
    """Whether a tree of `ast` would take more memory than is reasonable."""
    return _has_more(text, MOST_READ)


def is_too_long_to_rewrite(text: str) -> bool:
    """The same for a tree of LibCST, or of fissix."""
    return _has_more(text, MOST_REWRITTEN)


@lru_cache(maxsize=8)
def _has_more(text: str, most: int) -> bool:
    return len(text) > most and sum(1 for _ in _TOKEN.finditer(text)) > most


def has_deep_patterns(text: str) -> bool:
    """Whether LibCST, which doubles its work or more with each bracket in patterns, would not come to an end."""
    tried = depth = 0
    tries = False
    for token in _TOKEN.findall(text) if _TRIED.search(text) else ():
        if token in ("(", "[", "{"):
            depth += 1
        elif token in (")", "]", "}"):
            depth = max(depth - 1, 0)
        elif depth == 0:
            tries = token in ("case", "del") or (tries and token not in ("\n", "\r", ";", "="))
        if tries and token in ("(", "[", "{", ",") and (tried := tried + 4**depth) > MOST_TRIED:
            return True
    return False
