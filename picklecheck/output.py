"""What is printed: control characters are escaped, and streams may be closed, full or no longer read."""

from __future__ import annotations

import io
import os
import sys

from picklecheck.options import Misuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO


def visible(text: str) -> str:
    """`text` on one line: what moves the cursor, turns the writing direction or cannot be seen, as `repr` shows it."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def is_harmless(text: str) -> bool:
    """Whether a text of several lines holds nothing that `visible` would escape, apart from our colours and links."""
    import re

    return re.sub(r"\n|\033\[[0-9;]*m|\033\]8;;[\w:/.#-]*\033\\", "", text).isprintable()


def counted(number: int, noun: str) -> str:
    """A number with its noun, such as `1 file` or `2 files`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def line_of(text: str) -> str:
    """The line that says on standard error what the user should know."""
    return f"picklecheck: {visible(text)}"


def note(text: str) -> None:
    """Print one line on standard error."""
    print(line_of(text), file=sys.stderr)


def warn(text: str) -> None:
    """Print one line on standard error that says what may be wrong with what was asked."""
    note(f"warning: {text}")


def report_it(verbose: bool) -> str:
    """Where to report a fault of this program, and with what."""
    from picklecheck.addresses import PROJECT

    shown = "the traceback" if verbose else "what --verbose shows"
    where = f" at {PROJECT['Issues']}" if PROJECT else ""
    return f"this is a fault of picklecheck; report it with {shown}{where}"


def guard() -> None:
    """Make standard output and standard error of this process safe to write to, also where they are closed.

    What a reader that has gone away would get is dropped. The first other failure to write to standard output raises
    `Misuse`, one to write to standard error nothing; what comes after it is dropped.
    """
    sys.stdout, sys.stderr = _guarded(sys.stdout, 1), _guarded(sys.stderr, 2)


class _Stream(io.FileIO):
    dropping = False

    def write(self, data: Any, /) -> int:
        try:
            if not self.dropping:
                return super().write(data)
        except OSError as error:
            self.dropping = True
            if self.fileno() == 1 and not isinstance(error, BrokenPipeError):
                raise Misuse(f"cannot write to standard output: {error.strerror}") from None
        return memoryview(data).nbytes


def _guarded(stream: TextIO | None, number: int) -> TextIO:
    if os.name == "nt" and stream and stream.isatty():
        return stream  # the console of Windows is no file
    if stream is None:
        _fill(number)
    encoding, by_line = (stream.encoding, stream.isatty()) if stream else ("utf-8", False)
    buffered = io.BufferedWriter(_Stream(number, "wb", closefd=False))
    return io.TextIOWrapper(buffered, encoding, "backslashreplace", line_buffering=by_line or number == 2)


def _fill(number: int) -> None:
    """Take a closed descriptor, which the next file to be opened would get, with one that cannot be written to."""
    while os.open(os.devnull, os.O_RDONLY) < number:
        pass
