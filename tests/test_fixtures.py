"""The fixture programs: marks equal findings both ways, and `--fix` turns each bad one into its fixed one."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import programs
import pytest
from programs import FIXTURES, START_METHODS, VERSIONS, Mark, Program
from projects import Project, projects

ALL = programs.programs()
BAD = [program for program in ALL if Path(program.path).name.startswith("bad")]
OF_RULES = [program for program in BAD if program.path.startswith("rules/")]
RULES = sorted(path for path in (FIXTURES / "rules").iterdir() if path.is_dir())
SECTIONS = (
    "What it finds",
    "What you see at run time",
    "Why",
    "What to do",
    "When the fix is safe",
    "Limits",
)

of_every_program = pytest.mark.parametrize("program", ALL, ids=lambda program: program.path)
of_bad_programs = pytest.mark.parametrize("program", BAD, ids=lambda program: program.path)


def picklecheck(folder: Path, like: Program, *arguments: str) -> dict[str, Any]:
    """The JSON answer about paths in a folder, for the target and the start method of a program."""
    command = [sys.executable, "-m", "picklecheck", *arguments, "--output-format", "json"]
    command += ["--isolated", "--no-cache", "--target-version", like.target]
    command += ["--start-method", like.start_method] if like.start_method in START_METHODS else []
    environment = os.environ | {"PYTHONPATH": str(FIXTURES.parent)}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def together(chosen: list[Program]) -> list[list[Program]]:
    """The programs in groups that one command can check, because they share target and start method."""
    groups: dict[tuple[str, str], list[Program]] = {}
    for program in chosen:
        method = program.start_method if program.start_method in START_METHODS else "any"
        groups.setdefault((program.target, method), []).append(program)
    return list(groups.values())


@functools.cache
def findings() -> dict[str, list[dict[str, Any]]]:
    """The findings about every program, by path."""
    found: dict[str, list[dict[str, Any]]] = {program.path: [] for program in ALL}
    for group in together(list(ALL)):
        for finding in picklecheck(FIXTURES, group[0], *(one.path for one in group))["findings"]:
            found[finding["path"]].append(finding)
    return found


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
def test_marks_equal_findings(program: Program) -> None:
    by_place = {(mark.line, mark.code): mark for mark in program.marks}
    about = findings()[program.path]
    found = [as_mark(one, by_place.get((one["line"], one["code"])), program) for one in about]
    messages = "\n".join(f"{one['line']}: {one['code']} {one['message']}" for one in about)
    assert sorted(found, key=repr) == sorted(program.marks, key=repr), messages or "no findings"


of_every_project = pytest.mark.parametrize("project", projects(), ids=lambda project: project.path)


def copied(project: Project, into: Path) -> Path:
    """A copy of a project that lies below no other."""
    shutil.copytree(FIXTURES / project.path, into / "project", ignore=shutil.ignore_patterns("__pycache__"))
    return into / "project"


@of_every_project
def test_marks_of_projects_equal_findings(project: Project, tmp_path: Path) -> None:
    about = picklecheck(copied(project, tmp_path), project.whole, ".")["findings"]
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


@pytest.fixture(scope="session")
def mended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Copies of all programs without marks: fixed safely and with unsafe fixes, once and twice."""
    once = tmp_path_factory.mktemp("fix") / "once"
    shutil.copytree(FIXTURES, once)
    for program in ALL:
        text = programs.without_marks(programs.text_of(FIXTURES / program.path))
        (once / program.path).write_bytes(text.encode("utf-8", "surrogateescape"))
    unsafe, twice = once.with_name("unsafe"), once.with_name("twice")
    shutil.copytree(once, unsafe)
    for group in together(list(ALL)):
        picklecheck(once, group[0], *(one.path for one in group), "--fix")
    shutil.copytree(once, twice)
    for group in together(list(ALL)):
        picklecheck(twice, group[0], *(one.path for one in group), "--fix")
    for group in together(UNSAFE):
        picklecheck(unsafe, group[0], *(one.path for one in group), "--fix", "--unsafe-fixes")
    unsafe_twice = once.with_name("unsafe_twice")
    shutil.copytree(unsafe, unsafe_twice)
    for group in together(UNSAFE):
        picklecheck(unsafe_twice, group[0], *(one.path for one in group), "--fix", "--unsafe-fixes")
    return {"once": once, "twice": twice, "unsafe": unsafe, "unsafe twice": unsafe_twice}


@of_every_program
def test_fix(program: Program, mended: dict[str, Path]) -> None:
    fixed = partner(program, "fixed") or FIXTURES / program.path
    expected = programs.without_marks(programs.text_of(fixed))
    assert programs.text_of(mended["once"] / program.path) == expected


@of_every_program
def test_second_fix_changes_nothing(program: Program, mended: dict[str, Path]) -> None:
    once = programs.text_of(mended["once"] / program.path)
    assert programs.text_of(mended["twice"] / program.path) == once


@pytest.mark.parametrize("program", UNSAFE, ids=lambda program: program.path)
def test_unsafe_fix(program: Program, mended: dict[str, Path]) -> None:
    fixed = partner(program, "fixed_unsafe")
    assert fixed
    expected = programs.without_marks(programs.text_of(fixed))
    assert programs.text_of(mended["unsafe"] / program.path) == expected
    assert programs.text_of(mended["unsafe twice"] / program.path) == expected


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
def test_rule_has_page_and_programs(rule: Path) -> None:
    page = (rule / "README.md").read_text()
    headings = tuple(line[3:] for line in page.splitlines() if line.startswith("## "))
    assert headings == SECTIONS
    names = {path.name for path in rule.glob("*.py")}
    assert any(name.startswith("bad") for name in names)
    assert any(name.startswith("good") for name in names)
    fixed = {name for name in names if name.startswith("fixed")}
    partners = {name.replace("fixed_unsafe", "bad").replace("fixed", "bad") for name in fixed}
    assert partners <= names, "a fixed program without its bad one"
