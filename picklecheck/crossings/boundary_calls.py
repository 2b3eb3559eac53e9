"""Listens for boundary calls, and follows each: what crosses, what the workers do with it, what comes back."""

from __future__ import annotations

from dataclasses import replace

from picklecheck.crossings import managers, primitives, worker
from picklecheck.crossings.crossing import Misuse, Use
from picklecheck.crossings.examination import Examination
from picklecheck.crossings.executors import Executors
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.managers import Managers
from picklecheck.crossings.pools import Pools
from picklecheck.crossings.processes import Processes
from picklecheck.crossings.slots import fill, here
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.domain.values import ExternalObject, Values
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine


class BoundaryCalls:
    """Recognises the calls that send something, or remember what will be sent later."""

    def __init__(self, examination: Examination, of_managers: Managers, of_pools: Pools) -> None:
        self.examination = examination
        self.world = examination.world
        self.managers = of_managers
        self.pools = of_pools
        self.processes = Processes(examination, of_pools)
        self.executors = Executors(examination)

    def heard(self, run: Machine, event: Event) -> None:
        examination = self.examination
        entry = examination.boundaries.entry_of(run, event)
        if entry is None:
            return
        run.control.sent += 1
        handover = examination.handover(run, event, entry)
        if self.world.original(entry.name) == managers.REGISTER:
            self.managers.register(handover)
            return
        if entry.deferred:
            self.processes.construct(handover)
            return
        if entry.starts and run.mode.child == "daemonic":
            self.nested(run, event, entry)
            raise run.fail("AssertionError", event.here)
        least = examination.boundaries.doubt_of_workers(run, event, entry)
        if least is None:
            return
        with run.under(doubt=max(run.mode.doubt, least)):
            self.cross_over(handover)

    def nested(self, run: Machine, event: Event, entry: BoundaryEntry) -> None:
        """A process that is started in a daemonic one, which may not have children."""
        outer, allowed = self.examination.tasks[-1], self.examination.allowed
        kind: Misuse = "pool in a daemonic worker"
        use = Use(kind, entry, here(outer), run.versions, allowed, allowed, run.program, related=here(event))
        self.examination.nested.append(use)

    def cross_over(self, handover: Handover) -> None:
        """A call that sends something at once, with all that follows from it."""
        examination, entry, receiver = self.examination, handover.entry, handover.event.receiver
        maker = self.world.maker(entry)
        if entry.method == "start" and maker is not None and maker.deferred and receiver is not None:
            self.processes.start(handover)
            return
        if receiver is not None and self.world.original(entry.name) in managers.STARTING:
            self.managers.start(handover)
        filled = fill(handover.run, handover.event, entry)
        if f"{entry.name}.__iter__" in self.world.boundaries and any(holds_mock(one.values) for one in filled):
            return  # a loader starts its workers when it is iterated, and that of a mock is given to another mock
        # What no other process is behind crosses under every start method.
        crossing = handover if entry.process else replace(handover, possible=examination.allowed)
        self.executors.first_task(handover)
        never_run = examination.cross(crossing, filled)
        self.executors.construct(replace(handover, never_run=never_run))
        if entry.starts:
            primitives.other_context(examination, handover, filled)
        if entry.result and examination.may_go_deeper(handover.run, handover.event):
            worker.run_tasks(examination, replace(handover, never_run=never_run))
        if examination.may_go_deeper(handover.run, handover.event):
            self.managers.answer(handover)
        if entry.starts:
            self.pools.started(handover)


def holds_mock(values: Values) -> bool:
    """Whether one of the values is a mock, or was made of one."""
    for value in values:
        if isinstance(value, ExternalObject):
            made_of = value.arguments.positional if value.arguments is not None else ()
            if value.type.startswith("unittest.mock.") or any(map(holds_mock, made_of)):
                return True
    return False
