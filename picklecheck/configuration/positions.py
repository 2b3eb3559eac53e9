"""Where in a TOML text a value is: `tomllib` does not tell, but it can be asked for one prefix after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Path = Sequence[str | int]


def line_of(text: str, path: Path, word: str = "") -> int:
    """The line, from 1, of the value that the keys and list positions of `path` lead to; of `word` in it, if given.

    The first prefix of the text that is TOML and has the value ends with the value's last line; the last one that is
    TOML and lacks it ends before its first.
    """
    import tomllib

    lines = text.splitlines()
    before = 0
    for end in range(1, len(lines) + 1):
        try:
            content = tomllib.loads("\n".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue
        if not _has(content, path):
            before = end
            continue
        block = range(before, end)
        begin = next((at for at in block if lines[at].strip() and not lines[at].lstrip().startswith("#")), before)
        return 1 + next((at for at in block if word and word in lines[at]), begin)
    return 1


def _has(content: Any, path: Path) -> bool:
    for key in path:
        match content, key:
            case dict(), str() if key in content:
                content = content[key]
            case list(), int() if key < len(content):
                content = content[key]
            case _:
                return False
    return True
