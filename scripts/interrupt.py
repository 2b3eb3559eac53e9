"""Ends runs of `--fix` by signals, lets two run side by side and an editor save meanwhile, and counts what is lost.

    python scripts/interrupt.py                          # all of it: hours
    python scripts/interrupt.py --seconds 600 --seed 7 --folder /dev/shm
    python scripts/interrupt.py --kills 50 --signals 10 --beside 10 --checks 0

Rounds come in an order that the seed decides, until all were run or the time is over; what was run is told at the end.
Each round starts with 60 files that can be fixed. Whatever happens, each file must hold to the letter what was last
saved in it, or that text fixed; after the next run all files of a run that was killed must be old, or all fixed;
nothing may lie beside them; and two seconds after a run was ended, none of its processes may be alive.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-P", "-m", "picklecheck", "--jobs", "2", "--isolated", "--quiet"]
FILES = 60
LONGEST = 600  # seconds for a run, on a machine that has much else to do
# Two kinds of files: one that is quickly fixed, and one that keeps the workers at work.
IDLE = "# {name}\n{padding}\nx = 1  # picklecheck: ignore[PKL101]\n"
BAD = """\
# {name}
{padding}
import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Pool() as pool:
        print(pool.map(lambda row: sum(row), [[1], [2]]))
"""
PADDING = "# What is not code makes the folder large enough for several processes.\n" * 12


def mended(old: str) -> str:
    return old.replace("lambda row: sum(row)", "sum").replace("  # picklecheck: ignore[PKL101]", "")


class Round:
    """One folder with its files, what was last saved in each, and what went wrong."""

    def __init__(self, folder: Path, chance: random.Random, counts: Counter[str]) -> None:
        self.folder, self.chance, self.counts = folder, chance, counts
        self.saved: dict[Path, str] = {}
        self.form = BAD if chance.random() < 0.2 else IDLE
        for number in range(FILES):
            path = folder / f"part{number % 3}" / f"file{number}.py"
            path.parent.mkdir(exist_ok=True)
            self.save(path, self.text(path.name))

    def text(self, name: str) -> str:
        return self.form.format(name=name, padding=PADDING)

    def save(self, path: Path, content: str, *, by_rename: bool = False) -> None:
        if by_rename:
            new = path.with_suffix(".new")
            new.write_text(content, "utf-8")
            new.replace(path)
        else:
            path.write_text(content, "utf-8")
        self.saved[path] = content

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*COMMAND, *words, "."], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def beside(self) -> list[Path]:
        return list(self.folder.glob("**/.picklecheck-*"))

    def is_written(self) -> bool:
        """Whether a run has begun to write, told fast."""
        return any(name.startswith(".picklecheck-") for name in os.listdir(self.folder / "part0"))

    def states(self) -> Counter[str]:
        """How many files are old and how many fixed; any other is lost."""
        found: Counter[str] = Counter()
        for path, saved in self.saved.items():
            now = path.read_text("utf-8") if path.exists() else ""
            state = "old" if now == saved else "mended" if now == mended(saved) else "lost"
            found[state] += 1
            if state == "lost":
                print(f"LOST {path}: {now[:200]!r}", file=sys.stderr)
        self.counts["files lost or mangled"] += found["lost"]
        return found


def interrupted(round_: Round, name: str) -> None:
    """End a run by a signal: at a random moment, or soon after it has begun to write."""
    counts, chance = round_.counts, round_.chance
    number = getattr(signal, name)
    run = round_.start("--fix")
    if chance.random() < 0.6:
        while run.poll() is None and not round_.is_written():
            time.sleep(0.0002)
        time.sleep(chance.random() * 0.04)
    else:
        time.sleep(chance.random() * 3)
    family = children(run.pid)
    ended = run.poll() is None
    run.send_signal(number)
    out, err = run.communicate(timeout=LONGEST)
    expected = -number if name == "SIGKILL" else 128 + number
    if not ended or run.returncode == 0:
        counts[f"{name}: the run was over before"] += 1
    elif (run.returncode == -number and number != signal.SIGKILL) or (b"Traceback" in err and number == signal.SIGINT):
        counts[f"{name}: ended while Python was starting"] += 1
    elif run.returncode != expected or out or (err and err != b"picklecheck: interrupted\n"):
        counts[f"{name}: another exit code, or more was printed"] += 1
        print(f"{name}: exit {run.returncode}, {out[:200]!r}, {err[-300:]!r}", file=sys.stderr)
    else:
        counts[f"{name}: ended"] += 1
    deadline = time.monotonic() + 2
    while family & running() and time.monotonic() < deadline:
        time.sleep(0.02)
    counts["processes alive after two seconds"] += len(family & running())
    left = round_.beside()
    if name != "SIGKILL":
        counts["files left beside by a signal that waits"] += len(left)
    counts["kills with files left beside, for the next run"] += bool(left)
    before = round_.states()
    counts["kills between two renames"] += bool(left) and 0 < before["mended"] < FILES
    round_.start("--select", "PKL901").communicate(timeout=LONGEST)  # a short run: it has to look at no file closely
    after = round_.states()
    counts["folders half old, half mended after the next run"] += len(+after) > 1
    counts["files left beside after the next run"] += len(round_.beside())


def side_by_side(round_: Round) -> None:
    """Two runs at once, and an editor that saves some of the files meanwhile."""
    counts, chance = round_.counts, round_.chance
    runs = [round_.start("--fix") for _ in range(2)]
    while any(run.poll() is None for run in runs):
        time.sleep(chance.random() * 0.3)
        path = chance.choice(list(round_.saved))
        round_.save(path, round_.text(f"saved {chance.random()}"), by_rename=chance.random() < 0.5)
        counts["files saved by the editor"] += 1
    for run in runs:
        _, err = run.communicate(timeout=LONGEST)
        counts[f"editor: exit code {run.returncode}"] += 1
        if b"internal error" in err or b"Traceback" in err:
            counts["tracebacks"] += 1
            print(err.decode()[-500:], file=sys.stderr)
    round_.states()
    counts["files left beside after two runs"] += len(round_.beside())
    counts["runs beside an editor"] += len(runs)


def killed_while_checking(round_: Round) -> None:
    """Kill a run that only checks at a random moment at which it has workers."""
    run = round_.start("--no-cache")
    deadline = time.monotonic() + LONGEST
    while len(family := children(run.pid)) < 2 and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(round_.chance.random())
    family |= children(run.pid)
    round_.counts["checks that were killed" if run.poll() is None else "checks that were over before"] += 1
    run.kill()
    run.communicate(timeout=LONGEST)
    round_.counts["workers of killed checks"] += len(family)
    time.sleep(2)
    round_.counts["processes alive after two seconds"] += len(family & running())


def children(parent: int) -> set[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return {pid for pid, above in pairs if above == parent}


def running() -> set[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    return {int(pid) for pid, state in map(str.split, listed.splitlines()) if not state.startswith("Z")}


WRONG = (
    "files lost or mangled",
    "processes alive after two seconds",
    "files left beside by a signal that waits",
    "folders half old, half mended after the next run",
    "files left beside after the next run",
    "files left beside after two runs",
    "tracebacks",
)


def tell(rounds: int, counts: Counter[str]) -> None:
    print(f"{rounds} rounds")
    for what, count in sorted(counts.items()):
        print(f"{count:7}  {what}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000, help="runs of --fix that SIGKILL ends")
    parser.add_argument("--signals", type=int, default=200, help="runs that each of SIGTERM, SIGINT and SIGHUP ends")
    parser.add_argument("--beside", type=int, default=200, help="times that two runs and an editor go side by side")
    parser.add_argument("--checks", type=int, default=50, help="runs without --fix that SIGKILL ends")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="how long to go on")
    parser.add_argument("--seed", type=int, default=1, help="what decides the moments, as far as they can be")
    parser.add_argument("--folder", help="where the files lie; a file system in memory makes it faster")
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which jobs in the background ignore
    chance, counts = random.Random(asked.seed), Counter(dict.fromkeys(WRONG, 0))
    kinds: list[Callable[[Round], None]] = [side_by_side] * asked.beside + [killed_while_checking] * asked.checks
    kinds += [lambda round_: interrupted(round_, "SIGKILL")] * asked.kills
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        kinds += [lambda round_, name=name: interrupted(round_, name)] * asked.signals  # type: ignore[misc]
    chance.shuffle(kinds)
    end, rounds = time.monotonic() + asked.seconds, 0
    for kind in kinds:
        if time.monotonic() > end:
            break
        folder = Path(tempfile.mkdtemp(prefix="interrupt-", dir=asked.folder))
        try:
            kind(Round(folder, chance, counts))
            rounds += 1
            if rounds % 50 == 0:
                tell(rounds, counts)
        finally:
            shutil.rmtree(folder)
    tell(rounds, counts)
    return int(any(counts[what] for what in WRONG) or any("another exit code" in what for what in counts))


if __name__ == "__main__":
    sys.exit(main())
