"""Running processes and pools, reached from what is sent."""

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
    summary = "A started process, pool or executor is part of what is sent to another process"
    reasons = frozenset({"started"})

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return refusal.reason in self.reasons and not comes_back(crossing)

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        what = described(refusal.culprit)
        if refusal.attribute:
            what = f"attribute `{refusal.attribute}`, {what}"
        return f"`{crossing.entry.short}` has to pickle {what} that has been started"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "keep processes in local variables, or exclude them in `__getstate__`"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_attribute(crossing, refusal)
