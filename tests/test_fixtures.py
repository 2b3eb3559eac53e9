"""The fixture programs: marks equal findings both ways, and `--fix` turns each bad one into its fixed one."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import programs
import pytest
from checked import picklecheck
from plain_english import faults
from programs import FIXTURES, START_METHODS, VERSIONS, Mark, Program
from projects import Project, projects

from picklecheck.rules import catalogue
from picklecheck.rules.registry import load

ALL = programs.programs()
BAD = [program for program in ALL if Path(program.path).name.startswith("bad")]
OF_RULES = [program for program in BAD if program.path.startswith("rules/")]
RULES = sorted(path for path in (FIXTURES / "rules").iterdir() if path.is_dir())

ALWAYS_SAFE = {rule.code for rule in (load(entry.name) for entry in catalogue.RULES) if rule.always_safe}

of_every_program = pytest.mark.parametrize("program", ALL, ids=lambda program: program.path)
of_bad_programs = pytest.mark.parametrize("program", BAD, ids=lambda program: program.path)


class Shard(NamedTuple):
    """What one command checks: the programs of one folder that share target and start method."""

    folder: str
    target: str
    method: str


def shard_of(program: Program) -> Shard:
    method = program.start_method if program.start_method in START_METHODS else "any"
    return Shard(Path(program.path).parent.as_posix(), program.target, method)


SHARDS: dict[Shard, list[Program]] = {}
for one in ALL:
    SHARDS.setdefault(shard_of(one), []).append(one)


def copied(folder: str, into: Path) -> Path:
    """A copy of a folder of fixtures that lies below no other."""
    return shutil.copytree(FIXTURES / folder, into / folder, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture(scope="session")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Program], list[dict[str, Any]]]:
    """Checks the shard of a program, and tells what is found in the program."""

    @functools.cache
    def found(shard: Shard) -> dict[str, list[dict[str, Any]]]:
        root = tmp_path_factory.mktemp("check")
        copied(shard.folder, root)
        paths = {str(root / program.path): program.path for program in SHARDS[shard]}
        by_path: dict[str, list[dict[str, Any]]] = {path: [] for path in paths.values()}
        for finding in picklecheck(paths, SHARDS[shard][0]):
            by_path[paths[os.path.abspath(finding["path"])]].append(finding)
        return by_path

    return lambda program: found(shard_of(program))[program.path]


def as_mark(finding: dict[str, Any], expected: Mark | None, program: Program) -> Mark:
    """A finding in the form of a mark, as far as the expected mark says anything."""
    if not expected:
        return Mark(finding["line"], finding["code"], finding["level"])
    under = finding["fails_under"]
    fails = frozenset(under["start_methods"]) if expected.fails is not None else None
    python = expected.python
    if python and versions(under["python"], program) != versions(python, program):
        python = under["python"]
    effect = finding["effect"] if expected.effect else None
    return Mark(finding["line"], finding["code"], finding["level"], fails, python, effect)


def versions(specifier: str, program: Program) -> list[str]:
    return [one for one in VERSIONS if program.runs_on(one) and programs.fits(one, specifier)]


@of_every_program
def test_marks_equal_findings(program: Program, findings: Callable[[Program], list[dict[str, Any]]]) -> None:
    by_place = {(mark.line, mark.code): mark for mark in program.marks}
    about = findings(program)
    found = [as_mark(one, by_place.get((one["line"], one["code"])), program) for one in about]
    messages = "\n".join(f"{one['line']}: {one['code']} {one['message']}" for one in about)
    assert sorted(found, key=repr) == sorted(program.marks, key=repr), messages or "no findings"
    assert [fault for one in about for fault in faults(one)] == []
    levels = {fix["applicability"] for one in about if one["code"] in ALWAYS_SAFE for fix in one["fixes"]}
    assert levels <= {"safe"}


of_every_project = pytest.mark.parametrize("project", projects(), ids=lambda project: project.path)


@of_every_project
def test_marks_of_projects_equal_findings(project: Project, tmp_path: Path) -> None:
    folder = copied(project.path, tmp_path)
    about = picklecheck([str(folder)], project.whole)
    for one in about:
        one["path"] = Path(os.path.abspath(one["path"])).relative_to(folder).as_posix()
    expected = {(path, mark.line, mark.code): mark for path, marks in project.marks.items() for mark in marks}
    found = [
        (one["path"], as_mark(one, expected.get((one["path"], one["line"], one["code"])), project.whole))
        for one in about
    ]
    announced = [(path, mark) for path, marks in project.marks.items() for mark in marks]
    messages = "\n".join(f"{one['path']}:{one['line']}: {one['code']} {one['message']}" for one in about)
    assert sorted(found, key=repr) == sorted(announced, key=repr), messages or "no findings"


def partner(program: Program, prefix: str) -> Path | None:
    """The file that a program becomes: `bad_x.py` becomes `fixed_x.py`, `x.py` of the tutorial too."""
    path = FIXTURES / program.path
    name = path.name if program in BAD else f"bad_{path.name}"
    fixed = path.with_name(name.replace("bad", prefix, 1))
    return fixed if fixed.exists() else None


UNSAFE = [program for program in BAD if partner(program, "fixed_unsafe")]


class Mended(NamedTuple):
    """The text of a program after one `--fix` and after two."""

    once: str
    twice: str


@pytest.fixture(scope="session")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Program, bool], Mended]:
    """Fixes the shard of a program without its marks, only safely or not, and tells what becomes of the program."""

    @functools.cache
    def fixed(shard: Shard, unsafe: bool) -> tuple[Path, Path]:
        once = tmp_path_factory.mktemp("fix") / "once"
        copied(shard.folder, once)
        for program in SHARDS[shard]:
            text = programs.without_marks(programs.text_of(FIXTURES / program.path))
            (once / program.path).write_bytes(text.encode("utf-8", "surrogateescape"))
        chosen = [program for program in SHARDS[shard] if program in UNSAFE or not unsafe]
        picklecheck([str(once / program.path) for program in chosen], chosen[0], fix=True, unsafe_fixes=unsafe)
        # One process reads each imported file once, so what has changed is looked at under another path.
        twice = shutil.copytree(once, once.with_name("twice"))
        picklecheck([str(twice / program.path) for program in chosen], chosen[0], fix=True, unsafe_fixes=unsafe)
        return once, twice

    def texts(program: Program, unsafe: bool) -> Mended:
        once, twice = fixed(shard_of(program), unsafe)
        return Mended(programs.text_of(once / program.path), programs.text_of(twice / program.path))

    return texts


@pytest.mark.slow
@of_every_program
def test_fix(program: Program, mended: Callable[[Program, bool], Mended]) -> None:
    fixed = partner(program, "fixed") or FIXTURES / program.path
    expected = programs.without_marks(programs.text_of(fixed))
    assert mended(program, False).once == expected


@pytest.mark.slow
@of_every_program
def test_second_fix_changes_nothing(program: Program, mended: Callable[[Program, bool], Mended]) -> None:
    once, twice = mended(program, False)
    assert twice == once


@pytest.mark.slow
@pytest.mark.parametrize("program", UNSAFE, ids=lambda program: program.path)
def test_unsafe_fix(program: Program, mended: Callable[[Program, bool], Mended]) -> None:
    fixed = partner(program, "fixed_unsafe")
    assert fixed
    expected = programs.without_marks(programs.text_of(fixed))
    assert mended(program, True) == (expected, expected)


@of_every_program
def test_only_bad_programs_announce_faults(program: Program) -> None:
    faults = [mark for mark in program.marks if mark.is_fault]
    names_a_rule = program in BAD or "tutorial" in program.path
    assert names_a_rule or not faults
    if program.fails:
        assert len(faults) == 1, "one fault per program"
    assert program.fails or all(mark.code == "PKL902" for mark in faults), "a fault without a `fails:` header"


@pytest.mark.parametrize("program", OF_RULES, ids=lambda program: program.path)
def test_bad_programs_show_their_own_rule(program: Program) -> None:
    rule = Path(program.path).parent.name
    title = (FIXTURES / "rules" / rule / "README.md").read_text().splitlines()[0]
    own = {f"# {mark.code} {rule}" for mark in program.marks if mark.is_fault}
    assert (own or {f"# {mark.code} {rule}" for mark in program.marks}) == {title}


@of_bad_programs
def test_bad_and_fixed_mean_the_same(program: Program) -> None:
    for prefix in ("fixed", "fixed_unsafe"):
        if path := partner(program, prefix):
            fixed = programs.read_program(path)
            assert (fixed.prints, fixed.target, fixed.start_method, fixed.fails) == (
                program.prints,
                program.target,
                program.start_method,
                "",
            )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_has_programs(rule: Path) -> None:
    names = {path.name for path in rule.glob("*.py")}
    assert any(name.startswith("bad") for name in names)
    assert any(name.startswith("good") for name in names)
    fixed = {name for name in names if name.startswith("fixed")}
    partners = {name.replace("fixed_unsafe", "bad").replace("fixed", "bad") for name in fixed}
    assert partners <= names, "a fixed program without its bad one"
