"""Locks, files, sockets, generators and their like as data for another process."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described, with_article
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import worker_remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.semantics.domain.values import Function
from picklecheck.source.edits import Fix


class ResourceCrosses(CrossingRule):
    code = "PKL201"
    name = "resource-crosses"
    summary = "A lock, an open file, a generator, a module or the like is sent to another process"
    reasons = frozenset({"resource", "refuses by itself"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        why = f": {refusal.why}" if refusal.why else ""
        sent = next(iter(crossing.values), None)
        if isinstance(sent, Function) and refusal.path:
            what = f"`{crossing.entry.short}` cannot pickle {described(sent)}"
            return f"{what}: it uses {with_article(refusal.culprit)}, which cannot be pickled"
        return f"`{crossing.entry.short}` cannot pickle {described(refusal.culprit)}{why}"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return refusal.instead or "create it in the worker, from data that can be pickled"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return worker_remedies.for_own(crossing, refusal)
