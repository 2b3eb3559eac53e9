"""What the listeners to the runs of one file share: what is known, what was found, how many processes deep they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from picklecheck.crossings.callers import by_caller
from picklecheck.crossings.child import Children
from picklecheck.crossings.crossing import Unseen, Use
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.ledger import Ledger
from picklecheck.crossings.recognise import Boundaries
from picklecheck.crossings.settings import Settings
from picklecheck.crossings.slots import Filled
from picklecheck.crossings.spelling import called
from picklecheck.crossings.start_methods import StartMethods
from picklecheck.crossings.verdict import Cells, never_run
from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.domain.values import Arguments, Unknown, Value, Values
from picklecheck.semantics.events import Event
from picklecheck.semantics.exits import Outcome
from picklecheck.semantics.machine import Machine

DEEPEST_CHILD = 3


@dataclass(frozen=True, slots=True)
class Ran:
    """A task that was run in a child, where `started`, with its calls on primitives that it was not given."""

    handover: Handover
    started: Event
    used: tuple[Event, ...]


class Examination:
    """Answers what a call sends, and has it judged and recorded; `tasks` are the calls whose tasks are run.

    `inside` are calls on primitives in tasks, each with the call whose task it is; `ran` are the tasks with such calls.
    """

    def __init__(self, world: KnownWorld, allowed: tuple[str, ...], to_choose: tuple[str, ...] = ()) -> None:
        self.world = world
        self.start_methods = StartMethods(world, allowed, to_choose or allowed)
        self.settings = Settings(world)
        self.boundaries = Boundaries(world, self.settings)
        self.children = Children(self.boundaries, self.start_methods)
        self.ledger = Ledger()
        self.tasks: list[Event] = []
        self.nested: list[Use] = []
        self.inside: list[tuple[Event, Event]] = []
        self.ran: list[Ran] = []

    @property
    def allowed(self) -> tuple[str, ...]:
        return self.start_methods.allowed

    @contextmanager
    def in_child(self, event: Event) -> Iterator[None]:
        """One process deeper: what a worker, or the server of a manager, does for a call."""
        self.tasks.append(event)
        try:
            yield
        finally:
            self.tasks.pop()

    def run_in_child(
        self, run: Machine, callee: Values, arguments: Arguments, event: Event, refused: bool = False
    ) -> Outcome:
        """What a task does in its process; the processes that it starts there count where no way leads past them.

        One that is `refused` never gets there.
        """
        before = len(self.nested)
        with run.under(is_task=True):
            outcome = run.simulate(callee, arguments, event.here)
        for use in self.nested[before:] if outcome.never_returns and not refused else ():
            self.ledger.note(run, replace(use, subject=self.running(callee, event)))
        del self.nested[before:]
        return outcome

    def running(self, callee: Values, event: Event) -> str:
        """Which task runs in which kind of process, in words."""
        of_pool = self.world.original(event.name).startswith("multiprocessing.pool.Pool.")
        where = "a `Pool` worker" if of_pool else "a daemonic process"
        return f"{' or '.join(map(called, callee))} runs in {where}"

    def may_go_deeper(self, run: Machine, event: Event) -> bool:
        """Whether what a call has a process do is followed: a task that starts itself again shows nothing new."""
        if len(self.tasks) < DEEPEST_CHILD:
            return True
        if all(one.here.node is not event.here.node for one in self.tasks):
            run.meet("DEEPEST_CHILD", cut=True)
        return False

    def handover(
        self, run: Machine, event: Event, entry: BoundaryEntry, possible: tuple[str, ...] | None = None
    ) -> Handover:
        """A call as what it sends, under the start methods that it has, or under those that are `possible`."""
        if possible is None:
            possible = self.start_methods.of_call(run, event, entry)
        methods = tuple(method for method in possible if method in entry.methods) if entry.process else self.allowed
        return Handover(run, event, entry, self.world, self.children, possible, methods)

    def cross(self, handover: Handover, filled: Sequence[Filled]) -> Cells:
        """Judge what goes through the slots of a call, each value where somebody wrote it, and record the verdicts.

        Returns where the task surely does not run, because what is sent is refused.
        """
        refused: Cells = frozenset()
        if not handover.methods:
            return refused
        memo: set[Value] = set()
        for one in filled:
            judge = handover.judge(called=one.slot == handover.entry.task, memo=memo)
            verdict = tuple(refusal for values in one.each or (one.values,) for refusal in judge.values(values))
            written = by_caller(handover.run, handover.event.frame, one.site, verdict, argument=one.slot != "self")
            unknown = any(isinstance(value, Unknown) for values in one.each or (one.values,) for value in values)
            unseen = Unseen(one.site) if unknown else judge.unseen
            for site, part in written.items():
                self.ledger.record(handover, replace(one, site=site), part, unseen)
            refused |= never_run(verdict, handover.methods)
        return refused
