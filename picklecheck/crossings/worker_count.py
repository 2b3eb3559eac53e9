"""How many processes a call may use: `num_workers=0` and `n_jobs=1` do the work in the process that asks for it."""

from __future__ import annotations

from picklecheck.crossings.judge import given
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.run import Doubt, Event
from picklecheck.semantics.values import Arguments, Constant, Made


def doubt(event: Event, entry: BoundaryEntry, maker: BoundaryEntry | None) -> Doubt | None:
    """How sure it is that other processes are used; None where they surely are not.

    `maker` is the boundary that the receiver's constructor is, if the number was told to that.
    """
    least = Doubt.NONE if entry.measured else Doubt.SOME
    if not entry.workers:
        return least
    arguments, parameters = event.arguments, entry.parameters
    if entry.workers not in entry.parameters and maker is not None and isinstance(event.receiver, Made):
        arguments, parameters = event.receiver.arguments or Arguments(open=True), maker.parameters
    if arguments.open or arguments.rest or arguments.more_keywords:
        return Doubt.SOME
    numbers = [value for values in given(arguments, parameters, entry.workers) for value in values]
    known = [number.value for number in numbers if isinstance(number, Constant)]
    some = [number for number in known if isinstance(number, int) and (number < 0 or number > entry.inline)]
    if len(known) == len(numbers) and not some:
        return None
    return least if len(some) == len(numbers) else Doubt.SOME
