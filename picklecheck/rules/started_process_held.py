"""Running processes and pools, reached from what is handed over."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule, comes_back
from picklecheck.source.edits import Fix


class StartedProcessHeld(CrossingRule):
    code = "PKL304"
    name = "started-process-held"
    summary = "A process that has been started is reachable from what is handed over"
    reasons = frozenset({"started"})

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return refusal.reason in self.reasons and not comes_back(crossing)

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        holder = f", held as attribute `{refusal.attribute}`" if refusal.attribute else ""
        return f"`{crossing.entry.short}` takes along {described(refusal.culprit)} that has been started{holder}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "keep processes out of the object: keep a list of them outside, or drop them in `__getstate__`"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_attribute(crossing, refusal)
