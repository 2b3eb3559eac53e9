"""Module variables that the parent sets and a spawned child never sees."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.findings import Effect
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import worker_remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.source.edits import Fix


class SetInParentOnly(CrossingRule):
    code = "PKL306"
    name = "set-in-parent-only"
    summary = "The task reads a module variable that only the parent sets, and that a spawned child does not have"
    reasons = frozenset({"set in the parent only", "changed in the parent only"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        return refusal.why

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "pass the value as an argument, or set it in the `initializer` of the pool"

    def effect(self, crossing: Crossing, refusal: Refusal) -> Effect:
        return "wrong" if refusal.reason == "changed in the parent only" else "raises"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return worker_remedies.for_variables(crossing, refusal)
