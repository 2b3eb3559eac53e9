"""Files on disk: read whole, written whole, and no waiting for what is no file."""

import os
from pathlib import Path

import pytest

from picklecheck.source import disk


@pytest.mark.parametrize("size", [0, 1, disk._CHUNK - 1, disk._CHUNK, disk._CHUNK + 1, 3 * disk._CHUNK])
def test_files_of_any_size_are_read_whole(tmp_path: Path, size: int) -> None:
    file = tmp_path / "a.py"
    data = os.urandom(size)
    file.write_bytes(data)
    assert disk.read(str(file)) == data


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in ((tmp_path / "pipe", "not a regular file"), (Path("/dev/zero"), "not a regular file")):
        with pytest.raises(OSError, match=reason):
            disk.read(str(path))
    with pytest.raises(IsADirectoryError):
        disk.read(str(tmp_path))


def test_what_is_filled_is_written_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:3]))
    handle = os.open(tmp_path / "a.py", disk.NEW)
    disk.fill(handle, b"0123456789")
    os.close(handle)
    assert (tmp_path / "a.py").read_bytes() == b"0123456789"
