"""Bound methods as tasks: they take their whole object along, and Python 2 cannot pickle them at all."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.spelling import described
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import NoFix
from picklecheck.rules import remedies
from picklecheck.rules.rule import CrossingRule
from picklecheck.source.edits import Fix


class BoundMethodCrosses(CrossingRule):
    code = "PKL103"
    name = "bound-method-crosses"
    summary = "A bound method is the task: it takes its whole object along, and Python 2 cannot pickle it at all"
    reasons = frozenset({"bound method"})

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        if any(version < (3, 0) for version in refusal.versions):
            return (
                f"`{crossing.entry.short}` pickles {described(refusal.culprit)}, "
                'and Python 2 says "Can\'t pickle instancemethod"'
            )
        return f"{described(refusal.culprit)} takes its whole object along with {self.share(crossing)}"

    def share(self, crossing: Crossing) -> str:
        by_chunk = ("map", "map_async", "starmap", "starmap_async")
        owner = crossing.entry.name.rpartition(".")[0]
        chunked = crossing.entry.name.rpartition(".")[2] in by_chunk and owner.endswith("pool.Pool")
        return "each chunk of tasks" if chunked else "each task"

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        if any(version < (3, 0) for version in refusal.versions):
            return (
                "use a function at module level that calls the method (`getattr(instance, name)(*args)`), "
                "a static method through a module function, or a `Process` of its own"
            )
        return "a function at module level or a static method takes along only what it is given"

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        return remedies.for_method(crossing, refusal)
