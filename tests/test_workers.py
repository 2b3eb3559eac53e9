"""Work in forked processes: the same results in the same order, and a death that costs one item."""

import os
import signal
import sys
from pathlib import Path

import pytest

from picklecheck.workers import Died, can_fork, spread

pytestmark = pytest.mark.skipif(not can_fork(), reason="without fork all work is done in one process")


@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 700])
def test_results_come_in_order(jobs: int, count: int) -> None:
    assert spread(lambda number: number * number, range(count), jobs) == [n * n for n in range(count)]


def test_large_results_come_through() -> None:
    results = spread(lambda number: bytes([number]) * 1_000_000, range(4), 2)
    assert results == [bytes([number]) * 1_000_000 for number in range(4)]


def test_the_work_is_done_elsewhere() -> None:
    assert os.getpid() not in spread(lambda _: os.getpid(), range(3), 2)


@pytest.mark.parametrize("how", ["signal", "exit", "exception"])
def test_a_death_takes_only_its_own_item_down(how: str, capfd: pytest.CaptureFixture[str]) -> None:
    def work(number: int) -> int:
        if number in (3, 4, 5, 40):
            match how:
                case "signal":
                    os.kill(os.getpid(), signal.SIGKILL)
                case "exit":
                    os._exit(0)
                case _:
                    raise ValueError(number)
        return number

    results = spread(work, range(50), 2)
    assert [at for at, result in enumerate(results) if isinstance(result, Died)] == [3, 4, 5, 40]
    assert [result for result in results if not isinstance(result, Died)] == [
        number for number in range(50) if number not in (3, 4, 5, 40)
    ]


def test_no_process_is_left(tmp_path: Path) -> None:
    spread(lambda number: number, range(10), 3)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_where_forking_is_unsafe_the_work_stays_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert set(spread(lambda _: os.getpid(), range(3), 2)) == {os.getpid()}
