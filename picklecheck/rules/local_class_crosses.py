"""Classes defined inside functions, their objects and methods, on their way to another process."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.semantics.domain.values import Class
from picklecheck.source.edits import Fix


class LocalClassCrosses(CrossingRule):
    code = "PKL105"
    name = "local-class-crosses"
    summary = "A class defined inside a function, or an instance of it, is sent to another process"
    reasons = frozenset({"local class"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        name = f"class `{refusal.culprit.name}`" if isinstance(refusal.culprit, Class) else "a class"
        return f"`{crossing.entry.short}` cannot pickle {name}: {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "move the class to module level"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_class(crossing, refusal)
