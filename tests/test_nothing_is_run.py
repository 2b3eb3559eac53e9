"""Nothing of a checked folder is imported or run, whatever its files are called, by any verb and way to start it."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

TRAP = "import os\nwith open(os.environ['TRAPPED'], 'a') as file:\n    file.write(__file__ + '\\n')\n"
BAD = """\
import multiprocessing
import trap


def run(pool: multiprocessing.pool.Pool):
    return pool.map(lambda n: sum(n), [trap])  # picklecheck: ignore[PKL403]


if __name__ == "__main__":
    run(multiprocessing.Pool())
"""
VERBS = {
    "check": ["check", "."],
    "fix": ["--fix", "--unsafe-fixes", "."],
    "diff": ["--diff", "."],
    "json": ["--output-format", "json", "--verbose", "."],
    "statistics": ["--statistics", "."],
    "jobs": ["--jobs", "2", "."],
    "stdin": ["-", "--stdin-filename", "src/x.py"],
    "rule": ["rule", "PKL101"],
    "config": ["config"],
    "clean": ["clean"],
    "help": ["--help"],
    "misuse": ["--slect", "PKL1"],
}
FOLDERS = ("picklecheck", "libcst", "typer", "click", "rich", "packaging", "encodings")


@cache
def imported() -> frozenset[str]:
    """The name of every module that we and our dependencies may import, by having all of them imported."""
    program = (
        "import pkgutil, sys, importlib, picklecheck\n"
        "for one in pkgutil.walk_packages(picklecheck.__path__, 'picklecheck.'):\n"
        "    if not one.name.endswith('__main__'):\n"
        "        try:\n"
        "            importlib.import_module(one.name)\n"
        "        except ImportError:\n"
        "            pass\n"
        "import fissix.pytree, multiprocessing.spawn, multiprocessing.popen_fork, traceback, difflib, shlex\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    return frozenset(done.stdout.split()) | frozenset(sys.stdlib_module_names)


@cache
def imported_before(module: str) -> frozenset[str]:
    """What Python itself imports for `python -m` before the first line of any program is run."""
    code = f"import sys; sys.argv = ['{module}']; import runpy; print(*sys.modules)"
    return frozenset(subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True).stdout.split())


def lay(folder: Path, names: frozenset[str]) -> None:
    (folder / "trap.py").write_text(TRAP, "utf-8")
    for name in names | {"sitecustomize", "usercustomize", "conftest", "setup", "__future__"}:
        (folder / f"{name}.py").write_text(TRAP, "utf-8")
    for name in set(FOLDERS) & (names | {"sitecustomize"}):
        (folder / f"{name}.py").unlink()
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(TRAP, "utf-8")
    (folder / "trap.pth").write_text("import trap\n", "utf-8")
    (folder / "pyproject.toml").write_text('[build-system]\nbuild-backend = "trap"\nbackend-path = ["."]\n', "utf-8")
    (folder / "src").mkdir()
    for number in range(3):
        text = BAD.replace("def run", f"def run{number}").replace("    run(", f"    run{number}(")
        (folder / f"bad{number}.py").write_text(text, "utf-8")


def script() -> str:
    found = Path(sys.executable).with_name("picklecheck")
    if not found.exists():
        pytest.skip("picklecheck is not installed as a command beside this Python")
    return str(found)


@pytest.mark.parametrize("verb", list(VERBS))
@pytest.mark.parametrize("way", ["command", "python -P -m", "python -m"])
def test_nothing_that_is_checked_is_run(way: str, verb: str, tmp_path: Path) -> None:
    names = imported()
    if way == "python -m":  # what Python takes from the working directory before it comes to us, we cannot prevent
        names -= imported_before("picklecheck") | {"picklecheck", "runpy"}
    folder = tmp_path / "project"
    folder.mkdir()
    lay(folder, names)
    command = {
        "command": [script()],
        "python -P -m": [sys.executable, "-P", "-m", "picklecheck"],
        "python -m": [sys.executable, "-m", "picklecheck"],
    }[way]
    trapped = tmp_path / "trapped"
    done = subprocess.run(
        [*command, *VERBS[verb]],
        cwd=folder,
        input=BAD,
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"TRAPPED": str(trapped)},
    )
    assert not trapped.exists(), trapped.read_text("utf-8")
    assert done.returncode in ((2,) if verb == "misuse" else (0, 1)), done.stderr
    assert "Traceback" not in done.stderr


def test_the_traps_work(tmp_path: Path) -> None:
    lay(tmp_path, frozenset({"json"}))
    trapped = tmp_path / "trapped"
    environment = os.environ | {"TRAPPED": str(trapped)}
    subprocess.run([sys.executable, "-c", "import json"], cwd=tmp_path, env=environment, check=True)
    assert trapped.read_text("utf-8").endswith("json.py\n")
