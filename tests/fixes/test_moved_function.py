"""What else changes of a function that moves to module level: its parameters and the margin of its docstring."""

from __future__ import annotations

from rewriting import PATH, applied, subject

from picklecheck.fixes import hoist
from picklecheck.fixes.tree import Tree


def mended(text: str, use: str) -> str:
    return applied(text, hoist.rewrite(Tree.read(PATH, text), subject(text, use)))


def test_keywords_that_are_collected_cannot_meet_what_is_captured() -> None:
    before = "def main(k, xs):\n    return pool.map(lambda n, **more: n * k, xs)\n"
    assert "def multiply(k, /, n, **more):\n" in mended(before, "lambda n, **more: n * k")


def test_a_docstring_is_indented_as_the_function_is() -> None:
    before = (
        'def main():\n    def work(n):\n        """Double it.\n\n        Twice.\n        """\n'
        '        return f"""\n        {n}"""\n\n    pool.map(work, [1])\n'
    )
    assert mended(before, "work").startswith(
        'def work(n):\n    """Double it.\n\n    Twice.\n    """\n    return f"""\n        {n}"""\n'
    )
