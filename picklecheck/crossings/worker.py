"""The other side: what the task does in the worker, what it sends back, and what it can no longer do there."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from picklecheck.crossings import instances, spawned, start_methods
from picklecheck.crossings.judge import Judge
from picklecheck.crossings.slots import Filled, fill, here, task_arguments, tasks
from picklecheck.crossings.verdict import Refusal, Verdict
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics import attributes, calls, classes
from picklecheck.semantics.run import Abrupt, Doubt, Event, Raised, Run
from picklecheck.semantics.store import Items
from picklecheck.semantics.values import (
    NONE,
    Arguments,
    BoundMethod,
    Class,
    Constant,
    Container,
    Frame,
    Function,
    Instance,
    Made,
    Suspended,
    Value,
    Values,
)

if TYPE_CHECKING:
    from picklecheck.crossings.examiner import Examiner


def run_tasks(
    examiner: Examiner,
    run: Run,
    event: Event,
    entry: BoundaryEntry,
    methods: tuple[str, ...],
    possible: tuple[str, ...],
) -> None:
    """Run the tasks of a call as the workers would, and judge what they return and raise on its way back."""
    if entry.back:
        entry, methods = replace(entry, carrier=entry.back), possible
    with examiner.in_child(event), run.aside():
        run.strict = True
        of_pool = examiner.world.original(event.name).startswith("multiprocessing.pool.Pool.")
        run.in_child = "daemonic" if of_pool and makes_daemons(run, event.receiver) else "worker"
        for task, arguments in tasks(run, event, entry):
            if runnable(task.values):
                with run.aside():
                    run_task(examiner, run, event, entry, methods, possible, task, arguments)
            for value in task.values if len(task.values) > 1 else ():
                with run.aside():
                    run.doubt = max(run.doubt, Doubt.SOME)
                    alone = replace(task, values=(value,))
                    if runnable(alone.values):
                        run_task(examiner, run, event, entry, methods, possible, alone, arguments)


def run_task(
    examiner: Examiner,
    run: Run,
    event: Event,
    entry: BoundaryEntry,
    methods: tuple[str, ...],
    possible: tuple[str, ...],
    task: Filled,
    arguments: Arguments,
) -> None:
    judge = examiner.judge(run, event, entry)
    judge.coming_back = True
    callee = arrived(judge, task.values)
    missed = spawned.misses(examiner, judge, event, possible, callee, arguments)
    outcome = calls.simulate(run, callee, arguments, event.node, event.frame)
    judge.site = here(event)
    returned = Filled("return", outcome.returned, task.site)
    if outcome.returned:
        examiner.record(run, event, entry, returned, judge.values(outcome.returned), methods, possible)
    for raised in outcome.raised if entry.exceptions else ():
        with run.at(raised.changes):
            verdict = exceptions(judge, raised.values, certain=outcome.never_returns)
        if verdict:
            sent = Filled("exception", raised.values, task.site)
            examiner.record(run, event, entry, sent, verdict, methods, possible)
    if missed and not outcome.never_returns:
        examiner.record(run, event, entry, Filled("variables", callee, task.site), missed, methods, possible)
    if outcome.never_returns:
        lost = lost_state(judge, callee, outcome.raised)
        if lost:
            examiner.record(run, event, entry, Filled("state", callee, task.site), lost, methods, possible)


def runnable(values: Values) -> bool:
    """Whether the task is code of the project, or holds some."""
    return any(isinstance(value, Function | BoundMethod | Class | Instance | Made) for value in values)


def arrived(judge: Judge, values: Values) -> Values:
    """The task as it arrives: a method's object is a copy that went through its own state hooks.

    The worker looks the method up by its name, and so finds the override of what `super()` gave.
    """
    found: list[Value] = []
    for value in values:
        match value:
            case BoundMethod(receiver=Instance() as receiver):
                copy = instances.unpickled(judge, receiver)
                if value.through_super:
                    name, node = value.function.name, judge.site.node
                    found.extend(attributes.of_value(judge.run, copy, name, node, judge.frame))
                    continue
                found.append(BoundMethod(value.function, copy, value.site, value.through_super, value.name))
            case Instance():
                found.append(instances.unpickled(judge, value))
            case _:
                found.append(value)
    return tuple(found)


def exceptions(judge: Judge, raised: Values, certain: bool) -> Verdict:
    """The verdict on an exception that the worker sends back."""
    found: list[Refusal] = []
    for value in raised:
        if isinstance(value, Instance) or (isinstance(value, Made) and value.type.startswith("builtins.")):
            found.extend(judge.value(value))
    return tuple(replace(refusal, certain=refusal.certain and certain) for refusal in found)


def lost_state(judge: Judge, callee: Values, raised: tuple[Raised, ...]) -> Verdict:
    """The task always fails on an attribute that its object's `__getstate__` did not keep."""
    found: list[Refusal] = []
    for one in raised:
        for value in one.values:
            if not isinstance(value, Made) or value.type != "builtins.AttributeError":
                continue
            node = value.site.node
            for task in callee:
                owner = task.receiver if isinstance(task, BoundMethod) else task
                if isinstance(owner, Instance) and isinstance(node, ast.Attribute) and dropped(judge, owner, node.attr):
                    why = f"`__getstate__` of `{owner.cls.name}` drops `{node.attr}`, which the worker uses"
                    found.append(judge.refusal(owner, "not rebuilt", why, stage="loads"))
    return tuple(found)


