"""Code that relied on fork is moved in the way that the user chooses by `--select`."""

from __future__ import annotations

from pathlib import Path

import pytest

from picklecheck.mending import mend
from picklecheck.options import Misuse, Options
from picklecheck.session import inspect
from picklecheck.settings import load

RELIED_ON_FORK = """\
from multiprocessing import Pool, Process

limits = {}


def main():
    limits["low"] = 2

    def show():
        print("shown")

    process = Process(target=show)
    process.start()
    process.join()
    with Pool(1) as pool:
        print(pool.map(above, [1, 3]))


def above(number):
    return number > limits["low"]


if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("select", "gains"),
    [
        ("PKL102:rewrite", 'def show():\n    print("shown")\n'),
        ("PKL102:fork", 'get_context("fork").Process(target=show)'),
        ("PKL102:initializer", ""),
        ("PKL306:initializer", "with Pool(1, initializer="),
        ("pkl102:Fork", 'get_context("fork").Process(target=show)'),
    ],
)
def test_the_way_that_is_chosen_is_taken(select: str, gains: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(RELIED_ON_FORK)
    settings = load(Options(isolated=True, select=(select,)), str(tmp_path))
    found = inspect([str(path)], settings, 1).findings
    texts = mend(found, settings, {}, unsafe=True, files=[str(path)]).texts
    assert bool(texts) is bool(gains)
    assert not gains or gains in texts[str(path)].text


def test_an_unknown_way_is_told() -> None:
    with pytest.raises(Misuse, match=r"unknown way `forc` of fixing: .*did you mean `fork`"):
        load(Options(isolated=True, select=("PKL102:forc",)), ".")
