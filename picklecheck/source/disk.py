"""Bytes of files: how they are read fast, and replaced so that a break leaves the old ones."""

from __future__ import annotations

import os

_CHUNK = 1 << 18


def read(path: str) -> bytes:
    """All bytes of the file at `path`; raises OSError."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        data = os.read(handle, _CHUNK)
        if len(data) < _CHUNK:
            return data
        parts = [data]
        while data := os.read(handle, _CHUNK):
            parts.append(data)
        return b"".join(parts)
    finally:
        os.close(handle)


def replace(path: str, data: bytes) -> None:
    """Put `data` in the place of the file at `path`, or of what a link there leads to, keeping its mode.

    Raises OSError, and then the file is as it was.
    """
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
        os.replace(temporary, real)
    except BaseException:
        os.unlink(temporary)
        raise