def dropped(judge: Judge, owner: Instance, name: str) -> bool:
    return bool(classes.find(judge.run, owner.cls, "__getstate__")) and not judge.run.store.values(owner, name)


# --- processes -----------------------------------------------------------------------------------


def run_process(
    examiner: Examiner,
    run: Run,
    event: Event,
    entry: BoundaryEntry,
    process: Value,
    possible: tuple[str, ...],
) -> None:
    """Run a process's target: a generator or coroutine function only makes an object, and never runs."""
    target = next((one for one in fill(run, event, entry) if one.slot == "target"), None)
    if target is None or not runnable(target.values):
        return
    with examiner.in_child(event), run.aside():
        run.in_child = kind_of_child(run, process)
        arguments = task_arguments(run, event, entry)
        judge = examiner.judge(run, event, entry)
        missed = spawned.misses(examiner, judge, event, possible, target.values, arguments)
        outcome = calls.simulate(run, target.values, arguments, event.node, event.frame)
        if missed and not outcome.never_returns:
            sent = Filled("variables", target.values, target.site)
            examiner.record(run, event, entry, sent, missed, possible, possible)
        if outcome.returned and all(
            isinstance(value, Suspended) and value.function is not None for value in outcome.returned
        ):
            kind = getattr(outcome.returned[0], "kind", "generator")
            why = f"calling it only makes a {kind}, whose body nobody runs"
            refusal = judge.refusal(target.values[0], "refuses by itself", why)
            returned = Filled("return", outcome.returned, target.site)
            examiner.record(run, event, entry, returned, (refusal,), possible, possible)


def makes_daemons(run: Run, pool: Value | None) -> bool:
    """Whether the workers of a pool are those of `multiprocessing`: no class or context of the project makes others."""
    match pool:
        case Made(arguments=arguments, receiver=receiver):
            contexts = [*arguments.get(4, "context"), receiver] if arguments is not None else [receiver]
            return all(context in (None, *NONE) or isinstance(context, Made) for context in contexts)
        case Instance(cls=cls):
            return not any(classes.find(run, cls, name) for name in ("Process", "__init__"))
    return True


def kind_of_child(run: Run, process: Value) -> str:
    """`daemonic`, which may not have children of its own, where the process surely is that."""
    given: list[Values] = [run.store.values(process, "daemon"), run.store.values(process, "[init daemon]")]
    if isinstance(process, Made) and process.arguments is not None:
        given.append(process.arguments.keywords.get("daemon", ()))
    daemon = next((values for values in given if values), ())
    return "daemonic" if daemon == (Constant(True),) else "process"


def run_subclass(
    examiner: Examiner, run: Run, event: Event, entry: BoundaryEntry, process: Instance, possible: tuple[str, ...]
) -> None:
    """Run the `run` method of a process's class, for the crossings inside it."""
    method = classes.find(run, process.cls, "run")
    if not method:
        return
    try:
        with examiner.in_child(event), run.aside():
            run.in_child = kind_of_child(run, process)
            bound = attributes.bound(run, method, process, process.cls, event.node, event.frame)
            missed = spawned.misses(examiner, examiner.judge(run, event, entry), event, possible, bound, Arguments())
            outcome = calls.simulate(run, bound, Arguments(), event.node, event.frame)
            if missed and not outcome.never_returns:
                sent = Filled("variables", (process,), here(event))
                examiner.record(run, event, entry, sent, missed, possible, possible)
    except Abrupt:
        pass


