"""Executors start their processes with the first task: what their initializer gets crosses as it is then."""

from __future__ import annotations

from dataclasses import replace

from picklecheck.crossings.child import EXECUTOR
from picklecheck.crossings.examination import Examination
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.slots import fill
from picklecheck.semantics.domain.facts import Fact
from picklecheck.semantics.domain.values import Constant, Value

# Set of an executor that has got a task.
BUSY = Fact("busy")


class Executors:
    """Remembers the calls that made executors, until these get a task."""

    def __init__(self, examination: Examination) -> None:
        self.examination = examination
        self.made: dict[Value, Handover] = {}

    def construct(self, handover: Handover) -> None:
        """`ProcessPoolExecutor(…)`, after what it is given was judged: what was refused already is told there."""
        if handover.entry.name == EXECUTOR and not handover.never_run:
            self.made.update((value, handover) for value in handover.event.result)

    def first_task(self, handover: Handover) -> None:
        """`executor.submit(…)`: the first one starts processes, which get the initializer and its arguments."""
        run, executor = handover.run, handover.event.receiver
        made = self.made.get(executor) if executor is not None else None
        if made is None or executor is None or run.store.values(executor, BUSY):
            return
        run.store.set(executor, BUSY, (Constant(True),))
        filled = [replace(one, site=handover.site) for one in fill(run, made.event, made.entry)]
        self.examination.cross(replace(made, run=run), filled)
