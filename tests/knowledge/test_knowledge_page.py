"""The page about own knowledge names every key, and its examples are what it says of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from picklecheck.knowledge import own
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.knowledge.schema import FactoryEntry, TypeEntry, ValueEntry, WrapperEntry
from picklecheck.options import Options
from picklecheck.session import inspect
from picklecheck.settings import load

TEXT = (Path(__file__).parents[2] / "docs" / "knowledge.md").read_text(encoding="utf-8")
ENTRIES = {
    "boundary": BoundaryEntry,
    "type": TypeEntry,
    "factory": FactoryEntry,
    "wrapper": WrapperEntry,
    "value": ValueEntry,
}
KEYS = {(section, part.name) for section, entry in ENTRIES.items() for part in fields(entry) if part.name != "name"}
KEYS |= {("copy", key) for key in ("of", "carriers", "refusing")}


class Example(NamedTuple):
    """A table of the page and, where one follows, the program that is checked with it."""

    table: str
    program: str


EXAMPLES = [Example(*pair) for pair in re.findall(r"```toml\n(.*?)```\n\n```python\n(.*?)```", TEXT, re.DOTALL)]


def tables() -> Iterator[dict[str, Any]]:
    for text in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL):
        yield tomllib.loads(text)["tool"]["picklecheck"]["knowledge"]


def test_every_key_is_named_and_shown() -> None:
    shown = {
        (section, key)
        for table in tables()
        for section, rows in table.items()
        for row in rows.values()
        for key in (row if isinstance(row, dict) else ())
    }
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"(?m)^\| (`.*?) \|", TEXT))))
    assert KEYS - shown == set()
    assert {key for _, key in KEYS} - named == set()


def test_every_table_is_in_the_form() -> None:
    for table in tables():
        own.check(table, "the page")
    assert len(list(tables())) == len(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=[one.table.split('"')[1] for one in EXAMPLES])
def test_programs_are_checked_as_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: Example) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(example.table)
    (tmp_path / "program.py").write_text(example.program)
    found = inspect(["program.py"], load(Options(), "."), 1).findings
    told = {(finding.place.line, finding.code, finding.level) for finding in found if finding.level != "note"}
    marks = {}
    for number, line in enumerate(example.program.splitlines(), 1):
        if mark := re.search(r"# expect: (\w+) ?(\w*)", line):
            marks[number] = mark.groups()
    assert {(line, code) for line, code, _ in told} == {(line, code) for line, (code, _) in marks.items()}
    assert all(level == marks[line][1] for line, _, level in told if marks[line][1])
