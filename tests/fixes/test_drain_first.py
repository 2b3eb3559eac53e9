"""`join()` below the lines that read the queue: exact text, safety, refusals."""

from __future__ import annotations

import ast
import dataclasses

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.findings import Place
from picklecheck.fixes import drain_first
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


def fix_of(text: str, read: str = "queue.get()") -> Fix | NoFix:
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    join = next(node for node in calls if ast.unparse(node).endswith(".join()"))
    get = next(node for node in calls if ast.unparse(node) == read)
    about = subject("f(0)", "0")
    return drain_first.rewrite(Tree.read(PATH, text), dataclasses.replace(about, call=_place(join)), _place(get))


def _place(node: ast.Call) -> Place:
    assert node.end_lineno is not None and node.end_col_offset is not None
    return Place(PATH, node.lineno, node.col_offset + 1, node.end_lineno, node.end_col_offset + 1)


@pytest.mark.parametrize(
    ("before", "after", "level"),
    [
        ("p.join()\nx = queue.get()\n", "x = queue.get()\np.join()\n", "safe"),
        ("p.join()\nprint(queue.get())", "print(queue.get())\np.join()\n", "unsafe"),
        ("start()\n# All done.\np.join()\n\nx = queue.get()\ny = queue.get()\nprint(x)\n", None, "safe"),
        (
            "for p in ps:\n    p.join()\nrows = [queue.get() for _ in ps]\n",
            "rows = [queue.get() for _ in ps]\nfor p in ps:\n    p.join()\n",
            "safe",
        ),
        ("p.join()\nother.join()\nx = queue.get()\n", "x = queue.get()\np.join()\nother.join()\n", "safe"),
        (
            "def f(p, queue):\n    p.join()\n    return queue.get()\n",
            "def f(p, queue):\n    result = queue.get()\n    p.join()\n    return result\n",
            "safe",
        ),
    ],
)
def test_the_queue_is_read_first(before: str, after: str | None, level: str) -> None:
    fix = fix_of(before)
    assert applied(before, fix) == (
        after or "start()\nx = queue.get()\ny = queue.get()\n# All done.\np.join()\nprint(x)\n"
    )
    assert isinstance(fix, Fix) and fix.applicability == level


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("p.join()\nwhile not queue.empty():\n    queue.get()\n", "how many items"),
        ("p.join()\nprint(p.exitcode, queue.get())\n", "`p` is used before"),
        ("def f(): return queue.get()\np.join()\n", "not read below it"),
        ("p.join()\nif x:\n    return\nqueue.get()\n", "may leave"),
        ("p.join()\nqueue.get(timeout=1)\n", "how many items"),
    ],
)
def test_refused(text: str, why: str) -> None:
    read = "queue.get(timeout=1)" if "timeout" in text else "queue.get()"
    assert why in reason(fix_of(text, read))
