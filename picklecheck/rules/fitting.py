"""Advice that fits the boundary: an `initializer` is named only where the workers can have one."""

from __future__ import annotations

from picklecheck.crossings.crossing import Crossing

_INITIALIZER = "`initializer`"


def has_initializer(crossing: Crossing) -> bool:
    """Whether the pool of a call, or the call itself, takes an initializer for its workers."""
    entry, pool = crossing.entry, crossing.moment.pool_entry
    return (
        "initializer" in entry.parameters
        or (pool is not None and "initializer" in pool.parameters)
        or entry.name.endswith(".run_in_executor")  # its executor has
    )


def fitting(crossing: Crossing, advice: str) -> str:
    """The same advice, without the clauses that need an initializer where there is none."""
    if _INITIALIZER not in advice or has_initializer(crossing):
        return advice
    clauses = [clause for clause in advice.split(", ") if _INITIALIZER not in clause]
    return ", ".join(clauses).removeprefix("or ") or "create it in the worker"
