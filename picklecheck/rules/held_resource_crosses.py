"""Objects that hold something unpicklable, on their way to another process."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import with_article
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule, comes_back, is_process
from picklecheck.semantics.domain.values import BoundMethod, Container, Function, Instance
from picklecheck.source.edits import Fix

OTHERS = {"started", "temporary", "other context", "overridden", "hidden"}


class HeldResourceCrosses(CrossingRule):
    code = "PKL104"
    name = "held-resource-crosses"
    summary = "An object is pickled whole, and one of its attributes cannot be pickled"

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        return bool(refusal.attribute) and refusal.reason not in OTHERS and not comes_back(crossing)

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        what = f"{held(refusal)} {with_article(refusal.culprit)}"
        return f"`{crossing.entry.short}` has to pickle {whole(crossing, refusal)}, and {what}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        if refusal.instead:
            return refusal.instead
        exclude = f"exclude `{refusal.attribute}` in `__getstate__` and create it in the worker"
        match refusal.culprit:
            case Function(is_lambda=True):
                return f"write a function at module level instead of the lambda, or {exclude}"
            case Function(name=name, qualname=qualname) if "<locals>" in qualname:
                return f"move `{name}` to module level, or {exclude}"
        return f"{exclude}, or pass a function that does not need the object"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_attribute(crossing, refusal)


def whole(crossing: Crossing, refusal: Refusal) -> str:
    """What is pickled whole, and what for."""
    sent = next(iter(crossing.values), refusal.culprit)
    match sent:
        case _ if is_process(crossing):
            return "the process object"
        case BoundMethod(receiver=Instance(cls=cls), function=function):
            return f"the whole `{cls.name}` to send `{cls.name}.{function.name}`"
        case Container() if refusal.holder is not None:
            return with_article(refusal.holder)
    return with_article(sent)


def held(refusal: Refusal) -> str:
    """The attribute that is, or leads to, what cannot be pickled: ``Runner.lock` is``."""
    attribute = f"attribute `{refusal.attribute}`"
    if isinstance(refusal.holder, Instance):
        attribute = f"`{refusal.holder.cls.name}.{refusal.attribute}`"
    direct = refusal.kept_as == refusal.attribute and refusal.chain[-2:-1] in ((), (refusal.holder,))
    return f"{attribute} {'is' if direct else 'holds'}"
