"""Results that cannot come back from the worker."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import article, with_article
from picklecheck.crossings.verdict import Refusal
from picklecheck.findings import Effect
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.semantics.domain.values import Constant, Instance
from picklecheck.source.edits import Fix


class UnpicklableResult(CrossingRule):
    code = "PKL203"
    name = "unpicklable-result"
    summary = "The task returns something that cannot be pickled, or is a generator or `async` function"

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return crossing.slot == "return"

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        if crossing.entry.deferred:
            return f"the target of `{crossing.entry.short}` never runs: {refusal.why}"
        who = f"the task of `{crossing.entry.short}`" if crossing.entry.task else f"`{crossing.entry.short}`"
        cannot = "cannot be unpickled" if refusal.stage == "loads" else "cannot be pickled"
        told = f"{who} returns {holding(crossing, refusal)} {cannot}"
        return f"{told}: {refusal.why}" if refusal.reason in ("misnamed", "local class") else told

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        if crossing.entry.deferred:
            return "pass a plain function that runs the body"
        return refusal.instead or "return plain data, such as a list or a dict"

    def effect(self, crossing: Crossing, refusal: Refusal) -> Effect:
        return "silent" if crossing.entry.deferred else crossing.entry.unreturned

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_result(crossing, refusal)


def holding(crossing: Crossing, refusal: Refusal) -> str:
    """What a task returns, and the culprit in it."""
    culprit = with_article(refusal.culprit)
    holders = [one for one in crossing.values if not isinstance(one, Constant)]
    returned = refusal.culprit if refusal.culprit in holders else next(iter(holders), refusal.culprit)
    if isinstance(returned, Instance) and returned.cls == refusal.culprit:
        return f"{article(returned.cls.name)} `{returned.cls.name}`, which"
    return f"{culprit}, which" if returned == refusal.culprit else f"{with_article(returned)} with {culprit}, which"
