"""Tests that what a user describes is found in files that speak of nothing else, and that no file is overlooked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from picklecheck.knowledge import own
from picklecheck.options import Options
from picklecheck.session import inspect
from picklecheck.settings import load
from picklecheck.source.sieve import survives

DESCRIBED = """
[knowledge.boundary."farm.Client.send"]
parameters = ["job", "data"]
crosses = ["job", "data"]

[knowledge.alias]
"facade.pools" = "multiprocessing"

[knowledge.factory]
"plant.make_pool" = "multiprocessing.pool.Pool"
"""

FILES = {
    "client.py": "from farm import Client\nclient = Client()\nclient.send(lambda: 1, 2)\n",
    "facade_used.py": "from facade.pools import Pool\nwith Pool() as pool:\n    pool.map(lambda n: n, [1])\n",
    "plant_used.py": "import plant\npool = plant.make_pool()\npool.map(lambda n: n, [1])\n",
}


@pytest.mark.parametrize("name", FILES)
def test_own_boundaries_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "picklecheck.toml").write_text(DESCRIBED)
    (tmp_path / name).write_text(FILES[name])
    settings = load(Options(), ".")
    assert survives(FILES[name].encode(), settings.own_names())
    assert not survives(FILES[name].encode())
    found = [finding.code for finding in inspect([name], settings, 1).findings]
    assert "PKL101" in found


WRONG = {
    "[type.'a.B']\nrefused = {pickle = '==9.9'}": (
        'type."a.B".refused.pickle: `==9.9` admits no version from 2.7 to 3.15'
    ),
    "[type.'a.B']\nrefused = 'pickle'": 'type."a.B".refused: expected a table of version specifiers by carrier',
    "[type.'a.B']\nrefused = {pikle = '*'}": 'type."a.B".refused: unknown carrier `pikle`, did you mean `pickle`?',
    "[type.'a.B']\nmeasured = 'no'": 'type."a.B".measured: expected true or false',
    "[types.'a.B']": "unknown section `types`, did you mean `type`?",
    "[factory]\n'a.b' = {returns = 3}": 'factory."a.b".returns: expected the name of a type as text, or a list of them',
    "[factory]\n'a.b' = {returns = 'a.B', chosen = 1}": (
        'factory."a.b".chosen: expected a table of names by parameter and literal'
    ),
    "[factory]\n'a.b' = {returns = 'a.B', settings = {n = []}}": (
        'factory."a.b".settings: expected a table of texts and numbers by parameter'
    ),
    "[factory]\n'a.b' = {returns = 'a.B', incomplete = 'a.C'}": (
        'factory."a.b".incomplete: the key `parameters` is missing, which names the first of them'
    ),
    "[boundary.'a.b']\ncarrier = 'pikle'": 'boundary."a.b".carrier: unknown carrier `pikle`, did you mean `pickle`?',
    "[boundary.'a.b']\nparameters = ['job']\ncrosses = ['jobs']": (
        'boundary."a.b".crosses: unknown parameter `jobs`, did you mean `job`?'
    ),
    "[boundary.'a.b']\nneeds = ['job']": ('boundary."a.b".needs: expected a parameter and the type that it must have'),
    "[boundary.'a.b']\nresult = 'yes'": 'boundary."a.b".result: expected true or false',
    "[boundary.'a.b']\nchosen = {backend = 'x'}": (
        'boundary."a.b".chosen.backend: expected a table of names by literal'
    ),
    "[boundary.'a.b']\nmethods = ['forks']": (
        'boundary."a.b".methods: unknown start method `forks`, did you mean `fork`?'
    ),
    "[copy.farm]\nof = 'multiprocesing'\ncarriers = {}": (
        'copy."farm".of: unknown package `multiprocesing`, did you mean `multiprocessing`?'
    ),
    "[copy.farm]\nof = 'multiprocessing'\ncarriers = {multiprocessing = 'dil'}": (
        'copy."farm".carriers.multiprocessing: unknown carrier `dil`, did you mean `dill`?'
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said(tmp_path: Path, text: str) -> None:
    own_file = tmp_path / "picklecheck.toml"
    own_file.write_text("[knowledge]\n" + text.replace("[", "[knowledge.", 1))
    (tmp_path / "a.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "picklecheck", "a.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == f"picklecheck: {own_file.name}: knowledge: {WRONG[text]}\n"
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize(
    ("written", "said"),
    [(b"[knowledge.type.'a.B'\n", "at line 1"), (b"[knowledge]\n# \xff\n", "utf-8")],
)
def test_files_that_cannot_be_read(tmp_path: Path, written: bytes, said: str) -> None:
    (tmp_path / "picklecheck.toml").write_bytes(written)
    done = subprocess.run(
        [sys.executable, "-m", "picklecheck", "."], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr.startswith("picklecheck: picklecheck.toml: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 2


def test_names_that_betray() -> None:
    table = {"boundary": {"a.run.__call__": {}}, "factory": {"b.make": "c.D"}, "type": {"e.F": {}}}
    assert own.names(table) == {b"run", b"make"}
    assert own.named_behind(table, "from b import make") == ["c.D"]
    assert own.named_behind(table, "import e") == []
