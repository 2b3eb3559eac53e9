"""Checks trees with all shortcuts and without each of them, and prints which findings are not the same.

    python benchmarks/without_shortcuts.py FOLDER ...
    python benchmarks/without_shortcuts.py --without nomination --without cache FOLDER

For each shortcut there is a line with the CPU time and the number of findings, and below it those that only one of
the two runs has. The exit code is 1 where a run without a shortcut has a finding that the run with all of them lacks.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from picklecheck.source.shortcuts import SHORTCUTS

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-P", "-m", "picklecheck", "--isolated", "--exit-zero", "--quiet", "--output-format", "json"]
CACHE = "cache"


class Checked(NamedTuple):
    """What one run found, each finding as one line, and its CPU time in seconds."""

    findings: Counter[str]
    cpu: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--without", action="append", choices=[*SHORTCUTS, CACHE], help="default: each of them")
    asked = parser.parse_args()
    lost = False
    for folder in asked.folder:
        usual = checked(folder)
        print(f"{folder}: {usual.cpu:.1f} s, {usual.findings.total()} findings", flush=True)
        for shortcut in asked.without or [*SHORTCUTS, CACHE]:
            other = from_cache(folder) if shortcut == CACHE else checked(folder, without=shortcut)
            lacking, further = other.findings - usual.findings, usual.findings - other.findings
            print(f"  without {shortcut}: {other.cpu:.1f} s, {len(lacking)} more, {len(further)} fewer", flush=True)
            for sign, lines in (("+", lacking), ("-", further)):
                print(*(f"    {sign} {line}" for line in sorted(lines)), sep="\n", end="\n" if lines else "")
            lost = lost or bool(lacking)
    return int(lost)


def from_cache(folder: Path) -> Checked:
    """What a run finds that takes all from the cache: the first run is the one that fills it."""
    with tempfile.TemporaryDirectory() as cache:
        checked(folder, "--cache-dir", cache)
        return checked(folder, "--cache-dir", cache)


def checked(folder: Path, *options: str, without: str = "") -> Checked:
    words: Sequence[str] = options or ["--no-cache"]
    environment = {**os.environ, "PICKLECHECK_WITHOUT": without, "PYTHONPATH": str(ROOT)}
    environment.pop("PICKLECHECK_NO_CACHE", None)
    before = os.times()
    done = subprocess.run([*COMMAND, *words, str(folder)], capture_output=True, env=environment, check=False)
    after = os.times()
    if done.returncode:
        sys.exit(f"{folder} could not be checked without {without or 'anything'}\n{done.stderr.decode()}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Checked(Counter(map(line, json.loads(done.stdout)["findings"])), cpu)


def line(finding: dict[str, object]) -> str:
    """A finding in a line: where, which, how sure, and what it says."""
    return "{path}:{line}:{column} {code} {level} {message}".format(**finding)


if __name__ == "__main__":
    sys.exit(main())
