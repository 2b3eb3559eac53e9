"""All that refuses at one call is one finding: the first cause in full, the others as further causes."""

from picklecheck.analysis import analyze
from picklecheck.findings import Finding
from picklecheck.options import Options
from picklecheck.settings import load
from picklecheck.source.text import Source

HOLDER = """\
import threading
from multiprocessing import Pool

class Part:
    def __init__(self):
        self.handle = open("x")

class Job:
    def __init__(self):
        self.key = lambda n: n + 1
        self.part = Part()
        self.lock = threading.Lock()

    def work(self, n):
        return (self.key(i) for i in range(n))

if __name__ == "__main__":
    with Pool() as pool:
        pool.map(Job().work, [1])
"""
RAISING = """\
from multiprocessing import Pool

class Odd(Exception):
    def __init__(self, code, text):
        super().__init__(code)

class Even(Odd):
    def __init__(self, code, text):
        super().__init__(code, text)

def task(n):
    if n % 2:
        raise Odd(1, "a")
    if n > 4:
        raise Odd(3, "a")
    raise Even(2, "b")

if __name__ == "__main__":
    with Pool() as pool:
        pool.map(task, range(int(input())))
"""


def found_in(text: str) -> list[Finding]:
    settings = load(Options(isolated=True, target_version=(">=3.8",)), ".")
    return analyze("program.py", Source("program.py", text), settings, {}).findings


def test_one_finding_has_all_causes_and_what_would_come_next() -> None:
    (finding,) = found_in(HOLDER)
    assert (finding.code, finding.holding_path[-1].place.line) == ("PKL104", 10)
    told = [(cause.code, cause.slot, cause.text) for cause in finding.causes]
    assert told[:2] == [
        ("PKL104", "func", "`self.part.handle` (line 6), an `io.TextIOWrapper`"),
        ("PKL104", "func", "`self.lock` (line 12), a `threading.Lock`"),
    ]
    assert [(code, slot) for code, slot, _ in told[2:]] == [("PKL203", "return")]
    assert [step.place.line for step in finding.causes[0].holding_path][-1] == 6


def test_a_fix_says_which_causes_it_leaves() -> None:
    (finding,) = found_in(HOLDER)
    titles = [fix.title for fix in finding.fixes]
    assert any(title.endswith("(leaves `self.part.handle`, `self.lock`)") for title in titles), titles
    assert any("`part`, `lock`" in title and title.endswith("(leaves `self.key`)") for title in titles), titles


def test_an_exception_class_is_told_once_for_each_call() -> None:
    found = found_in(RAISING)
    assert [finding.code for finding in found] == ["PKL204", "PKL204"]
    assert sorted("`Even`" in finding.message for finding in found) == [False, True]


def test_a_task_that_never_runs_returns_nothing() -> None:
    text = HOLDER.replace("self.key = lambda n: n + 1", "self.key = max")
    text = text.replace("self.part = Part()", "").replace("self.lock = threading.Lock()", "")
    assert [finding.code for finding in found_in(text) if finding.level != "note"] == ["PKL203"]
