"""How many tokens a text has, about: what its trees take in memory grows with them, and not with its characters."""

from __future__ import annotations

import re
from functools import lru_cache

# A token takes up to a kilobyte in a tree of `ast`, and three in one of LibCST.
MOST_READ = 700_000
MOST_REWRITTEN = 100_000

_TOKEN = re.compile(
    r"#[^\r\n]*+"
    r"|\"\"\"(?s:.*?)\"\"\"|'''(?s:.*?)'''"
    r"|\"(?:[^\"\\\r\n]|\\.)*+\"|'(?:[^'\\\r\n]|\\.)*+'"
    r"|\w++|[^\w \t\f]"
)


def is_too_long_to_read(text: str) -> bool:
    """Whether a tree of `ast` would take more memory than is reasonable."""
    return _has_more(text, MOST_READ)


def is_too_long_to_rewrite(text: str) -> bool:
    """The same for a tree of LibCST, or of fissix."""
    return _has_more(text, MOST_REWRITTEN)


@lru_cache(maxsize=8)
def _has_more(text: str, most: int) -> bool:
    return len(text) > most and sum(1 for _ in _TOKEN.finditer(text)) > most
