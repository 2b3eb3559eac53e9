"""Processes: nothing crosses when one is made, its parts and its target do when it is started."""

from __future__ import annotations

import ast
from dataclasses import replace

from picklecheck.crossings import arrival, lost, misfits, own_primitives, primitives
from picklecheck.crossings.examination import Examination
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.nesting import never_read, parents
from picklecheck.crossings.pools import Pools
from picklecheck.crossings.slots import Filled, fill, task_arguments
from picklecheck.crossings.spawned import misses
from picklecheck.crossings.verdict import STARTED
from picklecheck.crossings.worker import runnable
from picklecheck.semantics.domain.facts import Fact, initial
from picklecheck.semantics.domain.mro import outside_bases
from picklecheck.semantics.domain.values import (
    Arguments,
    Constant,
    ExternalObject,
    Here,
    Instance,
    Suspended,
    Value,
    Values,
)
from picklecheck.semantics.events import Event
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Doubt
from picklecheck.semantics.syntax.module import Module

# A fact of the store: the start methods that were possible where a process was made.
METHODS = Fact("methods")


class Processes:
    """Remembers the calls that made processes, until these are started."""

    def __init__(self, examination: Examination, pools: Pools) -> None:
        self.examination = examination
        self.pools = pools
        self.constructed: dict[Value, Event] = {}

    def construct(self, handover: Handover) -> None:
        """`Process(...)`: judged as it is made, which counts only if nobody is seen starting it."""
        run, event, entry = handover.run, handover.event, handover.entry
        process = event.result[0] if event.result and isinstance(event.result[0], ExternalObject) else None
        if process is None:
            return
        for name in filter(entry.parameters.__contains__, ("target", "args", "kwargs")):
            values = event.arguments.get(entry.parameters.index(name), name)
            if values:
                run.store.set(process, initial(name), values)
        self.constructed[process] = event
        run.store.set(process, METHODS, tuple(map(Constant, handover.possible)))
        with self.examination.ledger.apart() as found:
            self.examination.cross(replace(handover, starting=process), fill(run, event, entry))
        statement = parents(event.frame.module.tree).get(event.node)
        if not (isinstance(statement, ast.Assign) and never_read(event.frame, statement)):
            self.examination.ledger.pending[process] = found

    def given_back(self, run: Machine, value: Value) -> None:
        """An object of a process class that a function returns to callers out of sight: they may start it."""
        if not isinstance(value, Instance) or run.store.values(value, STARTED) or _is_run_here(value.site.module):
            return
        rows = (self.examination.world.boundary(f"{base.name}.start") for base in outside_bases(value.cls))
        entry = next((row for row in rows if row is not None), None)
        maker = None if entry is None else self.examination.world.maker(entry)
        if entry is None or maker is None or not maker.deferred:
            return
        here = Here(run.namespace(value.site.module), value.site.node)
        event = Event(entry.name, value, Arguments(), here, ())
        with run.under(doubt=max(run.mode.doubt, Doubt.SOME)):
            itself = replace(self.examination.handover(run, event, entry), starting=value)
            self.examination.cross(itself, fill(run, event, entry))

    def start(self, handover: Handover) -> None:
        """`process.start()`: the process object is pickled, unless it is forked."""
        run, event, entry, process = handover.run, handover.event, handover.entry, handover.event.receiver
        assert process is not None
        examination = self.examination
        examination.ledger.pending.pop(process, None)
        built = self.constructed.get(process)
        # What was known of the start method where the process was made still holds; only a later choice does not agree.
        known = run.store.values(process, METHODS)
        possible = tuple(method for method in handover.possible if Constant(method) in known) or handover.possible
        if built is not None:
            constructor = examination.world.boundaries[entry.name.removesuffix(".start")]
            filled = [
                Filled(one.slot, run.store.values(process, initial(one.slot)) or one.values, one.site)
                for one in fill(run, built, constructor)
            ]
            made = replace(examination.handover(run, built, constructor, possible), starting=process)
            made = replace(made, never_run=examination.cross(made, filled))
            primitives.temporaries(examination, made, filled)
            if examination.may_go_deeper(run, event):
                self.run_target(made, event)
        elif isinstance(process, Instance) and not run.store.values(process, entry.method):
            # One that may have a `start` of its own may hold other things where it has none, as here.
            itself = replace(examination.handover(run, event, entry, possible), starting=process)
            itself = replace(itself, never_run=examination.cross(itself, fill(run, event, entry)))
            if examination.may_go_deeper(run, event):
                self.run_subclass(itself, process)
        run.store.set(process, STARTED, (Constant(True),))
        self.pools.started(handover if built is None else replace(handover, event=built))

    def run_target(self, handover: Handover, started: Event) -> None:
        """Run a process's target: a generator or coroutine function only makes an object, and never runs."""
        run, event, entry = handover.run, handover.event, handover.entry
        target = next((one for one in fill(run, event, entry) if one.slot == "target"), None)
        if target is None or handover.starting is None:
            return
        misfits.check(self.examination, handover, target, task_arguments(run, event, entry))
        if not runnable(target.values):
            return
        record = self.examination.ledger.record
        with (
            self.examination.in_child(event),
            run.aside(),
            run.under(child=kind_of_child(run, handover.starting), times=1),
        ):
            arguments = task_arguments(run, event, entry)
            missed = misses(handover, target.values, arguments)
            outcome = self.examination.run_in_child(run, target.values, arguments, event)
            own_primitives.remember(self.examination, handover, started, target.values, arguments)
            for use in lost.uses(handover, started, target.values, target.values, outcome):
                self.examination.ledger.note(run, use)
            if missed:
                record(handover.under_all(), Filled("variables", target.values, target.site), missed)
            if outcome.returned and all(
                isinstance(value, Suspended) and value.function is not None for value in outcome.returned
            ):
                kind = getattr(outcome.returned[0], "kind", "generator")
                why = f"it is a {kind} function, and calling it only creates a {kind}"
                refusal = handover.judge().refusal(target.values[0], "refuses by itself", why)
                record(handover.under_all(), Filled("return", outcome.returned, target.site), (refusal,))
            self.run_thinned(handover, target, arguments)

    def run_thinned(self, handover: Handover, task: Filled, arguments: Arguments) -> None:
        """Run a task on what a spawned child gets of objects with a `__getstate__`: what it dropped is missed."""
        run, judge = handover.run, handover.judge()
        with run.aside(), run.under(strict=True, is_task=True):
            thinned = arrival.arrive(judge, arrival.given(task.values, arguments))
            if any(thinned.values()):
                outcome = run.simulate(task.values, arguments, handover.event.here)
                if outcome.never_returns and (lacking := arrival.lost_state(judge, thinned, outcome.raised)):
                    self.examination.ledger.record(handover, Filled("state", task.values, task.site), lacking)

    def run_subclass(self, handover: Handover, process: Instance) -> None:
        """Run the `run` method of a process's class, for the crossings inside it."""
        run, event = handover.run, handover.event
        method = run.find(process.cls, "run")
        if not method:
            return
        try:
            with self.examination.in_child(event), run.aside(), run.under(child=kind_of_child(run, process), times=1):
                bound = run.bound(method, process, process.cls, event.here)
                missed = misses(handover, bound, Arguments())
                outcome = self.examination.run_in_child(run, bound, Arguments(), event)
                own_primitives.remember(self.examination, handover, event, bound, Arguments())
                for use in lost.uses(handover, event, bound, bound, outcome):
                    self.examination.ledger.note(run, use)
                if missed:
                    sent = Filled("variables", (process,), handover.site)
                    self.examination.ledger.record(handover.under_all(), sent, missed)
                self.run_thinned(handover, Filled("run", bound, handover.site), Arguments())
        except Abrupt:
            pass


def _is_run_here(module: Module) -> bool:
    """Whether a module calls a `run` itself: its processes may only be objects whose method is called."""
    return "run" in module.called(module.tree)


def kind_of_child(run: Machine, process: Value) -> str:
    """`daemonic`, which may not have children of its own, where the process surely is that."""
    given: list[Values] = [run.store.values(process, "daemon"), run.store.values(process, initial("daemon"))]
    if isinstance(process, ExternalObject) and process.arguments is not None:
        given.append(process.arguments.keywords.get("daemon", ()))
    daemon = next((values for values in given if values), ())
    return "daemonic" if daemon == (Constant(True),) else "process"
