"""A `__getstate__` is written for all that cannot be pickled, or not at all; what remains is told before."""

from __future__ import annotations

from pathlib import Path

import pytest

from picklecheck.findings import Finding
from picklecheck.mending import Mended, mend
from picklecheck.options import Options
from picklecheck.session import inspect
from picklecheck.settings import load

CRAWLER = """\
import threading
from multiprocessing import Pool


class Crawler:
    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.log = {log}
        self.names = {names}

    def fetch(self, url):
        return self.path + url

    def run(self, urls):
        self.step(urls)
        with Pool(2) as pool:
            return pool.map(self.shown, urls)

    def step(self, urls):
        with self.lock:
            self.log.write(str(urls))

    def shown(self, url):
        return str(self), self.fetch(url)


if __name__ == "__main__":
    Crawler("log.txt").run(["a"])
"""
RAY = """\
import threading

import ray


class Store:
    def __init__(self):
        self.lock = threading.Lock()
        self.log = {log}


@ray.remote
def size(store):
    return str(store)


ray.init()
print(ray.get(size.remote(Store())))
"""


def tried(text: str, unsafe: bool) -> tuple[list[Finding], Mended]:
    Path("program.py").write_text(text)
    settings = load(Options(isolated=True), ".")
    found = list(inspect(["program.py"], settings, 1).findings)
    return found, mend(found, settings, {}, unsafe=unsafe, files=["program.py"])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# cloudpickle, which ray uses, sends a file that is open for reading.
@pytest.mark.parametrize(
    ("text", "log"), [(CRAWLER, "open('log.txt')"), (RAY, "threading.Condition()")], ids=["pool", "ray"]
)
def test_all_that_can_be_created_again_is_excluded_at_once(text: str, log: str) -> None:
    _, mended = tried(text.format(log=log, names="iter([1])"), True)
    after = mended.texts["program.py"].text
    assert 'del state["lock"]' in after
    assert 'del state["log"]' in after
    assert not [one for one in mended.findings if one.level != "note"]


@pytest.mark.parametrize("text", [CRAWLER, RAY], ids=["pool", "ray"])
def test_no_half_of_it_is_written_where_one_cannot_be_created_again(text: str) -> None:
    text = text.format(log="open('log.txt', 'w')", names="[]")
    found, mended = tried(text, True)
    (error,) = [one for one in found if one.level != "note"]
    left = mended.texts.get("program.py")
    if left is not None:
        assert "leaves" in error.fixes[0].title
        assert [one.no_fix for one in mended.findings if one.level != "note"]
    else:
        assert "would empty the file: pass the path, and open it in the worker" in error.no_fix
