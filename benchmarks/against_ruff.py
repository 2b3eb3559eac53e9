"""How long picklecheck takes over a tree of ordinary code, beside the cheapest thing a Rust linter does to it.

The two do different work: ruff parses every file for unused imports, picklecheck shows of nearly every
file that it need not be parsed. Both numbers are what a user waits for, taken in turns on one machine.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

GOAL = 0.6  # of ruff's wall time


class Cost(NamedTuple):
    """Seconds on the clock, and seconds of processors in the command and its children."""

    wall: float
    cpu: float


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare picklecheck with ruff, in turns, on one tree.")
    parser.add_argument("tree", nargs="?", help="a folder of Python files; default: the installed sympy")
    parser.add_argument("--rounds", type=int, default=9, help="runs of each (default: %(default)s)")
    asked = parser.parse_args()
    tree = asked.tree or installed("sympy")
    if tree is None:
        print("sympy is not installed here: pip install sympy, or name another folder", file=sys.stderr)
        return 2
    ours = [sys.executable, "-m", "picklecheck", "--isolated", "--no-cache", "--quiet", tree]
    theirs = [ruff(), "check", "--isolated", "--no-cache", "--select", "F401", "--quiet", tree]

    found, libcst = what_it_did(ours)
    costs: dict[str, list[Cost]] = {"picklecheck": [], "ruff": []}
    for _ in range(asked.rounds):
        costs["picklecheck"].append(cost(ours))
        costs["ruff"].append(cost(theirs))

    middle = {name: Cost(*map(median, zip(*each, strict=True))) for name, each in costs.items()}
    ratio = Cost(*(one / other for one, other in zip(middle["picklecheck"], middle["ruff"], strict=True)))
    print(f"{tree}: {asked.rounds} rounds in turns, {os.cpu_count()} processors, Python {sys.version.split()[0]}")
    for name, (wall, cpu) in (*middle.items(), ("ratio", ratio)):
        print(f"{name:12} wall {wall:7.3f}   cpu {cpu:7.3f}")
    print(f"picklecheck found {found or 'nothing'}; libcst was {'' if libcst else 'not '}loaded")
    print(f"goal: wall at most {GOAL} of ruff's: {'met' if ratio.wall <= GOAL else 'missed'}")
    return int(ratio.wall > GOAL)


def installed(name: str) -> str | None:
    """The folder of an installed package, which is not imported."""
    spec = importlib.util.find_spec(name)
    return str(Path(spec.origin).parent) if spec and spec.origin else None


def ruff() -> str:
    """The ruff of this environment, else that on PATH."""
    found = shutil.which("ruff", path=sysconfig.get_path("scripts")) or shutil.which("ruff")
    if found is None:
        sys.exit("ruff is not installed here: pip install ruff")
    return found


def what_it_did(command: Sequence[str]) -> tuple[str, bool]:
    """What picklecheck printed last (nothing, with --quiet, where it found nothing), and if it loaded libcst."""
    python, *words = command
    done = subprocess.run([python, "-X", "importtime", *words], capture_output=True, text=True, check=False)
    if done.returncode > 1:
        sys.exit(done.stderr.splitlines()[-1])
    lines = [line for line in done.stdout.splitlines() if line.startswith(("error[", "warning[", "note["))]
    return f"{len(lines)} things" if lines else "", "libcst" in done.stderr


def cost(command: Sequence[str]) -> Cost:
    """What one run of a command takes."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


if __name__ == "__main__":
    sys.exit(main())
