"""What decides elsewhere whether something is told: another file of the project, or that a task never runs."""

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from picklecheck.check import check
from picklecheck.options import Options

TRACEBACK = """
import pickle
import sys


def keep():
    try:
        1 / 0
    except ZeroDivisionError:
        return pickle.dumps(sys.exc_info()[2])
"""

INSTALLING = """
from tblib import pickling_support

import kept

pickling_support.install()
kept.keep()
"""

NEVER_RUN = """
from multiprocessing import Pool, Process


class Runner:
    def __init__(self):
        self.rows = (number for number in range(3))

    def work(self, number):
        Process(target=print, args=(number,)).start()

    def run(self):
        with Pool(1) as pool:
            pool.apply(self.work, (1,))


if __name__ == "__main__":
    Runner().run()
"""


def told(path: Path) -> list[str]:
    """The rules that report an error or a warning."""
    options = Options(paths=[str(path)], isolated=True, no_cache=True, jobs=1, level="warning", output_format="json")
    with redirect_stdout(StringIO()) as stdout:
        check(options)
    return [finding["code"] for finding in json.loads(stdout.getvalue())["findings"]]


def test_a_file_that_is_not_imported_installs_the_pickling_of_a_type(tmp_path: Path) -> None:
    (tmp_path / "kept.py").write_text(TRACEBACK, "utf-8")
    assert told(tmp_path / "kept.py") == ["PKL201"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "pyproject.toml").write_text("", "utf-8")
    (other / "kept.py").write_text(TRACEBACK, "utf-8")
    (other / "handler.py").write_text(INSTALLING, "utf-8")
    assert told(other / "kept.py") == []


def test_what_a_refused_task_would_start_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "runner.py").write_text(NEVER_RUN, "utf-8")
    assert told(tmp_path / "runner.py") == ["PKL104"]
