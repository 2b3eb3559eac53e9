"""Everything that an analysis asks of the disk is noted, also where an earlier one has asked it before."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import picklecheck
from picklecheck.caching.grounds import Table
from picklecheck.source import observed
from picklecheck.source.observed import Grounds, Memory, told

PACKAGE = Path(picklecheck.__file__).parent
ANALYSING = ("semantics", "crossings", "rules", "fixes", "analysis.py", "entry_points.py", "workspace.py")
ALSO_NOTING = ("source/nominate.py", "source/importers.py", "source/sieve.py")
ASKING = {"exists", "is_file", "is_dir", "iterdir", "glob", "rglob", "read_text", "read_bytes", "stat", "resolve"}
OF_OS = {"stat", "listdir", "scandir", "walk", "open", "readlink", "isfile", "isdir", "lexists", "realpath"}


def files() -> list[Path]:
    found = [PACKAGE / name for name in ALSO_NOTING]
    for name in ANALYSING:
        found += (PACKAGE / name).rglob("*.py") if (PACKAGE / name).is_dir() else [PACKAGE / name]
    return [path for path in found if path.name != "explained.py"]  # the pages of rules, which no analysis shows


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_an_analysis_asks_the_disk_only_where_it_is_noted(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ImportFrom(module="picklecheck.source", names=names):
                assert "disk" not in {one.name for one in names}
            case ast.ImportFrom(module=module):
                assert module != "picklecheck.source.disk"
            case ast.Call(func=ast.Name(id=name)):
                assert name != "open"
            case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr=name)):
                assert name not in OF_OS
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="path"), attr=name)):
                assert name not in OF_OS | {"exists"}
            case ast.Call(func=ast.Attribute(value=value, attr=name), args=[]):
                assert name not in ASKING, f"line {node.lineno}: {ast.unparse(value)}"


def copied(table: Table) -> Table:
    """The same questions and grounds in a later run."""
    later = Table(0)
    for asked in table.asked:
        later.question(asked)
    for questions, parts in table.grounds:
        later.ground(questions, parts)
    return later


def test_who_uses_what_is_remembered_rests_on_the_same(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("x = 1\n", "utf-8")
    memory, table = Memory(), Table(0)
    numbers = []
    for _ in range(2):
        with Grounds() as grounds:
            assert memory.get("a", observed.read, str(file)) == b"x = 1\n"
        numbers.append(table.take(told(grounds)))
    assert all(map(copied(table).holds, numbers))
    file.write_text("x = 2\n", "utf-8")
    assert not any(map(copied(table).holds, numbers))
