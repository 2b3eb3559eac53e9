"""How many processes a call may use: `num_workers=0` and `n_jobs=1` do the work in the process that asks for it."""

from __future__ import annotations

from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.domain.values import Constant, Values
from picklecheck.semantics.mode import Doubt


def doubt(entry: BoundaryEntry, numbers: Values) -> Doubt | None:
    """How sure it is that other processes are used, told these numbers of them; None where they surely are not."""
    least = Doubt.NONE if entry.measured else Doubt.SOME
    if not entry.workers:
        return least
    known = [number.value for number in numbers if isinstance(number, Constant)]
    some = [number for number in known if isinstance(number, int) and (number < 0 or number > entry.inline)]
    if len(known) == len(numbers) and not some:
        return None
    return least if len(some) == len(numbers) else Doubt.SOME
