"""Programs that do much before they start a process: what comes after is still seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from picklecheck.options import Options
from picklecheck.semantics.budget import (
    LEAST_STEPS_OF_AN_ENTRY_POINT,
    MOST_STEPS_OF_A_COLD_CALL,
    MOST_STEPS_OF_A_LATER_COLD_CALL,
    Budget,
)
from picklecheck.semantics.kinds.following import MOST_QUIET
from picklecheck.session import inspect
from picklecheck.settings import load

LINE = "    total = total + len(rows)\n"  # some six steps
STARTING = """\
from multiprocessing import Process


def consume(total, file):
    file.write(str(total))


def fold(rows):
    total = 0
{work}
    return total


def run(rows):
{before}
    file = open("out.txt", "w")
    process = Process(target=consume, args=(total, file))
    process.start()
"""


def found(folder: Path, text: str) -> list[str]:
    (folder / "program.py").write_text(text)
    settings = load(Options(isolated=True), str(folder))
    return [finding.code for finding in inspect([str(folder / "program.py")], settings, 1).findings]


@pytest.mark.parametrize("lines", [1, LEAST_STEPS_OF_AN_ENTRY_POINT // 4])
def test_a_long_call_before_the_process(lines: int, tmp_path: Path) -> None:
    calls = "".join(f"    total = fold(rows[{n}:])\n" for n in range(5))
    assert found(tmp_path, STARTING.format(work=LINE * lines, before=calls)) == ["PKL201"]


def test_a_long_function_has_what_others_leave(tmp_path: Path) -> None:
    lines = "    total = 0\n" + LINE * (LEAST_STEPS_OF_AN_ENTRY_POINT // 5)
    assert found(tmp_path, STARTING.format(work=LINE, before=lines)) == ["PKL201"]


ENDLESS = """\
from multiprocessing import Process


def level_0(rows):
    if rows is None:
        Process(target=print).start()


{levels}
def consume(file):
    file.write("done")


{entries}"""
LEVEL = """\
def level_{n}(rows):
{calls}

"""
ENTRY = """\
def run_{n}(rows):
    level_5(rows)
    file = open("out.txt", "w")
    Process(target=consume, args=(file,)).start()


"""


def test_after_a_call_that_is_too_long_other_functions_go_on(tmp_path: Path) -> None:
    levels = "".join(LEVEL.format(n=n, calls=f"    level_{n - 1}(rows)\n" * 9) for n in range(1, 6))
    text = ENDLESS.format(levels=levels, entries="".join(ENTRY.format(n=n) for n in range(9)))
    assert len(found(tmp_path, text)) > 4


def test_a_long_function_among_many_is_run_again_with_what_they_leave(tmp_path: Path) -> None:
    lines = "    total = 0\n" + LINE * (LEAST_STEPS_OF_AN_ENTRY_POINT // 3)
    others = "".join(f"\n\ndef start_{n}(rows):\n    Process(target=print, args=(rows,)).start()\n" for n in range(40))
    assert found(tmp_path, STARTING.format(work=LINE, before=lines) + others) == ["PKL201"]


def test_a_long_task_is_followed_although_it_starts_nothing(tmp_path: Path) -> None:
    task = f"def task(number):\n    rows, total = [number], 0\n{LINE * 200}    return (n for n in rows)\n"
    pool = "from multiprocessing import Pool\n\n\n{}\n\nwith Pool() as pool:\n    pool.map(task, [1])\n"
    assert "PKL203" in found(tmp_path, pool.format(task))


QUIET = """\
from multiprocessing import Pool


def fold(jobs):
    rows, total = [1], 0
{work}
    if jobs > 1:
        with Pool(jobs) as pool:
            pool.map(lambda row: row, rows)
    return total


"""
CALLER = "def run_{n}():\n    fold({jobs})\n\n\n"
LONG = QUIET.format(work=LINE * (MOST_STEPS_OF_A_COLD_CALL // 4))


def callers(number: int) -> str:
    return "".join(CALLER.format(n=n, jobs=1) for n in range(number))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps that are done, counted by the last number in this list."""
    counts, step = [0], Budget.step

    def counted(budget: Budget) -> None:
        counts[-1] += 1
        step(budget)

    monkeypatch.setattr(Budget, "step", counted)
    return counts


