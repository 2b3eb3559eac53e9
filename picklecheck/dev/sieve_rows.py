"""The rows of libraries in the sieve, from what knowledge says of their boundaries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from picklecheck.dev.checkout import Refused
from picklecheck.dev.uses import Use, entries_of, table_of, uses_of
from picklecheck.knowledge import loading, schema
from picklecheck.source import sieve

_WIDTH = 100
_KEYS = {"package", "stem", "words", "names"}


@dataclass(frozen=True, slots=True)
class Row:
    """What the sieve looks for where a library is used; see `picklecheck/source/sieve.py`."""

    package: str
    stem: str
    words: str
    names: tuple[str, ...]
    processes: bool

    def lines(self) -> Iterator[str]:
        yield "    ("
        yield f'        b"{self.stem}",'
        yield f'        rb"{self.package}",'
        *others, last = _split(self.words)
        yield from (f'        rb"{part}"' for part in others)
        yield f'        rb"{last}",'
        names = ", ".join(f'b"{name.encode("unicode_escape").decode()}"' for name in self.names)
        yield f"        ({names}{',' if len(self.names) == 1 else ''}),"
        yield "    ),"


def lines() -> Iterator[str]:
    """The tables of libraries that start processes, and of those that only store."""
    found = rows()
    for name, processes in (("_LIBRARIES", True), ("_STORING_LIBRARIES", False)):
        yield f"{name}: tuple[_Library, ...] = ("
        for one in found:
            if one.processes == processes:
                yield from one.lines()
        yield ")"


def rows() -> list[Row]:
    """One row for each library with boundaries, unless its files survive the rows of the standard library."""
    found = (row(package, uses_of(package), table_of(package).get("sieve")) for package in loading.libraries())
    return [one for one in found if one]


def row(package: str, uses: frozenset[Use], said: dict[str, Any] | None) -> Row | None:
    if said is None:
        if all(sieve.uses_standard(use.program.encode()) for use in uses):
            return None
        said = {}
    if not uses:
        raise Refused(f"{package}.toml: it has a table `sieve`, but nothing in it is a boundary")
    if unknown := set(said) - _KEYS:
        raise Refused(f"{package}.toml: sieve: {schema.unknown('key', min(unknown), _KEYS)}")
    words = said.get("words", rf"\b(?:{'|'.join(sorted({re.escape(use.word) for use in uses}))})\b")
    entries = entries_of(package)
    processes = not entries or any(entry.process for entry in entries)
    name = said.get("package", re.escape(package))
    return Row(name, said.get("stem", package), words, tuple(said.get("names", ())), processes)


def _split(words: str) -> list[str]:
    """A pattern in parts that fit on a line, each but the last ending in `|`."""
    parts = [""]
    for word in re.findall(r"[^|]*\|?", words):
        if len(parts[-1] + word) > _WIDTH:
            parts.append("")
        parts[-1] += word
    return parts
