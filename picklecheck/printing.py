"""The report of a run, or the diff of its fixes, in the format and the place that options ask for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from picklecheck.options import FOR_PROGRAMS, Misuse, Options
from picklecheck.output import visible
from picklecheck.report import formats
from picklecheck.report.paint import Paint, look, wanted
from picklecheck.report.summary import summary
from picklecheck.session import load
from picklecheck.source.patch import patch
from picklecheck.source.text import Source
from picklecheck.source.whole import put

if TYPE_CHECKING:
    from picklecheck.findings import Report

# How the lines of a diff are painted, by their first character.
_ROLES = {"+": "+", "-": "-", "@": "hunk"}


def print_report(
    options: Options, output_format: str, report: Report, texts: Mapping[str, Source], *, aside: bool
) -> str:
    """The report: on standard output, `aside` on standard error, or in a file; returns what is printed.

    The summary is where it cannot be taken for a part of a format that programs read. Raises `Misuse` where the file
    cannot be written, or the format has no place for what is asked.
    """
    stream = sys.stderr if aside else sys.stdout
    text = _rendered(options, output_format, report, texts, StringIO() if options.output_file else stream)
    if options.output_file:
        try:
            put(options.output_file, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise Misuse(f"cannot write {options.output_file}: {error.strerror}") from None
        text = ""
    is_alone = options.output_file or output_format not in FOR_PROGRAMS
    if is_alone and not options.quiet and report.files_checked:
        text += "".join(f"{visible(line)}\n" for line in report.fixed) + summary(report) + "\n"
    stream.write(text)
    return text


def print_diff(options: Options, before: Mapping[str, Source], after: Mapping[str, Source]) -> None:
    """The texts by path as they would become: for a terminal in colour and with control characters escaped."""
    paint = Paint(wanted(options.color, sys.stdout))
    for path, new in sorted(after.items()):
        diff = patch(before[path], new)
        if sys.stdout.isatty() or paint.on:
            lines = [visible(line) for line in diff.removesuffix("\n").split("\n")]
            diff = "".join(f"{paint(_ROLES.get(line[:1], 'plain'), line)}\n" for line in lines)
        sys.stdout.write(diff)


def lines_of(texts: Mapping[str, Source]) -> Callable[[str], Sequence[str]]:
    """Gives the lines of the file at a path, none where it cannot be read; each file is read once."""

    @cache
    def lines(path: str) -> Sequence[str]:
        text = texts[path] if path in texts else load(path)
        return text.lines if isinstance(text, Source) else ()

    return lines


def _rendered(options: Options, output_format: str, report: Report, texts: Mapping[str, Source], stream: TextIO) -> str:
    if options.statistics:
        return formats.statistics(output_format, report)
    if options.show_undecided and output_format in FOR_PROGRAMS and output_format != "json":
        raise Misuse(f"--show-undecided has no output format `{output_format}`; use `json` or `full`")
    on, links, columns = look(options.color, stream)
    view = formats.View(lines_of(texts), Paint(on, links), columns, not options.no_show_fixes)
    undecided = formats.undecided(output_format, report) if options.show_undecided else ""
    return formats.render(output_format, report, view) + undecided
