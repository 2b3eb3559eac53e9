"""The plugin of flake8: the same engine and settings, one file at a time."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache

from picklecheck import __version__
from picklecheck.configuration.files import Files, start_of
from picklecheck.options import Options
from picklecheck.output import warn
from picklecheck.projects import Projects
from picklecheck.rules.catalogue import UNREADABLE
from picklecheck.session import inspect
from picklecheck.source.sieve import survives
from picklecheck.source.text import source


@cache
def _projects(folder: str) -> Projects:
    """The settings of the files in a folder, read once for all of them: flake8 makes a plugin for each file."""
    return Projects(Options(), Files(), folder, warn)


class Plugin:
    """What flake8 makes for each file; notes are left out, since flake8 fails for whatever it is told."""

    name = "picklecheck"
    version = __version__

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        self._path = filename
        self._text = "".join(lines)

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """Line from 1, column from 0, code and message of each error and warning."""
        projects = _projects(start_of((self._path,)))
        own_names = projects.of(self._path).own_names()
        if not survives(self._text.encode("utf-8", "surrogatepass"), own_names):
            return
        outcome = inspect([source(self._path, self._text)], projects, 1, (self._path,))
        if outcome.problems:
            raise RuntimeError(f"picklecheck failed: {outcome.problems[0].text}")
        for one in outcome.findings:
            if one.level != "note" and one.code != UNREADABLE:  # flake8 has its own code for a broken file
                yield one.place.line, one.place.column - 1, f"{one.code} {one.message}", Plugin
