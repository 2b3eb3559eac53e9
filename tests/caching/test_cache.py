"""Results from the cache are those that a run without it has, whatever was changed in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from picklecheck import check
from picklecheck.__main__ import main
from picklecheck.caching import cache as caching
from picklecheck.caching.folder import NAME
from picklecheck.options import CHOICES
from picklecheck.output import is_harmless
from picklecheck.source import observed, sieve

PROGRAM = """\
from multiprocessing import Pool, Process

from app.jobs import Job


def main(rows):
    with Pool() as pool:
        pool.map(Job().work, rows)
    started = lambda: None
    Process(target=started).start()


if __name__ == "__main__":
    main([1])
"""
FILES = {
    "pyproject.toml": "[project]\nname = 'app'\nrequires-python = '>=3.11'\n",
    "app/__init__.py": "",
    "app/run.py": PROGRAM,
    "app/start.py": "from multiprocessing import Process\n\n\ndef go():\n    Process(target=lambda: None).start()\n",
    "app/jobs.py": "from app.middle import Middle\n\n\nclass Job(Middle):\n    def work(self, row):\n        pass\n",
    "app/middle.py": "from app.base import Base\n\n\nclass Middle(Base):\n    pass\n",
    "app/base.py": "import threading\n\n\nclass Base:\n    def __init__(self):\n        self.lock = threading.Lock()\n",
    "app/plain.py": "import copy\n\nfrom app.base import Base\n\n\ndef twin():\n    return copy.deepcopy(Base())\n",
    "app/other.py": "WORDS = ['multiprocessing', 'pickle']\n",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project whose files are older than what the cache takes for just changed."""
    monkeypatch.delenv("PICKLECHECK_NO_CACHE")
    monkeypatch.setattr(caching, "now", lambda now=caching.now: now() + 10 * 10**9)
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        write(name, text)
    yield tmp_path
    observed.forget()


def write(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    os.utime(path, (1_000_000_000, 1_000_000_000))


def edit(name: str, old: str, new: str) -> None:
    text = Path(name).read_text("utf-8")
    assert old in text
    write(name, text.replace(old, new))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    observed.forget()
    code = main(["app", *words])
    done = capsys.readouterr()
    return code, done.out, done.err


def shadow() -> None:
    """A module that is found before the one of the package."""
    write("app/app/__init__.py", "")
    write("app/app/jobs.py", "class Job:\n    def work(self, row):\n        return row\n")


# What each edit does; whether the findings must differ after it.
EDITS: dict[str, tuple[Callable[[], None], bool]] = {
    "the file": (lambda: edit("app/run.py", "lambda: None", "print"), True),
    "the file, as long and as old as it was": (lambda: edit("app/run.py", "lambda: None", "print # 4567"), True),
    "a helper": (lambda: edit("app/jobs.py", "class Job(Middle)", "class Job"), True),
    "a class three imports away": (lambda: edit("app/base.py", "threading.Lock()", "None"), True),
    "a new module that shadows another": (shadow, True),
    "a deleted module": (lambda: Path("app/base.py").unlink(), True),
    "the package's mark": (lambda: Path("app/__init__.py").unlink(), True),
    "a module that is named like another": (lambda: write("app/base/__init__.py", "class Base:\n    pass\n"), True),
    "settings": (
        lambda: edit("pyproject.toml", "[project]", "[tool.picklecheck]\nignore = ['PKL104']\n[project]"),
        True,
    ),
    "start methods": (
        lambda: edit("pyproject.toml", "[project]", "[tool.picklecheck]\nstart-method = ['fork']\n[project]"),
        True,
    ),
    "knowledge": (
        lambda: edit(
            "pyproject.toml",
            "[project]",
            "[tool.picklecheck.knowledge.type.'threading.Lock']\nwhy = 'is mine'\n"
            "refused = { pickle = '*', multiprocessing = '*', spawning = '*', deepcopy = '*' }\n[project]",
        ),
        True,
    ),
    "requires-python": (lambda: edit("pyproject.toml", ">=3.11", ">=3.14"), True),
    "a new file that pins a start method": (
        lambda: write(
            "pin.py", "import multiprocessing\n\nimport app.start\n\nmultiprocessing.set_start_method('fork')\n"
        ),
        True,
    ),
    "a file that is looked at now": (
        lambda: write("app/other.py", "import pickle\n\npickle.dumps(lambda: 1)\n"),
        True,
    ),
    "another file of no concern": (lambda: write("app/other.py", "WORDS = []\n"), False),
    "nothing": (lambda: None, False),
}


@pytest.mark.parametrize("name", EDITS)
def test_findings_are_the_same_after_every_kind_of_edit(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    change, differs = EDITS[name]
    before = run(capsys)
    assert run(capsys) == before
    assert "PKL104" in before[1]
    change()
    after = run(capsys)
    assert after == run(capsys, "--no-cache")
    assert (after != before) is differs
    assert run(capsys) == after


def test_every_format_shows_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys)
    for form in CHOICES["output_format"]:
        assert run(capsys, "--output-format", form) == run(capsys, "--output-format", form, "--no-cache")
    assert run(capsys, "--statistics") == run(capsys, "--statistics", "--no-cache")
    assert run(capsys, "--diff", "--unsafe-fixes") == run(capsys, "--diff", "--unsafe-fixes", "--no-cache")


def test_the_engine_is_not_loaded_where_all_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys)
    code = "import sys; from picklecheck.__main__ import main; main(['app']); print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split("\n") if name.startswith(("picklecheck.", "libcst"))}
    assert "picklecheck.caching.cache" in loaded
    assert not {
        name for name in loaded if name.startswith(("picklecheck.semantics", "picklecheck.crossings", "libcst"))
    }
    assert "picklecheck.analysis" not in loaded


