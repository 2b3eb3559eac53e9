"""Tests that the knowledge of other libraries is true: its examples are run where the libraries are installed."""

from __future__ import annotations

import ast
from types import ModuleType

import programs
import pytest
from named_types import unsaid, untold

from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge import boundaries, loading
from picklecheck.knowledge.versions import read as version_of

of_every_library = pytest.mark.parametrize("package", loading.libraries())


@of_every_library
def test_rows_agree_with_reality(measure: ModuleType, package: str) -> None:
    if not programs.has_library(package):
        pytest.skip(f"{package} is not installed; PICKLECHECK_LIBRARIES can name a Python that has it")
    version, command = programs.with_libraries()
    knowledge, asked = measure.of_library(package)
    measured = {version_of(version): measure.measure([command], asked)}
    assert measure.differences(knowledge, measured) == []


@of_every_library
def test_rows_are_well_formed(package: str) -> None:
    table = loading.read(loading.libraries()[package])
    knowledge = loading.extended(loading.load(), table, package)
    for name in table.get("type", {}):
        entry = knowledge.types[name]
        fails = any(entry.refused.values()) or any(entry.loads.values()) or bool(entry.undecided)
        assert bool(entry.why) == fails, name
        ast.parse(entry.example, mode="eval")
    for name, row in table.get("boundary", {}).items():
        boundaries.read(name, row)
    assert untold(knowledge, package) == []


def test_libraries_are_read_when_they_are_named() -> None:
    world = KnownWorld(loading.load())
    assert "joblib.Parallel" not in world.boundaries
    assert world.canonical("joblib.parallel.Parallel") == "joblib.Parallel"
    assert "joblib.Parallel" in world.boundaries
    assert "torch.utils.data.DataLoader" not in world.boundaries
    world.meet("import torch")
    assert "torch.utils.data.DataLoader" in world.boundaries
    assert "joblib.Parallel" not in KnownWorld(loading.load()).boundaries


@of_every_library
def test_what_is_a_boundary_and_can_be_held_says_what_it_holds(package: str) -> None:
    table = loading.read(loading.libraries()[package])
    assert unsaid(loading.extended(loading.load(), table, package), table.get("boundary", {})) == []
