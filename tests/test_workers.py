"""Work in other processes: the same results in the same order, a death that costs one item, and no survivors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from picklecheck import workers
from picklecheck.__main__ import main
from picklecheck.workers import Died, spread

METHODS = ["fork", "spawn"] if hasattr(os, "fork") and sys.platform != "darwin" else ["spawn"]


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Tests run under each way to start processes; none of these may be left at their end."""
    monkeypatch.setattr(workers, "start_method", lambda: request.param)
    yield request.param
    import multiprocessing

    assert multiprocessing.active_children() == []


def square(number: int) -> int:
    return number * number


def large(number: int) -> bytes:
    return bytes([number]) * 1_000_000


def whereabouts(_: int) -> int:
    return os.getpid()


def raises(number: int) -> int:
    if number == 2:
        raise ValueError(number)
    return number


def exits(number: int) -> int:
    if number == 2:
        os._exit(0)
    return number


def is_killed(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 70])
def test_results_come_in_order(jobs: int, count: int, method: str) -> None:
    assert spread(square, range(count), jobs) == [n * n for n in range(count)]


def test_a_worker_gets_neighbours_and_half_of_the_longest_run_when_it_has_none() -> None:
    waiting, one, two = workers._Waiting(9), mock.Mock(), mock.Mock()
    assert [waiting.next(one), waiting.next(two), waiting.next(one), waiting.next(two)] == [0, 5, 1, 6]
    assert [waiting.next(two) for _ in range(3)] == [7, 8, 3]
    waiting.leave(one)
    assert (waiting.any(), waiting.next(None), waiting.next(two)) == (True, 2, 4)
    assert not waiting.any()


def test_large_results_come_through(method: str) -> None:
    assert spread(large, range(4), 2) == [bytes([number]) * 1_000_000 for number in range(4)]


def test_the_work_is_done_elsewhere(method: str) -> None:
    assert os.getpid() not in spread(whereabouts, range(3), 2)


@pytest.mark.parametrize("task", [raises, exits, is_killed])
def test_a_death_takes_only_its_own_item_down(method: str, task: object, capfd: pytest.CaptureFixture[str]) -> None:
    results = spread(task, range(6), 2)  # type: ignore[arg-type]
    assert [at for at, result in enumerate(results) if isinstance(result, Died)] == [2]
    assert [result for result in results if not isinstance(result, Died)] == [0, 1, 3, 4, 5]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("left", [0, 1, 3])
def test_where_no_more_processes_can_be_started_the_others_do_it(
    left: int, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, started = workers._Workers._start, []

    def limited(self: object, process: object) -> None:
        if len(started) == left:
            raise OSError(24, "Too many open files")
        started.append(process)
        start(self, process)  # type: ignore[arg-type]

    monkeypatch.setattr(workers._Workers, "_start", limited)
    where = spread(whereabouts, range(9), 5)
    assert (os.getpid() in where) == (left == 0)
    assert len(set(where)) <= max(left, 1)


@pytest.mark.parametrize("files", range(4, 13))
def test_few_open_files_are_enough(files: int) -> None:
    program = (
        "import resource\n"
        "from picklecheck.workers import spread\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files}))\n"
        "assert spread(abs, range(9), 4) == list(range(9))\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_where_forking_is_unsafe_processes_are_spawned(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(sys, "platform", "linux")
    assert workers.start_method() == ("fork" if hasattr(os, "fork") else "spawn")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert (workers.start_method(), workers.start_up() > 1) == ("spawn", True)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert workers.start_method() == "spawn"


def test_an_interrupt_ends_the_workers(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("multiprocessing.connection.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        spread(square, range(10), 2)


# --- a whole run ----------------------------------------------------------------------------------

FUNCTION = "def run{0}(pool: multiprocessing.pool.Pool):\n    return pool.map(lambda n: n * {0}, [1])\n\n\n"


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that takes a while and has more to tell than a pipe holds."""
    monkeypatch.chdir(tmp_path)
    for number in range(12):
        text = "import multiprocessing.pool\n\n\n" + "".join(map(FUNCTION.format, range(60)))
        (tmp_path / f"a{number}.py").write_text(text, "utf-8")
    return tmp_path


def test_the_output_is_the_same_for_any_number_of_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("picklecheck.session._MANY_BYTES", 0)
    for number in range(300):
        lines = "import multiprocessing.pool\n" + FUNCTION.format(number) if number % 60 == 0 else "import os\n"
        Path(f"a{number}.py").write_text(lines, "utf-8")
    printed = set()
    for method in METHODS:
        monkeypatch.setattr(workers, "start_method", lambda method=method: method)
        for jobs in ("1", "2", "3"):
            assert main(["--jobs", jobs, "--output-format", "json"]) == 1
            printed.add(capsys.readouterr().out)
    assert len(printed) == 1


def run_with(method: str) -> list[str]:
    """A command that checks the working directory with workers that are started in one way."""
    program = (
        "import sys; from picklecheck import session, workers; from picklecheck.__main__ import main\n"
        "if __name__ == '__main__':\n"
        f"    workers.start_method = lambda: {method!r}\n"
        "    session._MANY_BYTES = 0\n"
        "    sys.argv[1:] = ['--jobs', '2']\n"
        "    sys.exit(main())\n"
    )
    return [sys.executable, "-P", "-c", program]


def children(parent: int) -> set[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [map(int, line.split()) for line in listed.splitlines()]
    return {pid for pid, above in pairs if above == parent}


def alive(pids: set[int]) -> set[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    states = dict(line.split() for line in listed.splitlines())
    return {pid for pid in pids if states.get(str(pid), "Z")[0] != "Z"}


def within(seconds: float, condition: object) -> bool:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("delay", [0.0, 0.7])
def test_no_worker_outlives_its_parent(number: int, delay: float, method: str, many: Path) -> None:
    with subprocess.Popen(run_with(method), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as parent:
        assert within(30, lambda: len(children(parent.pid)) >= 2)
        time.sleep(delay)
        workers_of = children(parent.pid)
        parent.send_signal(number)
        out, err = parent.communicate(timeout=30)
    assert parent.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert out == b""
    assert err == (b"" if number == signal.SIGKILL else b"picklecheck: interrupted\n")
    assert within(10, lambda: not alive(workers_of))


def test_ctrl_c_is_told_once_and_ends_everything(method: str, many: Path) -> None:
    """In a terminal all processes get the signal."""
    with subprocess.Popen(
        run_with(method), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as parent:
        assert within(30, lambda: len(children(parent.pid)) >= 2)
        workers_of = children(parent.pid)
        os.killpg(parent.pid, signal.SIGINT)
        out, err = parent.communicate(timeout=30)
    assert (parent.returncode, out, err) == (130, b"", b"picklecheck: interrupted\n")
    assert within(10, lambda: not alive(workers_of))


def test_workers_import_nothing_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("multiprocessing", "pickle", "socket", "threading", "selectors", "signal"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w').close()\n", "utf-8")
    assert spread(square, range(4), 2) == [0, 1, 4, 9]
    assert not (tmp_path / "ran").exists()
