"""Results that are awaited before the next task is submitted."""

from __future__ import annotations

from picklecheck.crossings.crossing import Use
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import UseRule
from picklecheck.source.edits import Fix


class ResultAwaitedAtOnce(UseRule):
    code = "PKL401"
    name = "result-awaited-at-once"
    summary = "A loop waits for each result before it submits the next task, so only one task runs at a time"
    level = "note"
    kind = "awaited at once"
    run_time_effect = "wrong"

    def message(self, use: Use) -> str:
        return "the result is awaited before the next task is submitted, so only one task runs at a time"

    def advice(self, use: Use) -> str:
        return "submit all tasks first, then read the results"

    def fixes(self, use: Use) -> list[Fix | NoFix]:
        return remedies.for_awaited(use)
