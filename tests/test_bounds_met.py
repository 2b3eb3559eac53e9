"""Programs that go beyond a bound, made small for that: what is known of them is still told, and the bound is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from picklecheck.__main__ import main

POOL = "import multiprocessing\nimport threading\n\n\n"
MAIN = "if __name__ == '__main__':\n    with multiprocessing.Pool() as pool:\n"
LAMBDA = f"{MAIN}        pool.map(lambda row: row, [1])\n"
PREFIX = "picklecheck."


def ways(number: int) -> str:
    """A function that nothing calls, with flags by which it goes on."""
    flags = ", ".join(f"flag{n}=False" for n in range(number))
    branches = "".join(f"    if flag{n}:\n        multiprocessing.Pool().map(print, [{n}])\n" for n in range(number))
    return f"def run({flags}):\n{branches}\n\n"


def inherited(number: int) -> str:
    methods = "".join(
        f"    def work{n}(self):\n        multiprocessing.Pool().map(self.one, [{n}])\n\n" for n in range(number)
    )
    sub = "class Sub(Base):\n    def __init__(self):\n        self.lock = threading.Lock()\n\n\n"
    return f"class Base:\n{methods}    def one(self, row):\n        return row\n\n\n{sub}"


def missed(number: int) -> str:
    names = [f"base{n}" for n in range(number)]
    task = f"def task(row):\n    return row + {' + '.join(names)}\n\n\n"
    first = "".join(f"{name} = 0\n" for name in names)
    return first + task + MAIN + "".join(f"        {name} = 1\n" for name in names) + "        pool.map(task, [1])\n"


def fixtures(number: int) -> str:
    rows = "".join(f"@pytest.fixture\ndef f{n}(f{n + 1}):\n    return f{n + 1}\n\n\n" for n in range(number))
    last = f"@pytest.fixture\ndef f{number}():\n    return lambda row: row\n\n\n"
    return f"import pytest\n\n\n{rows}{last}def test_it(f0):\n    multiprocessing.Pool().map(f0, [1])\n"


def many_values(number: int) -> str:
    rows = "".join(f"        [{n}, [{n}, []]],\n" for n in range(number))
    return f"{MAIN}        pool.map(print, [[\n{rows}        ]])\n"


def owners(number: int) -> str:
    """A function that is a method of several classes."""
    work = "def work(self):\n    multiprocessing.Pool().map(print, [1])\n\n\n"
    return work + "".join(f"class Job{n}:\n    run = work\n\n\n" for n in range(number))


def filled(number: int) -> str:
    """A class whose methods set what its constructor leaves open, and are called by others only."""
    opened = "".join(f"        self.part{n} = None\n" for n in range(number))
    setting = "".join(f"    def set{n}(self):\n        self.part{n} = {n}\n\n" for n in range(number))
    send = "    def start(self):\n        multiprocessing.Pool().map(print, [self.part0])\n\n\n"
    return f"class Job:\n    def __init__(self):\n{opened}\n{setting}{send}"


AGAIN = """\
def pick(way):
    if way == "far":
        return pick("near")
    return way


PICKED = pick("far")
"""


def long_below(number: int) -> str:
    """Functions whose steps are used up by others that they call: without these, what they return would be seen."""
    work = "    x = x + 1\n" * 240
    long = "".join(f"def long{n}():\n    x = threading.get_ident()\n{work}    return x\n\n\n" for n in range(number))
    made = "".join(f"def make{n}():\n    long{n}()\n    return {n}\n\n\nx{n} = make{n}()\n" for n in range(number))
    return long + made


BOUNDS = [
    ("analysis.MOST_OWNERS", 1, owners(2), False),
    ("semantics.kinds.out_of_sight.MOST_FILLING", 1, filled(3), False),
    ("semantics.kinds.following.MOST_RECURSION", 1, AGAIN, False),
    ("semantics.kinds.functions.MOST_RUN_AGAIN", 0, long_below(1), False),
    ("entry_points.MOST_WAYS", 1, ways(4), False),
    ("analysis.MOST_INHERITED", 1, inherited(4), False),
    ("crossings.spawned.MOST_MISSED", 2, missed(4), True),
    ("semantics.models.fixtures.DEEPEST_FIXTURE", 1, fixtures(4), False),
    ("crossings.judging.MOST_JUDGED", 10, many_values(20), True),
]


@pytest.mark.parametrize(("bound", "most", "text", "cut"), BOUNDS, ids=[one[0].rpartition(".")[2] for one in BOUNDS])
def test_a_bound_is_named_where_it_is_met(
    bound: str,
    most: int,
    text: str,
    cut: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("test_a.py").write_text(POOL + text + ("\n\n" if text.endswith(")\n") else "") + LAMBDA, "utf-8")
    name = bound.rpartition(".")[2]
    words = ["--isolated", "--no-cache", "--verbose", "--output-format", "concise", "test_a.py"]
    main(words)
    assert name not in capsys.readouterr().err
    monkeypatch.setattr(PREFIX + bound, most)
    assert main(words) == 1
    printed = capsys.readouterr()
    assert "PKL101" in printed.out
    told = "too long to follow to its end" if cut else f"the bound {name} was met in test_a.py"
    assert name in printed.err
    assert told in printed.err
