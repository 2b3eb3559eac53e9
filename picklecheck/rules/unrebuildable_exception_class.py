"""Exception classes that no process could send back, where none is seen doing it."""

from __future__ import annotations

from picklecheck.crossings.crossing import ALONE, Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.semantics.domain.values import Instance
from picklecheck.source.edits import Fix


class UnrebuildableExceptionClass(CrossingRule):
    code = "PKL209"
    name = "unrebuildable-exception-class"
    summary = "An exception class cannot be unpickled: raised in a task, it would make a `Pool` wait forever"
    level = "note"

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return crossing.slot == ALONE

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        name = refusal.culprit.cls.name if isinstance(refusal.culprit, Instance) else "it"
        return f"`{name}` can be pickled, but not recreated: {refusal.why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return "add a `__reduce__` to the exception, or pass all its arguments to `super().__init__`"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_exception(crossing, refusal)
