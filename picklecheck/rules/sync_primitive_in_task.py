"""Locks and queues of multiprocessing as data of a task: only a new process may inherit them."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules.rule import CrossingRule
from picklecheck.rules.worker_remedies import for_inherited
from picklecheck.source.edits import Fix


class SyncPrimitiveInTask(CrossingRule):
    code = "PKL202"
    name = "sync-primitive-in-task"
    summary = "A lock, queue or other primitive of multiprocessing is sent with a task, but can only be inherited"
    reasons = frozenset({"shared only by inheritance"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        return (
            f"`{crossing.entry.short}` cannot send {described(refusal.culprit)}: "
            "a process can only inherit it when it starts"
        )

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "pass it with `initializer` and `initargs`, or create it with a `multiprocessing.Manager()`"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return for_inherited(crossing, refusal)
