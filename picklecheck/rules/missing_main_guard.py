"""Processes that are started while the main module is imported."""

from __future__ import annotations

from picklecheck.crossings.crossing import Use
from picklecheck.findings import Effect
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import UseRule
from picklecheck.source.edits import Fix


class MissingMainGuard(UseRule):
    code = "PKL301"
    name = "missing-main-guard"
    summary = "Processes are started at import, so every spawned child starts them again"
    kind = "no main guard"

    def message(self, use: Use) -> str:
        return f"`{use.entry.short}` starts processes at import, and every spawned child imports the file again"

    def effect(self, use: Use) -> Effect:
        return "hangs" if use.entry.daemonic else "raises"

    def advice(self, use: Use) -> str:
        return 'put the code that starts processes under `if __name__ == "__main__":`'

    def fixes(self, use: Use) -> list[Fix | NoFix]:
        return remedies.for_guard(use)
