"""Loops: one round for each known item, else some rounds that mean any number, or none."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from itertools import count

from picklecheck.semantics.domain.items import Items, bound, is_sure, maybe
from picklecheck.semantics.domain.store import Entry
from picklecheck.semantics.domain.values import NONE, UNKNOWN, Constant, ExternalObject, Frame, Here, Values, join
from picklecheck.semantics.exits import Exit
from picklecheck.semantics.forms.operators import number_type
from picklecheck.semantics.kinds import containers, generators
from picklecheck.semantics.machine import Machine

# Loops and comprehensions over at most this many known items run for each of them.
MOST_ROUNDS = 16

# Loops and comprehensions over at most this many different items, in unknown number or order, have a round for each.
MOST_DIFFERENT = 4

# Nothing has happened yet.
START = [Exit("falls", {})]


def run_for(run: Machine, node: ast.For | ast.AsyncFor, frame: Frame) -> None:
    here = Here(frame, node.iter)
    iterable = run.evaluate(node.iter, frame)
    if iterable == NONE and run.mode.strict:
        raise run.fail("TypeError", here)
    got = generators.drawn(run, iterable, here)
    items = got.items if got else run.items_of(iterable, here)
    if got:
        run.take(got.at)

    def round_(item: Values) -> Callable[[], None]:
        def body() -> None:
            run.assign(node.target, item, frame, node.iter)
            run.run_body(node.body, frame)

        return body

    rounds = run.mode.rounds * len(items.values)
    if items.exact and rounds <= MOST_ROUNDS:
        with run.under(rounds=max(rounds, 1)):
            exits = unrolled(run, [round_(item) for item in items.values])
    else:
        times = 1 if may_end_early(node) else containers.length_of(run, iterable)
        with run.under(times=max(run.mode.times, 1) * times):
            exits = repeated_for(run, items, round_, here)
        if items.exact and keeps_target(node):
            last = items.values[-1]
            exits = [out for one in exits for out in ended_on(run, one, node.target, last, here)]
    if got:
        exits = [out for one in exits for out in generators.left(run, one, got, here)]
    run.take(behind(run, exits, node.orelse, frame))


def ended_on(run: Machine, exit: Exit, target: ast.expr, last: Values, here: Here) -> list[Exit]:
    """Where a loop came to its end, its variable has the last item."""
    if exit.way not in ("falls", "continues"):
        return [exit]
    return run.after(exit, lambda: run.assign(target, last, here.frame, here.node))


@lru_cache(maxsize=2_048)
def keeps_target(node: ast.For | ast.AsyncFor) -> bool:
    """Whether the variable of a loop is changed by nothing but the loop itself."""
    inner = [part for statement in node.body for part in ast.walk(statement)]
    changed = {part.id for part in inner if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}
    return isinstance(node.target, ast.Name) and node.target.id not in changed


@lru_cache(maxsize=2_048)
def may_end_early(node: ast.For | ast.AsyncFor) -> bool:
    """Whether a loop may end before its last item, by a statement in it."""
    return any(isinstance(part, ast.Break | ast.Return) for statement in node.body for part in ast.walk(statement))


def run_while(run: Machine, node: ast.While, frame: Frame) -> None:
    """Rounds are run one by one while it is known that there is another; then they may be any number."""

    def round_() -> None:
        run.narrow(node.test, frame, True)
        run.run_body(node.body, frame)

    at, ends, left = Exit("falls", {}), list[Exit](), list[Exit]()
    for number in count(1):
        tests: list[bool | None] = []
        begun = run.after(at, lambda: tests.append(run.test(node.test, frame).truth))  # noqa: B023
        left += [one for one in begun if one.way != "falls"]
        ends = [one for one in begun if one.way == "falls"]
        if not ends or tests == [False]:
            break
        at, rounds = ends[0], run.mode.rounds * number
        if tests == [None] or isinstance(node.test, ast.Constant) or rounds > MOST_ROUNDS:
            with run.in_state(at.changes), run.under(times=0):
                exits = repeated(run, round_, Here(frame, node), may_skip=tests == [None])
            exits = [one.after(at.changes) for one in exits]
        else:
            with run.under(rounds=rounds):
                exits = run.after(at, round_)
        ends, more = parted(exits)
        left += more
        if tests == [None] or rounds > MOST_ROUNDS:
            ends = [out for one in ends for out in run.after(one, lambda: run.narrow(node.test, frame, False))]
            break
        if isinstance(node.test, ast.Constant):
            run.control.endless += len(ends)
            ends = []
        if not ends:
            break
        at = run.joined(ends)[0]
    run.take(behind(run, [*ends, *left], node.orelse, frame))


def parted(exits: list[Exit]) -> tuple[list[Exit], list[Exit]]:
    """The exits at which a round came to its end, as falling through, and those that leave the loop."""
    ended = [one.going("falls") for one in exits if one.way in ("falls", "continues")]
    return ended, [one for one in exits if one.way not in ("falls", "continues")]


def unrolled(run: Machine, rounds: list[Callable[[], None]]) -> list[Exit]:
    """The ways out of a loop whose rounds are known, in order; those that end it as usual fall through."""
    ends, left = START, list[Exit]()
    for body in rounds:
        ends, more = parted([out for one in run.joined(ends) for out in run.after(one, body)])
        left += more
        if not ends:
            break
    return [*ends, *left]


def repeated_for(run: Machine, items: Items, round_: Callable[[Values], Callable[[], None]], here: Here) -> list[Exit]:
    """The ways out of a loop over items without order: each that surely is there has its round, then any others."""
    sure = [one for one in items.values if is_sure(one)]
    others = [bound(one) for one in items.values if not is_sure(one)]
    if items.exact or len(sure) > MOST_DIFFERENT or not sure:
        return repeated(run, round_(items.all() or UNKNOWN), here, may_skip=items.may_be_empty)
    ends, left = parted(unrolled(run, [round_(one) for one in sure]))
    rest = round_(join(*others, *sure) if others else join(*sure))
    more = run.joined(ends)
    again = [out for one in more for out in run.after(one, lambda: run.take(repeated(run, rest, here, True)))]
    return [*again, *left]


def repeated(run: Machine, body: Callable[[], None], here: Here, may_skip: bool) -> list[Exit]:
    """The ways out of a loop with any number of rounds; an outermost one runs again on what it left behind."""
    ends = START if may_skip else []
    with run.under(loops=run.mode.loops + 1):
        ended, left = parted(run.exits_of(body))
        resumed = [going_on(run, one, here) for one in ended]
        if resumed and run.mode.loops == 1:
            again, more = parted([out for one in run.joined(resumed) for out in run.after(one, body)])
            resumed += [going_on(run, one, here) for one in again]
            left += more
    return [*ends, *resumed, *left]


def going_on(run: Machine, exit: Exit, here: Here) -> Exit:
    """The end of a round after which more may follow, each of which changes what this one has changed."""
    changes = {key: widened(run.store.get(*key), entry, here) for key, entry in exit.changes.items()}
    return Exit(exit.way, changes, exit.values)


def widened(before: Entry | None, entry: Entry, here: Here) -> Entry:
    """An entry after any number of rounds: a counted number may be any, items that become fewer may all be gone."""
    match before, entry:
        case Items(), Items():
            return maybe(entry.blurred()) if len(entry.values) < len(before.values) else entry
        case tuple(), tuple() if entry is not before:
            new = {number_type(value) for value in entry if isinstance(value, Constant) and value not in before}
            counted = new & {number_type(value) for value in before}
            made = [(ExternalObject(f"builtins.{name}", here.site),) for name in sorted(counted - {""})]
            return join(entry, *made)
    return entry


def behind(run: Machine, exits: list[Exit], orelse: list[ast.stmt], frame: Frame) -> list[Exit]:
    """The ways out of a loop with its `else`, which runs where nothing broke it off."""
    ended, left = parted(exits)
    if orelse:
        ended = [out for one in run.joined(ended) for out in run.after(one, lambda: run.run_body(orelse, frame))]
    return [*ended, *(one.going("falls") if one.way == "breaks" else one for one in left)]
