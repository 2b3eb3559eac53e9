"""A handover: one call that sends something to another process, with all that is asked about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from picklecheck.crossings.child import Children, names_when_forked
from picklecheck.crossings.judge import Judge
from picklecheck.crossings.judging import Circumstances
from picklecheck.crossings.slots import here
from picklecheck.crossings.verdict import Cells
from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.domain.values import Constant, Site, Value
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine


@dataclass(frozen=True, slots=True)
class Handover:
    """A boundary call in a run.

    `possible` are the start methods that the program can have here, `methods` those of them under which the slots
    cross; `starting` is the process that is pickled because it is started. `never_run` is where the task surely does
    not run, because what is sent is refused.
    """

    run: Machine
    event: Event
    entry: BoundaryEntry
    world: KnownWorld
    children: Children
    possible: tuple[str, ...]
    methods: tuple[str, ...]
    starting: Value | None = None
    never_run: Cells = frozenset()

    @property
    def site(self) -> Site:
        return here(self.event)

    def under_all(self) -> Handover:
        """The same for what crosses under every start method, as what comes back does."""
        return replace(self, methods=self.possible)

    def judge(self, *, called: bool = False, coming_back: bool = False, memo: set[Value] | None = None) -> Judge:
        """Who judges what crosses here; the judges of several slots share a `memo`."""
        at = Circumstances(
            self.run,
            self.world,
            self.entry.carrier,
            self.run.versions,
            self.event.frame,
            self.site,
            protocol=protocol(self.event, self.entry),
            receiver=self.event.receiver,
            starting=self.starting,
            children=self.children if self.entry.process else None,
            forked_with=names_when_forked(self.world, self.run, self.event.receiver),
            called=called,
            coming_back=coming_back,
            by_field=self.entry.by_field,
        )
        return Judge(at, memo)

    def judge_by(self, carrier: str, site: Site) -> Judge:
        """Who judges what would become of a value that is at `site` with another carrier."""
        run = self.run
        at = Circumstances(run, self.world, carrier, run.versions, self.event.frame, site, children=self.children)
        return Judge(at)


def protocol(event: Event, entry: BoundaryEntry) -> int | None:
    """The pickle protocol that a call asks for, where it is written as a number."""
    if "protocol" in entry.parameters:
        match event.arguments.get(entry.parameters.index("protocol"), "protocol"):
            case (Constant(value=int(number)),) if 0 <= number <= 5:
                return number
    return None
