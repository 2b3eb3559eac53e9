"""Running processes and pools, reached from what is sent."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.held_resource_crosses import held, whole
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
        what = f"a started {described(refusal.culprit).partition(' ')[2]}"
        if refusal.attribute:
            return f"`{crossing.entry.short}` has to pickle {whole(crossing, refusal)}, and {held(refusal)} {what}"
        return f"`{crossing.entry.short}` cannot pickle {what}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "keep it in a local variable, or exclude it in `__getstate__`"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_attribute(crossing, refusal)