def test_a_whole_run_is_printed_again_while_nothing_changes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run(capsys)
    with monkeypatch.context() as patched:
        patched.setattr(check, "_check_sources", lambda *given: pytest.fail("it was done again"))
        assert run(capsys) == before
    write("base.toml", "level = 'error'\n")
    edit("pyproject.toml", "[project]", "[tool.picklecheck]\nextend = 'base.toml'\nignore = ['PKL104']\n[project]")
    assert run(capsys) == run(capsys) == run(capsys, "--no-cache") != before
    write("base.toml", "unsafe-fixes = true\n")
    edit("pyproject.toml", "ignore", "select")
    assert run(capsys) == run(capsys) == run(capsys, "--no-cache")
    write("base.toml", "level = 'error'\nignore = ['PKL104']\n")
    assert run(capsys) == run(capsys) == run(capsys, "--no-cache")
    write("pyproject.toml", FILES["pyproject.toml"])
    assert run(capsys) == before
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert run(capsys) == run(capsys, "--no-cache") != before


def test_what_is_printed_again_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    before = run(capsys)
    assert run(capsys, "--color", "always") == run(capsys, "--color", "always")
    path = stored()
    content = json.loads(path.read_bytes().partition(b"\n")[2])
    printed = [entry[2] for key, entry in content["entries"].items() if key.startswith("printed")]
    assert len(printed) == 2
    assert all(map(is_harmless, [text for one in printed for text in one[:2]]))
    for one in printed:
        one[1] += "\033[2J"
    path.write_bytes(signed(json.dumps(content).encode()))
    assert run(capsys) == before


def test_what_may_have_changed_meanwhile_is_not_printed_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching, "now", lambda now=caching.now: now() - 10 * 10**9)
    run(capsys)
    content = json.loads(stored().read_bytes().partition(b"\n")[2])
    assert not [key for key in content["entries"] if key.startswith("printed")]


def test_another_version_of_picklecheck_knows_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run(capsys)
    monkeypatch.setattr(caching, "_own_state", lambda: "moved")
    assert caching.Cache(NAME)._entries, "the same files in another place"
    monkeypatch.setattr(caching, "_own_content", lambda: "other knowledge")
    assert caching.Cache(NAME)._entries == {}
    assert run(capsys) == before


