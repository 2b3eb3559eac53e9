"""Checks and fixes programs that nobody would write, and tells of each that stops picklecheck or takes too long.

    python scripts/fuzz.py --inputs 300                  # the run of the continuous integration: always the same
    python scripts/fuzz.py --seconds 3600 --seed 7       # others
    python scripts/fuzz.py --seed 7 --only 1234          # one of them again; its files are kept and named

Programs are made by a small grammar or by changing those in `fixtures/`; settings, suppressions, options and formats
are made up too. Each must end with exit code 0, 1 or 2, without an internal error, in ten seconds and a gigabyte. What
`--fix` leaves must be read as Python where what was there before could be, and a second `--fix` must change nothing.
All inputs are checked in this process, one after the other, some dozens a second.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import io
import os
import random
import resource
import shutil
import sys
import tempfile
import threading
import time
import tokenize
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from picklecheck.__main__ import main as picklecheck
from picklecheck.caching import cache as caching
from picklecheck.options import CHOICES
from picklecheck.rules.catalogue import RULES

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 10.0  # seconds of the processor for one input
MOST_MEMORY = 1024  # MB, of this process
# What the cache asks of picklecheck's own files, which do not change meanwhile.
caching._own_content = cache(caching._own_content)
caching._own_state = cache(caching._own_state)
WILD = [
    "\x1b[31m",
    "\u202e",
    "\x00",
    "\ufeff",
    "\r",
    "\x0c",
    "\x85",
    "\u2028",
    "é",
    "日",
    "\U0001f600",
    "\\\n",
    "\t",
    "\ud800",
]


# --- programs by a grammar -------------------------------------------------------------------------


class Grammar:
    """Random programs in which values of all kinds are sent to other processes."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.names = ["a", "b", "f", "g", "self", "pool", "x", "__name__", "_"]

    def one(self, *choices: str) -> str:
        return self.chance.choice(choices)

    def name(self) -> str:
        return self.chance.choice(self.names)

    def some(self, make: Callable[[int], str], depth: int, most: int = 3) -> str:
        return ", ".join(make(depth) for _ in range(self.chance.randint(0, most)))

    def value(self, depth: int) -> str:
        if depth <= 0:
            return self.one(self.name(), "1", "'s'", "None", "threading.Lock()", "open('f')", "lambda: 0", "...", "1j")
        deeper, name = depth - 1, self.name()
        operator = self.one("+", "or", "if a else", "==", "@", "in", "**")
        return self.chance.choice(
            [
                lambda: f"lambda {self.one('', 'n', '*n', '**n', 'n=1', 'n, /', '*, n')}: {self.value(deeper)}",
                lambda: f"{self.value(deeper)} {operator} {self.value(deeper)}",
                lambda: f"[{self.some(self.value, deeper)}]",
                lambda: f"({self.some(self.value, deeper)},)",
                lambda: f"{{{self.value(deeper)}: {self.value(deeper)}, **{name}}}",
                lambda: f"{{{self.value(deeper)} for {name} in {self.value(deeper)} if {self.value(deeper)}}}",
                lambda: f"({self.value(deeper)} for {name} in {self.value(deeper)})",
                lambda: f"functools.partial({self.value(deeper)}, {self.some(self.value, deeper)})",
                lambda: f"{name}({self.some(self.value, deeper)})",
                lambda: f"{name}(*{self.value(deeper)}, **{self.value(deeper)})",
                lambda: f"{name}.{self.name()}",
                lambda: f"{name}[{self.value(deeper)}:{self.value(deeper)}]",
                lambda: f"f'{{{name}!r:>{{{self.name()}}}}}'",
                lambda: f"({name} := {self.value(deeper)})",
                lambda: f"(yield {self.value(deeper)})",
                lambda: f"(await {self.value(deeper)})",
                lambda: f"copy.deepcopy({self.value(deeper)})",
                self.boundary,
            ]
        )()

    def boundary(self) -> str:
        form = self.one(
            "pool.map({}, {})",
            "pool.apply_async({}, args=({},))",
            "multiprocessing.Process(target={}, args=({},)).start()",
            "concurrent.futures.ProcessPoolExecutor().submit({}, {}).result()",
            "multiprocessing.Queue().put({})",
            "pickle.dumps({})",
        )
        return form.format(self.value(1), self.value(1))

    def block(self, depth: int, indent: str) -> str:
        return "".join(self.statement(depth, indent) for _ in range(self.chance.randint(1, 3)))

    def statement(self, depth: int, indent: str) -> str:
        value, name = self.value, self.name()
        inner, more = indent + "    ", depth - 1
        if depth <= 0 or self.chance.random() < 0.5:
            simple: Sequence[Callable[[], str]] = [
                lambda: f"{name} = {value(2)}",
                lambda: f"{name}.{self.name()} = {value(1)}",
                self.boundary,
                lambda: f"del {name}",
                lambda: f"{name} += {value(1)}",
                lambda: f"return {value(1)}",
                lambda: "pass",
                lambda: f"raise {value(1)}",
                lambda: f"global {name}",
                lambda: f"from {name} import *",
                lambda: f"import {name}",
                lambda: f"assert {value(1)}",
                lambda: f"a, *b = {value(1)}",
                lambda: "pool = multiprocessing.Pool()",
                lambda: f"{name}: {value(1)} = {value(1)}",
            ]
            return f"{indent}{self.chance.choice(simple)()}\n"
        heads: Sequence[Callable[[], str]] = [
            lambda: f"if {value(1)}:",
            lambda: f"while {value(1)}:",
            lambda: f"for {name} in {value(1)}:",
            lambda: f"{self.one('', 'async ')}def {name}({self.one('', 'self', 'a, b=1', '*a, **b')}):",
            lambda: f"class {name}({self.one('', 'Exception', 'dict', self.name(), 'multiprocessing.Process')}):",
            lambda: f"with {value(1)} as {name}:",
            lambda: "with multiprocessing.Pool() as pool:",
            lambda: "if __name__ == '__main__':",
            lambda: f"@{value(1)}\n{indent}def {name}():",
        ]
        kind = self.chance.random()
        if kind < 0.15:
            text = f"{indent}try:\n{self.block(more, inner)}{indent}except {value(0)} as {name}:\n"
            return text + self.block(more, inner)
        if kind < 0.25:
            text = f"{indent}match {value(1)}:\n{inner}case {self.one('_', '[a, *b]', '{**a}', 'f(x=1)', 'a | b')}:\n"
            return text + self.block(more, inner + "    ")
        text = f"{indent}{self.chance.choice(heads)()}\n{self.block(more, inner)}"
        if kind < 0.4:
            text += f"{indent}else:\n{self.block(more, inner)}"
        return text

    def program(self) -> str:
        head = "import concurrent.futures, copy, functools, multiprocessing, pickle, threading\n"
        depth, most = self.chance.choice([(1, 4), (2, 2), (2, 2), (3, 1), (3, 4)])
        return head + "".join(self.statement(depth, "") for _ in range(self.chance.randint(1, most)))


