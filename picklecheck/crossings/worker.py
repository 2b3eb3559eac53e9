"""The other side: what the task does in the worker, what it sends back, and what it can no longer do there."""

from __future__ import annotations

import ast
from dataclasses import replace

from picklecheck.crossings import arrival, lost, misfits, own_primitives
from picklecheck.crossings.crossing import Unseen
from picklecheck.crossings.examination import Examination
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.judge import Judge
from picklecheck.crossings.slots import Filled, tasks
from picklecheck.crossings.spawned import misses
from picklecheck.crossings.verdict import Refusal, Verdict, never_run
from picklecheck.semantics.domain.values import (
    NONE,
    Arguments,
    BoundMethod,
    Class,
    ExternalObject,
    Function,
    Instance,
    Partial,
    Unknown,
    Value,
    Values,
    Wrapper,
)
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Doubt


def run_tasks(examination: Examination, handover: Handover) -> None:
    """Run the tasks of a call as the workers would, and judge what they return and raise on its way back."""
    run, event, entry = handover.run, handover.event, handover.entry
    if makes_workers(run, event.receiver):
        return
    sent = handover
    if entry.back:
        handover = replace(handover, entry=replace(entry, carrier=entry.back)).under_all()
    child = "daemonic" if is_of_pool(examination, event) and makes_daemons(run, event.receiver) else "worker"
    with examination.in_child(event), run.aside(), run.under(strict=True, child=child, times=1):
        for task, arguments in tasks(run, event, handover.entry):
            misfits.check(examination, handover, task, arguments)
            if runnable(task.values):
                with run.aside():
                    run_task(examination, handover, task, arguments)
            for value in task.values if len(task.values) > 1 else ():
                with run.aside(), run.under(doubt=max(run.mode.doubt, Doubt.SOME)):
                    alone = replace(task, values=(value,))
                    if runnable(alone.values):
                        refused = never_run(sent.judge(called=True).values(alone.values), sent.methods)
                        chosen = replace(handover, never_run=handover.never_run | refused)
                        run_task(examination, chosen, alone, arguments)


def run_task(examination: Examination, handover: Handover, task: Filled, arguments: Arguments) -> None:
    """Run one task, which may be one of several functions, and judge what becomes of it."""
    run, event, record = handover.run, handover.event, examination.ledger.record
    judge = handover.judge(coming_back=True)
    callee = arrival.looked_up(judge, task.values)
    missed = misses(handover, callee, arguments)
    thinned = arrival.arrive(judge, arrival.given(callee, arguments))
    cells = {(version, method) for version in run.versions for method in handover.possible}
    outcome = examination.run_in_child(run, callee, arguments, event, refused=handover.never_run >= cells)
    if len(task.values) == 1:
        own_primitives.remember(examination, handover, event, (*task.values, *callee), arguments)
    # Which of several tasks makes a change is seen where each is run alone.
    for use in lost.uses(handover, event, task.values, callee, outcome) if len(task.values) == 1 else ():
        examination.ledger.note(run, use)
    if outcome.returned:
        returned = Filled("return", outcome.returned, task.site)
        record(handover, returned, judge.values(outcome.returned), unseen_result(judge, outcome.returned))
    for raised in outcome.raised if handover.entry.exceptions else ():
        with run.in_state(raised.changes):
            verdict = exceptions(judge, raised.values, certain=outcome.never_returns)
            if is_of_pool(examination, event):
                verdict += ends_worker(judge, callee, raised.values, certain=outcome.never_returns)
        if verdict:
            record(handover, Filled("exception", raised.values, task.site), verdict)
    if missed:
        record(handover, Filled("variables", callee, task.site), missed)
    if outcome.never_returns:
        lacking = arrival.lost_state(judge, thinned, outcome.raised)
        if lacking:
            record(handover, Filled("state", callee, task.site), lacking)


def is_of_pool(examination: Examination, event: Event) -> bool:
    return examination.world.original(event.name).startswith("multiprocessing.pool.Pool.")


def unseen_result(judge: Judge, returned: Values) -> Unseen | None:
    """What is not known of a result that was judged."""
    if any(isinstance(value, Unknown) for value in returned):
        return Unseen(part="what the task returns")
    return judge.unseen


def runnable(values: Values) -> bool:
    """Whether the task is code of the project, or holds some."""
    return any(
        isinstance(value, Function | BoundMethod | Class | Instance | ExternalObject | Partial | Wrapper)
        for value in values
    )


def exceptions(judge: Judge, raised: Values, certain: bool) -> Verdict:
    """The verdict on an exception that the worker sends back."""
    found: list[Refusal] = []
    for value in raised:
        if isinstance(value, Instance | ExternalObject):
            found.extend(judge.value(value))
    return tuple(replace(refusal, certain=refusal.certain and certain) for refusal in found)


def ends_worker(judge: Judge, callee: Values, raised: Values, certain: bool) -> Verdict:
    """The verdict on an exit, which ends a worker of a `Pool`, and its task with it (`pool.py`, `worker`).

    One that is not sure counts where the task has it itself: far below, it is for what hardly happens.
    """
    why = "it ends the worker, and the pool waits for its result forever"
    functions = (one.function if isinstance(one, BoundMethod) else one for one in callee)
    own = {node for one in functions if isinstance(one, Function) for node in ast.walk(one.node)}
    return tuple(
        replace(judge.refusal(value, "ends the worker", why, stage="loads"), certain=certain and len(raised) == 1)
        for value in raised
        if isinstance(value, ExternalObject) and value.type == "builtins.SystemExit"
        if certain or value.site.node in own
    )


def makes_workers(run: Machine, pool: Value | None) -> bool:
    """Whether a class of the project starts the workers of its pool itself: what these do with a task is not known."""
    makers = ("_repopulate_pool", "_repopulate_pool_static")
    return isinstance(pool, Instance) and any(run.find(pool.cls, name) for name in makers)


def makes_daemons(run: Machine, pool: Value | None) -> bool:
    """Whether the workers of a pool are those of `multiprocessing`: no class or context of the project makes others."""
    match pool:
        case ExternalObject(arguments=arguments, receiver=receiver):
            contexts = [*arguments.get(4, "context"), receiver] if arguments is not None else [receiver]
            return all(context in (None, *NONE) or isinstance(context, ExternalObject) for context in contexts)
        case Instance(cls=cls):
            return not any(run.find(cls, name) for name in ("Process", "__init__"))
    return True
