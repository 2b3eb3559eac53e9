"""Methods with two leading underscores, which the worker looks for under the wrong name."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.source.edits import Fix


class MangledMethodCrosses(CrossingRule):
    code = "PKL108"
    name = "mangled-method-crosses"
    summary = "A method with two leading underscores is sent, and the worker looks for the wrong name"
    reasons = frozenset({"mangled"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        return f"`{crossing.entry.short}` sends a method: {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "use one leading underscore"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_mangled(crossing, refusal)
