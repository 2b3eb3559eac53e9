"""Lambdas on their way to another process."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule, verb
from picklecheck.source.edits import Fix


class LambdaCrosses(CrossingRule):
    code = "PKL101"
    name = "lambda-crosses"
    summary = "A lambda is handed to another process, but pickle finds functions by name and a lambda has none"
    reasons = frozenset({"lambda"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        return f"`{crossing.entry.short}` {verb(crossing)}, and a lambda has no name to be found by"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "make it a function at module level; `functools.partial` binds what it captures"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_function(crossing, refusal)
