"""Exceptions that leave the worker and cannot be rebuilt in the parent."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.semantics.domain.values import Instance
from picklecheck.source.edits import Fix


class UnrebuildableException(CrossingRule):
    code = "PKL204"
    name = "unrebuildable-exception"
    summary = "The task raises an exception that cannot come back: a `Pool` then waits for ever"

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return crossing.slot == "exception"

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        raised = next((value for value in crossing.values if isinstance(value, Instance)), None)
        name = f"`{raised.cls.name}`" if raised is not None else "an exception"
        return f"the task of `{crossing.entry.short}` raises {name}, which cannot come back: {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        if refusal.stage == "dumps":
            return "let the exception hold plain data only"
        return "give the exception a `__reduce__`, or hand all its arguments to `super().__init__`"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_exception(crossing, refusal)
