"""Bound methods as tasks: they take their whole object along, and Python 2 cannot pickle them at all."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described, owner_name
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.semantics.domain.values import BoundMethod
from picklecheck.source.edits import Fix


class BoundMethodCrosses(CrossingRule):
    code = "PKL103"
    name = "bound-method-crosses"
    summary = "A bound method is the task: its whole object is pickled with it, and Python 2 cannot pickle it"
    reasons = frozenset({"bound method"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        if any(version < (3, 0) for version in refusal.versions):
            return f"`{crossing.entry.short}` cannot pickle {described(refusal.culprit)}: Python 2 pickles no methods"
        method = refusal.culprit
        assert isinstance(method, BoundMethod)
        owner = owner_name(method.receiver)
        whole = f"pickles the whole `{owner}` again for {self.share(crossing)}"
        return f"`{crossing.entry.short}` {whole}, to send `{owner}.{method.function.name}`"

    def share(self, crossing: Crossing) -> str:
        by_chunk = ("map", "map_async", "starmap", "starmap_async")
        owner = crossing.entry.name.rpartition(".")[0]
        chunked = crossing.entry.name.rpartition(".")[2] in by_chunk and owner.endswith("pool.Pool")
        return "each chunk of tasks" if chunked else "each task"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        if any(version < (3, 0) for version in refusal.versions):
            return (
                "pass a function at module level that calls the method (`getattr(instance, name)(*args)`), "
                "or a static method, or start a `Process`"
            )
        return "pass a function at module level or a static method, which is sent without the object"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_method(crossing, refusal)
