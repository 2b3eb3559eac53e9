"""Functions and classes whose qualified name leads to something else."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule, comes_back
from picklecheck.semantics.domain.values import Class, Function
from picklecheck.source.edits import Fix


class HiddenOriginalCrosses(CrossingRule):
    code = "PKL106"
    name = "hidden-original-crosses"
    summary = "The qualified name of a function or class that is sent leads to another object, or to none"
    reasons = frozenset({"hidden"})

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return refusal.reason in self.reasons and not comes_back(crossing)

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        culprit = refusal.culprit
        name = crossing.moment.variable or (culprit.name if isinstance(culprit, Function | Class) else "")
        what = f"`{name}`" if name else described(culprit)
        return f"`{crossing.entry.short}` cannot pickle {what}: {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return refusal.instead or "use `functools.wraps` in decorators, and keep the original under its own name"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_hidden(crossing, refusal)
