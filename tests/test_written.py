"""Programs as people write them: what `--fix --unsafe-fixes` makes of each, to the letter, and that it then works.

Each says under which start methods it works as it is (`# works: fork`), and what it prints once it is fixed. The
environment variable PICKLECHECK_FULL takes all; without it some are tried, others with another PICKLECHECK_SEED.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from pathlib import Path

import pytest
from programs import FIXTURES, hook, read_program, run
from test_fixtures_run import RUNNING
from truth.repairs import repair

FOLDER = FIXTURES / "written"
FULL = bool(os.environ.get("PICKLECHECK_FULL"))
SEED = int(os.environ.get("PICKLECHECK_SEED", "1"))
SAMPLE = 6
LIMIT = 60.0
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))
METHODS = ("fork", "spawn", "forkserver")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the programs need all three start methods"),
]


def works_under(text: str) -> list[str]:
    found = re.search(r"(?m)^# works: (.*)$", text)
    assert found, "a program says under which start methods it works"
    return {"any": list(METHODS), "never": []}.get(found[1], found[1].split("|"))


@pytest.mark.parametrize("name", NAMES if FULL else random.Random(SEED).sample(NAMES, SAMPLE))
def test_a_program_is_fixed_as_its_author_would(name: str, tmp_path: Path) -> None:
    path, fixed = FOLDER / f"{name}.py", FOLDER / "fixed" / f"{name}.py"
    program, text = read_program(path), path.read_text("utf-8")
    texts = {"old": text}
    for mode in ("safe", "unsafe"):
        folder = tmp_path / mode / "written"
        folder.mkdir(parents=True)
        shutil.copy(path, folder)
        mended = repair(folder, ">=3.11", unsafe=mode == "unsafe")
        texts[mode] = mended.texts.get(f"{name}.py", text)
        assert not mended.again, texts[mode]
        hook(tmp_path / mode)
    assert texts["unsafe"] == (fixed.read_text("utf-8") if fixed.exists() else text)
    works = works_under(text)
    method = random.Random(name).choice(METHODS)
    if fixed.exists() or method in works:
        outcome = run(tmp_path / "unsafe", program, RUNNING, method, LIMIT)
        assert (outcome.fault, "\n".join(outcome.stdout.splitlines())) == ("", program.prints), method
    if texts["safe"] not in (texts["unsafe"], text) and works:
        outcome = run(tmp_path / "safe", program, RUNNING, works[0], LIMIT)
        assert (outcome.fault, "\n".join(outcome.stdout.splitlines())) == ("", program.prints), works[0]
