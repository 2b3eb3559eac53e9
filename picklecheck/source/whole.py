"""Files that are written for the user: whole, or the old one stays."""

from __future__ import annotations

import os
from contextlib import suppress
from stat import S_IMODE, S_ISREG

from picklecheck.source.disk import NEW, fill
from picklecheck.source.signals import HeldBack


def put(path: str, data: bytes) -> None:
    """Let the file at `path` have these bytes; raises OSError, and then it is as it was.

    What a new file cannot replace is written in place: pipes, devices, and files of others or with other names.
    """
    if os.path.abspath(path).startswith(("/dev/", "/proc/")):  # such as `/dev/stdout`, which others write to as well
        return _put_in_place(path, data)
    real = os.path.realpath(path)
    old = os.stat(real) if os.path.exists(real) else None
    if old and not _is_replaceable(real, old):
        return _put_in_place(real, data)
    new = f"{real}.{os.getpid()}.new"
    with HeldBack():
        try:
            handle = os.open(new, NEW, 0o666)
        except PermissionError:
            return _put_in_place(real, data)
        try:
            try:
                fill(handle, data)
            finally:
                os.close(handle)
            if old:
                os.chmod(new, S_IMODE(old.st_mode))
            os.replace(new, real)
        except BaseException:
            with suppress(OSError):
                os.unlink(new)
            raise


def _is_replaceable(path: str, state: os.stat_result) -> bool:
    own = not hasattr(os, "geteuid") or state.st_uid == os.geteuid()
    return S_ISREG(state.st_mode) and state.st_nlink == 1 and own and os.access(path, os.W_OK)


def _put_in_place(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
