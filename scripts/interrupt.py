"""Ends runs of `--fix` by signals, lets two run side by side and an editor save meanwhile, and counts what is lost.

    python scripts/interrupt.py                          # all of it: hours
    python scripts/interrupt.py --seconds 600 --seed 7
    python scripts/interrupt.py --kills 50 --signals 10 --beside 10 --checks 0

Rounds come in an order that the seed decides, until all were run or the time is over; what was run is told at the end.
Each round starts with 60 files that can be fixed. Whatever happens, each file must hold to the letter what was last
saved in it, or that text fixed; after the next run all files of a run that was killed must be old, or all fixed;
nothing may lie beside them; and two seconds after a run was ended, none of its processes may be alive.

Most runs are forked from this process, which has imported what picklecheck needs: what is killed is then at work, and
not at its imports. One in ten is a command that starts from the beginning. How long the parts of a run take is measured
at first; the moments of signals are drawn from there: two in five while files are replaced, as many while what will
replace them is written, the others at any time. `--folder` should be on a disk: in memory, writing takes no time.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from picklecheck.__main__ import main as picklecheck  # noqa: E402

WORDS = ["--jobs", "2", "--isolated", "--quiet"]
COMMAND = [sys.executable, "-P", "-m", "picklecheck", *WORDS]
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


class Forked:
    """A run of picklecheck that was forked from this process; asked like one that `subprocess` has started."""

    def __init__(self, folder: Path, words: list[str]) -> None:
        self.returncode: int | None = None
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._run(folder, words)
            finally:
                os._exit(70)

    def _run(self, folder: Path, words: list[str]) -> None:
        os.nice(5)  # what ends it has to be in time
        os.dup2(self._out.fileno(), 1)
        os.dup2(self._err.fileno(), 2)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        os.chdir(folder)
        sys.argv = ["picklecheck", *words]
        code = picklecheck()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    kill = lambda self: self.send_signal(signal.SIGKILL)  # noqa: E731

    def communicate(self, timeout: float) -> tuple[bytes, bytes]:
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"a run does not end: {self.pid}")
            time.sleep(0.002)
        self._out.seek(0)
        self._err.seek(0)
        with self._out as out, self._err as err:
            return out.read(), err.read()


def import_all() -> None:
    """Import what a run imports that fixes something: another process tells."""
    told = """if 1:
        import json, sys
        from picklecheck.__main__ import main
        main(sys.argv[1:])
        print(json.dumps([name for name in sys.modules if name != "__main__"]))
    """
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.py").write_text(BAD.format(name="", padding=""), "utf-8")
        words = ["--isolated", "--quiet", "--fix", "."]
        command = [sys.executable, "-P", "-c", told, *words]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    for name in json.loads(run.stdout.splitlines()[-1]):
        importlib.import_module(name)


Run = Forked | subprocess.Popen[bytes]


class Round:
    """One folder with its files, what was last saved in each, and what went wrong."""

    def __init__(self, folder: Path, chance: random.Random, counts: Counter[str], form: str = "") -> None:
        self.folder, self.chance, self.counts = folder, chance, counts
        self.saved: dict[Path, str] = {}
        self.form = form or (BAD if chance.random() < 0.1 else IDLE)
        for number in range(FILES):
            path = folder / f"part{number % 3}" / f"file{number}.py"
            path.parent.mkdir(exist_ok=True)
            self.save(path, self.text(path.name))
        self.first = os.stat(folder / "part0" / "file0.py").st_ino

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

    def start(self, *words: str, forked: bool = True) -> Run:
        self.counts["runs"] += 1
        if forked:
            return Forked(self.folder, [*WORDS, *words, "."])
        return subprocess.Popen(
            [*COMMAND, *words, "."], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def beside(self) -> list[Path]:
        return list(self.folder.glob("**/.picklecheck-*"))

    def is_written(self) -> bool:
        """Whether a run has begun to write, told fast."""
        return any(name.startswith(".picklecheck-") for name in os.listdir(self.folder / "part0"))

    def is_replaced(self) -> bool:
        """Whether a run has put the first file in its place."""
        return os.stat(self.folder / "part0" / "file0.py").st_ino != self.first

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


@dataclass(frozen=True)
class Lengths:
    """How many seconds a run takes, those from when it begins to write, and those from when it has replaced a file."""

    whole: float
    writing: float
    replacing: float


def lengths(form: str, folder: str | None) -> Lengths:
    """The lengths of a run over files of one kind that nothing disturbs: of three the one in the middle."""
    taken = []
    for _ in range(3):
        with tempfile.TemporaryDirectory(prefix="interrupt-", dir=folder) as name:
            round_ = Round(Path(name), random.Random(), Counter(), form)
            begun = time.monotonic()
            run = round_.start("--fix")
            written = wait_for(round_.is_written, run)
            replaced = wait_for(round_.is_replaced, run)
            run.communicate(timeout=LONGEST)
            now = time.monotonic()
            taken.append(Lengths(now - begun, now - written, now - replaced))
    return Lengths(*(median(getattr(one, name) for one in taken) for name in ("whole", "writing", "replacing")))


def wait_for(happened: Callable[[], bool], run: Run) -> float:
    """When it happened, or else when the run was over."""
    while run.poll() is None and not happened():
        time.sleep(0.0002)
    return time.monotonic()


def interrupted(round_: Round, name: str, taken: Mapping[str, Lengths]) -> None:
    """End a run by a signal: at any moment, after it has begun to write, or after it has replaced a file."""
    counts, chance = round_.counts, round_.chance
    number = getattr(signal, name)
    length = taken[round_.form]
    forked = chance.random() < 0.9
    run = round_.start("--fix", forked=forked)
    kind = chance.random()
    if kind < 0.4:
        wait_for(round_.is_replaced, run)
        time.sleep(chance.random() ** 3 * length.replacing)  # the files first, then what lies beside them
    elif kind < 0.8:
        wait_for(round_.is_written, run)
        time.sleep(chance.random() * length.writing)
    else:
        time.sleep(chance.random() * (length.whole if forked else length.whole + 0.5))
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
    written = "nothing" if before["old"] == FILES else "all" if before["mended"] == FILES else "a part"
    counts[f"{name}: {written} was written"] += ended
    round_.start("--select", "PKL901").communicate(timeout=LONGEST)  # a short run: it has to look at no file closely
    after = round_.states()
    counts["folders half old, half mended after the next run"] += len(+after) > 1
    counts["files left beside after the next run"] += len(round_.beside())


def side_by_side(round_: Round, taken: Mapping[str, Lengths]) -> None:
    """Two runs at once, and an editor that saves some of the files meanwhile."""
    counts, chance = round_.counts, round_.chance
    runs = [round_.start("--fix") for _ in range(2)]
    while any(run.poll() is None for run in runs):
        time.sleep(chance.random() * taken[round_.form].whole / 4)
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
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which jobs in the background ignore
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000, help="runs of --fix that SIGKILL ends")
    parser.add_argument("--signals", type=int, default=200, help="runs that each of SIGTERM, SIGINT and SIGHUP ends")
    parser.add_argument("--beside", type=int, default=200, help="times that two runs and an editor go side by side")
    parser.add_argument("--checks", type=int, default=50, help="runs without --fix that SIGKILL ends")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="how long to go on")
    parser.add_argument("--seed", type=int, default=1, help="what decides the moments, as far as they can be")
    parser.add_argument("--folder", help="where the files lie")
    asked = parser.parse_args()
    import_all()
    taken = {form: lengths(form, asked.folder) for form in (IDLE, BAD)}
    print(*taken.values(), sep="\n", flush=True)
    chance, counts = random.Random(asked.seed), Counter(dict.fromkeys(WRONG, 0))
    kinds: list[Callable[[Round], None]] = [lambda round_: side_by_side(round_, taken)] * asked.beside
    kinds += [killed_while_checking] * asked.checks
    kinds += [lambda round_: interrupted(round_, "SIGKILL", taken)] * asked.kills
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        kinds += [lambda round_, name=name: interrupted(round_, name, taken)] * asked.signals  # type: ignore[misc]
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
