"""Objects that hold something unpicklable, on their way to another process."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule, comes_back, is_process, slot_name
from picklecheck.semantics.domain.values import Container
from picklecheck.source.edits import Fix

OTHERS = {"started", "temporary", "other context", "overridden", "hidden"}


class HeldResourceCrosses(CrossingRule):
    code = "PKL104"
    name = "held-resource-crosses"
    summary = "An object is handed over whole, and one of its attributes holds something that cannot be pickled"

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return bool(refusal.attribute) and refusal.reason not in OTHERS and not comes_back(crossing)

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        carried = next(iter(crossing.values), refusal.culprit)
        what = described(refusal.holder if isinstance(carried, Container) and refusal.holder else carried)
        if is_process(crossing):
            what = "the process object"
        culprit = described(refusal.culprit)
        return (
            f"{what} goes through `{slot_name(crossing)}` of `{crossing.entry.short}` with attribute "
            f"`{refusal.attribute}`, and {culprit} cannot be pickled"
        )

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        if refusal.instead:
            return refusal.instead
        return (
            f"leave `{refusal.attribute}` out of the state with `__getstate__`, make it in the worker, "
            "or hand over a function that does not need the object"
        )

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_attribute(crossing, refusal)
