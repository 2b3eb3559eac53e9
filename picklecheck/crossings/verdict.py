"""What becomes of a value on its way: a verdict is the list of its refusals, each with the path to the culprit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

from picklecheck.findings import Step
from picklecheck.knowledge.start_methods import START_METHODS
from picklecheck.knowledge.versions import Version
from picklecheck.semantics.domain.facts import Fact
from picklecheck.semantics.domain.values import Site, Unknown, Value, Values

# Set of a process or pool that has been started.
STARTED = Fact("started")

Reason = Literal[
    "lambda",  # `lambda` has no name that it could be found by
    "local function",  # `outer.<locals>.inner`
    "local class",
    "bound method",  # Python 2 has no reduction for methods
    "hidden",  # the qualified name leads to another object, or to none
    "misnamed",  # a class whose name is not the variable's
    "mangled",  # `__work`, looked up without its class
    "overridden",  # `super().work` arrives as the override
    "resource",  # a type that refuses
    "shared only by inheritance",  # multiprocessing's own primitives
    "temporary",  # a primitive that is freed before the child opens it
    "other context",  # a primitive of another start method's context
    "started",  # a running process or thread
    "refuses by itself",  # its own `__reduce__` or `__getstate__` raises, or returns what cannot be used
    "not rebuilt",  # pickles, but cannot be rebuilt
    "ends the worker",  # an exception that the workers of a pool do not catch
    "under the main guard",  # a spawned child never defines it
    "set in the parent only",  # a module variable without which the task fails in a spawned child
    "changed in the parent only",  # a module variable that a spawned child reads as importing leaves it
    "defined too late",  # a forked child was made before it
]

Stage = Literal["dumps", "loads"]
AtName = Literal["", "another", "nothing"]  # what a qualified name leads to, where that is not what was sent
Versions: TypeAlias = frozenset[Version]
# Versions, each with a start method.
Cells: TypeAlias = frozenset[tuple[Version, str]]

PYTHON_2: Versions = frozenset({(2, 7)})


class Captured(NamedTuple):
    """A captured name or attribute: why it cannot cross (empty where it can), is it shared by all, is it a handle.

    `known` says that its value is known, down to what it holds, so that nothing else is against it.
    """

    name: str
    refused: str
    shared: bool
    handle: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why, where, and when a value is not carried.

    `culprit` is the innermost value that refuses; `path` leads to it from the value sent.
    `chain` are the values from the one sent to the culprit.
    `attribute` names the first attribute on the way, if the value holds the culprit in one, which `holder` has;
    `kept_as` the last one, which `keeper` has;
    `captures` are the names that a refused function captures; `at_name` is what its qualified name leads to instead.
    """

    culprit: Value
    reason: Reason
    why: str
    versions: Versions
    stage: Stage = "dumps"
    methods: tuple[str, ...] = START_METHODS
    path: tuple[Step, ...] = ()
    sites: tuple[Site, ...] = ()
    certain: bool = True
    attribute: str = ""
    holder: Value | None = None
    kept_as: str = ""
    keeper: Value | None = None
    instead: str = ""
    captures: tuple[Captured, ...] = ()
    chain: tuple[Value, ...] = ()
    at_name: AtName = ""

    def under(self, step: Step, site: Site) -> Refusal:
        """The same refusal, seen from a value that holds the culprit."""
        return replace(self, path=(step, *self.path), sites=(site, *self.sites))

    def cells(self, methods: tuple[str, ...]) -> Cells:
        """Where it refuses, of what crosses under these start methods."""
        return frozenset((version, method) for version in self.versions for method in methods if method in self.methods)

    def within(self, versions: Versions) -> Refusal:
        return replace(self, versions=self.versions & versions)


Verdict: TypeAlias = tuple[Refusal, ...]
CARRIED: Verdict = ()


def covered(verdict: Verdict) -> Versions:
    """The versions in which anything refuses, whatever the start method."""
    return frozenset().union(*(refusal.versions for refusal in verdict))


def never_run(verdict: Verdict, methods: tuple[str, ...]) -> Cells:
    """Where a task surely does not run, because of this verdict on what is sent."""
    # A method that arrives as its override does run.
    sure = (one.cells(methods) for one in verdict if one.certain and one.reason != "overridden")
    return frozenset().union(*sure)


def covers(verdict: Verdict, versions: Versions) -> bool:
    """Whether something surely refuses in each of these versions."""
    return versions <= frozenset().union(*(refusal.versions for refusal in verdict if refusal.certain))


def either(verdicts: list[Verdict], values: Values) -> Verdict:
    """The verdict on a value that is one of several: certain only where all of them are known, and refuse."""
    if len(verdicts) == 1:
        return verdicts[0]
    if not verdicts:
        return CARRIED
    everywhere: Versions = frozenset()
    if not any(isinstance(value, Unknown) for value in values):
        everywhere = frozenset.intersection(*(covered(verdict) for verdict in verdicts))
    return tuple(
        replace(refusal, certain=refusal.certain and refusal.versions <= everywhere)
        for verdict in verdicts
        for refusal in verdict
    )
