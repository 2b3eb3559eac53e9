"""Programs that nobody wrote: put together from a grammar, run for real, and compared with what is claimed of them.

The environment variable PICKLECHECK_FULL runs many of them, PICKLECHECK_SEED (a number) chooses others.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from programs import Outcome, Program, hook, run
from truth.claims import claims
from truth.grammar import cells, python

MANY, FEW = 600, 40
LIMIT = 10.0  # seconds; a program that needs longer hangs
SEED = int(os.environ.get("PICKLECHECK_SEED", "1"))
CHOSEN = {cell.id: cell for cell in islice(cells(SEED), MANY if os.environ.get("PICKLECHECK_FULL") else FEW)}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def happened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Outcome]:
    """Tells what a program did; each is run when that is first asked."""
    folder = tmp_path_factory.mktemp("run")
    hook(folder)
    numbers = {name: number for number, name in enumerate(CHOSEN)}

    @cache
    def outcome(name: str) -> Outcome:
        program = Program(f"cell{numbers[name]}.py", ">=3.8", "any", "done", "", ())
        (folder / program.path).write_text(CHOSEN[name].text, "utf-8")
        return run(folder, program, python(), CHOSEN[name].method, LIMIT)

    return outcome


@pytest.mark.parametrize("name", CHOSEN)
def test_what_is_claimed_happens(name: str, happened: Callable[[str], Outcome], tmp_path: Path) -> None:
    outcome, cell = happened(name), CHOSEN[name]
    works = outcome.stdout.split() == ["done"] and not outcome.fault
    claimed = claims(tmp_path, {"cell": cell.text}, [f"=={python()}"])["cell"]
    assert claimed.fails(python(), cell.method) is not works, f"{cell.text}\nclaimed: {claimed}\nhappened: {outcome}"


def test_both_ends_are_reached(happened: Callable[[str], Outcome]) -> None:
    working = sum(happened(name).stdout.split() == ["done"] for name in CHOSEN)
    assert len(CHOSEN) // 5 < working < len(CHOSEN) * 4 // 5


def test_programs_are_sound() -> None:
    assert len(CHOSEN) in (MANY, FEW)
    for cell in CHOSEN.values():
        compile(cell.text, cell.id, "exec")


def test_the_programs_can_be_read(tmp_path: Path) -> None:
    texts = {f"cell{number}": cell.text for number, cell in enumerate(islice(CHOSEN.values(), 5))}
    assert claims(tmp_path, texts, ["==3.11"]).keys() == texts.keys()
