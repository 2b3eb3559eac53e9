"""Asynchronous results that nobody can read."""

from __future__ import annotations

from picklecheck.crossings.crossing import Use
from picklecheck.rules.rule import UseRule


class DroppedResult(UseRule):
    code = "PKL403"
    name = "dropped-result"
    summary = "Nobody keeps the result of an asynchronous task, so that its failure cannot be seen"
    level = "note"
    kind = "result dropped"
    run_time_effect = "silent"

    def message(self, use: Use) -> str:
        return "nobody keeps this result, so an error in the task is never seen"

    def advice(self, use: Use) -> str:
        return "keep the result and call `get()`, or give an `error_callback`"
