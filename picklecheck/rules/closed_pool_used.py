"""Tasks for a pool that takes none any more."""

from __future__ import annotations

from picklecheck.crossings.crossing import Use
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import UseRule
from picklecheck.source.edits import Fix


class ClosedPoolUsed(UseRule):
    code = "PKL404"
    name = "closed-pool-used"
    summary = "A task is given to a pool after `close`, `terminate` or the end of its `with` block"
    kind = "closed pool used"

    def message(self, use: Use) -> str:
        if use.entry.name.endswith("Executor"):
            return "the executor is already shut down: this call raises `RuntimeError: cannot schedule new futures`"
        return "the pool is already closed: this call raises `ValueError: Pool not running`"

    def advice(self, use: Use) -> str:
        return "submit all tasks before the pool is closed"

    def fixes(self, use: Use) -> list[Fix | NoFix]:
        return remedies.for_closed(use)
