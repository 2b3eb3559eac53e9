"""Methods reached through `super()`, which arrive as their own override."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.findings import Effect
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.source.edits import Fix


class SuperMethodCrosses(CrossingRule):
    code = "PKL109"
    name = "super-method-crosses"
    summary = "A method of `super()` is sent, and the worker calls the override instead"
    level = "note"
    reasons = frozenset({"overridden"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        return f"`{crossing.entry.short}` sends the method of `super()` by its name, so {refusal.why} instead"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "name the base class: `functools.partial(Base.method, self)`"

    def effect(self, crossing: Crossing, refusal: Refusal) -> Effect:
        return "wrong"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_super(crossing, refusal)
