"""Writes what was fixed: files, all as one change; what came from standard input goes to standard output."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from picklecheck.mending import Mended
from picklecheck.output import note
from picklecheck.source.replacing import Change, replace
from picklecheck.source.text import Source


def write(mended: Mended, given: Mapping[str, Source], tree: str) -> set[str]:
    """Write the new texts; report the files that could not be written, and return their paths.

    Files that are tied are written together or not at all; links are only followed below the folder `tree`.
    """
    groups: list[Sequence[Change]] = [
        [Change(path, mended.read[path], mended.texts[path].encode()) for path in sorted(paths - given.keys())]
        for paths in sorted(mended.tied, key=min)
    ]
    left = set(mended.changed)
    for refused in replace(groups, tree):
        beside = "".join(f"; {path} is left as it was" for path in refused.beside)
        note(f"cannot write {' and '.join(refused.paths)}: {refused.why}{beside}")
        left |= {*refused.paths, *refused.beside}
    left = left.union(*(paths for paths in mended.tied if paths & left))
    for path, text in given.items():
        sys.stdout.buffer.write((text if path in left else mended.texts.get(path, text)).encode())
        sys.stdout.buffer.flush()
    return left
