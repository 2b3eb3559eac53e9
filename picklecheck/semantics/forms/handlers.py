"""`try`: which exceptions reach which handler, and `finally`, through which every way out passes."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Class,
    Constant,
    ExternalName,
    ExternalObject,
    Frame,
    Here,
    Unknown,
    Values,
    join,
)
from picklecheck.semantics.exits import Exit
from picklecheck.semantics.forms import guards
from picklecheck.semantics.forms.names import holder_of
from picklecheck.semantics.kinds.checks import is_instance
from picklecheck.semantics.machine import Machine


def run_try(run: Machine, node: ast.Try | ast.TryStar, frame: Frame) -> None:
    doubts = run.control.doubts
    survives = any(guards.survives_refusal(handler) for handler in node.handlers)
    with guards.guarded(run, frame, expected=False, is_guarded=survives):
        body = run.exits_of(lambda: run.run_body(node.body, frame))
    raised = [one for one in body if one.way == "raises"]
    exits = [one for one in body if one.way != "raises"]
    if node.orelse:
        exits = [
            out
            for one in exits
            for out in ([one] if one.way != "falls" else run.after(one, lambda: run.run_body(node.orelse, frame)))
        ]
    unseen = unseen_raises(body) if run.control.doubts > doubts else []
    may_work = any(one.way != "raises" for one in body)
    for handler in node.handlers:
        exits += handled(run, handler, raised, unseen, may_work, frame)
        raised = [one for one in raised if not catches(run, handler, one.values, frame)]
    run.take(through_finally(run, [*exits, *raised], node.finalbody, frame))


def unseen_raises(body: list[Exit]) -> list[Exit]:
    """Where an exception that is not seen may have left a block: at its begin, or at its end."""
    return [Exit("raises", {}, UNKNOWN), *(Exit("raises", one.changes, UNKNOWN) for one in body if one.way != "raises")]


def handled(
    run: Machine, handler: ast.ExceptHandler, raised: list[Exit], unseen: list[Exit], may_work: bool, frame: Frame
) -> list[Exit]:
    """The ways out of a handler, from all exceptions that it may catch."""
    caught = [one for one in raised if may_catch(run, handler, one.values, frame)]
    states = [one.going("falls") for one in [*caught, *unseen]]
    if not states:
        return []

    def body() -> None:
        values = caught_values(run, handler, caught, frame)
        if handler.name:
            run.bind_name(handler.name, values, frame)
        run.control.caught.append((frame, values))
        try:
            with guards.falling_back(run, frame, may_work), run.under(times=0):
                run.run_body(handler.body, frame)
        finally:
            run.control.caught.pop()
        if handler.name:  # it is deleted when the handler ends
            run.store.unset(holder_of(run, handler.name, frame), handler.name)

    return [out for one in run.joined(states) for out in run.after(one, body)]


def through_finally(run: Machine, exits: list[Exit], body: list[ast.stmt], frame: Frame) -> list[Exit]:
    """The ways out of a `try`, each after its `finally`, which may go another way."""
    if not body:
        return exits
    return [
        Exit(one.way, out.changes, one.values) if out.way == "falls" else out
        for one in run.joined(exits)
        for out in run.after(one, lambda: run.run_body(body, frame))
    ]


# --- which exceptions ----------------------------------------------------------------------------


def caught_values(run: Machine, handler: ast.ExceptHandler, caught: list[Exit], frame: Frame) -> Values:
    """What the name of an `except … as name` can be."""
    if caught:
        return join(*(one.values for one in caught))
    if handler.type is None:
        return UNKNOWN
    here = Here(frame, handler)
    found: list[Values] = []
    for value in run.flat(run.evaluate(handler.type, frame)):
        name = getattr(value, "name", "")
        found.append(UNKNOWN if isinstance(value, Class | Unknown | Constant) else (ExternalObject(name, here.site),))
    return join(*found) if found else UNKNOWN


def catches(run: Machine, handler: ast.ExceptHandler, raised: Values, frame: Frame) -> bool:
    """Whether a handler surely takes what is raised."""
    return handler.type is None or takes(run, types_of(run, handler.type, frame), raised) is True


def may_catch(run: Machine, handler: ast.ExceptHandler, raised: Values, frame: Frame) -> bool:
    return handler.type is None or takes(run, types_of(run, handler.type, frame), raised) is not False


def types_of(run: Machine, node: ast.expr, frame: Frame) -> Values:
    return run.flat(run.evaluate(node, frame))


def takes(run: Machine, types: Values, raised: Values) -> bool | None:
    """Whether a handler for these types takes what is raised; `except Exception` takes all but a few."""
    outcomes = {takes_one(run, types, value) for value in raised}
    return outcomes.pop() if len(outcomes) == 1 else None


def takes_one(run: Machine, types: Values, value: object) -> bool | None:
    widest = any(kind in (ExternalName("builtins.Exception"), ExternalName("builtins.BaseException")) for kind in types)
    if widest and isinstance(value, ExternalObject) and value.type not in NO_EXCEPTIONS:
        return True
    known = [is_instance(run, value, kind) for kind in types]  # type: ignore[arg-type]
    return True if True in known else None if None in known or not known else False


# What is raised and is no `Exception` (documentation of `BaseException`, and of asyncio since 3.8).
NO_EXCEPTIONS = {
    *("builtins.BaseException", "builtins.KeyboardInterrupt", "builtins.SystemExit", "builtins.GeneratorExit"),
    *("builtins.BaseExceptionGroup", "asyncio.CancelledError"),
}
