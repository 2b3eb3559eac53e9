"""Values that pickle, and cannot be rebuilt on the other side."""

from __future__ import annotations

from picklecheck.crossings.bases import has_contents
from picklecheck.crossings.crossing import ALONE, Crossing
from picklecheck.crossings.spelling import article, described
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.semantics.domain.values import Instance
from picklecheck.source.edits import Fix


class UnrebuildableValue(CrossingRule):
    code = "PKL207"
    name = "unrebuildable-value"
    summary = "A value can be pickled, but not unpickled: the other process fails"
    reasons = frozenset({"not rebuilt"})

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return super().claims(crossing, refusal) and crossing.slot != ALONE

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        does, fault = "sends" if crossing.entry.process else "pickles", "unpickled"
        if crossing.entry.carrier == "deepcopy":
            does, fault = "copies", "recreated"
        what = described(refusal.culprit)
        if isinstance(refusal.culprit, Instance):
            name = refusal.culprit.cls.name
            what = f"{article(name)} `{name}`"
        return f"`{crossing.entry.short}` {does} {what}, which cannot be {fault}: {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return refusal.instead or "define `__reduce__` or `__getnewargs__`"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        if isinstance(refusal.culprit, Instance) and not has_contents(refusal.culprit):
            return remedies.for_exception(crossing, refusal)
        return []
