"""What `--fix` keeps of any program of the truth grammar, with comments anywhere in it."""

from __future__ import annotations

import ast
import io
import itertools
import random
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from truth.grammar import cells, python

from picklecheck.findings import Finding
from picklecheck.mending import mend
from picklecheck.options import Options
from picklecheck.session import inspect
from picklecheck.settings import load
from picklecheck.source.edits import Position
from picklecheck.source.text import Source, source

PATH = "program.py"
PROGRAMS = st.deferred(lambda: st.sampled_from([cell.text for cell in itertools.islice(cells(0), 3000)]))


def commented(text: str, seed: int) -> str:
    """The program with comments of its own above and behind some of its lines."""
    chance, lines = random.Random(seed), []
    inside = {line for node in ast.walk(ast.parse(text)) for line in _continued(node)}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and number not in inside:
            margin = re.match(" *", line)
            assert margin
            if chance.random() < 0.2:
                lines.append(f"{margin[0]}# above {number}")
            if chance.random() < 0.3 and number + 1 not in inside:
                line += f"  # behind {number}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def _continued(node: ast.AST) -> Iterator[int]:
    """The lines below the first of what spans several lines and is no block."""
    if isinstance(node, ast.expr):
        yield from range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)


def fixed(text: str, unsafe: bool) -> tuple[str, list[Finding]]:
    """The text after `--fix`, and what was found before."""
    given_ = source(PATH, text)
    options = load(Options(isolated=True, target_version=(f"=={python()}",)), ".")
    found = list(inspect([given_], options, 1).findings)
    texts = mend(found, options, {PATH: given_}, unsafe=unsafe, files=[PATH]).texts
    after: Source = texts.get(PATH, given_)
    return after.text, found


def comments(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def untouched(text: str, found: list[Finding]) -> list[str]:
    """The statements of the module that no finding is about and into which no fix reaches."""
    about = {place.line for one in found for place in (one.place, one.call, *(step.place for step in one.holding_path))}
    edits = [edit for one in found for fix in one.fixes for edit in fix.edits]
    lines = text.splitlines()
    kept = []
    for node in ast.parse(text).body:
        first = min([node.lineno, *(mark.lineno for mark in getattr(node, "decorator_list", ()))])
        last = node.end_lineno or node.lineno
        inside = Position(first, 1), Position(last + 1, 1)
        if about.isdisjoint(range(first, last + 1)) and not any(
            edit.start < inside[1] and inside[0] < edit.end for edit in edits
        ):
            kept.append("\n".join(lines[first - 1 : last]))
    return kept


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(tmp_path_factory.mktemp("properties"))
        yield


@settings(max_examples=60, deadline=None, derandomize=True)
@given(PROGRAMS, st.integers(0, 1000), st.booleans())
def test_what_a_fix_keeps(program: str, seed: int, unsafe: bool) -> None:
    text = commented(program, seed)
    once, found = fixed(text, unsafe)
    ast.parse(once)
    assert fixed(once, unsafe)[0] == once
    assert comments(text) == comments(once), once
    position = 0
    for statement in untouched(text, found):
        position = once.find(statement, position)
        assert position >= 0, f"{statement}\n\n{once}"
    assert not Path(PATH).exists()
