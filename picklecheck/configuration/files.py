"""Where configuration files lie: `picklecheck.toml` and `pyproject.toml`, in a folder and above it."""

from __future__ import annotations

import os

from picklecheck.source.disk import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

OWN, SHARED = "picklecheck.toml", "pyproject.toml"
NAMES = (OWN, SHARED)


class Files:
    """The configuration files of each folder, looked for once in a run."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[str, bytes]]] = {}

    def inside(self, folder: str) -> list[tuple[str, bytes]]:
        """Path and bytes of those in `folder` itself, an absolute path; our own file first."""
        if folder not in self._known:
            self._known[folder] = [file for name in NAMES if (file := _read(os.path.join(folder, name)))]
        return self._known[folder]

    def looked_for(self) -> Iterator[tuple[str, bytes | None]]:
        """The path of each file that was looked for, and its bytes; None where there is none."""
        for folder, files in self._known.items():
            found = dict(files)
            for path in (os.path.join(folder, name) for name in NAMES):
                yield path, found.get(path)

    def above(self, start: str, mark: bytes) -> list[tuple[str, bytes]]:
        """Those in `start` and its parents that may hold settings, nearest first.

        A `pyproject.toml` counts only where it holds `mark`: a test that costs nothing, before any TOML is read.
        """
        found = []
        folder = os.path.abspath(start)
        while True:
            found += [(path, data) for path, data in self.inside(folder) if path.endswith(OWN) or mark in data]
            folder, inner = os.path.dirname(folder), folder
            if folder == inner:
                return found


def start_of(paths: tuple[str, ...]) -> str:
    """The deepest folder that holds all `paths`."""
    folders = [folder_of(path) for path in paths]
    try:
        return os.path.commonpath([os.path.abspath(folder) for folder in folders])
    except ValueError:  # no paths, or on several drives
        return os.path.abspath(folders[0] if folders else ".")


def folder_of(path: str) -> str:
    """`path` where it is a folder, else the folder it lies in."""
    return path if os.path.isdir(path) else os.path.dirname(path) or "."


def _read(path: str) -> tuple[str, bytes] | None:
    try:
        return path, read(path)
    except OSError:
        return None
