"""What a rule is: its code and name, which refusals or uses it answers for, and what it says about them."""

from __future__ import annotations

from typing import ClassVar

from picklecheck.crossings.crossing import Crossing, Misuse, Use
from picklecheck.crossings.verdict import Reason, Refusal
from picklecheck.findings import Effect
from picklecheck.fixes.subject import NoFix
from picklecheck.source.edits import Fix


class Rule:
    """One rule, in the file of its name.

    The code and the name are stable, and users may write either; `summary` says in one sentence what it finds,
    `since` is the version of picklecheck that brought the rule, `always_safe` says that no fix of it is ever unsafe.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    summary: ClassVar[str]
    level: ClassVar[str] = ""
    since: ClassVar[str] = "0.1.0"
    always_safe: ClassVar[bool] = False


class CrossingRule(Rule):
    """A rule about a value that is refused on its way; `reasons` are those it answers for."""

    reasons: ClassVar[frozenset[Reason]] = frozenset()

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        """Whether this rule reports the refusal; exactly one does."""
        return refusal.reason in self.reasons and not refusal.attribute and not comes_back(crossing)

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        raise NotImplementedError

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return ""

    def effect(self, crossing: Crossing, refusal: Refusal) -> Effect:
        return crossing.entry.refusing if refusal.stage == "dumps" else crossing.entry.unrebuildable

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        """The rewrites that fix it, best first; `NoFix` says why one was refused."""
        return []


class UseRule(Rule):
    """A rule about the way a boundary is used."""

    kind: ClassVar[Misuse]
    run_time_effect: ClassVar[Effect] = "raises"

    def message(self, use: Use) -> str:
        raise NotImplementedError

    def effect(self, use: Use) -> Effect:
        return self.run_time_effect

    def advice(self, use: Use) -> str:
        return ""

    def fixes(self, use: Use) -> list[Fix | NoFix]:
        return []


def comes_back(crossing: Crossing) -> bool:
    """Whether the value is sent from the worker to the parent."""
    return crossing.slot in ("return", "exception", "state")


def verb(crossing: Crossing) -> str:
    """What the boundary does to the slot: ``pickles its `func` ``."""
    if is_process(crossing):
        return "pickles the process object"
    return f"pickles its `{slot_name(crossing)}`"


def is_process(crossing: Crossing) -> bool:
    """Whether it is the process itself that crosses, not an object that knows what it is to compute."""
    return crossing.slot == "self" and crossing.entry.carrier.endswith("spawning")


def slot_name(crossing: Crossing) -> str:
    return crossing.slot.split(" ")[0]
