"""Line ends, marks, encodings and indents stay: a program in another layout becomes the fixed one in that layout."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from pathlib import Path

import programs
import pytest
from programs import FIXTURES, Program

from picklecheck.mending import mend
from picklecheck.options import Options
from picklecheck.session import inspect
from picklecheck.settings import load

FIXED = [one for one in programs.programs() if re.match(r"rules/.*/bad", one.path)]
FIXED = [one for one in FIXED if (FIXTURES / one.path.replace("/bad", "/fixed")).exists() and "python2" not in one.path]


def windows(text: str) -> bytes:
    return codecs.BOM_UTF8 + text.rstrip("\n").replace("\n", "\r\n").encode()


def tabs(text: str) -> bytes:
    return re.sub(r"^ +", lambda margin: "\t" * (len(margin[0]) // 4), text, flags=re.MULTILINE).encode()


def latin(text: str) -> bytes:
    return f"# -*- coding: latin-1 -*- é\n\f\n{text}# été\n\f\n".encode("latin-1")


LAYOUTS: dict[str, Callable[[str], bytes]] = {"windows": windows, "tabs": tabs, "latin": latin}


@pytest.fixture(scope="module", params=LAYOUTS)
def layout(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, bytes]]:
    """The name of a layout, and the bytes of all bad programs in it after their fixes."""
    lay_out, folder = LAYOUTS[request.param], tmp_path_factory.mktemp(request.param)
    for path in FIXTURES.glob("rules/*/*.py"):
        if not path.name.startswith(("bad", "good", "fixed")):
            (folder / path.parent.name).mkdir(exist_ok=True)
            (folder / path.parent.name / path.name).write_bytes(path.read_bytes())
    mended: dict[str, bytes] = {}
    for program in FIXED:
        file = folder / program.path.removeprefix("rules/")
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(lay_out(programs.without_marks(programs.text_of(FIXTURES / program.path))))
        mended[program.path] = after_fixes(file, program)
    return request.param, mended


def after_fixes(file: Path, program: Program) -> bytes:
    methods = (program.start_method,) if program.start_method in programs.START_METHODS else ()
    options = Options(isolated=True, target_version=(program.target,), start_method=methods)
    settings = load(options, str(file.parent))
    found = inspect([str(file)], settings, 1).findings
    texts = mend(found, settings, {}, unsafe=False, files=[str(file)]).texts
    return texts[str(file)].encode() if texts else file.read_bytes()


@pytest.mark.parametrize("program", FIXED, ids=lambda program: program.path)
def test_a_fix_keeps_the_layout(program: Program, layout: tuple[str, dict[str, bytes]]) -> None:
    name, mended = layout
    fixed = programs.without_marks(programs.text_of(FIXTURES / program.path.replace("/bad", "/fixed")))
    if name == "tabs" and b"\t" not in mended[program.path]:
        pytest.skip("it has no indent to learn from")
    assert mended[program.path] == LAYOUTS[name](fixed)
