"""Room for deep recursion: code that is nested deeper than Python's usual stack allows."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

# Frames of Python code, and the memory for what of them needs the C stack: measured on a sum of 3,000 terms.
DEEPEST = 40_000
STACK = 512 * 1024 * 1024
# Where memory is short, these parts of both are tried in turn: all, a quarter, a sixteenth.
_SHARES = (1, 4, 16)


def with_room(action: Callable[[], Result]) -> Result:
    """Run an action in a thread with a larger stack, and give what it returns; what it raises is raised here.

    Where there is no memory for the stack, it is run in a smaller one, and at last as it is.
    """
    outcome: list[Result] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            outcome.append(action())
        except BaseException as error:
            raised.append(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size()
    try:
        thread = _started(run, limit)
        if thread is None:
            return action()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    if raised:
        raise raised[0]
    return outcome[0]


def _started(run: Callable[[], None], limit: int) -> threading.Thread | None:
    """A thread with the largest stack that there is memory for; None where there is none for any."""
    for share in _SHARES:
        threading.stack_size(STACK // share)
        sys.setrecursionlimit(max(limit, DEEPEST // share))
        try:
            thread = threading.Thread(target=run, daemon=True)
            thread.start()
            return thread
        except RuntimeError:  # no memory for the stack
            sys.setrecursionlimit(limit)
    return None