def stored() -> Path:
    (path,) = Path(NAME).glob("*.json")
    return path


@pytest.mark.parametrize("damage", ["cut", "empty", "other bytes", "no JSON", "other form", "forged findings"])
def test_a_damaged_or_forged_cache_is_ignored(damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = run(capsys)
    path = stored()
    data = path.read_bytes()
    content = json.loads(data.partition(b"\n")[2])
    match damage:
        case "cut":
            data = data[: len(data) // 2]
        case "empty":
            data = b""
        case "other bytes":
            data = data.replace(b"PKL104", b"PKL101")
        case "no JSON":
            data = signed(b"[" * 100_000)
        case "other form":
            data = signed(json.dumps(dict.fromkeys(content, 1)).encode())
        case "forged findings":
            for entry in content["entries"].values():
                entry[2] = [[["PKL104", 1, None]], False]
            data = signed(json.dumps(content).encode())
    path.write_bytes(data)
    assert run(capsys) == before
    assert run(capsys) == before


def signed(body: bytes) -> bytes:
    return observed.digest(body).encode() + b"\n" + body


def test_what_is_written_into_files_never_comes_from_the_cache(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys)
    path = stored()
    content = json.loads(path.read_bytes().partition(b"\n")[2])
    for entry in content["entries"].values():
        for finding in entry[2][0] if entry[2] and isinstance(entry[2][0], list) else ():
            for fix in finding[13]:
                for one in fix[2]:
                    one[3] = "import forged\n"
    path.write_bytes(signed(json.dumps(content).encode()))
    run(capsys, "--fix", "--unsafe-fixes")
    assert not [file for file in Path("app").rglob("*.py") if "forged" in file.read_text("utf-8")]


def test_nothing_is_written_without_a_cache(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "--no-cache")
    assert not Path(NAME).exists()


def test_the_cache_is_ignored_by_git_and_removed_by_clean(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys)
    assert Path(NAME, ".gitignore").read_text("utf-8") == "*\n"
    Path(NAME, "mine.txt").write_text("kept", "utf-8")
    assert main(["clean"]) == 0
    assert [one.name for one in Path(NAME).iterdir()] == ["mine.txt"]
    assert main(["clean"]) == 0
    run(capsys, "--cache-dir", "elsewhere")
    assert main(["clean", "--cache-dir", "elsewhere"]) == 0
    assert not Path("elsewhere").exists()


def test_a_folder_that_cannot_be_written_to_is_not_used(capsys: pytest.CaptureFixture[str]) -> None:
    Path("file").write_text("", "utf-8")
    without = run(capsys, "--no-cache")
    assert run(capsys, "--cache-dir", "file/cache") == without
    assert run(capsys, "--cache-dir", "file") == without


def test_runs_at_the_same_time_disturb_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "picklecheck", "app"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    results = {one.communicate() for one in runs}
    assert len(results) == 1
    assert results == {run(capsys)[1:]}
    assert not list(Path(NAME).glob("*.new"))


def test_entries_that_nobody_uses_go(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    run(capsys)
    many = len(json.loads(stored().read_bytes().partition(b"\n")[2])["entries"])
    monkeypatch.setattr(caching, "now", lambda now=caching.now: now() + 20 * 86400 * 10**9)
    assert main(["app/plain.py"]) == 1
    assert len(json.loads(stored().read_bytes().partition(b"\n")[2])["entries"]) < many


def test_after_an_edit_only_its_folder_is_gone_through_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("app/inner/deep.py", "import pickle\n")
    run(capsys)
    looked_at: list[str] = []
    survives = sieve._file_survives
    monkeypatch.setattr(sieve, "_file_survives", lambda path, extra: looked_at.append(path) or survives(path, extra))
    edit("app/inner/deep.py", "pickle", "json")
    run(capsys)
    assert looked_at == ["app/inner/deep.py"]
