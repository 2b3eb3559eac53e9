"""Functions defined after a pool has forked its workers."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.source.edits import Fix


class DefinedAfterPool(CrossingRule):
    code = "PKL303"
    name = "defined-after-pool"
    summary = "A function or class is defined after the pool has forked its workers, which do not know it"
    always_safe = True
    reasons = frozenset({"defined too late"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        return f"`{crossing.entry.short}` sends {described(refusal.culprit)} by name, but {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "define it above the line that creates the pool"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.defined_earlier(crossing, refusal)
