"""The projects under `fixtures/projects`: their files and marks, and the runs that prove these."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from programs import FIXTURES, Mark, Program, marks_in

_KEYS = {"target", "start-method", "pythonpath", "run"}
_KEYS_OF_A_RUN = {"command", "prints", "fails"}


@dataclass(frozen=True, slots=True)
class Project:
    """One folder that is checked as a whole: the marks of its files, by their paths in it, and how it is run."""

    path: str
    marks: Mapping[str, tuple[Mark, ...]]
    runs: tuple[Program, ...]

    @property
    def whole(self) -> Program:
        """Any of its runs: they share the target and the start method."""
        return self.runs[0]


def read_project(folder: Path) -> Project:
    """The project in a folder, with what its `runs.toml` and its marks say."""
    plan = tomllib.loads((folder / "runs.toml").read_text("utf-8"))
    assert set(plan) <= _KEYS, folder
    files = sorted(file for file in folder.rglob("*.py") if "__pycache__" not in file.parts)
    marks = {file.relative_to(folder).as_posix(): marks_in(file) for file in files}
    every = [mark for found in marks.values() for mark in found]
    assert {mark.run for mark in every} - {""} <= set(plan["run"]), f"{folder}: a mark names a run that is not there"
    path = folder.relative_to(FIXTURES).as_posix()
    return Project(path, marks, tuple(_run(path, plan, name, every) for name in plan["run"]))


def _run(path: str, plan: dict[str, Any], name: str, marks: list[Mark]) -> Program:
    told = plan["run"][name]
    assert set(told) <= _KEYS_OF_A_RUN, f"{path}: {name}"
    fails = told.get("fails", "")
    own = tuple(mark for mark in marks if mark.run == name or (not mark.run and fails))
    assert bool(fails) == any(mark.is_fault for mark in own), f"{path}: {name}: marks and `fails` go together"
    return Program(
        path=path,
        target=plan.get("target", ">=3.8"),
        start_method=plan.get("start-method", "any"),
        prints="\n".join(told.get("prints", [])),
        fails=fails,
        marks=own,
        name=name,
        command=tuple(told["command"].split()),
        pythonpath=tuple(plan.get("pythonpath", [])),
    )


@functools.cache
def projects() -> tuple[Project, ...]:
    """Every project, in order of path."""
    return tuple(read_project(plan.parent) for plan in sorted(FIXTURES.glob("projects/*/runs.toml")))
