"""What a rule is: its code and name, which refusals or uses it answers for, and what it says about them."""

from __future__ import annotations

import re
from typing import ClassVar

from picklecheck.crossings.crossing import Crossing, Misuse, Use
from picklecheck.crossings.verdict import Reason, Refusal
from picklecheck.findings import Effect
from picklecheck.fixes.subject import NoFix
from picklecheck.source.edits import Fix


class Rule:
    """One rule; its docstring is the summary that `picklecheck rule` and the tables show."""

    code: ClassVar[str]
    name: ClassVar[str]
    level: ClassVar[str] = ""

    def __init_subclass__(cls, abstract: bool = False) -> None:
        if abstract:
            return
        assert re.fullmatch(r"PKL[1-9]\d\d", cls.code), f"{cls.__name__}: the code is not of the form PKL101"
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", cls.name), f"{cls.__name__}: the name is not in kebab case"
        assert cls.__doc__, f"{cls.__name__}: the docstring is the summary"

    @property
    def summary(self) -> str:
        return " ".join((self.__doc__ or "").split()).rstrip(".")


class CrossingRule(Rule, abstract=True):
    """A rule about a value that is refused on its way; `reasons` are those it answers for."""

    reasons: ClassVar[frozenset[Reason]] = frozenset()

    def claims(self, crossing: Crossing, refusal: Refusal) -> bool:
        """Whether this rule speaks for the refusal; exactly one does."""
        return refusal.reason in self.reasons and not refusal.attribute and not comes_back(crossing)

    def message(self, crossing: Crossing, refusal: Refusal) -> str:
        raise NotImplementedError

    def advice(self, crossing: Crossing, refusal: Refusal) -> str:
        return ""

    def effect(self, crossing: Crossing, refusal: Refusal) -> Effect:
        return crossing.entry.refusing if refusal.stage == "dumps" else crossing.entry.unrebuildable

    def fixes(self, crossing: Crossing, refusal: Refusal) -> list[Fix | NoFix]:
        """The rewrites that mend it, best first; `NoFix` says why one was refused."""
        return []


class UseRule(Rule, abstract=True):
    """A rule about the way a boundary is used."""

    kind: ClassVar[Misuse]
    run_time_effect: ClassVar[Effect] = "raises"

    def message(self, use: Use) -> str:
        raise NotImplementedError

    def advice(self, use: Use) -> str:
        return ""

    def fixes(self, use: Use) -> list[Fix | NoFix]:
        return []


def comes_back(crossing: Crossing) -> bool:
    """Whether the value travels from the worker to the parent."""
    return crossing.slot in ("return", "exception", "state")


def verb(crossing: Crossing) -> str:
    """What the boundary does to the slot: ``pickles its `func` ``."""
    if crossing.slot == "self":
        return "pickles the process object"
    return f"pickles its `{slot_name(crossing)}`"


def slot_name(crossing: Crossing) -> str:
    return crossing.slot.split(" ")[0]
