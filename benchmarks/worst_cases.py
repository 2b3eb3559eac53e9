"""Programs on which an analysis may take very long, each at three sizes: time must grow no faster than size.

    python benchmarks/worst_cases.py
    python benchmarks/worst_cases.py findings dict --rounds 3

Prints the CPU time of each, less what a run over a program of a few lines takes, and the growth with each doubling.
Where that is more than 2.3, the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIZES = (2, 4, 8)
MOST_GROWTH = 2.3
LEAST_TIME = 0.3  # seconds; a growth from less is no growth, but noise
POOL = "from multiprocessing import Pool\n\n"
MAIN = 'if __name__ == "__main__":\n    with Pool() as pool:\n'
LAMBDA = f"{POOL}{MAIN}        pool.map(lambda x: x, [1])\n"


def few_lines(folder: Path, size: int) -> None:
    (folder / "few.py").write_text(LAMBDA)


def many_calls(folder: Path, size: int) -> None:
    calls = "        pool.map(abs, [1, 2])\n" * (5_000 * size)
    (folder / "calls.py").write_text(POOL + MAIN + calls)


def deep_classes(folder: Path, size: int) -> None:
    depth = 125 * size
    text = "import threading\nclass C0:\n    def __init__(self):\n        self.lock = threading.Lock()\n"
    for n in range(depth):
        text += f"class C{n + 1}(C{n}):\n    def __init__(self):\n        super().__init__()\n"
    (folder / "deep.py").write_text(f"{POOL}{text}{MAIN}        pool.map(print, [C{depth}()])\n")


def ring(folder: Path, size: int) -> None:
    count = 1_250 * size
    for number in range(count):
        following = (number + 1) % count
        own = f"def f{number}(pool, x):\n    return m{following}.f{following}(pool, x)\n"
        (folder / f"m{number}.py").write_text(f"import m{following}\n\n{own}")
    (folder / "main.py").write_text(
        f"import m0\n{POOL}{MAIN}        m0.f0(pool, lambda: 0)\n        pool.map(abs, [1])\n"
    )


def ring_of_pools(folder: Path, size: int) -> None:
    count = 125 * size
    for number in range(count):
        following = (number + 1) % count
        (folder / f"m{number}.py").write_text(f"import m{following}\n{LAMBDA}")


def unguarded(folder: Path, size: int) -> None:
    for number in range(500 * size):
        starts = f"{POOL}pool = Pool()\n" if number % 50 == 0 else "import os\nfrom multiprocessing import Pool\n"
        (folder / f"m{number}.py").write_text(starts)


def large_dict(folder: Path, size: int) -> None:
    entries = "".join(f"    'key{n}': {n},\n" for n in range(1_250 * size))
    (folder / "dicts.py").write_text(f"{POOL}D = {{\n{entries}}}\n{MAIN}        pool.map(print, [D, lambda: 0])\n")


def large_list(folder: Path, size: int) -> None:
    items = ", ".join(map(str, range(15_000 * size)))
    (folder / "lists.py").write_text(f"ROWS = [{items}]\nKNOWN = {{{items}}}\n{LAMBDA}")


def many_findings(folder: Path, size: int) -> None:
    functions = "".join(f"def f{n}(pool: Pool):\n    pool.map(lambda x: x + {n}, [1])\n" for n in range(100 * size))
    (folder / "findings.py").write_text(f"from multiprocessing.pool import Pool\n\n{functions}")


def many_at_once(folder: Path, size: int) -> None:
    calls = "".join(f"        pool.map(lambda x: x + {n}, [1])\n" for n in range(100 * size))
    (folder / "calls.py").write_text(POOL + MAIN + calls)


def many_missed(folder: Path, size: int) -> None:
    tasks = "".join(f"def task{n}(row):\n    return row + base{n}\n\n\n" for n in range(100 * size))
    calls = "".join(f"        base{n} = {n}\n        pool.map(task{n}, [1])\n" for n in range(100 * size))
    (folder / "missed.py").write_text(POOL + tasks + MAIN + calls)


def shared(folder: Path, size: int) -> None:
    """Written out, the last value would have two to the power of some twenty parts."""
    doubled = "".join(f"a{n + 1} = (a{n}, a{n})\n" for n in range(5 * size))
    (folder / "shared.py").write_text(f"{POOL}a0 = 1\n{doubled}{MAIN}        pool.map(print, [a{5 * size}])\n")


def shared_objects(folder: Path, size: int) -> None:
    text = "class Node:\n    def __init__(self, below):\n        self.left = self.right = below\n"
    text += "node = None\n" + "node = Node(node)\n" * (5 * size)
    (folder / "objects.py").write_text(f"{POOL}{text}{MAIN}        pool.map(print, [node])\n")


def shared_in_loops(folder: Path, size: int) -> None:
    loops = "".join(f"for i{n} in range(9):\n    a = [a, a, i{n}]\n" for n in range(25 * size))
    (folder / "loops.py").write_text(f"{POOL}a = []\n{loops}{MAIN}        pool.map(print, [a])\n")


def suppressions(folder: Path, size: int) -> None:
    lines = "x = 1  # picklecheck: ignore[PKL101]\n" * (500 * size)
    codes = ",".join(["PKL101"] * (100 * size))
    (folder / "ignored.py").write_text(f"{LAMBDA}{lines}y = 1  # picklecheck: ignore[{codes}]\n")


def long_line(folder: Path, size: int) -> None:
    words = "You can import multiprocessing to map work from a Pool " * (5_000 * size)
    (folder / "line.py").write_text(f'{LAMBDA}TEXT = "{words[: 230_000 * size]}"\n')


def branches(folder: Path, size: int) -> None:
    chain = "".join(f"elif value == {n}:\n    x = {n}\n" for n in range(1, 250 * size))
    (folder / "elif.py").write_text(f"import os\nvalue = os.getpid()\nif value == 0:\n    x = 0\n{chain}{LAMBDA}")


def terms(folder: Path, size: int) -> None:
    (folder / "sum.py").write_text(f"import os\na = os.getpid()\nx = {' + '.join(['a'] * (250 * size))}\n{LAMBDA}")


def chained(folder: Path, size: int) -> None:
    (folder / "chain.py").write_text(f"import shop\nx = shop.first{'.then()' * (150 * size)}\n{LAMBDA}")


def attributes(folder: Path, size: int) -> None:
    own = "".join(f"        self.a{n} = {n}\n" for n in range(500 * size))
    text = f"import threading\nclass Job:\n    def __init__(self):\n{own}        self.lock = threading.Lock()\n"
    (folder / "attributes.py").write_text(f"{POOL}{text}{MAIN}        pool.map(print, [Job()])\n")


def functions_in_a_row(folder: Path, size: int) -> None:
    count = 1_250 * size
    chain = "".join(f"def f{n}(pool, x):\n    return f{n + 1}(pool, x)\n" for n in range(count))
    last = f"def f{count}(pool, x):\n    return pool.map(x, [1])\n"
    (folder / "chain.py").write_text(f"{POOL}{chain}{last}{MAIN}        f0(pool, lambda x: x)\n")


def one_relay(folder: Path, size: int) -> None:
    entries = "".join(f"def e{n}(pool: Pool):\n    relay(pool, lambda x: x + {n})\n" for n in range(150 * size))
    relay = "def relay(pool: Pool, f):\n    return pool.map(f, [1])\n"
    (folder / "relay.py").write_text(f"from multiprocessing.pool import Pool\n\n{relay}{entries}")


def methods_sent(folder: Path, size: int) -> None:
    text = "import threading\nfrom multiprocessing.pool import Pool\nclass Job:\n    def __init__(self, pool: Pool):\n"
    text += "        self.pool = pool\n        self.lock = threading.Lock()\n"
    for n in range(100 * size):
        text += f"    def m{n}(self, x):\n        return x\n"
        text += f"    def s{n}(self):\n        self.pool.map(self.m{n}, [1])\n"
    (folder / "methods.py").write_text(text)


def table_of_lambdas(folder: Path, size: int) -> None:
    rows = "".join(f"    lambda x: x + {n},\n" for n in range(100 * size))
    calls = "".join(f"        pool.map(TABLE[{n}], [1])\n" for n in range(100 * size))
    (folder / "table.py").write_text(f"{POOL}TABLE = [\n{rows}]\n{MAIN}{calls}")


def stars_in_a_row(folder: Path, size: int) -> None:
    count = 50 * size
    for n in range(count):
        (folder / f"m{n}.py").write_text(f"from m{n + 1} import *\nX{n} = {n}\n")
    (folder / f"m{count}.py").write_text("def last():\n    return 1\n")
    (folder / "main.py").write_text(f"from m0 import *\n{POOL}{MAIN}        pool.apply(last)\n{LAMBDA}")


CASES: dict[str, Callable[[Path, int], None]] = {
    "5,000 calls in a file": many_calls,
    "125 classes, each the base of the next": deep_classes,
    "1,250 modules in a ring": ring,
    "125 modules with pools in a ring": ring_of_pools,
    "500 modules, 10 of them unguarded": unguarded,
    "a dict with 1,250 entries": large_dict,
    "a list and a set of 15,000 numbers": large_list,
    "100 findings in functions": many_findings,
    "100 findings in a block": many_at_once,
    "100 tasks that miss a variable": many_missed,
    "tuples that share parts, 5 deep": shared,
    "objects that share parts, 5 deep": shared_objects,
    "25 loops that share parts": shared_in_loops,
    "600 suppressions": suppressions,
    "a line of 230 KB": long_line,
    "250 elif branches": branches,
    "a sum of 250 terms": terms,
    "150 chained calls": chained,
    "500 attributes": attributes,
    "1,250 functions, each calling the next": functions_in_a_row,
    "150 functions that call one relay": one_relay,
    "100 methods that are sent": methods_sent,
    "100 lambdas in a table that are sent": table_of_lambdas,
    "50 modules of stars in a row": stars_in_a_row,
}


def taken(write: Callable[[Path, int], None], size: int, rounds: int) -> float:
    """The least seconds of all processors that a run over an input took."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), size)
        command = [sys.executable, "-P", "-m", "picklecheck", "--isolated", "--no-cache", "--jobs", "1", "--quiet"]
        return min(_seconds([*command, "--max-file-size", "100000000", folder]) for _ in range(rounds))


