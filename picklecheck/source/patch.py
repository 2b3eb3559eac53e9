"""The difference of two texts of one file as a unified diff that `patch` and `git apply` read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import unified_diff

from picklecheck.source.text import Source, split


def patch(old: Source, new: Source) -> str:
    """The diff from `old` to `new`, line ends as they are in the file; empty where nothing differs."""
    return "".join(_ended(_with_ends(old), _with_ends(new), old.path))


def _ended(old: list[str], new: list[str], path: str) -> Iterator[str]:
    name = _quoted(path)
    for line in unified_diff(old, new, name, name):
        yield line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n"


def _quoted(path: str) -> str:
    """`path` as git writes it: in double quotes where it has characters that a header cannot hold."""
    if path.isprintable() and not {'"', "\\"} & set(path):
        return path
    parts = (chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in os.fsencode(path))
    return f'"{"".join(parts)}"'


def _with_ends(source: Source) -> list[str]:
    at, lines = 0, []
    for line in split(source.text):
        start, at = at, at + len(line)
        at += 2 if source.text.startswith("\r\n", at) else 1
        lines.append(source.text[start:at])
    return [line for line in lines if line]
