"""What another file does with a definition speaks against changing it: it prints the same before and after `--fix`."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from picklecheck.check import check
from picklecheck.options import Options


@dataclass(frozen=True, slots=True)
class Case:
    """`tasks.py` and what hands something of it over, a line that `--fix` puts there, and `other.py`, which works."""

    tasks: str
    crosses: str
    line: str
    other: str


HOLDER = """\
import threading


class Job:
    def __init__(self, factor=2):
        self.factor = factor
        self.lock = threading.Lock()

    def double(self, n):
        return 2 * n

    def work(self, n):
        return self.factor * n
"""
STATIC = ("pool.map(tasks.Job().double, [1])", "@staticmethod")
STATE = ("pool.map(tasks.Job().work, [1])", 'del state["lock"]')

PRIVATE = """\
from multiprocessing import Pool


class Job:
    def go(self):
        with Pool(1) as pool:
            return pool.map(self.__work, [1])

    def __work(self, n):
        return self.factor * n

    factor = 2
"""
RENAMED = ("tasks.Job().go()", "def _work(self, n):")

ERROR = """\
class Bad(Exception):
    def __init__(self, code, text):
        super().__init__(text)
        self.code = code
        self.text = text


def fail(n):
    raise Bad(n, "bad")
"""
REBUILT = ("pool.map(tasks.fail, [1])", "return type(self), (self.code, self.text), self.__dict__")

LOST = """\
class Bad(Exception):
    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")


def fail(n):
    raise Bad(n, "bad")
"""
REMADE = ("pool.map(tasks.fail, [1])", "return Exception.__new__, (type(self), *self.args), self.__dict__")

DECORATOR = """\
def twice(function):
    def inner(*given):
        return function(*given)

    return inner


@twice
def work(n):
    return n + 1
"""
NAMED = ("pool.map(tasks.work, [1])", "@functools.wraps(function)")

OVERRIDING = """\
from multiprocessing import Pool


class Base:
    def work(self, n):
        return n


class Job(Base):
    def work(self, n):
        return -n

    def go(self):
        with Pool(1) as pool:
            return pool.map(super().work, [1])
"""
SUPER = ("tasks.Job().go()", "return pool.map(functools.partial(Base.work, self), [1])")

OPENED = """\
import threading
from multiprocessing import Pool


class Job:
    factor = 2

    def open(self):
        self.lock = threading.Lock()

    def work(self, n):
        return self.factor * n

    def go(self):
        self.open()
        with Pool(1) as pool:
            return pool.map(self.work, [1])