def _seconds(command: list[str]) -> float:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode not in (0, 1):
        sys.exit(f"exit code {run.returncode}: {' '.join(command)}")
    return used.ru_utime + used.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="only cases in whose name one of these stands")
    parser.add_argument("--rounds", type=int, default=2, help="runs of each, of which the fastest counts")
    asked = parser.parse_args()
    wanted = {
        name: case for name, case in CASES.items() if not asked.words or any(word in name for word in asked.words)
    }
    start_up = taken(few_lines, 1, asked.rounds)
    print(f"start-up: {start_up:.2f} s, which is left out\n\n| input at n | 2n, 4n, 8n | growth |\n|---|--:|--:|")
    steep = False
    for name, write in wanted.items():
        times = [max(taken(write, size, asked.rounds) - start_up, 0.0) for size in SIZES]
        rates = [after / max(before, LEAST_TIME) for before, after in pairwise(times)]
        steep = steep or max(rates) > MOST_GROWTH
        cells = ", ".join(f"{seconds:.2f} s" for seconds in times), ", ".join(f"{rate:.1f}" for rate in rates)
        print(f"| {name} | {' | '.join(cells)} |{' <-- steep' if max(rates) > MOST_GROWTH else ''}", flush=True)
    return int(steep)


if __name__ == "__main__":
    sys.exit(main())
