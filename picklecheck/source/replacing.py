"""New bytes for files on disk: those that belong together get them together or not at all, whatever ends the run."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from picklecheck.source.disk import NEW, fill, read
from picklecheck.source.journal import Entry, Journal, digest
from picklecheck.source.signals import HeldBack


@dataclass(frozen=True, slots=True)
class Change:
    """New bytes for the file at `path`, which is only replaced while it has the `old` ones."""

    path: str
    old: bytes
    new: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """Files that were left as they were: those that could not be written, why, and those that belong to them."""

    paths: tuple[str, ...]
    why: str
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Target:
    """A change, with the file that its path leads to as that was when it was first looked at."""

    change: Change
    real: str
    state: os.stat_result

    def file(self) -> tuple[int, int]:
        return self.state.st_dev, self.state.st_ino


_Group = list[tuple[Entry, _Target]]


def replace(groups: Iterable[Sequence[Change]], tree: str) -> list[Refused]:
    """Replace the files of each group or none of them, and return what was left as it was.

    Modes, owners and extended attributes are kept. Links are written through where all that they lead to is below the
    folder `tree`. Signals that would end this process wait until it is done; what does not wait leaves a journal, from
    which `recover` goes on.
    """
    with HeldBack() as signals:
        refused: list[Refused] = []
        planned: list[list[_Target]] = []
        for changes in _united(groups):
            with _or_refused(changes, refused):
                planned.append(_targets(changes, os.path.realpath(tree)))
        journal, parts = _begin(planned, refused)
        try:
            staged: list[_Group] = []
            for part in parts:
                with _or_refused([target.change for _, target in part], refused):
                    _stage(journal, part)
                    staged.append(part)
            for part in [] if signals.asked() else staged:
                with _or_refused([target.change for _, target in part], refused):
                    _swap(journal, [entry for entry, _ in part])
            _sync({os.path.dirname(target.real) for part in staged for _, target in part})
        finally:
            journal.remove()
        return refused


def recover(paths: Iterable[str]) -> list[str]:
    """Finish, or undo where that cannot be, what runs have begun that left journals at `paths`, and tell of it.

    Where no file was replaced yet, nothing is. A journal whose writer is alive is left alone.
    """
    told: list[str] = []
    for path in paths:
        with suppress(OSError), HeldBack():
            journal, data = Journal.found(path)
            if journal.take_over(data):
                told += _finish(journal)
                journal.remove()
            journal.close()
    return told


def _finish(journal: Journal) -> Iterator[str]:
    groups: dict[int, list[Entry]] = {}
    for entry in journal.entries:
        groups.setdefault(entry.group, []).append(entry)
    states = {entry: _state(entry) for entry in journal.entries}
    if all(state != entry.new for entry, state in states.items()):
        return
    for group in groups.values():
        if all(states[entry] == entry.new for entry in group):
            continue
        names = " and ".join(os.path.relpath(entry.path) for entry in group)
        try:
            _swap(journal, group)
            yield f"finished what an interrupted run had begun: {names}"
        except OSError as error:
            yield f"cannot finish what an interrupted run had begun ({error.strerror}): {names}"


def _state(entry: Entry) -> str:
    try:
        return entry.state()
    except OSError:
        return ""


# --- before anything is written -------------------------------------------------------------------


def _united(groups: Iterable[Sequence[Change]]) -> list[list[Change]]:
    """The groups without changes that change nothing, those that share a file united: a file may have several names."""
    united: list[tuple[set[tuple[int, int]], list[Change]]] = []
    for group in groups:
        changes = [change for change in group if change.old != change.new]
        files = set()
        for change in changes:
            with suppress(OSError):
                state = os.stat(change.path)
                files.add((state.st_dev, state.st_ino))
        others = [one for one in united if one[0] & files]
        united = [one for one in united if not one[0] & files]
        united.append((files.union(*(one[0] for one in others)), [*(c for one in others for c in one[1]), *changes]))
    return [changes for _, changes in united if changes]


def _targets(changes: Sequence[Change], tree: str) -> list[_Target]:
    """What some changes lead to; raises OSError where one may not be made."""
    targets: list[_Target] = []
    for change in changes:
        try:
            targets.append(_target(change, tree))
        except OSError as error:
            raise OSError(error.errno, error.strerror, change.path) from None
    for target in targets:
        same = [other for other in targets if other.file() == target.file()]
        if target.state.st_nlink > len({other.real for other in same}):
            raise _refusal(target, "it has other names (hard links), which are not checked")
        if any(other.change.new != target.change.new for other in same):
            raise _refusal(target, "its names (hard links) would get different contents")
    return targets


def _target(change: Change, tree: str) -> _Target:
    real = os.path.realpath(change.path)
    target = _Target(change, real, os.stat(real))
    if os.path.commonpath([tree, real]) != tree:
        raise _refusal(target, f"it is a link to {real}, which is outside of what is checked")
    if not stat.S_ISREG(target.state.st_mode):
        raise _refusal(target, "not a regular file")
    if target.state.st_mode & (stat.S_ISUID | stat.S_ISGID):
        raise _refusal(target, "it runs with the rights of its owner or group (setuid)")
    if not (os.access(real, os.W_OK) and os.access(os.path.dirname(real), os.W_OK)):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if read(real) != change.old:
        raise OSError(errno.EBUSY, "it was changed since it was read")
    return target


def _refusal(target: _Target, why: str) -> OSError:
    return OSError(errno.EPERM, why, target.change.path)


# --- writing --------------------------------------------------------------------------------------


@contextmanager
def _or_refused(changes: Sequence[Change], refused: list[Refused]) -> Iterator[None]:
    """Whatever fails inside is noted for these changes, and the next goes on."""
    try:
        yield
    except OSError as error:
        paths = [change.path for change in changes]
        blamed = [path for path in paths if error.filename in (path, os.path.realpath(path))] or paths
        beside = tuple(path for path in paths if path not in blamed)
        refused.append(Refused(tuple(blamed), error.strerror or str(error), beside))


def _begin(planned: Sequence[list[_Target]], refused: list[Refused]) -> tuple[Journal, list[_Group]]:
    """The journal of all that is planned, written, without the groups in whose folders it cannot be."""
    while True:
        numbers = iter(range(sum(map(len, planned))))
        parts = [
            [
                (Entry(next(numbers), at, one.real, digest(one.change.old), digest(one.change.new)), one)
                for one in targets
            ]
            for at, targets in enumerate(planned)
        ]
        journal = Journal(os.urandom(8).hex(), [entry for part in parts for entry, _ in part])
        try:
            journal.write()
            return journal, parts
        except OSError as error:
            journal.remove()
            if error.errno == errno.EAGAIN:
                continue
            spoilt = [one for one in planned if any(os.path.dirname(target.real) == error.filename for target in one)]
            if not spoilt:
                raise
            planned = [one for one in planned if one not in spoilt]
            for targets in spoilt:
                with _or_refused([target.change for target in targets], refused):
                    raise


def _stage(journal: Journal, part: _Group) -> None:
    """Write the new bytes beside the files, and the old ones where an undo may need them; raises OSError."""
    written: dict[tuple[tuple[int, int], bool], str] = {}
    for entry, target in part:
        for old in (False, True)[: len(part)]:
            beside = journal.beside(entry, old=old)
            try:
                if twin := written.get((target.file(), old)):
                    os.link(twin, beside)
                else:
                    _write(beside, target.change.old if old else target.change.new, target)
            except OSError as error:
                raise OSError(error.errno, error.strerror, target.change.path) from None
            written[target.file(), old] = beside


def _write(path: str, data: bytes, target: _Target) -> None:
    handle = os.open(path, NEW, 0o600)
    try:
        _keep_owner_and_mode(path, target)
        _keep_attributes(path, target)
        fill(handle, data)
    finally:
        os.close(handle)


def _keep_owner_and_mode(path: str, target: _Target) -> None:
    made, wanted = os.stat(path), target.state
    if sys.platform != "win32" and (made.st_uid, made.st_gid) != (wanted.st_uid, wanted.st_gid):
        try:
            os.chown(path, wanted.st_uid, wanted.st_gid)
        except OSError as error:
            raise OSError(error.errno, "its owner and group cannot be kept") from None
    os.chmod(path, stat.S_IMODE(wanted.st_mode))


def _keep_attributes(path: str, target: _Target) -> None:
    """Extended attributes, access lists among them, as far as Python can read them: on Linux."""
    if sys.platform == "linux":
        made: dict[str, bytes] = {}
        with suppress(OSError):
            made = {name: os.getxattr(path, name) for name in os.listxattr(path)}
        try:
            for name in os.listxattr(target.real):
                value = os.getxattr(target.real, name)
                if made.get(name) != value:
                    os.setxattr(path, name, value)
        except OSError as error:
            if error.errno != errno.ENOTSUP:
                raise OSError(error.errno, "its extended attributes cannot be kept") from None


def _swap(journal: Journal, entries: Sequence[Entry]) -> None:
    """Put the new files in the places of those that are not new yet; raises OSError, and then all are as they were."""
    try:
        for entry in entries:
            if entry.state() == entry.new:
                continue
            beside = journal.beside(entry)
            if digest(read(beside)) != entry.new:
                raise OSError(errno.EIO, "its new contents were changed before they were put in place", entry.path)
            # A save from here on is lost, so nothing else comes between this last look at the file and its replacement.
            if entry.state() != entry.old:
                raise OSError(errno.EBUSY, "it was changed since it was read", entry.path)
            os.replace(beside, entry.path)
    except BaseException:
        journal.needed = True
        for entry in entries if len(entries) > 1 else ():
            if _state(entry) == entry.new:
                os.replace(journal.beside(entry, old=True), entry.path)
        journal.needed = False
        raise


def _sync(folders: Iterable[str]) -> None:
    """See to it that the new names are on the disk, as far as the system can."""
    for folder in folders if sys.platform != "win32" else ():
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
