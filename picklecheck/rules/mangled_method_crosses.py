"""Methods with two leading underscores, which the worker looks for under the wrong name."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import owner_name
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.semantics.domain.values import BoundMethod
from picklecheck.source.edits import Fix


class MangledMethodCrosses(CrossingRule):
    code = "PKL108"
    name = "mangled-method-crosses"
    summary = "A method with two leading underscores is sent, and the worker looks for the wrong name"
    reasons = frozenset({"mangled"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        method = refusal.culprit
        what = "a method"
        if isinstance(method, BoundMethod):
            what = f"`{owner_name(method.receiver)}.{method.function.name}`"
        return f"`{crossing.entry.short}` sends {what}: {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "rename the method, with one leading underscore only"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_mangled(crossing, refusal)
