"""What is reported: places, steps of a holding path, findings and the report of one run, all plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from picklecheck.knowledge.start_methods import START_METHODS
from picklecheck.rules.catalogue import RULES, UNREADABLE
from picklecheck.source.edits import Fix
from picklecheck.source.place import Place
from picklecheck.source.text import Unreadable

__all__ = ["START_METHODS", "FailsUnder", "Finding", "Place", "Report", "Step", "unreadable"]

Level = Literal["error", "warning", "note"]
Certainty = Literal["certain", "likely"]
Effect = Literal["raises", "hangs", "silent", "wrong"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a holding path: what is held there, and where the source says so."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class FailsUnder:
    """The start methods and the Python versions (a specifier such as `>=3.9,<3.14`) under which it fails.

    `chosen` says that the program has not the default start methods, `in_process` that no other process is involved,
    so that they make no difference.
    """

    start_methods: tuple[str, ...]
    python: str
    chosen: bool = False
    in_process: bool = False


@dataclass(frozen=True, slots=True)
class Cause:
    """One more thing that refuses in the same call; the rule `code` would report it, were it the only one.

    `text` says what it is and where; `slot` and `holding_path` are as those of a finding.
    """

    code: str
    text: str
    slot: str
    holding_path: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class RunTime:
    """What Python prints under the versions that `python` admits; `…` in it is any text."""

    python: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell the user; `place` is the value that is sent, inside the boundary call.

    `causes` are those that refuse apart from the first, which is told in full; `culprit` is where that one is made.
    `seen_from` are the files whose run as a program showed it.
    """

    code: str
    name: str
    level: Level
    certainty: Certainty
    message: str
    place: Place
    call: Place
    boundary: str
    slot: str
    effect: Effect
    fails_under: FailsUnder
    holding_path: tuple[Step, ...] = ()
    help: str = ""
    fixes: tuple[Fix, ...] = ()
    no_fix: str = ""
    causes: tuple[Cause, ...] = ()
    run_time: tuple[RunTime, ...] = ()
    seen_from: tuple[str, ...] = ()
    culprit: Place | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One value that goes through one slot of a boundary call, at a line and column from 1, and what was judged of it.

    `reason` tells why it is undecided: what of it is not known.
    """

    path: str
    line: int
    column: int
    boundary: str
    slot: str
    verdict: Literal["fine", "refused", "undecided"]
    reason: str = ""


def judged_once(several: Iterable[Judged]) -> tuple[Judged, ...]:
    """Each crossing once, in order of place, as the run shows it that shows most: a refusal, or else all that goes."""
    order = ("refused", "fine", "undecided")
    found: dict[object, Judged] = {}
    for one in several:
        key = (one.path, one.line, one.column, one.boundary, one.slot)
        before = found.get(key)
        if before is None or order.index(one.verdict) < order.index(before.verdict):
            found[key] = one
    return tuple(sorted(found.values(), key=lambda one: (one.path, one.line, one.column, one.boundary, one.slot)))


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one run: findings in order of path and place, and how many a baseline accepts.

    `fixed` has a line for each fix that was applied.
    `stale` counts what a baseline has and is no longer found; `of_error` says that other findings are left out.
    `excluded` counts files that were named and left out; the run `is_whole` where all that was asked for was checked.
    `judged` are all values that cross in the files that may send some; it says whether it `shows_undecided` ones.
    """

    findings: tuple[Finding, ...]
    files_checked: int
    fixed: tuple[str, ...] = ()
    accepted: int = 0
    excluded: int = 0
    is_whole: bool = True
    judged: tuple[Judged, ...] = ()
    shows_undecided: bool = False
    stale: int = 0
    of_error: bool = False


def unreadable(path: str, why: Unreadable) -> Finding:
    """The finding that the file at `path` cannot be read as Python."""
    place = Place(path, why.line, why.column, why.line, why.column)
    name = next(rule.name for rule in RULES if rule.code == UNREADABLE)
    return Finding(
        code=UNREADABLE,
        name=name,
        level="error",
        certainty="certain",
        message=f"this file cannot be read as Python: {why.reason}",
        place=place,
        call=place,
        boundary="",
        slot="",
        effect="raises",
        fails_under=FailsUnder((), ""),
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of this program in one file, or in one entry point of it: the run goes on and ends with exit code 2.

    It is no fault of the program where the machine `lacks_memory`.
    """

    path: str
    text: str
    trace: str = ""
    lacks_memory: bool = False

    @property
    def told(self) -> str:
        why = "there is not enough memory to check it" if self.lacks_memory else f"internal error: {self.text}"
        return f"{self.path}: {why}"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Code that was not followed to its end: `what` begins at a line (from 1), and needs too many steps or calls.

    Where it is `too_deep`, nothing of it could be followed. `bounds` are those that it met, by name.
    """

    path: str
    line: int
    what: str
    too_deep: bool = False
    bounds: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """What it is and where, in words."""
        kind, bounds = "deep" if self.too_deep else "long", f" ({', '.join(self.bounds)})" if self.bounds else ""
        return f"{self.path}:{self.line}: {self.what} is too {kind} to follow to its end{bounds}"


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the analysis of one file gave: the findings, in no order, and what stopped it on the way.

    `ran` says of each entry point that was run whether it took all the steps that it may do; `met` are the bounds at
    which something was not followed.
    """

    findings: list[Finding]
    problems: list[Problem] = field(default_factory=list)
    ran: Mapping[str, bool] = field(default_factory=dict)
    judged: tuple[Judged, ...] = ()
    unfinished: list[Unfinished] = field(default_factory=list)
    met: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Effort:
    """What the run of one file took: seconds, and of each entry point whether it took all the steps that it may do.

    `met` are the bounds at which something was not followed.
    """

    seconds: float
    ran: Mapping[str, bool]
    met: frozenset[str] = frozenset()
