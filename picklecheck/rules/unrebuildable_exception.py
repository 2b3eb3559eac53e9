"""Exceptions that leave the worker and cannot be rebuilt in the parent."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.semantics.domain.values import ExternalObject, Instance, Value
from picklecheck.source.edits import Fix


class UnrebuildableException(CrossingRule):
    code = "PKL204"
    name = "unrebuildable-exception"
    summary = "The task raises an exception that cannot be sent back: a `Pool` then waits forever"
    reasons = frozenset({"ends the worker"})

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return crossing.slot == "exception"

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        if refusal.reason == "ends the worker":
            return f"the task raises `SystemExit`: {refusal.why}"
        name = next((f"`{name}`" for name in map(_class_of, crossing.values) if name), "an exception")
        fault = "cannot be pickled" if refusal.stage == "dumps" else "cannot be recreated"
        return f"the task raises {name}, which {fault}: {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        if refusal.reason == "ends the worker":
            return "raise another exception, or return from the task"
        if refusal.stage == "dumps":
            return "keep only plain data in the exception"
        if refusal.instead:
            return refusal.instead
        return "add a `__reduce__` to the exception, or pass all its arguments to `super().__init__`"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_exception(crossing, refusal)


def _class_of(value: Value) -> str:
    match value:
        case Instance():
            return value.cls.name
        case ExternalObject() if not value.type.startswith("builtins."):
            return value.type
    return ""
