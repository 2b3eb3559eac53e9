"""Functions and classes that only the main program defines."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.semantics.domain.values import Class
from picklecheck.source.edits import Fix


class FunctionUnderMainGuard(CrossingRule):
    code = "PKL302"
    name = "function-under-main-guard"
    summary = "A function or class that is sent is defined under the main guard, which spawned children skip"
    reasons = frozenset({"under the main guard"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        return f"`{crossing.entry.short}` sends {described(refusal.culprit)} by name, but {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return refusal.instead or 'define it above `if __name__ == "__main__":`'

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        if refusal.instead:
            return []
        if isinstance(refusal.culprit, Class):
            return remedies.for_class(crossing, refusal)
        return remedies.moved_up(crossing, refusal)
