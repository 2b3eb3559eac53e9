"""Generators in a loop: its rounds find the state at a `yield`, and what comes behind the last runs at the end."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from picklecheck.semantics.domain.facts import YIELDED
from picklecheck.semantics.domain.items import Items, of_list, some
from picklecheck.semantics.domain.store import join_entries
from picklecheck.semantics.domain.values import UNKNOWN, ExternalObject, Function, Here, Suspended, Values, join
from picklecheck.semantics.exits import Exit
from picklecheck.semantics.kinds.functions import behind, run_suspended
from picklecheck.semantics.machine import Machine, Yields


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a generator gives, the states `at` its yields, and those in which it ends."""

    generator: Suspended
    items: Items
    at: list[Exit]
    ends: list[Exit]


def drawn(run: Machine, iterable: Values, here: Here) -> Drawn | None:
    """What a loop gets from a generator that nothing was asked of; None for any other value."""
    match iterable:
        case (Suspended(function=Function(), kind="generator" | "async generator") as generator,):
            if run.store.values(generator, YIELDED):
                return None
        case _:
            return None
    yields, joins = Yields(run.store), run.control.joins
    with run.aside():
        yields.base = run.store
        ends = run.exits_of(lambda: run_suspended(run, generator, here, yields))
    if not yields.exits or not ends:
        return None
    values = [one.values for one in yields.exits]
    in_order = run.control.joins == joins and [one.way for one in ends] == ["falls"]
    items = of_list(values) if in_order else some(join(*values))
    return Drawn(generator, items, yields.exits, run.joined(ends))


def left(run: Machine, exit: Exit, got: Drawn, here: Here) -> list[Exit]:
    """A way out of the loop: at its end the generator has ended too, else that is closed, if nobody keeps it."""
    if exit.way in ("falls", "continues"):
        return [ended(exit, one, got) for one in got.ends]
    if not isinstance(here.node, ast.Call):
        return [exit.then((got.generator, YIELDED), UNKNOWN)]
    closed = run.after(exit, lambda: close(run, got.generator, here))
    return [Exit(exit.way, one.changes, exit.values) if one.way == "falls" else one for one in closed]


def ended(exit: Exit, end: Exit, got: Drawn) -> Exit:
    """The end of a loop with what its generator did behind its last `yield`."""
    changes = dict(exit.changes)
    for key, entry in behind(end, got.at).items():
        changes[key] = join_entries([changes[key], entry]) if key in changes else entry
    return Exit("raises", changes, end.values) if end.way == "raises" else Exit(exit.way, changes, exit.values)


def close(run: Machine, generator: Suspended, here: Here) -> None:
    """`GeneratorExit` is raised at a `yield` of a generator, whichever it has come to."""
    if generator.function is None or not any(isinstance(part, CLEANING) for part in ast.walk(generator.function.node)):
        return
    stop: Values = (ExternalObject("builtins.GeneratorExit", here.site),)
    yields = Yields(run.store, thrown=stop)
    with run.aside(), run.under(unheard=True):
        yields.base = run.store
        exits = run.exits_of(lambda: run_suspended(run, generator, here, yields))
    found = [Exit(one.way, behind(one, yields.exits), one.values) for one in exits]
    run.take([one.going("falls") if one.values == stop else one for one in found] or [Exit("falls", {})])


# What runs when an exception passes.
CLEANING = ast.Try | ast.TryStar | ast.With | ast.AsyncWith
