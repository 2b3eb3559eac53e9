"""Bytes of files: how they are read fast, and written to the end."""

from __future__ import annotations

import errno
import os
from stat import S_ISDIR, S_ISREG

JOURNAL = ".picklecheck-"  # how the names of files begin that tell of a change that is under way
_CHUNK = 1 << 18


# A pipe without a writer would keep its reader waiting, and a device has no end: none of these is opened for long.
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)

# Texts by absolute path that are read instead of what is on disk: those that an editor has not saved yet.
unsaved: dict[str, bytes] = {}

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


def read(path: str) -> bytes:
    """All bytes of the regular file at `path`; raises OSError, also for what is no regular file."""
    if unsaved and (text := unsaved.get(os.path.abspath(path))) is not None:
        return text
    handle = os.open(path, _FLAGS)
    try:
        mode = os.fstat(handle).st_mode
        if not (S_ISREG(mode) or S_ISDIR(mode)):  # of a folder, reading tells
            raise OSError(errno.EINVAL, "not a regular file", path)
        data = os.read(handle, _CHUNK)
        if len(data) < _CHUNK:
            return data
        parts = [data]
        while data := os.read(handle, _CHUNK):
            parts.append(data)
        return b"".join(parts)
    finally:
        os.close(handle)


def read_any(path: str) -> bytes:
    """All bytes of the file at `path`, none where it cannot be read."""
    try:
        return read(path)
    except OSError:
        return b""


def fill(handle: int, data: bytes) -> None:
    """Write bytes to an open file, through to the disk; raises OSError."""
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]
    os.fsync(handle)
