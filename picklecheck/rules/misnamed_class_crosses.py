"""Classes made by a call under another name than their variable's."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule, verb
from picklecheck.semantics.domain.values import Class
from picklecheck.source.edits import Fix


class MisnamedClassCrosses(CrossingRule):
    code = "PKL107"
    name = "misnamed-class-crosses"
    summary = "A class made by `namedtuple`, `type` or the like has another name than the variable that holds it"
    reasons = frozenset({"misnamed"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        name = refusal.culprit.name if isinstance(refusal.culprit, Class) else "it"
        return f"`{crossing.entry.short}` {verb(crossing)}, and class `{name}` is not found: {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "give the class the name of its variable, at module level"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_misnamed(crossing, refusal)
