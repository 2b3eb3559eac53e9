"""What picklecheck takes over trees of real code, beside a linter that parses every file and a type checker.

All three are run in turns on one machine; what counts are the ratios. ruff looks for unused imports and follows
nothing; ty follows the whole program, as picklecheck does. ruff runs without its cache, and ty has none: what
picklecheck takes with a full cache, and after an edit, is set beside the same runs.

A tree that cannot be downloaded, or over which one run takes too long or fails, is told in the table, and the others
are measured all the same; the exit code is 1 then.
"""

from __future__ import annotations

import argparse
import compileall
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import trees
import worst_cases

PACKAGE = Path(__file__).resolve().parent.parent / "picklecheck"
ENTRY_POINTS = re.compile(r"(\d+) entry points? run, (\d+) of them up to the bound of steps")


class NotMeasured(Exception):
    """A tree is left out of the table; the text says why."""


class Cost(NamedTuple):
    """Seconds on the clock, seconds of all processors, and megabytes of the largest process."""

    wall: float
    cpu: float
    memory: float

    def to(self, other: Cost) -> str:
        return " ".join(f"{mine / theirs:.2f}" for mine, theirs in zip(self, other, strict=True))

    def __str__(self) -> str:
        return f"{self.wall:.2f} s, {self.cpu:.2f} s, {self.memory:.0f} MB"


