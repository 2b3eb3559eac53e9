"""Line ends, marks, encodings and indents stay: a program in another layout becomes the fixed one in that layout.

Each program is tried in one of the layouts; the environment variable PICKLECHECK_FULL tries it in all of them.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable
from itertools import cycle
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


EVERY = [(layout, program) for layout in LAYOUTS for program in FIXED]
CHOSEN = EVERY if os.environ.get("PICKLECHECK_FULL") else list(zip(cycle(LAYOUTS), FIXED, strict=False))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folders of the rules, without the programs, but with the modules that they import."""
    folder = tmp_path_factory.mktemp("layouts")
    for path in FIXTURES.glob("rules/*/*.py"):
        (folder / path.parent.name).mkdir(exist_ok=True)
        if not path.name.startswith(("bad", "good", "fixed")):
            (folder / path.parent.name / path.name).write_bytes(path.read_bytes())
    return folder


def after_fixes(file: Path, program: Program) -> bytes:
    methods = (program.start_method,) if program.start_method in programs.START_METHODS else ()
    options = Options(isolated=True, target_version=(program.target,), start_method=methods)
    settings = load(options, str(file.parent))
    found = inspect([str(file)], settings, 1).findings
    texts = mend(found, settings, {}, unsafe=False, files=[str(file)]).texts
    return texts[str(file)].encode() if texts else file.read_bytes()


@pytest.mark.parametrize(("layout", "program"), CHOSEN, ids=[f"{name}-{program.path}" for name, program in CHOSEN])
def test_a_fix_keeps_the_layout(layout: str, program: Program, folder: Path) -> None:
    bad, fixed = (
        LAYOUTS[layout](programs.without_marks(programs.text_of(FIXTURES / path)))
        for path in (program.path, program.path.replace("/bad", "/fixed"))
    )
    file = folder / program.path.removeprefix("rules/")
    file.write_bytes(bad)
    mended = after_fixes(file, program)
    if layout == "tabs" and b"\t" not in mended:
        pytest.skip("it has no indent to learn from")
    assert mended == fixed
