"""Tests that what a user describes is found in files that speak of nothing else, and that no file is overlooked."""

from __future__ import annotations

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


def test_names_that_betray() -> None:
    table = {"boundary": {"a.run.__call__": {}}, "factory": {"b.make": "c.D"}, "type": {"e.F": {}}}
    assert own.names(table) == {b"run", b"make"}
    assert own.named_behind(table, "from b import make") == ["c.D"]
    assert own.named_behind(table, "import e") == []