class Measured(NamedTuple):
    """The medians for one tree; and of the entry points that were run, how many met the bound of steps."""

    costs: dict[str, Cost]
    entry_points: int
    bounded: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("tree", nargs="*", choices=[[], *trees.VERSIONS], metavar="TREE", help="default: all")
    parser.add_argument("--quick", action="store_true", help=f"only {', '.join(trees.QUICK)}")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each (default: %(default)s)")
    parser.add_argument("--growth", action="store_true", help="also how time grows, with copies and in worst cases")
    parser.add_argument("--most", type=int, default=900, help="seconds that one run may take (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "picklecheck-trees")
    asked = parser.parse_args()
    names = asked.tree or (trees.QUICK if asked.quick else list(trees.VERSIONS))
    compileall.compile_dir(PACKAGE, quiet=1)  # as an installer does; some environments keep Python from doing it

    print(f"{asked.rounds} rounds in turns, {os.cpu_count()} processors, Python {sys.version.split()[0]}\n")
    print("| tree (files) | picklecheck, cold | to ruff | to ty | warm to ruff | after an edit | met a bound |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    missing = False
    for name in names:
        try:
            tree = trees.fetched(name, asked.folder)
            line = row(name, tree, measured(tree, asked.rounds, asked.most))
        except NotMeasured as why:
            line, missing = f"| {name} | not measured: {why} | - | - | - | - | - |", True
        except subprocess.CalledProcessError as error:
            line, missing = f"| {name} | not downloaded: pip ended with {error.returncode} | - | - | - | - | - |", True
        print(line, flush=True)
    print("\nWall time, CPU time, peak memory of the largest process; after an edit: wall and CPU time more than warm.")
    if asked.growth:
        growth(trees.fetched("celery", asked.folder), asked.most)
    return int(missing)


def row(name: str, tree: Path, found: Measured) -> str:
    costs, ruff, ty = found.costs, found.costs["ruff"], found.costs.get("ty")
    cold, warm, edited = costs["cold"], costs["warm"], costs["edited"]
    share = f"{found.bounded} of {found.entry_points} ({100 * found.bounded / max(found.entry_points, 1):.1f} %)"
    cells = (
        f"{name} ({len(python_files(tree))})",
        *(cold, cold.to(ruff), cold.to(ty) if ty else "-", warm.to(ruff)),
        *(f"{edited.wall - warm.wall:+.2f} s, {edited.cpu - warm.cpu:+.2f} s", share),
    )
    return f"| {' | '.join(map(str, cells))} |"


def measured(tree: Path, rounds: int, most: int) -> Measured:
    """What each tool takes over a tree, the tools in turns."""
    ruff, ty = tool("ruff"), tool("ty")
    costs: dict[str, list[Cost]] = {}

    def note(what: str, command: Sequence[str]) -> str:
        cost, said = run(command, most)
        costs.setdefault(what, []).append(cost)
        return said

    edited = leaf(tree)
    text, said = edited.read_bytes(), ""
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            ours = [*picklecheck("--cache-dir", cache), str(tree)]
            said = note("cold", [*ours, "--verbose"])
            note("warm", ours)
            try:
                edited.write_bytes(text + f"\n# edit {number}\n".encode())
                note("edited", ours)
            finally:
                edited.write_bytes(text)
        note(
            "ruff",
            [str(ruff), "check", "--isolated", "--no-cache", "--exit-zero", "--select", "F401", "--quiet", str(tree)],
        )
        if ty:
            note("ty", [ty, "check", "--exit-zero", "--quiet", "--project", str(tree), str(tree)])
    medians = {what: Cost(*map(median, zip(*each, strict=True))) for what, each in costs.items()}
    counts = ENTRY_POINTS.search(said)
    return Measured(medians, *map(int, counts.groups() if counts else (0, 0)))


def growth(tree: Path, most: int) -> None:
    """Print what copies of a tree and worst cases take, each twice as large as the one before."""
    with tempfile.TemporaryDirectory() as folder:
        print("\n| input | size: CPU time, memory |\n|---|---|")
        for name, write in {"copies of celery": lambda at, size: copies(tree, at, size), **worst_cases.CASES}.items():
            cells = []
            for size in (1, 2, 4, 8):
                at = Path(folder, f"{name} {size}")
                at.mkdir()
                write(at, size)
                try:
                    cost, _ = run([*picklecheck("--no-cache", "--max-file-size", "100000000"), str(at)], most)
                except NotMeasured as why:
                    cells.append(f"{size}: {why}")
                    break
                cells.append(f"{size}: {cost.cpu:.1f} s, {cost.memory:.0f} MB")
            print(f"| {name} | {'; '.join(cells)} |", flush=True)


def copies(tree: Path, folder: Path, number: int) -> None:
    for copy in range(number):
        shutil.copytree(tree, folder / f"copy_{copy}")


def picklecheck(*words: str) -> list[str]:
    return [
        sys.executable,
        "-P",
        "-m",
        "picklecheck",
        "--isolated",
        "--exit-zero",
        "--quiet",
        "--target-version",
        ">=3.9",
        *words,
    ]


def tool(name: str) -> str | None:
    """A command of this environment, else of PATH."""
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None and name == "ruff":
        sys.exit("ruff is not installed here: pip install ruff")
    return found


def python_files(tree: Path) -> list[Path]:
    return sorted(tree.rglob("*.py"))


def leaf(tree: Path) -> Path:
    """The largest file with some pickling, else of all, whose name is in no other: so nothing imports it."""
    texts = {path: path.read_bytes() for path in python_files(tree)}
    files_with: Counter[bytes] = Counter(word for text in texts.values() for word in set(re.findall(rb"\w+", text)))

    def named(path: Path) -> int:
        name = path.stem.encode()
        return files_with[name] - bool(re.search(rb"\b%s\b" % re.escape(name), texts[path]))

    unnamed: Iterable[Path] = [path for path in texts if not named(path)]
    return max(
        unnamed, key=lambda path: (re.search(rb"pickle|multiprocessing", texts[path]) is not None, len(texts[path]))
    )


def run(command: Sequence[str], most: int) -> tuple[Cost, str]:
    """What one run of a command takes, with its children, and what it says on standard error.

    Raises `NotMeasured` where it takes more than so many seconds, or fails.
    """
    what = Path(command[0]).name if command[0] != sys.executable else "picklecheck"
    with tempfile.TemporaryFile() as said, open(os.devnull, "wb") as nowhere:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=nowhere, stderr=said, start_new_session=True)
        end = threading.Timer(most, os.killpg, (process.pid, signal.SIGKILL))
        end.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:  # Ctrl-C is not sent to a session of its own
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            end.cancel()
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    if process.returncode == -signal.SIGKILL and wall >= most:
        raise NotMeasured(f"{what} took more than {most} s")
    if process.returncode:  # also where something was found it is 0
        print(" ".join(command), text, sep="\n", file=sys.stderr)
        raise NotMeasured(f"{what} ended with {process.returncode}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / unit), text


if __name__ == "__main__":
    sys.exit(main())
