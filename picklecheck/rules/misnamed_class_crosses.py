"""Classes made by a call under another name than their variable's."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.semantics.domain.values import Class
from picklecheck.source.edits import Fix


class MisnamedClassCrosses(CrossingRule):
    code = "PKL107"
    name = "misnamed-class-crosses"
    summary = "A class created by `namedtuple`, `type` or the like has another name than its variable"
    reasons = frozenset({"misnamed"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        name = f"class `{refusal.culprit.name}`" if isinstance(refusal.culprit, Class) else "a class"
        why = refusal.why
        if isinstance(refusal.culprit, Class) and (variable := crossing.moment.class_variables.get(refusal.culprit)):
            why = f"it is assigned to `{variable}`, but pickle looks for `{refusal.culprit.name}`"
        return f"`{crossing.entry.short}` cannot pickle {name}: {why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "give the class the name of its variable, at module level"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_misnamed(crossing, refusal)
