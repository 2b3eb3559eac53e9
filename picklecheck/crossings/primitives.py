"""Locks and queues on their way to a process: gone before it opens them, or made for a process of another kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from picklecheck.crossings.examination import Examination
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.reach import reachable, roots
from picklecheck.crossings.slots import Filled
from picklecheck.crossings.start_methods import may_be_another
from picklecheck.semantics.domain.values import Constant, ExternalObject, Value

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
    "Synchronized",
    "SynchronizedArray",
    "SynchronizedString",
}
NOT_FORKED = "this process is not forked"
MAY_BE_ANOTHER = "callers may choose another start method"
# A semaphore of the fork context refuses to go to a spawned process from this version on (measured).
CHECKS_CONTEXT = (3, 11)


def temporaries(examination: Examination, handover: Handover, filled: Sequence[Filled]) -> None:
    """Primitives that only the process holds: `start()` drops its arguments, and the child comes too late.

    `Process.start` deletes `_target`, `_args` and `_kwargs` once the child is launched
    (`multiprocessing/process.py`), which frees a semaphore that nothing else keeps.
    """
    run = handover.run
    if not handover.methods:
        return
    held = {value for one in filled for value in reachable(run, one.values) if is_semaphore(value)}
    if not held:
        return
    other_context(examination, handover, filled)
    kept = reachable(run, roots(run), without=handover.starting)
    for one in filled:
        for value in reachable(run, one.values):
            if value in held and value not in kept:
                why = "may be freed before the child opens it: nothing else refers to it"
                refusal = handover.judge().refusal(value, "temporary", why, stage="loads")
                sent = Filled(f"{one.slot} lifetime", one.values, one.site)
                examination.ledger.record(handover, sent, (refusal,))


def other_context(examination: Examination, handover: Handover, filled: Sequence[Filled]) -> None:
    """A primitive of the fork context, passed to a process of another context, or of one that callers choose."""
    run, start_methods = handover.run, examination.start_methods
    surely = "fork" not in handover.possible
    if not surely and not may_be_another(run, handover.event.receiver):
        return
    # Before, a child that uses the primitive is killed, and one that does not goes on.
    since = frozenset(version for version in run.versions if version >= CHECKS_CONTEXT or not surely)
    if not since:
        return
    for one in filled:
        made = [
            value for value in reachable(run, one.values) if isinstance(value, ExternalObject) and is_semaphore(value)
        ]
        contexts = {value: start_methods.of_object(run, value.receiver) for value in made}
        for value, made_for in contexts.items():
            at_once = [other for other in made if other.site.node is value.site.node]
            if "fork" not in made_for or any("fork" not in contexts[other] for other in at_once):
                continue  # where one call makes it for several contexts, the process is of the same one
            if not surely and may_be_another(run, value.receiver):
                continue
            why = f"was created for fork, but {NOT_FORKED if surely else MAY_BE_ANOTHER}"
            refusal = replace(handover.judge().refusal(value, "other context", why, since), certain=surely)
            sent = Filled(f"{one.slot} context", one.values, one.site)
            # A primitive of the default context is of the fork context where fork is the default.
            under = handover if made_for == ("fork",) else replace(handover, methods=("fork",), possible=made_for)
            examination.ledger.record(under, sent, (refusal,))


def is_semaphore(value: Value) -> bool:
    return (
        isinstance(value, ExternalObject)
        and value.type.startswith("multiprocessing.")
        and value.type.rpartition(".")[2] in SEMAPHORES
        and value.arguments is not None
        and value.arguments.get(None, "lock") in ((), (Constant(True),))  # `Value` and `Array` hold a lock of their own
    )