def deep(chance: random.Random) -> str:
    """A program with one thing repeated many times, in a row or inside itself."""
    count = chance.choice([20, 20, 20, 60, 60, 150])
    thing = chance.choice(
        [
            f"x = {' + '.join(['a'] * count)}",
            f"x = {'(' * min(count, 90)}1{')' * min(count, 90)}",
            f"x = {'[' * min(count, 90)}{']' * min(count, 90)}",
            f"x = a{'.b()' * count}",
            f"x = {'lambda: ' * min(count, 90)}0",
            "if a: pass\n" + "elif b: pass\n" * count,
            f"D = {{{', '.join(f'{n}: lambda: {n}' for n in range(count))}}}",
            "x0 = ()\n" + "".join(f"x{n + 1} = (x{n}, x{n})\n" for n in range(min(count, 12))),
            "class A0: pass\n" + "".join(f"class A{n + 1}(A{n}): pass\n" for n in range(min(count, 60))),
            "".join(f"def f{n}(): return f{(n + 1) % count}()\n" for n in range(min(count, 60))),
        ]
    )
    return f"import multiprocessing\n{thing}\ndef run(pool: multiprocessing.pool.Pool):\n    pool.map(lambda: x, [1])\n"


# --- programs by change ----------------------------------------------------------------------------


@cache
def fixtures() -> list[str]:
    files = sorted((ROOT / "fixtures").rglob("*.py"))
    return [file.read_text("utf-8", errors="replace") for file in files if file.stat().st_size < 1500]


