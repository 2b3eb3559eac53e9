"""The line on a terminal that says how far a run is: shown where that takes a while, and gone when it ends."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from picklecheck.output import visible
from picklecheck.report.columns import cut, width
from picklecheck.source import signals

if TYPE_CHECKING:
    from typing import TextIO

PATIENCE = 0.5  # seconds for which nothing is shown


class Progress:
    """How many of the files at `paths` are done, and which one was begun last; written to `stream`, if there is one."""

    EVERY = 0.1  # seconds after which whoever waits for a file should tell

    def __init__(self, paths: Sequence[str], stream: TextIO | None = None, columns: int = 80) -> None:
        self._paths, self._stream, self._columns = paths, stream, columns
        self._done, self._current, self._line = 0, "", ""
        self._begun = monotonic()
        self._ended = threading.Event()
        self._writer: threading.Thread | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        if self._writer:
            self._writer.join()
        self._write("")

    def begin(self, number: int) -> None:
        """The file with this number, from 0, is begun."""
        self._current = self._paths[number]

    def end(self) -> None:
        """One more file is done."""
        self._done += 1

    def one_by_one(self) -> Iterator[int]:
        """The numbers of the files, each of which is done when the next is asked for; a thread tells meanwhile."""
        if self._stream:
            self._writer = threading.Thread(target=self._tell_on, daemon=True)
            self._writer.start()
        for number in range(len(self._paths)):
            self.begin(number)
            yield number
            self.end()

    def _tell_on(self) -> None:
        while not self._ended.wait(self.EVERY):
            self.tell()

    def tell(self) -> None:
        """Write the line where it has changed, once that is due."""
        if monotonic() >= self._begun + PATIENCE:
            self._write(f"{self._done} of {len(self._paths)} files done: {visible(self._current)}")

    def _write(self, line: str) -> None:
        line, *_ = cut(line, self._columns - 1)  # behind its last column a terminal may begin the next line
        if self._stream is None or line == self._line:
            return
        blank = "\r" + " " * width(self._line) + "\r"
        signals.erasing = b"\r" + b" " * width(line) + b"\r" if line else b""
        self._stream.write((blank if self._line else "") + line)
        self._stream.flush()
        self._line = line


def on_terminal(paths: Sequence[str]) -> Progress:
    """Tells on standard error, where that is a terminal that can take back what it shows."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return Progress(paths)
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except OSError:
        columns = 0
    return Progress(paths, sys.stderr, columns or 80)
