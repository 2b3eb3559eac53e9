"""Pools that are joined while they still take tasks."""

from __future__ import annotations

from picklecheck.crossings.crossing import Use
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import UseRule
from picklecheck.source.edits import Fix


class JoinBeforeClose(UseRule):
    code = "PKL402"
    name = "join-before-close"
    summary = "`Pool.join` is called without `close` or `terminate` before it"
    kind = "join before close"

    def message(self, use: Use) -> str:
        return "`Pool.join` raises `ValueError: Pool is still running`, because the pool was not closed"

    def advice(self, use: Use) -> str:
        return "call `close()` before `join()`"

    def fixes(self, use: Use) -> list[Fix | NoFix]:
        return remedies.for_join(use)