def changed(chance: random.Random) -> str:
    text = chance.choice(fixtures())
    for _ in range(chance.randint(1, 6)):
        text = chance.choice(CHANGES)(chance, text)
    return text


def change_lines(chance: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True) or ["\n"]
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[other])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = chance.choice(["    ", "\t", " "]) + lines[at]
        case _:
            lines[at] = lines[at].lstrip()
    return "".join(lines)


def change_words(chance: random.Random, text: str) -> str:
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        words = [token.string for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.string.strip()]
        if words:
            return text.replace(
                chance.choice(words), chance.choice([*words, "", "lambda", "(", "self"]), chance.randint(1, 3)
            )
    return text


def change_characters(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice([*WILD, "(", ")", ":", "'", '"""', "#", "\n"]) + text[at + chance.randrange(3) :]


def add_suppressions(chance: random.Random, text: str) -> str:
    codes = [rule.code for rule in RULES] + ["ALL", "PKL1", "nope", "", "PKL101,PKL201", "\x1b[1m"]
    comment = chance.choice(
        [
            f"# picklecheck: ignore[{chance.choice(codes)}]",
            f"# picklecheck: file-ignore[{chance.choice(codes)}]",
            "# picklecheck: ignore",
            "# picklecheck: ignored[",
            f"# noqa: {chance.choice(codes)}",
        ]
    )
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    lines[at] = f"{lines[at]}  {comment}" if chance.random() < 0.7 else f"{comment}\n{lines[at]}"
    return "\n".join(lines)


def splice(chance: random.Random, text: str) -> str:
    other = chance.choice(fixtures())
    return text[: chance.randrange(len(text) + 1)] + other[chance.randrange(len(other) + 1) :]


CHANGES = (change_lines, change_lines, change_words, change_words, change_characters, add_suppressions, splice)


def program(chance: random.Random) -> bytes:
    kind = chance.random()
    if kind < 0.45:
        text = changed(chance)
    elif kind < 0.85:
        text = Grammar(chance).program()
    elif kind < 0.95:
        text = deep(chance)
    else:
        return b"import multiprocessing, pickle\nPool\n" + chance.randbytes(chance.randrange(200))
    if chance.random() < 0.2:
        text = add_suppressions(chance, text)
    if chance.random() < 0.1:
        text = text.replace("\n", chance.choice(["\r\n", "\r"]))
    encoding = chance.choice(["utf-8"] * 8 + ["utf-8-sig", "latin-1"])
    mark = "# coding: latin-1\n" if encoding == "latin-1" else ""
    return (mark + text).encode(encoding, "surrogatepass" if encoding != "latin-1" else "replace")


# --- settings and options --------------------------------------------------------------------------


def settings(chance: random.Random) -> str:
    values = [
        '"ALL"',
        '["PKL1"]',
        "true",
        "3",
        '">=3.8"',
        '"spawn"',
        '["fork"]',
        "{}",
        "[1]",
        '"nope"',
        "1e999",
        '"\\u001b"',
    ]
    keys = ["target-version", "start-method", "select", "ignore", "level", "exclude", "unsafe-fixes", "output-format"]
    keys += ["extend", "overrides", "knowledge", "nope", '"\\u202e"']
    lines = [f"{chance.choice(keys)} = {chance.choice(values)}" for _ in range(chance.randrange(4))]
    if chance.random() < 0.2:
        lines.append(
            chance.choice(
                ["[", "[knowledge.type.'a.B']\nwhy = 1", "[[overrides]]\npaths = ['*.py']\nselect = ['PKL2']"]
            )
        )
    return "\n".join(lines)


def options(chance: random.Random) -> list[str]:
    words = []
    if chance.random() < 0.8:
        words += ["--output-format", chance.choice(CHOICES["output_format"])]
    for word in ("--fix", "--unsafe-fixes", "--diff", "--statistics", "--verbose", "--quiet"):
        if chance.random() < 0.25:
            words.append(word)
    if chance.random() < 0.3:
        words += ["--target-version", chance.choice(["2.7", "3.6", ">=3.8", "3.14", ">=2.7"])]
    if chance.random() < 0.2:
        words += ["--color", "always"]
    if chance.random() < 0.7:
        words.append("--no-cache")
    if chance.random() < 0.1:
        words += chance.choice(RARE)
    return words


RARE = (
    ["--show-undecided"],
    ["--add-ignore"],
    ["--baseline", "known.json", "--update-baseline"],
    ["--baseline", "picklecheck.toml"],
    ["--error", "cannot pickle '_thread.lock' object"],
    ["--max-file-size", "500"],
    ["--platform", "windows", "--start-method", "fork"],
    ["--min-certainty", "certain", "--level", "error"],
)


# --- running ---------------------------------------------------------------------------------------


def run(words: list[str]) -> tuple[int, str, str]:
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = picklecheck(words)
    return code, out.getvalue(), err.getvalue()


def memory() -> int:
    """How much this process had at most, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform != "darwin" else 1 << 20)


def attempt(seed: int, number: int, folder: Path, counts: Counter[str]) -> str:
    """What is wrong with one input, whose files are in the folder afterwards; empty where nothing is."""
    chance = random.Random(f"{seed}/{number}")
    os.chdir(folder)
    for name in ("a.py", "b.py")[: chance.choice([1, 1, 1, 1, 1, 2])]:
        (folder / name).write_bytes(program(chance))
    if chance.random() < 0.15:
        (folder / "picklecheck.toml").write_text(settings(chance), "utf-8")
    words = options(chance)
    before = {path: path.read_bytes() for path in folder.glob("*.py")}
    begun, most = time.process_time(), memory()
    code, out, err = run([*words, "."])
    counts["with findings"] += code == 1
    if code not in (0, 1, 2) or "internal error" in err or "Traceback" in err:
        return f"exit {code}, {' '.join(words)}: {err[-400:]}"
    if not {"--color", "--diff"} & set(words) and "\x1b" in out + err:
        return "an escape sequence was printed"
    if "--fix" in words and code != 2:
        mended = {path: path.read_bytes() for path in folder.glob("*.py")}
        counts["mended"] += mended != before
        if any(readable(data) and not readable(mended[path]) for path, data in before.items()):
            return "what was mended cannot be read"
        run([*words, "."])
        if any(path.read_bytes() != data for path, data in mended.items()):
            return "a second --fix changed something"
    if (taken := time.process_time() - begun) > LONGEST:
        return f"{taken:.1f} seconds"
    return f"{memory()} MB" if memory() > max(most, MOST_MEMORY) else ""


def readable(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(data)
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


class Watch:
    """Tells of an input that does not end, which no exception could stop in a program that swallows them."""

    def __init__(self) -> None:
        self.begin(-1)
        threading.Thread(target=self._look, daemon=True).start()

    def begin(self, number: int) -> None:
        self.at, self.since = number, time.process_time()

    def _look(self) -> None:
        while True:
            time.sleep(1)
            if time.process_time() - self.since > 6 * LONGEST:
                print(f"input {self.at} does not end", file=sys.__stderr__, flush=True)
                os._exit(1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inputs", type=int, default=sys.maxsize, help="how many")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="how long")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("--only", type=int, help="the number of the one input to try")
    asked = parser.parse_args()
    end, watch, counts = time.monotonic() + asked.seconds, Watch(), Counter[str]()
    gc.freeze()
    numbers = range(asked.first, asked.first + asked.inputs) if asked.only is None else [asked.only]
    for number in numbers:
        if time.monotonic() > end:
            break
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        watch.begin(number)
        trouble = attempt(asked.seed, number, folder, counts)
        os.chdir(ROOT)
        counts["inputs"] += 1
        if counts["inputs"] % 20 == 0:
            gc.collect()  # which a run leaves out, as it is short
        if counts["inputs"] % 1000 == 0:
            tell(asked.seed, counts)
        if trouble:
            counts["in trouble"] += 1
            print(f"input {number}, {folder}: {trouble}", flush=True)
        if not trouble and asked.only is None:
            shutil.rmtree(folder)
    tell(asked.seed, counts)
    return int(counts["in trouble"] > 0)


def tell(seed: int, counts: Counter[str]) -> None:
    told = ", ".join(f"{counts[what]} {what}" for what in ("inputs", "with findings", "mended", "in trouble"))
    print(f"seed {seed}: {told}; {memory()} MB at most, {time.process_time():.0f} seconds", flush=True)


if __name__ == "__main__":
    sys.exit(main())
