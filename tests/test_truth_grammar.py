"""Programs that nobody wrote: put together from a grammar, run for real, and compared with what is claimed of them.

The environment variable PICKLECHECK_FULL runs many of them, PICKLECHECK_SEED (a number) chooses others.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest
from programs import Outcome, Program, hook, run
from truth.claims import Claims, claims
from truth.grammar import Cell, cells, python

MANY, FEW = 600, 40
LIMIT = 10.0  # seconds; a program that needs longer hangs
SEED = int(os.environ.get("PICKLECHECK_SEED", "1"))
CHOSEN = {cell.id: cell for cell in islice(cells(SEED), MANY if os.environ.get("PICKLECHECK_FULL") else FEW)}


@pytest.fixture(scope="module")
def claimed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Claims]:
    texts = {f"cell{number}": cell.text for number, cell in enumerate(CHOSEN.values())}
    found = claims(tmp_path_factory.mktemp("claimed"), texts, [f"=={python()}"])
    return dict(zip(CHOSEN, found.values(), strict=True))


@pytest.fixture(scope="module")
def happened(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    folder = tmp_path_factory.mktemp("run")
    hook(folder)

    def outcome(numbered: tuple[int, Cell]) -> Outcome:
        number, cell = numbered
        program = Program(f"cell{number}.py", ">=3.8", "any", "done", "", ())
        (folder / program.path).write_text(cell.text, "utf-8")
        return run(folder, program, python(), cell.method, LIMIT)

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(CHOSEN, pool.map(outcome, enumerate(CHOSEN.values())), strict=True))


@pytest.mark.parametrize("name", CHOSEN)
def test_what_is_claimed_happens(name: str, claimed: dict[str, Claims], happened: dict[str, Outcome]) -> None:
    outcome, cell = happened[name], CHOSEN[name]
    works = outcome.stdout.split() == ["done"] and not outcome.fault
    says = claimed[name].fails(python(), cell.method)
    assert says is not works, f"{cell.text}\nclaimed: {claimed[name]}\nhappened: {outcome}"


def test_both_ends_are_reached(happened: dict[str, Outcome]) -> None:
    working = sum(outcome.stdout.split() == ["done"] for outcome in happened.values())
    assert len(happened) // 5 < working < len(happened) * 4 // 5


def test_programs_are_sound() -> None:
    assert len(CHOSEN) in (MANY, FEW)
    for cell in CHOSEN.values():
        compile(cell.text, cell.id, "exec")


def test_the_programs_can_be_read(tmp_path: Path) -> None:
    texts = {f"cell{number}": cell.text for number, cell in enumerate(islice(CHOSEN.values(), 5))}
    assert claims(tmp_path, texts, ["==3.11"]).keys() == texts.keys()
