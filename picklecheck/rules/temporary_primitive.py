"""Primitives of multiprocessing that nothing keeps until the child opens them."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.source.edits import Fix


class TemporaryPrimitive(CrossingRule):
    code = "PKL205"
    name = "temporary-primitive"
    summary = "A lock or queue created in the arguments of a process is freed before the child opens it"
    reasons = frozenset({"temporary"})

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return refusal.reason == "temporary"

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        return f"{described(refusal.culprit)} in the arguments of `{crossing.entry.short}` {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "assign it to a variable that lives until the process has ended"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_temporary(crossing, refusal)
