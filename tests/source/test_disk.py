"""Files on disk: read whole, and replaced in one step or not at all."""

import os
import stat
from pathlib import Path

import pytest

from picklecheck.source import disk


@pytest.mark.parametrize("size", [0, 1, disk._CHUNK - 1, disk._CHUNK, disk._CHUNK + 1, 3 * disk._CHUNK])
def test_files_of_any_size_are_read_whole(tmp_path: Path, size: int) -> None:
    file = tmp_path / "a.py"
    data = os.urandom(size)
    file.write_bytes(data)
    assert disk.read(str(file)) == data


def test_replacing_keeps_the_mode_and_leaves_nothing_beside(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    file.chmod(0o755)
    disk.replace({str(file): b"new"})
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o755
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_bytes(b"old")
    link = tmp_path / "link.py"
    link.symlink_to("real.py")
    disk.replace({str(link): b"new"})
    assert link.is_symlink()
    assert (tmp_path / "real.py").read_bytes() == b"new"


def test_a_break_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(KeyboardInterrupt):
        disk.replace({str(file): b"new"})
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_may_not_be_written_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError):
        disk.replace({str(file): b"new"})
    assert file.read_bytes() == b"old"


def test_several_files_are_replaced_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / "a.py", tmp_path / "b.py"]
    for file in files:
        file.write_bytes(b"old")
    with monkeypatch.context() as patched:
        patched.setattr(os, "access", lambda path, mode: not path.endswith("b.py"))
        with pytest.raises(PermissionError):
            disk.replace({str(file): b"new" for file in files})
    assert [file.read_bytes() for file in files] == [b"old", b"old"]
    assert sorted(tmp_path.iterdir()) == files
    disk.replace({str(file): b"new" for file in files})
    assert [file.read_bytes() for file in files] == [b"new", b"new"]


def test_files_are_replaced_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_bytes(b"one")
    other.write_bytes(b"other")
    real = os.replace

    def broken(source: str, target: str) -> None:
        if target == str(other):
            raise OSError(5, "Input/output error", target)
        real(source, target)

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="Input/output error"):
        disk.replace({str(one): b"new", str(other): b"new"})
    assert (one.read_bytes(), other.read_bytes()) == (b"one", b"other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.py", "other.py"]
