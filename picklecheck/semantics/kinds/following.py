"""How far a call is followed: not where it lies too deep, goes on without end or takes too long."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import pairwise

from picklecheck.semantics.budget import (
    MOST_STEPS_OF_A_RECURSION,
    MOST_STEPS_OF_A_TASK,
    Exhausted,
    TooLong,
)
from picklecheck.semantics.domain.facts import ANY_CLASS, ITEMS, OPEN, REDUCER
from picklecheck.semantics.domain.items import havocked
from picklecheck.semantics.domain.values import (
    UNBOUND,
    UNKNOWN,
    BoundMethod,
    Constant,
    Container,
    Frame,
    Function,
    Instance,
    Value,
    Values,
    join,
)
from picklecheck.semantics.exits import Exit
from picklecheck.semantics.kinds import quiet
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.registering import may_register
from picklecheck.source.shortcuts import taken

DEEPEST_CALL = 30
MOST_RECURSION = 2
# Calls that lead to no boundary are followed this deep, for what they return and assign.
DEEPEST_COLD_CALL = 8
# After so many calls of a function in a row that sent nothing, all others are cold, whatever they get.
MOST_QUIET = 8


@dataclass(frozen=True, slots=True)
class Following:
    """How a call is followed.

    `cold` counts the calls from the last one that leads to a boundary down to this one: 0 where this one does.
    `is_task` says that a worker runs it, and that it leads to no boundary. `is_deepest` says that the function is
    inside itself as often as any may be: it gets a few steps more, as it gets another known thing each time. `given`
    tells a call that leads to a boundary from others, inside an entry point.
    """

    cold: int = 0
    is_task: bool = False
    is_deepest: bool = False
    given: Hashable = None


def followed(run: Machine, function: Function, bound: dict[str, Values]) -> Following | None:
    """How a call with these parameters is followed, if it is; each bound that keeps it from that is noted."""
    stack = run.control.stack
    inside = [active for active in stack if active.function is not None and active.function.node is function.node]
    leads = not stack or may_reach_sink(run, function) or calls_what_may(run, function, bound) or not taken("slicing")
    is_task = run.mode.is_task and not leads
    given = quiet.given(run, function, bound) if leads and is_inner(run) and taken("slicing") else None
    if given in run.origins.quiet:
        if run.origins.quiet[given] > run.budget.most_of_a_cold_call:
            run.meet("MOST_STEPS_OF_A_COLD_CALL")
            return None
        leads = False
    elif given is not None and run.origins.quiet_in_a_row.get(function.node, 0) >= MOST_QUIET:
        leads = False
    # What an object holds is decided by the constructors of all its bases, however many there are.
    cold = 0 if leads or is_task else stack[-1].cold + (function.name != "__init__")
    deep = sum(1 for active in stack if active.function is None or active.function.name != "__init__")
    too_long = function.node in run.origins.too_long
    if len(inside) >= MOST_RECURSION:
        if function.node in run.origins.too_deep or not proceeds(run, inside, bound):
            run.meet("MOST_RECURSION")
            return None
    else:
        if deep > DEEPEST_CALL:
            run.meet("DEEPEST_CALL", cut=not cold)
        if cold > DEEPEST_COLD_CALL:
            run.meet("DEEPEST_COLD_CALL")
        if too_long:
            of = "A_COLD_CALL" if cold else "A_TASK" if is_task else "AN_ENTRY_POINT"
            run.meet(f"MOST_STEPS_OF_{of}", cut=not cold and not is_task)
    if deep > DEEPEST_CALL or cold > DEEPEST_COLD_CALL or too_long:
        return None
    return Following(cold, is_task, len(inside) == MOST_RECURSION, given)


def is_inner(run: Machine) -> bool:
    """Whether what is called next is called by a function in the parent, and not as an entry point or by a worker.

    What a worker does is seen not only by what it sends: also by what it reads and lacks.
    """
    mode, stack = run.mode, run.control.stack
    in_parent = not (mode.child or mode.is_task or mode.strict or mode.names_known)
    return in_parent and bool(stack) and stack[-1].function is not None


@contextmanager
def within_limits(run: Machine, function: Function, following: Following) -> Iterator[None]:
    """Follow a call in this block. Raises `TooLong` where it takes more steps than it may: it is not followed again.

    Neither is one in which an entry point or a cold call has used up its steps, if most of them were taken there.
    """
    before = run.budget.steps
    try:
        with _limit(run, following):
            yield
    except TooLong as error:
        if not error.blamed:
            (run.origins.too_deep if following.is_deepest else run.origins.too_long).add(function.node)
            of = "A_RECURSION" if following.is_deepest else "A_TASK" if following.is_task else "A_COLD_CALL"
            run.meet(f"MOST_STEPS_OF_{of}")
        raise
    except Exhausted as error:
        of_cold, of_entry = run.budget.is_most_of_a_cold_call, run.budget.is_most_of_it
        if not error.blamed and (of_cold if following.cold else of_entry)(before) and taken("slicing"):
            error.blamed = True
            run.origins.too_long.add(function.node)
        raise


@dataclass(frozen=True, slots=True)
class Moment:
    """What a run had done at some time: its steps, the calls that send something, and the functions to be run later."""

    steps: int
    sent: int
    closures: int


def now(run: Machine) -> Moment:
    return Moment(run.budget.steps, run.control.sent, len(run.origins.closures))


def note_quiet(run: Machine, function: Function, following: Following, begun: Moment, exits: list[Exit]) -> None:
    """Keep that nothing was sent in a call that returns, and the steps that it took: others like it are cold."""
    if following.given is None or run.mode.unheard or all(one.way != "returns" for one in exits):
        return
    end, origins = now(run), run.origins
    if (begun.sent, begun.closures) != (end.sent, end.closures):
        origins.quiet_in_a_row[function.node] = 0
        return
    origins.quiet_in_a_row[function.node] = origins.quiet_in_a_row.get(function.node, 0) + 1
    origins.quiet[following.given] = end.steps - begun.steps


def _limit(run: Machine, following: Following) -> AbstractContextManager[None]:
    """The steps that a call may take, where it has fewer than are left."""
    if following.is_deepest:
        return run.budget.limited(MOST_STEPS_OF_A_RECURSION)
    if following.is_task:
        return run.budget.limited(MOST_STEPS_OF_A_TASK)
    return run.budget.cold() if following.cold == 1 else nullcontext()


def proceeds(run: Machine, inside: list[Frame], bound: dict[str, Values]) -> bool:
    """Whether a function that calls itself gets another known thing each time.

    That is a number that grows or falls, as in `build(depth - 1)`, or another object, as in `child.close()`.
    """
    return any(differ([*(run.store.values(one, name) for one in inside), bound[name]]) for name in bound)


def differ(several: list[Values]) -> bool:
    """Whether each of several values is known, and another than those before."""
    if any(len(one) != 1 for one in several):
        return False
    known = [one[0] for one in several]
    if all(isinstance(one, Instance) for one in known):
        return len(set(known)) == len(known)
    numbers = [one.value for one in known if isinstance(one, Constant) and isinstance(one.value, int)]
    pairs = list(pairwise(numbers))
    return len(numbers) == len(known) and (all(a < b for a, b in pairs) or all(a > b for a, b in pairs))


def may_reach_sink(run: Machine, function: Function) -> bool:
    """Whether a function calls anything that is named like a boundary, or like a function that leads to one.

    In a worker, what it raises goes back.
    """
    if run.mode.child and function.node in function.module.raising:
        return True
    return not run.sinks.isdisjoint(function.module.called(function.node))


def calls_what_may(run: Machine, function: Function, bound: dict[str, Values]) -> bool:
    """Whether a function calls one that it was given, or that it captures, which may reach a boundary."""
    for name in function.module.called(function.node):
        values = bound.get(name, ())
        frame: Frame | None = function.frame
        while not values and frame is not None and frame.function is not None:
            values, frame = run.store.values(frame, name), frame.parent
        called = (one.function if isinstance(one, BoundMethod) else one for one in values)
        if any(isinstance(one, Function) and one is not function and may_reach_sink(run, one) for one in called):
            return True
    return False


def not_followed(run: Machine, function: Function, bound: dict[str, Values]) -> Values:
    """What a call returns that is not followed to its end: anything; what it may change is no longer sure."""
    run.may_raise()
    if may_register(run.program, function.module, function.node):
        run.store.set(ANY_CLASS, REDUCER, UNKNOWN)
    changed = function.module.changed_by(function.node)
    for values in bound.values():
        for value in values:
            havoc(run, value, changed)
    return UNKNOWN


def havoc(run: Machine, value: Value, names: frozenset[str] | None, surely: bool = False) -> None:
    """Forget what is sure of an object: of these attributes (None: of all of them), or of the items of a container.

    It may also have attributes that it did not have. Where it `surely` was changed, what it had says nothing.
    """
    match value:
        case Instance():
            held = run.store.names(value)
            for name in held if names is None else names - {"[]"}:
                run.store.set(value, name, UNKNOWN if surely else join(held.get(name, UNBOUND), UNKNOWN))
            for values in held.values() if names is not None and "[]" in names else ():
                for one in values:
                    if isinstance(one, Container):
                        havoc(run, one, names)
            if names is None:
                run.store.set(value, OPEN, UNKNOWN)
        case Container(kind=kind) if kind != "tuple" and (names is None or "[]" in names):
            run.store.set(value, ITEMS, havocked(run.store.items(value), kind == "dict"))
