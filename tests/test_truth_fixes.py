"""What `--fix` makes of failing programs, really run: what worked still works, and what is called fixed does.

The environment variable PICKLECHECK_FULL takes all programs of the corpus under three Python versions, and many
of the grammar; without it a sample is run under this one. PICKLECHECK_SEED (a number) chooses others.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cloudpickle
import pytest
from programs import Outcome, Program, hook, interpreters, run
from truth.cases import Case, Condition, of_corpora, of_grammar
from truth.grammar import python
from truth.repairs import Repair, repair

FULL = bool(os.environ.get("PICKLECHECK_FULL"))
SEED = int(os.environ.get("PICKLECHECK_SEED", "1"))
SAMPLE, SAMPLE_OF_GRAMMAR = 10, 40
LIMIT = 20.0  # seconds; a program that needs longer hangs
MODES = ("safe", "unsafe")
# The least share of failing programs that is repaired: of those whose callable is at fault, and of all.
LEAST = {("callables", "safe"): 0.80, ("callables", "unsafe"): 0.90, ("all", "safe"): 0.70, ("all", "unsafe"): 0.85}

LEAST_OF_GRAMMAR = {"safe": 0.55, "unsafe": 0.75}
# Programs that no fix of what is sent can make work everywhere, each with what prevents it.
CANNOT_RUN = {
    "callback-starts-process": "a timer starts the process after the main file has ended, when a child that is not"
    " forked no longer gets that file and finds nothing of it",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the programs need all three start methods"),
]


def versions() -> list[str]:
    wanted = ("2.7", "3.11", "3.13", "3.14") if FULL else (python(),)
    return [version for version in wanted if version in interpreters()]


def chosen() -> dict[str, Case]:
    corpus = list(of_corpora(versions()))
    grammar = list(of_grammar(SEED, 300 if FULL else SAMPLE_OF_GRAMMAR))
    if not FULL:
        corpus = random.Random(SEED).sample(corpus, min(len(corpus), SAMPLE))
    return {case.name: case for case in [*corpus, *grammar]}


CASES = chosen()


@dataclass(frozen=True, slots=True)
class Trial:
    """A program and its rewrite, with the outcomes of both; neither is run where nothing changed."""

    case: Case
    repair: Repair
    before: Mapping[Condition, Future[Outcome]]
    after: Mapping[Condition, Future[Outcome]]

    def works(self, outcomes: Mapping[Condition, Future[Outcome]], condition: Condition) -> bool:
        outcome = outcomes[condition].result()
        return self.arrives(outcome) or (not outcome.fault and self.case.prints in outcome.stdout)

    def arrives(self, outcome: Outcome) -> bool:
        """Whether the program ends with an exception of its own, where it is this that should come back."""
        raised = re.match(r"(?:\w+\.)*(\w+)", outcome.stderr.strip().rpartition("\n")[2])
        meant = any(finding.code == "PKL204" for finding in self.repair.found.findings)
        return meant and raised is not None and f"class {raised[1]}(" in self.case.files[self.case.main]

    @property
    def failed(self) -> bool:
        claimed = any(self.repair.found.fails(*condition) for condition in self.case.conditions)
        return claimed if self.case.failing is None else bool(self.case.failing)

    @property
    def repaired(self) -> bool:
        return bool(self.after) and all(self.works(self.after, condition) for condition in self.after)


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], Trial]]:
    """Tries a program in a mode, when that is first asked; its runs are waited for where they are read."""
    with ThreadPoolExecutor(2) as threads:
        yield cache(lambda name, mode: trial(CASES[name], mode, tmp_path_factory.mktemp("trial"), threads))


def trial(case: Case, mode: str, folder: Path, threads: ThreadPoolExecutor) -> Trial:
    old, new = folder / "old", folder / "new"
    for copy in (old, new):
        for name, text in case.files.items():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes(text.encode())
    mended = repair(new, case.target, unsafe=mode == "unsafe")
    if any("cloudpickle" in text for text in mended.texts.values()):  # which the project then needs
        shutil.copytree(Path(cloudpickle.__file__).parent, new / "cloudpickle")
    conditions = case.conditions if mended.texts else ()
    worked = [one for one in conditions if one not in (case.failing or ())]
    return Trial(case, mended, started(case, old, worked, threads), started(case, new, conditions, threads))


def started(
    case: Case, folder: Path, conditions: Sequence[Condition], threads: ThreadPoolExecutor
) -> dict[Condition, Future[Outcome]]:
    hook(folder)
    program = Program(case.main, "", "any", case.prints, "", ())
    return {
        (version, method): threads.submit(run, folder, program, version, method if method != "-" else None, LIMIT)
        for version, method in conditions
    }


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_a_fix_keeps_what_worked_and_mends_what_it_says(
    name: str, mode: str, trials: Callable[[str, str], Trial]
) -> None:
    one = trials(name, mode)
    rewritten = "\n".join(one.repair.texts.values())
    assert not one.repair.again, rewritten
    for condition in one.before:
        if one.works(one.before, condition):
            assert one.works(one.after, condition), f"{condition}: {one.after[condition].result()}\n{rewritten}"
            # Processes that print at the same time mix what they print.
            assert sorted(one.after[condition].result().stdout) == sorted(one.before[condition].result().stdout), (
                rewritten
            )
    for condition in one.after:
        if (
            mode == "safe"
            and not one.repair.left.fails(*condition)
            and (name not in CANNOT_RUN or condition in one.before)
        ):
            assert one.works(one.after, condition), f"{condition}: {one.after[condition].result()}\n{rewritten}"


@pytest.mark.parametrize("kind", ["callables", "all"])
@pytest.mark.parametrize("source", ["corpus", "grammar"])
def test_how_many_are_repaired(
    source: str, kind: str, trials: Callable[[str, str], Trial], record_property: Callable[[str, object], None]
) -> None:
    of_source = [name for name, case in CASES.items() if (case.failing is not None) is (source == "corpus")]
    tried = {(name, mode): trials(name, mode) for name in of_source for mode in MODES}
    failing = {key: one for key, one in tried.items() if one.failed and (kind == "all" or one.repair.in_the_callable)}
    if not failing:
        pytest.skip("the measured corpus is not beside this checkout" if source == "corpus" else "none was chosen")
    for mode in MODES:
        ofs = [one for (_, how), one in failing.items() if how == mode]
        share = sum(one.repaired for one in ofs) / len(ofs)
        told = f"{source}, {kind}: {share:.0%} of {len(ofs)} failing programs repaired by {mode} fixes"
        record_property("summary", told)
        if FULL and source == "corpus":
            assert share >= LEAST[kind, mode]
        if FULL and source == "grammar" and kind == "all":
            assert share >= LEAST_OF_GRAMMAR[mode]
