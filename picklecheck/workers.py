"""Work spread over processes that end with this one, and of which one that dies takes down only the item it was at."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from picklecheck.source.signals import HeldBack, as_worker

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkContext, SpawnContext
    from multiprocessing.process import BaseProcess

    from picklecheck.progress import Progress

Item = TypeVar("Item")
Result = TypeVar("Result")


class Died:
    """Represents the result of an item at which its process died."""


def spread(
    task: Callable[[Item], Result], items: Sequence[Item], jobs: int, progress: Progress | None = None
) -> list[Result | Died]:
    """`task` of each item, in order; in this process where one job or one item makes that the way.

    `task`, items and results must be picklable. `task` should not raise: in a worker that counts as dying.
    """
    if min(jobs, len(items)) < 2:
        return [task(items[number]) for number in (progress.one_by_one() if progress else range(len(items)))]
    try:
        workers = _Workers(task, progress)
    except OSError:  # no more files can be opened
        return spread(task, items, 1, progress)
    try:
        return workers.results(items, min(jobs, len(items)))
    finally:
        workers.end()


def start_method() -> str:
    """How processes are started: forked where no thread can hold a lock that the child would wait for forever.

    System libraries of macOS start threads of their own.
    """
    import threading

    alone = hasattr(os, "fork") and sys.platform != "darwin" and threading.active_count() == 1
    return "fork" if alone else "spawn"


def start_up() -> int:
    """How much dearer a process is that has to import everything than one that is forked."""
    return 1 if hasattr(os, "fork") and sys.platform != "darwin" else 8


class _Waiting:
    """The numbers of the items that wait: each worker gets neighbours, which tend to need the same."""

    def __init__(self, items: int) -> None:
        self._left = [deque(range(items))]  # by workers that are no more
        self._runs: dict[Connection | None, deque[int]] = {}

    def any(self) -> bool:
        return any(self._left) or any(self._runs.values())

    def next(self, worker: Connection | None) -> int:
        """The next number for a worker: of its own, of those that nobody has, or of half of the longest run."""
        own = self._runs.setdefault(worker, deque())
        if not own:
            longest = max(self._left or self._runs.values(), key=len)
            rest = 0 if self._left else len(longest) // 2
            while len(longest) > rest:
                own.appendleft(longest.pop())
            self._left = [*filter(None, self._left)]
        return own.popleft()

    def leave(self, worker: Connection) -> None:
        """A worker is no more; others do what it had."""
        self._left += filter(None, [self._runs.pop(worker)])


class _Workers:
    """Processes with a pipe to each, and the number of the item that each is at."""

    def __init__(self, task: Callable[[Any], object], progress: Progress | None = None) -> None:
        from multiprocessing import get_context

        self._task = task
        self._progress = progress
        self._method = start_method()
        self._context = cast("ForkContext | SpawnContext", get_context(self._method))
        self._busy: dict[Connection, tuple[BaseProcess, int]] = {}
        # Nothing is ever sent here: all workers read from it, and it ends when this process does.
        self._lifeline, self._held = self._context.Pipe(duplex=False)

    def results(self, items: Sequence[Item], jobs: int) -> list[Any]:
        """The results of the task for all `items`, from `jobs` processes; one that dies is replaced."""
        found: dict[int, object] = {}
        waiting = _Waiting(len(items))
        while len(found) < len(items):
            while waiting.any() and len(self._busy) < jobs:
                try:
                    connection, process = self._started()
                except OSError:  # there are no more files, processes or memory: those that run do it, or else we
                    jobs = len(self._busy)
                else:
                    number = waiting.next(connection)
                    self._hand(number, items[number], connection, process)
            if not self._busy:
                number = waiting.next(None)
                found[number] = self._task(items[number])
                continue
            for connection in self._ready():
                process, number = self._busy.pop(connection)
                try:
                    found[number] = connection.recv()
                except (EOFError, OSError):
                    found[number] = Died()
                if self._progress:
                    self._progress.end()
                if isinstance(found[number], Died) or not waiting.any():
                    waiting.leave(connection)
                    connection.close()
                    process.join()
                else:
                    number = waiting.next(connection)
                    self._hand(number, items[number], connection, process)
        return [found[number] for number in range(len(items))]

    def _ready(self) -> list[Connection]:
        """The connections to processes that have answered, once there is one."""
        from multiprocessing.connection import wait

        while True:
            ready = wait(list(self._busy), self._progress.EVERY if self._progress else None)
            if self._progress:
                self._progress.tell()
            if ready:
                return cast("list[Connection]", ready)

    def end(self) -> None:
        """End all processes at once."""
        for connection, (process, _) in self._busy.items():
            process.kill()
            process.join()
            connection.close()
        self._lifeline.close()
        self._held.close()

    def _started(self) -> tuple[Connection, BaseProcess]:
        ours, theirs = self._context.Pipe()
        # A forked process has the parent's ends of all pipes too; it would keep itself and the others alive by them.
        inherited = (ours, self._held, *self._busy) if self._method == "fork" else ()
        process = self._context.Process(
            target=_serve, args=(self._task, theirs, self._lifeline, inherited), daemon=True
        )
        try:
            self._start(process)
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours, process

    def _start(self, process: BaseProcess) -> None:
        with _safe_path():
            if self._method == "spawn" and sys.platform != "win32":
                from multiprocessing.resource_tracker import ensure_running

                ensure_running()  # while it starts what it needs for spawning, multiprocessing lets signals through
            with HeldBack():
                process.start()

    def _hand(self, number: int, item: object, connection: Connection, process: BaseProcess) -> None:
        self._busy[connection] = process, number
        if self._progress:
            self._progress.begin(number)
        try:
            connection.send(item)
        except OSError:  # it has just died, as its answer will tell
            pass


def _serve(
    task: Callable[[Any], object], requests: Connection, lifeline: Connection, inherited: Sequence[Connection]
) -> None:
    """The life of a worker: it answers until its parent asks no more, or is no more."""
    import threading

    for connection in inherited:
        connection.close()
    as_worker()
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    try:
        while True:
            requests.send(task(requests.recv()))
    except EOFError:
        return
    except BaseException:
        os._exit(1)


def _end_with(lifeline: Connection) -> None:
    try:
        lifeline.recv_bytes()
    finally:
        os._exit(1)


@contextmanager
def _safe_path() -> Iterator[None]:
    """Processes that are started meanwhile import nothing from the working directory, which may be what is checked."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before
