"""The difference of two texts of one file as a unified diff that `patch` and `git apply` read."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from picklecheck.source.text import Source, split


def patch(old: Source, new: Source) -> str:
    """The diff from `old` to `new`, line ends as they are in the file; empty where nothing differs."""
    return "".join(_ended(_with_ends(old), _with_ends(new), old.path))


def _ended(old: list[str], new: list[str], path: str) -> Iterator[str]:
    for line in unified_diff(old, new, path, path):
        yield line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n"


def _with_ends(source: Source) -> list[str]:
    at, lines = 0, []
    for line in split(source.text):
        start, at = at, at + len(line)
        at += 2 if source.text.startswith("\r\n", at) else 1
        lines.append(source.text[start:at])
    return [line for line in lines if line]
