"""Signals that end a run: at once and without a traceback, but never between files that belong together."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from types import FrameType
else:
    import _signal as signal  # `signal` wraps it in enumerations, which take a third of the start-up time

erasing = b""  # takes back the line that is on a terminal at this moment

_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def end_at_once() -> None:
    """Let these signals end the process with the exit code 128 + their number; what is ignored stays ignored."""
    for number in _ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _end)


def as_worker() -> None:
    """Leave it to the parent what Ctrl-C does, and end without a word at other signals."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)  # the parent held them back while it started this one


def _end(number: int, frame: FrameType | None) -> None:
    try:
        os.write(2, erasing + b"picklecheck: interrupted\n")
    finally:
        os._exit(128 + number)  # nothing that is half done is printed, and workers end with their parent


class HeldBack:
    """While it is entered, these signals wait; on Windows, which has none to wait, nothing is done."""

    def __enter__(self) -> HeldBack:
        if hasattr(signal, "pthread_sigmask"):
            self._before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        return self

    def __exit__(self, *error: object) -> None:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_SETMASK, self._before)

    def asked(self) -> bool:
        """Whether one of them is waiting."""
        return hasattr(signal, "sigpending") and not signal.sigpending().isdisjoint(_ENDING)
