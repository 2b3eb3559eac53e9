"""How code is run: what holds for a block of code and for all that it calls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from picklecheck.semantics.domain.values import Values

Version: TypeAlias = tuple[int, int]
Versions: TypeAlias = frozenset[Version]


class Doubt(IntEnum):
    """How sure it is that what is being run is what a program runs: surely, perhaps, or one of too many things."""

    NONE = 0
    SOME = 1
    MUCH = 2


@dataclass(frozen=True, slots=True)
class Mode:
    """What a run takes for granted.

    `versions` are the Python versions under which the code is reached; `strict` has operations that surely fail raise,
    as in code that is simulated; `child` says what kind of process the code runs in, and is empty for the parent;
    `names_known` says that a name of the main module that has no value raises `NameError`; `loops` counts the loops
    around the code that are not unrolled, `rounds` how often unrolled ones repeat it, `times` how often the others
    surely do, as far as that is known; `callees` are the alternatives of the call that is being made, where it has
    several; `unheard` says that what leaves the program is not told, as the code is only run for what it sets;
    `is_task` says that what is called next is all that a worker does.
    """

    versions: Versions
    strict: bool = False
    child: str = ""
    doubt: Doubt = Doubt.NONE
    names_known: bool = False
    loops: int = 0
    rounds: int = 1
    times: int = 1
    callees: Values = ()
    unheard: bool = False
    is_task: bool = False
