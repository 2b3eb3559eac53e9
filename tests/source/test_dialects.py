"""What is told of texts that the running Python cannot parse."""

import ast
import sys

import pytest

from picklecheck.source.dialects import from_python_2, looks_like_python_2, needed_version
from picklecheck.workspace import reason_of


def reason(text: str) -> str:
    with pytest.raises(SyntaxError) as caught:
        ast.parse(text)
    return reason_of(caught.value, text)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("lazy import json\n", "3.15"),
        ("lazy from json import loads\n", "3.15"),
        ("x = [*row for row in rows]\n", "3.15"),
        ("x = {**one for one in many}\n", "3.15"),
        ("x = t'{y}'\n", "3.14"),
        ("try:\n    f()\nexcept OSError, ValueError:\n    pass\n", "3.14"),
        ("def f[T = int](x: T): pass\n", "3.13"),
        ("def f[T](x: T): pass\n", "3.12"),
        ("def f(:\n", ""),
    ],
)
def test_the_version_that_brought_a_syntax(text: str, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    assert needed_version(text) == version
    monkeypatch.setattr(sys, "version_info", (3, 15, 0))
    assert needed_version(text) == ""


@pytest.mark.parametrize("written", ["7L", "0xFFl", "0777", "`x`", 'ur"x"', "1 <> 2", "[x for x in 1, 2L]"])
def test_python_2_is_read_line_by_line(written: str) -> None:
    text = f"y = {written}\nz = 1\n"
    assert looks_like_python_2(text)
    read = from_python_2(text)
    assert read is not None
    assert [node.lineno for node in ast.parse(read).body] == [1, 2]


@pytest.mark.parametrize("text", ["if x:\n        y\n    print 'x'\n", "print 'x'\n)\n", 'print \'x\'\n"""\n'])
def test_what_is_no_python_2_either_is_told(text: str) -> None:
    assert looks_like_python_2(text)
    assert from_python_2(text) is None


def test_python_2_elsewhere_in_the_text_explains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fissix.refactor", None)
    assert "picklecheck[py2]" in reason("x = 1\nprint 'x'\n")
    assert "picklecheck[py2]" in reason("if x:\n\ty = 1\n        print 'x'\n")
    assert "Python 2" not in reason('"""\nprint hello\n"""\nasync = 1\n')
