"""Which lines differ from another revision, as git tells: those that a branch changes."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

from picklecheck.findings import Finding
from picklecheck.options import Misuse
from picklecheck.source.place import Place

_HUNK = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")
_EVERYTHING = range(1, 1 << 60)
# What a repository configures is not run: no hooks, no programs for differences, no file watcher.
_GIT = ("git", "-c", "core.quotepath=off", "-c", "core.fsmonitor=false")


class Changed:
    """The changed lines of files, by real path."""

    def __init__(self, lines: dict[str, list[range]]) -> None:
        self._lines = lines

    def shows(self, finding: Finding) -> bool:
        """Whether a finding rests on a changed line: its value, the call, or a step on the way to what refuses."""
        return any(map(self._touched, (finding.place, finding.call, *(step.place for step in finding.holding_path))))

    def _touched(self, place: Place) -> bool:
        ranges = self._lines.get(os.path.realpath(place.path), ())
        return any(lines.start <= place.end_line and place.line < lines.stop for lines in ranges)


def changed_since(revision: str, folder: str) -> Changed:
    """What differs between the working tree and where the branch left `revision`, files that git does not know too.

    Raises Misuse where git cannot tell.
    """
    top = _git(folder, "rev-parse", "--show-toplevel").rstrip("\n")
    base = _git(folder, "merge-base", "HEAD", revision, "--").split("\n")[0]
    options = ("--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/")
    lines = dict(_hunks(_git(top, "diff", *options, base, "--")))
    for path in _git(top, "ls-files", "--others", "--exclude-standard", "-z").split("\0"):
        lines[path] = [_EVERYTHING]
    return Changed({os.path.realpath(os.path.join(top, path)): ranges for path, ranges in lines.items()})


def _hunks(diff: str) -> Iterator[tuple[str, list[range]]]:
    """The new lines of each file in a diff without context; a deletion means the line after it."""
    ranges: list[range] = []
    for line in diff.split("\n"):
        if line.startswith("+++ "):
            ranges = []
            yield _unquoted(line.removeprefix("+++ ").rstrip("\t")).removeprefix("b/"), ranges
        elif match := _HUNK.match(line):
            start, count = int(match[1]), int(match[2] or 1)
            ranges.append(range(start, start + max(count, 1)))


def _unquoted(path: str) -> str:
    if not path.startswith('"'):
        return path
    return path[1:-1].encode().decode("unicode_escape").encode("latin-1").decode("utf-8", "surrogateescape")


def _git(folder: str, *words: str) -> str:
    command = (*_GIT, "-C", folder, *words)
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="surrogateescape", check=False)
    except OSError as error:
        raise Misuse(f"--diff-base needs git: {error.strerror}") from None
    if done.returncode:
        why = done.stderr.strip().split("\n")[-1].removeprefix("fatal: ") or "no common ancestor"
        raise Misuse(f"--diff-base: git cannot tell what has changed: {why}")
    return done.stdout
