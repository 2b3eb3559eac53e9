"""Functions defined inside functions, on their way to another process."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.semantics.domain.values import Function
from picklecheck.source.edits import Fix


class LocalFunctionCrosses(CrossingRule):
    code = "PKL102"
    name = "local-function-crosses"
    summary = "A function defined inside another function is sent to another process, which cannot import it"
    reasons = frozenset({"local function"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        name = f"`{refusal.culprit.name}`" if isinstance(refusal.culprit, Function) else "a function"
        return f"`{crossing.entry.short}` cannot pickle {name}: {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "move it to module level, and bind captured values with `functools.partial`"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_function(crossing, refusal)
