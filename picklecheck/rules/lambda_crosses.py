"""Lambdas on their way to another process."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.source.edits import Fix


class LambdaCrosses(CrossingRule):
    code = "PKL101"
    name = "lambda-crosses"
    summary = "A lambda is sent to another process, but pickle looks functions up by name and a lambda has none"
    reasons = frozenset({"lambda"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        return f"a lambda is passed to `{crossing.entry.short}`, and lambdas cannot be pickled"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "define a function at module level, and bind captured values with `functools.partial`"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_function(crossing, refusal)
