"""Asynchronous results that nobody can read."""

from __future__ import annotations

from picklecheck.crossings.crossing import Use
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import UseRule
from picklecheck.source.edits import Fix


class DroppedResult(UseRule):
    code = "PKL403"
    name = "dropped-result"
    summary = "The result of an asynchronous task is discarded, so its failure is never seen"
    level = "note"
    kind = "result dropped"
    run_time_effect = "silent"

    def message(self, use: Use) -> str:
        what = f"nothing reads the result in `{use.subject}`" if use.subject else "this result is discarded"
        return f"{what}, so an exception in the task is never reported"

    def advice(self, use: Use) -> str:
        return (
            "keep the future and call `result()`, or call `add_done_callback`"
            if use.entry.name.startswith("concurrent.")
            else "keep the result and call `get()`, or pass an `error_callback`"
        )

    def fixes(self, use: Use) -> list[Fix | NoFix]:
        return remedies.for_dropped(use)