def temporaries(
    examiner: Examiner,
    run: Run,
    event: Event,
    entry: BoundaryEntry,
    filled: list[Filled],
    methods: tuple[str, ...],
    possible: tuple[str, ...],
    process: Value,
) -> None:
    """Primitives that only the process holds: `start()` drops its arguments, and the child comes too late.

    `Process.start` deletes `_target`, `_args` and `_kwargs` once the child is launched
    (`multiprocessing/process.py`), which frees a semaphore that nothing else keeps.
    """
    if not methods:
        return
    judge = examiner.judge(run, event, entry)
    held = {value for one in filled for value in reachable(run, one.values) if is_semaphore(value)}
    if not held:
        return
    other_context(examiner, run, event, entry, filled, methods, possible)
    kept = reachable(run, roots(run, event.frame), without=process)
    for one in filled:
        for value in reachable(run, one.values):
            if value in held and value not in kept:
                why = "nothing keeps it once the process has started, so it may be gone before the child opens it"
                refusal = judge.refusal(value, "temporary", why, stage="loads")
                examiner.record(
                    run,
                    event,
                    entry,
                    Filled(f"{one.slot} lifetime", one.values, one.site),
                    (refusal,),
                    methods,
                    possible,
                )


# A semaphore of the fork context refuses to go to a spawned process from this version on (measured).
CHECKS_CONTEXT = (3, 11)


def other_context(
    examiner: Examiner,
    run: Run,
    event: Event,
    entry: BoundaryEntry,
    filled: list[Filled],
    methods: tuple[str, ...],
    possible: tuple[str, ...],
) -> None:
    """A primitive of the fork context, handed to a process of another context."""
    judge = examiner.judge(run, event, entry)
    since = frozenset(version for version in run.versions if version >= CHECKS_CONTEXT)
    if "fork" in possible or not since:
        return
    default = start_methods.default(run, examiner.program, examiner.allowed)
    for one in filled:
        made = [value for value in reachable(run, one.values) if isinstance(value, Made) and is_semaphore(value)]
        contexts = {value: start_methods.of_object(run, value.receiver, default) for value in made}
        for value, made_for in contexts.items():
            at_once = [other for other in made if other.site.node is value.site.node]
            if "fork" not in made_for or any("fork" not in contexts[other] for other in at_once):
                continue  # where one call makes it for several contexts, the process is of the same one
            why = "it was made for forked processes, and this process is not forked"
            refusal = judge.refusal(value, "other context", why, since)
            sent = Filled(f"{one.slot} context", one.values, one.site)
            # A primitive of the default context is of the fork context where fork is the default.
            under, among = (methods, possible) if made_for == ("fork",) else (("fork",), made_for)
            examiner.record(run, event, entry, sent, (refusal,), under, among)


SEMAPHORES = {
    "Lock",
    "RLock",
    "Semaphore",
    "BoundedSemaphore",
    "Condition",
    "Event",
    "Barrier",
    "Queue",
    "JoinableQueue",
}


def is_semaphore(value: Value) -> bool:
    return (
        isinstance(value, Made)
        and value.type.startswith("multiprocessing.")
        and value.type.rpartition(".")[2] in SEMAPHORES
        and value.arguments is not None
    )


def roots(run: Run, frame: Frame) -> Values:
    """What the variables of the running functions and their modules hold."""
    found: list[Value] = []
    for active in [*run.stack, *run.namespaces.values()]:
        for values in run.store.names(active).values():
            found.extend(values)
        found.extend(active.receiver)
    return tuple(found)


def reachable(run: Run, values: Values, without: Value | None = None) -> set[Value]:
    """All values that can be reached through items and attributes."""
    seen: set[Value] = set()
    todo = list(values)
    while todo:
        value = todo.pop()
        if value in seen or value is without:
            continue
        seen.add(value)
        match value:
            case Container():
                items = run.store.items(value)
                for held in (*items.values, *items.keys):
                    todo.extend(held)
            case Instance():
                for held in run.store.names(value).values():
                    todo.extend(held)
            case BoundMethod(receiver=receiver):
                todo.append(receiver)
            case Made(arguments=Arguments() as arguments, type="functools.partial"):
                for held in (*arguments.positional, *arguments.keywords.values()):
                    todo.extend(held)
            case Made():
                stored = run.store.get((value, "[items]"))
                if isinstance(stored, Items):
                    for held in stored.values:
                        todo.extend(held)
    return seen
