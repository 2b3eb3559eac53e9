"""Processes that are joined before the queue that they fill is read."""

from __future__ import annotations

from picklecheck.crossings.crossing import Use
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import UseRule
from picklecheck.source.edits import Fix


class JoinBeforeDrain(UseRule):
    code = "PKL406"
    name = "join-before-drain"
    summary = "A process is joined before the queue that it fills is read: it may wait forever"
    kind = "joined before drained"
    run_time_effect = "hangs"

    def message(self, use: Use) -> str:
        return "the process fills a queue that is read only after this `join`, which may then wait forever"

    def advice(self, use: Use) -> str:
        return "read all items from the queue first, then join the process"

    def fixes(self, use: Use) -> list[Fix | NoFix]:
        return remedies.for_undrained(use)
