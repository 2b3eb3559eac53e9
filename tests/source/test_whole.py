"""A file that is written for the user is written whole, or the old one stays."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from picklecheck.__main__ import main
from picklecheck.source import disk, whole
from picklecheck.source.whole import put

BAD = "import multiprocessing\n\ndef run(pool: multiprocessing.pool.Pool):\n    pool.map(lambda row: row, [1])\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def full(handle: int, data: bytes) -> None:
    os.write(handle, data[: len(data) // 2])
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_file_is_made_and_replaced() -> None:
    put("a", b"old")
    os.chmod("a", 0o640)
    put("a", b"new")
    assert Path("a").read_bytes() == b"new"
    assert stat.S_IMODE(os.stat("a").st_mode) == 0o640
    assert os.listdir() == ["a"]


def test_on_a_full_disk_the_old_file_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a", b"old")
    monkeypatch.setattr(whole, "fill", full)
    with pytest.raises(OSError, match="No space left"):
        put("a", b"a new one")
    assert Path("a").read_bytes() == b"old"
    assert os.listdir() == ["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="has no links of this kind for all users")
def test_links_and_second_names_stay() -> None:
    put("a", b"old")
    os.symlink("a", "link")
    put("link", b"new")
    assert os.path.islink("link")
    os.link("a", "b")
    put("a", b"newer")
    assert Path("b").read_bytes() == Path("link").read_bytes() == b"newer"


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="has no such file")
def test_standard_output_goes_on_when_it_is_a_file() -> None:
    with open("out", "wb") as out:
        code = "from picklecheck.source.whole import put\nput('/dev/stdout', b'a')\nimport os\nos.write(1, b'bc')\n"
        environment = os.environ | {"PYTHONPATH": str(Path(disk.__file__).parents[2])}
        subprocess.run([sys.executable, "-P", "-c", code], stdout=out, check=True, env=environment)
    assert Path("out").read_bytes().endswith(b"bc")


@pytest.mark.parametrize(
    "words",
    [["--baseline", "kept.json", "--update-baseline"], ["--output-file", "kept.json", "--output-format", "json"]],
    ids=["a baseline", "a report"],
)
def test_a_full_disk_is_told(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.py").write_text("import multiprocessing\n", "utf-8")
    assert main([*words, "--no-cache"]) == 0
    before = Path("kept.json").read_bytes()
    Path("a.py").write_text(BAD, "utf-8")
    monkeypatch.setattr(whole, "fill", full)
    assert main([*words, "--no-cache"]) == 2
    assert "cannot write kept.json: No space left on device\n" in capsys.readouterr().err
    assert Path("kept.json").read_bytes() == before
    assert sorted(os.listdir()) == ["a.py", "kept.json"]


def test_a_suppression_that_cannot_be_written_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.py").write_text(BAD, "utf-8")
    monkeypatch.setattr("picklecheck.source.replacing.fill", full)
    assert main(["--add-ignore", "--no-cache"]) == 2
    assert "cannot write a.py: No space left on device\n" in capsys.readouterr().err
    assert Path("a.py").read_text("utf-8") == BAD


@pytest.mark.parametrize("count", ["1e999", "[]", "null", '"many"'])
def test_a_baseline_that_counts_in_another_way_is_refused(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(BAD, "utf-8")
    row = f'{{"path": "a.py", "code": "PKL101", "within": "", "text": "x", "count": {count}}}'
    Path("known.json").write_text(f'{{"version": 1, "findings": [{row}]}}', "utf-8")
    assert main(["--baseline", "known.json", "--no-cache"]) == 2
    assert capsys.readouterr().err == "picklecheck: known.json: this is not a picklecheck baseline\n"


@pytest.mark.parametrize("name", ["a.py", "./a.py", "link", "twin"])
def test_a_report_is_not_written_over_what_is_checked(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.py").write_text(BAD, "utf-8")
    Path("link").symlink_to("a.py")
    Path("twin").hardlink_to("a.py")
    assert main(["--isolated", "--no-cache", "--output-file", name]) == 2
    assert capsys.readouterr().err == f"picklecheck: cannot write {name}: it is one of the files that are checked\n"
    assert Path("a.py").read_text("utf-8") == BAD
    assert main(["--isolated", "--no-cache", "--output-file", "report"]) == 1
