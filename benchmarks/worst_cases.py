"""Programs on which an analysis may take very long: each is written into a folder, and grows with its size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

POOL = "from multiprocessing import Pool\n\n"
MAIN = 'if __name__ == "__main__":\n    with Pool() as pool:\n'


def many_calls(folder: Path, size: int) -> None:
    calls = "        pool.map(abs, [1, 2])\n" * (2_500 * size)
    (folder / "calls.py").write_text(POOL + MAIN + calls)


def deep_classes(folder: Path, size: int) -> None:
    depth = 60 * size
    classes = "class C0:\n    pass\n" + "".join(f"class C{n + 1}(C{n}):\n    pass\n" for n in range(depth))
    (folder / "deep.py").write_text(f"{POOL}{classes}{MAIN}        pool.map(print, [C{depth}()])\n")


def ring(folder: Path, size: int) -> None:
    count = 625 * size
    for number in range(count):
        following = (number + 1) % count
        own = f"def f{number}(pool, x):\n    return m{following}.f{following}(pool, x)\n"
        (folder / f"m{number}.py").write_text(f"import m{following}\n\n{own}")
    (folder / "main.py").write_text(
        f"import m0\n{POOL}{MAIN}        m0.f0(pool, lambda: 0)\n        pool.map(abs, [1])\n"
    )


def large_dicts(folder: Path, size: int) -> None:
    entries = "".join(f"    'key{n}': {n},\n" for n in range(625 * size))
    (folder / "dicts.py").write_text(f"{POOL}D = {{\n{entries}}}\n{MAIN}        pool.map(print, [D])\n")


def many_findings(folder: Path, size: int) -> None:
    calls = "".join(f"        pool.map(lambda x: x + {n}, [1])\n" for n in range(50 * size))
    (folder / "findings.py").write_text(POOL + MAIN + calls)


def shared(folder: Path, size: int) -> None:
    """Written out, the last value would have two to the power of some twenty parts."""
    doubled = "".join(f"a{n + 1} = (a{n}, a{n})\n" for n in range(3 * size))
    (folder / "shared.py").write_text(f"{POOL}a0 = 1\n{doubled}{MAIN}        pool.map(print, [a{3 * size}])\n")


CASES: dict[str, Callable[[Path, int], None]] = {
    "2,500 calls": many_calls,
    "60 classes, each the base of the next": deep_classes,
    "625 modules in a ring": ring,
    "a dict with 625 entries": large_dicts,
    "50 findings in a file": many_findings,
    "objects that share parts, 3 deep": shared,
}
