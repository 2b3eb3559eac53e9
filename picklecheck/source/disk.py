"""Bytes of files: how they are read fast, and replaced so that a break leaves the old ones."""

from __future__ import annotations

import errno
import os
from stat import S_ISDIR, S_ISREG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_CHUNK = 1 << 18


# A pipe without a writer would keep its reader waiting, and a device has no end: none of these is opened for long.
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def read(path: str) -> bytes:
    """All bytes of the regular file at `path`; raises OSError, also for what is no regular file."""
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


def replace(texts: Mapping[str, bytes]) -> None:
    """Put bytes in the places of files, or of what links there lead to, keeping their modes.

    Raises OSError, and then all files are as they were.
    """
    staged: list[tuple[str, str]] = []
    before: list[tuple[str, bytes]] = []
    try:
        for path, data in texts.items():
            staged.append(_beside(path, data))
        for temporary, real in staged:
            old = read(real)
            os.replace(temporary, real)
            before.append((real, old))
    except BaseException:
        for temporary, _ in staged:
            if os.path.exists(temporary):
                os.unlink(temporary)
        for real, old in before:
            os.replace(_beside(real, old)[0], real)
        raise


def _beside(path: str, data: bytes) -> tuple[str, str]:
    """A new file that holds the data, beside the one whose place it will take."""
    from tempfile import mkstemp

    real = os.path.realpath(path)
    if not os.access(real, os.W_OK):
        raise PermissionError(13, "Permission denied", path)
    handle, temporary = mkstemp(prefix=".picklecheck-", dir=os.path.dirname(real))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        os.chmod(temporary, os.stat(real).st_mode & 0o7777)
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary, real
