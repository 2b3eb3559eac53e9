"""What the pages of the rules say that Python prints is what Python prints."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pages
import programs
import pytest
from programs import START_METHODS

from picklecheck.rules.catalogue import RULES

RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"
SAMPLE = 6
LIMIT_SECONDS = 60.0
# Answers as an interactive session does: with the last lines of a traceback, and the notes of the exception.
_SESSION = """\
import builtins, concurrent.futures, importlib, json, traceback

class Names(dict):
    def __missing__(self, name):
        if hasattr(builtins, name):
            raise KeyError(name)
        return importlib.import_module(name)

names = Names(__name__="__main__", concurrent=concurrent)
answers = []
for statement in json.load(open("session.json")):
    try:
        exec(statement, names)
        answers.append([])
    except BaseException as error:
        lines = traceback.format_exception_only(type(error), error)
        answers.append("".join(lines).splitlines())
print(json.dumps(answers))
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the programs need all three start methods"),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    everything = metafunc.config.getoption("every_program")
    names = [rule.name for rule in RULES if rule.code != "PKL901"]  # its example is a file that cannot be read
    runs: list[tuple[str, str]] = []
    for version in programs.interpreters():
        if version != "2.7":
            few = not everything and version != RUNNING
            runs += [(name, version) for name in (random.Random(version).sample(names, SAMPLE) if few else names)]
    metafunc.parametrize(("name", "version"), runs, ids=[f"{name}-{version}" for name, version in runs])


def test_python_says_what_the_page_quotes(name: str, version: str, tmp_path: Path) -> None:
    for quotation in pages.quotations(name):
        if version in quotation.block.versions:
            for method in quotation.block.start_methods:
                said = printed(tmp_path, quotation.program, version, method, quotation.is_in)
                assert quotation.is_in(said), (method, quotation.missing_in(said), said)


def test_python_answers_what_the_page_quotes(name: str, version: str, tmp_path: Path) -> None:
    for block, session in pages.statements(name):
        if version in block.versions:
            (tmp_path / "session.json").write_text(json.dumps([statement for statement, _ in session]))
            answers = json.loads(printed(tmp_path, _SESSION, version, "spawn"))
            for (statement, expected), answer in zip(session, answers, strict=True):
                quotation = pages.Quotation(statement, pages.Block("text", "\n".join(expected), ""))
                assert expected and quotation.is_in("\n".join(answer)), (statement, answer)


def test_the_cure_works(name: str, version: str, tmp_path: Path) -> None:
    for program, expected in pages.outputs(name):
        for method in START_METHODS if version == RUNNING else ["spawn"]:
            assert printed(tmp_path, program, version, method).splitlines() == expected.splitlines()


def printed(
    folder: Path, program: str, version: str, method: str, enough: Callable[[str], bool] = lambda text: False
) -> str:
    """What a program prints, on both streams, until it ends or has printed enough; a hanging one is ended then."""
    programs.hook(folder)
    (folder / "example.py").write_text(program, "utf-8")
    environment = os.environ | {"PYTHONPATH": str(folder), "PROGRAM_START_METHOD": method}
    output = folder / "output"
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [programs.interpreters()[version], "example.py"],
            cwd=folder,
            env=environment | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    last = time.monotonic() + LIMIT_SECONDS
    try:
        while process.poll() is None and time.monotonic() < last and not enough(output.read_text("utf-8", "replace")):
            time.sleep(0.05)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)  # workers outlive their parent, so the whole session goes
        except ProcessLookupError:
            pass
        process.wait()
    return output.read_text("utf-8", "replace")