def test_calls_that_sent_nothing_are_not_followed_again_and_again(steps: list[int], tmp_path: Path) -> None:
    found(tmp_path, LONG + callers(2))
    steps.append(0)
    found(tmp_path, LONG + callers(12))
    assert 0 < steps[1] - steps[0] < 2 * MOST_STEPS_OF_A_COLD_CALL


def test_nor_are_long_ones_of_a_function_that_never_sends(steps: list[int], tmp_path: Path) -> None:
    several = [CALLER.format(n=n, jobs=-n) for n in range(2 * MOST_QUIET)]
    found(tmp_path, LONG + "".join(several[: MOST_QUIET + 1]))
    steps.append(0)
    found(tmp_path, LONG + "".join(several))
    assert 0 < steps[1] - steps[0] < MOST_STEPS_OF_A_COLD_CALL


def test_a_short_one_that_sends_after_many_that_did_not_is_followed(tmp_path: Path) -> None:
    several = [CALLER.format(n=n, jobs=-n) for n in range(2 * MOST_QUIET)]
    text = QUIET.format(work=LINE) + "".join(several) + CALLER.format(n=99, jobs=2)
    assert found(tmp_path, text) == ["PKL101"]


RETURNING = """def make_{n}(rows):
    total = 0
{work}
    return {value}


def run_{n}(rows):
    Process(target=print, args=(make_{n}(rows),)).start()


"""


def test_in_a_long_file_calls_that_lead_to_no_boundary_are_followed_if_they_are_short(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    most = 4 * MOST_STEPS_OF_A_COLD_CALL
    monkeypatch.setattr("picklecheck.semantics.budget.MOST_STEPS_OF_COLD_CALLS", most)
    short, long = LINE * (MOST_STEPS_OF_A_LATER_COLD_CALL // 10), LINE * (MOST_STEPS_OF_A_COLD_CALL // 10)
    last = [RETURNING.format(n=n, work=work, value='open("out.txt")') for n, work in enumerate((short, long))]
    others = most // (MOST_STEPS_OF_A_COLD_CALL // 2)
    first = [RETURNING.format(n=n + 2, work=long, value="total") for n in range(others)]
    start = "from multiprocessing import Process\n\n\n"
    assert found(tmp_path, start + "".join(last)) == ["PKL201", "PKL201"]
    assert found(tmp_path, start + "".join(first + last)) == ["PKL201"]


def test_one_that_gets_something_else_is_followed(tmp_path: Path) -> None:
    assert found(tmp_path, LONG + callers(3) + CALLER.format(n=3, jobs=2)) == ["PKL101"]


def test_one_on_an_object_that_holds_something_else_is_followed(tmp_path: Path) -> None:
    methods = LONG.replace("fold(jobs)", "fold(self)").replace("jobs", "self.jobs").replace("Pool(self.jobs)", "Pool()")
    head, _, body = methods.partition("def fold")
    made = "class Folder:\n    def __init__(self, jobs):\n        self.jobs = jobs\n\n"
    inner = "".join(f"    {line}\n" if line else "\n" for line in f"def fold{body}".rstrip().split("\n"))
    calls = "".join(f"\n\ndef run_{n}():\n    Folder({n}).fold()\n" for n in (0, 1, 2))
    assert found(tmp_path, f"{head}{made}{inner}{calls}") == ["PKL101"]


TASK = """\
from multiprocessing import Pool


def fold(rows):
    total = 0
{work}
    scale(rows, 1)
    return total * factor


def scale(rows, jobs):
    if jobs > 1:
        Pool(jobs).map(print, rows)


def run(rows):
    fold(rows)
    with Pool() as pool:
        pool.map(fold, [rows])


if __name__ == "__main__":
    factor = 2
    run([1])
"""


def test_a_task_is_followed_although_its_parent_called_it(tmp_path: Path) -> None:
    assert "PKL306" in found(tmp_path, TASK.format(work=LINE * (MOST_STEPS_OF_A_COLD_CALL // 4)))
