"""Primitives of one start method's context, given to a process of another."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.source.edits import Fix


class MixedContexts(CrossingRule):
    code = "PKL206"
    name = "mixed-contexts"
    summary = "A primitive created for forked processes is given to a process that is not forked"
    always_safe = True
    reasons = frozenset({"other context"})

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return refusal.reason == "other context"

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        return f"`{crossing.entry.short}` gets {described(refusal.culprit)} that {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "create the primitive with the context that starts the process"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_other_context(crossing, refusal)
