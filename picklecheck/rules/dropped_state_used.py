"""Attributes that an object leaves behind, and that the worker then misses."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.findings import Effect
from picklecheck.rules.remedies import for_dropped_state
from picklecheck.rules.rule import CrossingRule
from picklecheck.rules.subjects import Remedies


class DroppedStateUsed(CrossingRule):
    code = "PKL208"
    name = "dropped-state-used"
    summary = "`__getstate__` excludes an attribute that nothing restores, and the task uses it in the worker"

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return crossing.slot == "state"

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        return f"the task of `{crossing.entry.short}` fails in the worker: {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "create the attribute again in `__setstate__`"

    def effect(self, crossing: Crossing, refusal: Refusal) -> Effect:
        return "raises"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> Remedies:
        return for_dropped_state(crossing, refusal)