"""
GIVEN = ("tasks.Job().go()", "return pool.map(functools.partial(job_work, self.factor), [1])")

CASES = {
    "a method of data that is overridden": Case(
        OPENED,
        *GIVEN,
        "class More(tasks.Job):\n    def open(self):\n        self.lock = None\n\n    def work(self, n):\n"
        "        return -n\n\n\nif __name__ == '__main__':\n    print(More().go())",
    ),
    "a method of data that is replaced by name": Case(
        OPENED,
        *GIVEN,
        "def minus(self, n):\n    return -n\n\n\nclass Free(tasks.Job):\n    def open(self):\n"
        "        self.lock = None\n\n\nsetattr(tasks.Job, 'work', minus)\nprint(Free().work(1))",
    ),
    "a method called through its class": Case(HOLDER, *STATIC, "print(tasks.Job.double(None, 4))"),
    "a method called through the class of an object": Case(
        HOLDER, *STATIC, "job = tasks.Job()\nprint(type(job).double(job, 4))"
    ),
    "a method called through another name of its class": Case(
        HOLDER, *STATIC, "from tasks import Job as Task\n\nprint(Task.double(None, 4))"
    ),
    "a method looked up in its class": Case(HOLDER, *STATIC, 'print(vars(tasks.Job)["double"](None, 4))'),
    "a method that is replaced": Case(
        HOLDER, *STATIC, "tasks.Job.double = lambda self, n: -n\nprint(tasks.Job().double(4))"
    ),
    "a method that is overridden": Case(
        HOLDER,
        *STATIC,
        "class More(tasks.Job):\n    def double(self, n):\n        return super(More, type(self)).double(self, n)\n\n\n"
        "print(More().double(4))",
    ),
    "an attribute that is deleted": Case(
        HOLDER,
        *STATE,
        "import pickle\n\njob = tasks.Job()\ndel job.lock\nprint(vars(pickle.loads(pickle.dumps(job))))",
    ),
    "an attribute that is deleted by its name": Case(
        HOLDER,
        *STATE,
        'import pickle\n\njob = tasks.Job()\ndelattr(job, "lock")\nprint(vars(pickle.loads(pickle.dumps(job))))',
    ),
    "an attribute that is taken out of the namespace": Case(
        HOLDER,
        *STATE,
        'import pickle\n\njob = tasks.Job()\njob.__dict__.pop("lock")\nprint(vars(pickle.loads(pickle.dumps(job))))',
    ),
    "an attribute that is set": Case(
        HOLDER,
        *STATE,
        "import pickle\n\njob = tasks.Job()\njob.lock = None\nprint(vars(pickle.loads(pickle.dumps(job))))",
    ),
    "an attribute that a subclass sets": Case(
        HOLDER,
        *STATE,
        "import pickle\n\n\nclass Free(tasks.Job):\n    def __init__(self):\n        super().__init__(3)\n"
        "        self.lock = None\n\n\nprint(vars(pickle.loads(pickle.dumps(Free()))))",
    ),
    "an object that is copied": Case(
        HOLDER, *STATE, "import copy\n\njob = tasks.Job()\nprint(copy.copy(job).lock is job.lock)"
    ),
    "an exception that is an error of the system too": Case(
        LOST,
        *REMADE,
        "import pickle\n\n\nclass Gone(tasks.Bad, OSError):\n    def __init__(self, number, text):\n"
        "        OSError.__init__(self, number, text)\n\n\n"
        'print(pickle.loads(pickle.dumps(Gone(2, "gone"))))',
    ),
    "an exception with a pickling of its own": Case(
        LOST,
        *REMADE,
        "import pickle\n\n\nclass Gone(tasks.Bad):\n    def __init__(self, text):\n"
        "        super().__init__(2, text)\n        self.text = text\n\n"
        "    def __reduce__(self):\n        made, _, *state = super().__reduce__()\n"
        "        return made, (self.text,), *state\n\n\n"
        'print(pickle.loads(pickle.dumps(Gone("gone"))))',
    ),
    "a private method in a class with another of the new name": Case(
        PRIVATE,
        *RENAMED,
        "class More(tasks.Job):\n    def _work(self, n):\n        return -n\n\n\n"
        "print(More()._Job__work(1), More()._work(1))",
    ),
    "a private method called by its full name": Case(PRIVATE, *RENAMED, "print(tasks.Job()._Job__work(1))"),
    "an exception with a subclass of other arguments": Case(
        ERROR,
        *REBUILT,
        "import pickle\n\n\nclass Worse(tasks.Bad):\n    def __init__(self, text):\n"
        "        super().__init__(9, text)\n\n\nprint(repr(pickle.loads(pickle.dumps(Worse('worse')))))",
    ),
    "an exception whose attribute is set": Case(
        ERROR,
        REBUILT[0],
        "def __reduce__(self):",
        "error = tasks.Bad(1, 'bad')\nerror.code = [2]\nerror.args = (error.code, 'bad')\n"
        "import pickle\n\nprint(pickle.loads(pickle.dumps(error)).args)",
    ),
    "a decorator of a class": Case(
        DECORATOR,
        *NAMED,
        "@tasks.twice\nclass Thing:\n    pass\n\n\nprint(hasattr(Thing, '__wrapped__'), Thing.__name__)",
    ),
    "a decorator of functions of other names": Case(
        DECORATOR, *NAMED, "from tasks import twice as both\n\nmore = both(abs)\nprint(more.__name__)"
    ),
    "a base that stands beside another": Case(
        OVERRIDING,
        *SUPER,
        "class Beside(tasks.Base):\n    def work(self, n):\n        return 10 * n\n\n\n"
        "class Both(tasks.Job, Beside):\n    pass\n\n\nif __name__ == '__main__':\n    print(Both().go())",
    ),
}

MAIN = """\
from multiprocessing import Pool

import tasks

if __name__ == "__main__":
    with Pool(1) as pool:
        print({crosses})
"""


def fixed(folder: Path, case: Case, other: str) -> list[str]:
    """The lines of `tasks.py` after `--fix`."""
    (folder / "tasks.py").write_text(case.tasks)
    (folder / "main.py").write_text(MAIN.format(crosses=case.crosses))
    if other:
        (folder / "other.py").write_text(other)
    assert check(Options(paths=[str(folder)], fix=True, isolated=True)) in (0, 1)
    return [line.strip() for line in (folder / "tasks.py").read_text().splitlines()]


def printed(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "other.py"], cwd=folder, capture_output=True, text=True, check=False, timeout=30
    )
    assert not done.stderr
    return done.stdout


@pytest.mark.parametrize("name", CASES)
def test_what_works_elsewhere_stays(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    alone, beside = tmp_path / "alone", tmp_path / "beside"
    alone.mkdir()
    assert case.line in fixed(alone, case, "")
    beside.mkdir()
    other = f"import tasks\n\n{case.other}\n"
    (beside / "tasks.py").write_text(case.tasks)
    (beside / "other.py").write_text(other)
    before = printed(beside)
    assert case.line not in fixed(beside, case, other)
    assert printed(beside) == before
