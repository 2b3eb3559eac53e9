"""Work spread over forked processes, in which one that dies takes down only the item it was at."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Sequence
from typing import BinaryIO, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_NUMBER = 8  # bytes of one item number in the queue pipe


class Died:
    """Stands for the result of an item at which its process died."""


def spread(task: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> list[Result | Died]:
    """`task` of each item, in order; in this process where one job, one item or no fork makes that the way.

    `task` should not raise: in a worker that counts as dying.
    """
    if min(jobs, len(items)) < 2 or not can_fork():
        return [task(item) for item in items]
    results: dict[int, Result | Died] = {}
    waiting = list(range(len(items)))
    while waiting:
        _round(task, items, waiting, jobs, results)
        waiting = [number for number in waiting if number not in results]
    return [results[number] for number in range(len(items))]


def can_fork() -> bool:
    """Whether a bare fork is safe here: system libraries of macOS start threads that it would break."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def _round(
    task: Callable[[Item], Result],
    items: Sequence[Item],
    waiting: Sequence[int],
    jobs: int,
    results: dict[int, Result | Died],
) -> None:
    """Let fresh workers take numbers from one pipe until it is empty or they are dead."""
    queue_out, queue_in = os.pipe()
    batch = waiting[: 4096 // _NUMBER]  # fits into any pipe, so that nobody has to feed it
    os.write(queue_in, b"".join(number.to_bytes(_NUMBER, "big") for number in batch))
    os.close(queue_in)
    workers = [_start(task, items, queue_out) for _ in range(min(jobs, len(batch)))]
    os.close(queue_out)
    for child, answers in workers:
        with answers:
            _collect(answers, results)
        os.waitpid(child, 0)


def _start(task: Callable[[Item], Result], items: Sequence[Item], queue: int) -> tuple[int, BinaryIO]:
    """A worker that takes from `queue`, and the stream of its answers."""
    out, into = os.pipe()
    child = os.fork()
    if child:
        os.close(into)
        return child, os.fdopen(out, "rb")
    code = 1
    try:
        with os.fdopen(into, "wb") as answers:
            while taken := os.read(queue, _NUMBER):
                number = int.from_bytes(taken, "big")
                pickle.dump((number,), answers)
                answers.flush()
                pickle.dump((number, task(items[number])), answers)
        code = 0
    finally:
        os._exit(code)  # no clean-up of the parent's doing, and no way back into its stack


def _collect(answers: BinaryIO, results: dict[int, Result | Died]) -> None:
    """Read the answers of one worker to their end: for each item its number alone, then with the result."""
    at = None
    try:
        while True:
            number, *result = pickle.load(answers)
            at = None if result else number
            if result:
                results[number] = result[0]
    except (EOFError, pickle.UnpicklingError):  # the end, or where death cut an answer off
        pass
    if at is not None:
        results[at] = Died()
