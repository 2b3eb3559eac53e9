"""Where nothing is rewritten unasked, a finding says why, and what is the next best step."""

import pytest

from picklecheck.analysis import analyze
from picklecheck.findings import Finding
from picklecheck.options import Options
from picklecheck.settings import load
from picklecheck.source.text import Source

FILE = """\
from multiprocessing import Process

def show(file):
    print(file.name)

if __name__ == "__main__":
    Process(target=show, args=(open("x", "w"),)).start()
"""
LOCKED = """\
import threading
from multiprocessing import Process

def main():
    lock = threading.Lock()

    def work():
        with lock:
            print(1)

    process = Process(target=work)
    process.start()

main()
"""
UNKNOWN = """\
from multiprocessing import Pool

def scale(rows, factor):
    with Pool() as pool:
        return pool.map(lambda row: row * factor, rows)
"""


def found(text: str) -> Finding:
    settings = load(Options(isolated=True, target_version=(">=3.8",)), ".")
    first, *_ = analyze("program.py", Source("program.py", text), settings, {}).findings
    return first


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (FILE, "the TextIOWrapper itself cannot be sent: pass what it is created from"),
        (LOCKED, "`lock` cannot"),
        (LOCKED, ": pass what is needed of it"),
    ],
)
def test_the_reason_is_told_where_nothing_is_done_unasked(text: str, why: str) -> None:
    finding = found(text)
    assert why in finding.no_fix
    assert all(fix.on_request for fix in finding.fixes)


@pytest.mark.parametrize(("factor", "applicability"), [("factor", "unsafe"), ("factor: int", "safe")])
def test_what_is_bound_must_be_known_for_a_safe_fix(factor: str, applicability: str) -> None:
    finding = found(UNKNOWN.replace("rows, factor)", f"rows, {factor})"))
    assert finding.fixes[0].applicability == applicability
    assert not finding.no_fix
