"""What an interrupted change of several files leaves behind, so that the next run can finish or undo it."""

# In each folder with files that change lies a copy of the journal, `.picklecheck-TOKEN`, locked while its writer lives,
# and beside it `.picklecheck-TOKEN-NUMBER` with the new bytes of a file, and with the old ones where an undo may need
# them. The copies come first and go last, so that nothing lies anywhere without one. A journal only speaks of files
# in folders where a copy lies: whoever put it there could have written those files as well.

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from hashlib import sha256

from picklecheck.source.disk import JOURNAL, NEW, fill, read


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its number, that of its group, its real path, and hashes of the bytes it has before and after."""

    number: int
    group: int
    path: str
    old: str
    new: str

    def state(self) -> str:
        """The hash of the bytes that the file has now; raises OSError."""
        return digest(read(self.path))


class Journal:
    """The journal of some entries; the copies that this process has written or taken over are locked until `close`."""

    def __init__(self, token: str, entries: Sequence[Entry], *folders: str) -> None:
        self.token = token
        self.entries = entries
        self._folders = sorted({*folders, *(os.path.dirname(entry.path) for entry in entries)})
        self._handles: list[int] = []
        self.needed = False  # what was begun could neither be finished nor undone

    @classmethod
    def found(cls, path: str) -> tuple[Journal, bytes]:
        """The journal of which there is a copy at `path`, with its bytes; raises OSError."""
        data = read(path)
        token = os.path.basename(path).removeprefix(JOURNAL)
        try:
            entries = [Entry(*row) for row in json.loads(data)]
            valid = all(os.path.isabs(one.path) and one.number >= 0 for one in entries)
        except (TypeError, ValueError):  # it was never finished, or is none of ours
            entries, valid = [], False
        return cls(token, entries if valid else (), os.path.dirname(path)), data

    def write(self) -> None:
        """Put a copy into each folder; raises OSError, whose file name is that folder."""
        data = json.dumps([astuple(entry) for entry in self.entries]).encode()
        for folder in self._folders:
            path = self._copy_in(folder)
            try:
                handle = os.open(path, NEW, 0o600)
                self._handles.append(handle)
                if not _lock(handle, path):
                    raise OSError(errno.EAGAIN, "another run is clearing up here")
                fill(handle, data)
            except OSError as error:
                raise OSError(error.errno, error.strerror, folder) from None

    def take_over(self, data: bytes) -> bool:
        """Lock the copies with these bytes, and drop the entries without one; False where somebody else has them."""
        present = set()
        for folder in self._folders:
            path = self._copy_in(folder)
            try:
                handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            except OSError:
                continue
            self._handles.append(handle)
            if not _lock(handle, path):
                return False
            if read(path) == data:
                present.add(folder)
        self.entries = [entry for entry in self.entries if os.path.dirname(entry.path) in present]
        return True

    def beside(self, entry: Entry, *, old: bool = False) -> str:
        """Where the new bytes of an entry lie, or the old ones."""
        return f"{self._copy_in(os.path.dirname(entry.path))}-{2 * entry.number + old}"

    def remove(self) -> None:
        """Remove all of it, and close it; what cannot be removed is left to the next run, and so is what is needed."""
        beside = (self.beside(entry, old=old) for entry in self.entries for old in (False, True))
        copies = map(self._copy_in, reversed(self._folders))
        if self.needed or sys.platform == "win32":  # where an open file cannot be removed
            self.close()
        for path in () if self.needed else (*beside, *copies):
            with suppress(OSError):
                os.unlink(path)
        self.close()

    def close(self) -> None:
        """Let other runs have it."""
        for handle in self._handles:
            os.close(handle)
        self._handles.clear()

    def _copy_in(self, folder: str) -> str:
        return os.path.join(folder, f"{JOURNAL}{self.token}")


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def _lock(handle: int, path: str) -> bool:
    """Lock a copy; False where another process has it, or has just removed it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, 1 << 30, os.SEEK_SET)  # what is locked there cannot be read by others
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except OSError:
        return False
