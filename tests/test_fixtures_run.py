"""The fixture programs do, when they are run, what their headers and marks say."""

from __future__ import annotations

import os
import random
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import programs
import pytest
from checked import picklecheck
from programs import FIXTURES, Outcome, Program
from projects import projects

AT_ONCE = 3
RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"
SAMPLE = 12
HANG_SECONDS = 4.0
PATIENT_SECONDS = 30.0
LIMIT_SECONDS = 90.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the programs need all three start methods"),
]


class Run(NamedTuple):
    """A program under a Python version and a start method."""

    program: Program
    version: str
    method: str | None

    @property
    def id(self) -> str:
        return f"{self.program.id}-{self.version}-{self.method}"


def chosen(version: str, everything: bool) -> list[Run]:
    """The runs under a version: all of them, or a sample that is the same each time.

    What does the same under all start methods is run under one of them, another for each program.
    """
    runs_of_projects = [run for project in projects() for run in project.runs]
    every = [*programs.programs(), *runs_of_projects]
    fitting = [one for one in every if one.runs_on(version) and not one.needs]
    runs = [Run(program, version, method) for program in fitting for method in program.start_methods]
    if everything:
        return runs
    if version == RUNNING:
        return [run for run in runs if tells_apart(run) or run.method == one_of(run.program)]
    return random.Random(version).sample(runs, min(SAMPLE, len(runs)))


def tells_apart(run: Run) -> bool:
    """Whether its program fails under some start methods only."""
    return len({run.program.fails_under(run.version, method) for method in run.program.start_methods}) > 1


def one_of(program: Program) -> str | None:
    methods = sorted(program.start_methods, key=str)
    return methods[zlib.crc32(program.id.encode()) % len(methods)]


def with_libraries() -> list[Run]:
    """The programs that use other libraries, under the Python that has these."""
    version, _ = programs.with_libraries()
    fitting = [program for program in programs.programs() if program.needs and program.runs_on(version)]
    return [Run(program, version, method) for program in fitting for method in program.start_methods]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "planned" in metafunc.fixturenames:
        everything = metafunc.config.getoption("every_program")
        runs = [run for version in programs.interpreters() for run in chosen(version, everything)]
        runs += with_libraries()
        metafunc.parametrize("planned", runs, ids=[run.id for run in runs])


@pytest.fixture(scope="module")
def outcome_of(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Outcome]]:
    """Gives out the outcome of a run; those that come next are started too, as many of them only wait to be ended.

    With a limit, in seconds, the program is run for itself and for so long.
    """
    folder = tmp_path_factory.mktemp("programs")
    programs.prepare(folder)
    specs = [item.callspec for item in request.session.items if hasattr(item, "callspec")]
    selected = [spec.params["planned"] for spec in specs if "planned" in spec.params]
    ready = [run for run in selected if not run.program.needs or programs.has_library(run.program.needs)]
    place = {run: number for number, run in enumerate(ready)}
    outcomes: dict[Run, Future[Outcome]] = {}
    with ThreadPoolExecutor(AT_ONCE) as threads:

        def outcome(wanted: Run, limit: float = 0) -> Outcome:
            if limit:
                return programs.run(folder, *wanted, limit)
            for run in ready[place[wanted] : place[wanted] + 2 * AT_ONCE]:
                if run not in outcomes:
                    fails = run.program.fails_under(run.version, run.method)
                    allowed = HANG_SECONDS if fails and "hang" in run.program.fails else LIMIT_SECONDS
                    outcomes[run] = threads.submit(programs.run, folder, *run, allowed)
            return outcomes[wanted].result()

        yield outcome
        threads.shutdown(cancel_futures=True)


def not_printed(planned: Run, outcome: Outcome) -> list[str]:
    """What `run_time` promises of a run that failed, and Python did not print."""
    program, version, method = planned
    if program.name or program.fails == "silent":
        return []
    printed = " ".join(f"{outcome.stdout} {outcome.stderr}".split())
    promised = [
        one["text"]
        for finding in findings(program)
        if method is None or method in finding["fails_under"]["start_methods"]
        for one in finding["run_time"]
        if programs.fits(version, one["python"])
    ]
    return [text for text in promised if not re.search(re.escape(text).replace("…", ".+?"), printed)]


@cache
def findings(program: Program) -> list[dict[str, Any]]:
    return picklecheck([str(FIXTURES / program.path)], program)


def test_program_behaves(planned: Run, outcome_of: Callable[..., Outcome]) -> None:
    program, version, method = planned
    if program.needs and not programs.has_library(program.needs):
        pytest.skip(f"{program.needs} is not installed; PICKLECHECK_LIBRARIES can name a Python that has it")
    outcome = outcome_of(planned)
    if outcome.status is None and (not outcome.failed_as(program.fails) or not_printed(planned, outcome)):
        outcome = outcome_of(planned, PATIENT_SECONDS)  # on a busy machine it had not come so far
    printed = "\n".join(outcome.stdout.splitlines())
    if program.fails_under(version, method):
        assert outcome.failed_as(program.fails), outcome.fault or f"it ran, and printed {printed}"
        assert not program.prints or printed != program.prints
        assert not (missing := not_printed(planned, outcome)), f"{missing}\n{outcome.stderr}"
    else:
        assert not outcome.fault, outcome.fault
        assert printed == program.prints


@pytest.mark.parametrize("version", programs.VERSIONS)
def test_interpreter_is_at_hand(version: str) -> None:
    if version not in programs.interpreters():
        pytest.skip(f"no python{version} on the PATH, and none in PICKLECHECK_PYTHONS")
    assert chosen(version, everything=False)
