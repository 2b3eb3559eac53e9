"""Where configuration files lie: `picklecheck.toml` and `pyproject.toml`, from a folder upwards."""

from __future__ import annotations

import os

from picklecheck.source.disk import read

OWN, SHARED = "picklecheck.toml", "pyproject.toml"


def above(start: str, mark: bytes) -> list[tuple[str, bytes]]:
    """Configuration files in `start` and its parents that may hold settings, nearest first: path and bytes.

    A `pyproject.toml` counts only where it holds `mark`: a test that costs nothing, before any TOML is read.
    """
    found = []
    folder = os.path.abspath(start)
    while True:
        for name in (OWN, SHARED):
            path = os.path.join(folder, name)
            try:
                data = read(path)
            except OSError:
                continue
            if name == OWN or mark in data:
                found.append((path, data))
        folder, inner = os.path.dirname(folder), folder
        if folder == inner:
            return found


def start_of(paths: tuple[str, ...]) -> str:
    """The folder from which configuration is searched: the deepest that holds all `paths`."""
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in paths]
    try:
        return os.path.commonpath([os.path.abspath(folder) for folder in folders])
    except ValueError:  # no paths, or on several drives
        return os.path.abspath(folders[0] if folders else ".")
