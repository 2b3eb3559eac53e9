"""Loops: one round for each known item, else some rounds that stand for any number, or none."""

from __future__ import annotations

import ast
from collections.abc import Callable

from picklecheck.semantics.domain.items import Items, bound, is_sure
from picklecheck.semantics.domain.values import NONE, UNKNOWN, Frame, Here, Values, join
from picklecheck.semantics.exits import Exit
from picklecheck.semantics.machine import Machine

# Loops and comprehensions over at most this many known items run for each of them.
MOST_ROUNDS = 16

# Loops over no more different items of unknown number or order have a round for each.
MOST_DIFFERENT = 4

# Nothing has happened yet.
START = [Exit("falls", {})]


def run_for(run: Machine, node: ast.For | ast.AsyncFor, frame: Frame) -> None:
    here = Here(frame, node.iter)
    iterable = run.evaluate(node.iter, frame)
    if iterable == NONE and run.mode.strict:
        raise run.fail("TypeError", here)
    items = run.items_of(iterable, here)

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
        exits = repeated_for(run, items, round_)
        if items.exact and keeps_target(node):
            last = items.values[-1]
            exits = [out for one in exits for out in ended_on(run, one, node.target, last, here)]
    run.take(behind(run, exits, node.orelse, frame))


def ended_on(run: Machine, exit: Exit, target: ast.expr, last: Values, here: Here) -> list[Exit]:
    """Where a loop came to its end, its variable has the last item."""
    if exit.way not in ("falls", "continues"):
        return [exit]
    return run.after(exit, lambda: run.assign(target, last, here.frame, here.node))


def keeps_target(node: ast.For | ast.AsyncFor) -> bool:
    """Whether the variable of a loop is changed by nothing but the loop itself."""
    inner = [part for statement in node.body for part in ast.walk(statement)]
    changed = {part.id for part in inner if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}
    return isinstance(node.target, ast.Name) and node.target.id not in changed


def run_while(run: Machine, node: ast.While, frame: Frame) -> None:
    test = run.test(node.test, frame)
    if test.truth is False:
        run.run_body(node.orelse, frame)
        return

    def round_() -> None:
        run.narrow(node.test, frame, True)
        run.run_body(node.body, frame)

    endless = test.truth is True and isinstance(node.test, ast.Constant)
    exits = repeated(run, round_, may_skip=test.truth is None)
    if endless:
        exits = [one for one in exits if one.way not in ("falls", "continues")]
    run.take(behind(run, exits, node.orelse, frame))


def unrolled(run: Machine, rounds: list[Callable[[], None]]) -> list[Exit]:
    """The ways out of a loop whose rounds are known, in order; those that end it as usual fall through."""
    ends, left = START, list[Exit]()
    for body in rounds:
        ends = run.joined([one.going("falls") for one in ends])
        exits = [out for one in ends for out in run.after(one, body)]
        ends = [one for one in exits if one.way in ("falls", "continues")]
        left += [one for one in exits if one.way not in ("falls", "continues")]
        if not ends:
            break
    return [*ends, *left]


def repeated_for(run: Machine, items: Items, round_: Callable[[Values], Callable[[], None]]) -> list[Exit]:
    """The ways out of a loop over items without order: each that surely is there has its round, then any others."""
    sure = [one for one in items.values if is_sure(one)]
    others = [bound(one) for one in items.values if not is_sure(one)]
    if items.exact or len(sure) > MOST_DIFFERENT or not sure:
        return repeated(run, round_(items.all() or UNKNOWN), may_skip=items.may_be_empty)
    exits = unrolled(run, [round_(one) for one in sure])
    ends = [one.going("falls") for one in exits if one.way in ("falls", "continues")]
    left = [one for one in exits if one.way not in ("falls", "continues")]
    rest = round_(join(*others, *sure) if others else join(*sure))
    again = [out for one in run.joined(ends) for out in run.after(one, lambda: run.take(repeated(run, rest, True)))]
    return [*again, *left]


def repeated(run: Machine, body: Callable[[], None], may_skip: bool) -> list[Exit]:
    """The ways out of a loop with any number of rounds; an outermost one runs again on what it left behind."""
    ends = START if may_skip else []
    with run.under(loops=run.mode.loops + 1):
        exits = run.exits_of(body)
        resumed = [one.going("falls") for one in exits if one.way in ("falls", "continues")]
        left = [one for one in exits if one.way not in ("falls", "continues")]
        if resumed and run.mode.loops == 1:
            again = [out for one in run.joined(resumed) for out in run.after(one, body)]
            resumed += [one.going("falls") for one in again if one.way in ("falls", "continues")]
            left += [one for one in again if one.way not in ("falls", "continues")]
    return [*ends, *resumed, *left]


def behind(run: Machine, exits: list[Exit], orelse: list[ast.stmt], frame: Frame) -> list[Exit]:
    """The ways out of a loop with its `else`, which runs where nothing broke it off."""
    ended = [one.going("falls") for one in exits if one.way in ("falls", "continues")]
    if orelse:
        ended = [out for one in run.joined(ended) for out in run.after(one, lambda: run.run_body(orelse, frame))]
    broken = [one.going("falls") for one in exits if one.way == "breaks"]
    return [*ended, *broken, *(one for one in exits if one.way in ("returns", "raises"))]
