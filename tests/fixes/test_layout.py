"""Lines that become too long are broken as ruff breaks them; ruff itself says so."""

from __future__ import annotations

import subprocess
import sys

import pytest
from rewriting import PATH

from picklecheck.fixes.layout import laid_out
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix, apply

LONG = "some_name_that_is_rather_long"


def _laid_out(text: str, width: int = 88) -> str:
    """The text with each X written out as a long name."""
    wide = f"# {'x' * (width - 2)}\n{text}"
    tree = Tree.read(PATH, wide)
    edits = []
    for at in range(len(wide)):
        if wide[at] == "X":
            edits.append(tree.edit(at, at + 1, LONG))
    fix = laid_out(tree, Fix("safe", "write it out", tuple(edits)))
    return apply(wide, fix.edits)


def _by_ruff(text: str, width: int) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", str(width), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("width", [88, 100])
@pytest.mark.parametrize(
    "text",
    [
        "result = function(X, X, first)\n",
        "result = function(X, X, X)\n",
        "process = Process(target=X, args=(X, X))\n",
        "result = function([partial(X, X, self, test) for _ in range(n)])\n",
        "with Pool(processes=4, initializer=X, initargs=(X,)) as pool:\n    pass\n",
        "if True:\n    Process(target=X, args=(X, 1, 2, 3)).start()\n",
        "process = Process(\n    target=X, args=(X, X)\n)\n",
        "def function(X, X, argument):\n    pass\n",
        "result = {X: X, X: 1}\n".replace("{", "dict(a={").replace("}", "}, b=2)"),
    ],
)
def test_it_is_as_ruff_leaves_it(text: str, width: int) -> None:
    after = _laid_out(text, width)
    assert after == _by_ruff(after, width)
    assert LONG in after


@pytest.mark.parametrize("text", ["result = function(X, X, first)  # told\n", 'result = f("""\n""", X, X, X, X)\n'])
def test_what_is_not_plain_is_left(text: str) -> None:
    assert _laid_out(text).splitlines()[1:] == text.replace("X", LONG).splitlines()


def test_a_file_that_has_longer_lines_is_left() -> None:
    text = "result = function(X, X, X, X, X)\n"
    assert _laid_out(text, 130).endswith(f"\n{text.replace('X', LONG)}")
