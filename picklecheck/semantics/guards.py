"""Blocks that survive an exception: a handler catches it, or a test is there to show it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from picklecheck.semantics.run import Guard, Run
from picklecheck.semantics.values import Arguments, External, ExternalMethod, Frame, Made, Values

# `unittest` and `pytest` call so what shows that a block raises.
EXPECTING = {"assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "raises"}

# What pickling raises, and what these derive from.
PICKLING_ERRORS = {"PicklingError", "PickleError", "AttributeError", "TypeError", "Exception", "BaseException"}


def expects_exception(manager: ast.expr) -> bool:
    """Whether a call makes, or is, what shows that something raises."""
    match manager:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name in EXPECTING
    return False


def survives_refusal(handler: ast.ExceptHandler) -> bool:
    """Whether a program goes on after a handler for what pickling raises."""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {getattr(one, "attr", getattr(one, "id", "Exception")) for one in types}
    return not names.isdisjoint(PICKLING_ERRORS) and not any(isinstance(one, ast.Raise) for one in ast.walk(handler))


@contextmanager
def guarded(run: Run, frame: Frame, expected: bool, is_guarded: bool) -> Iterator[None]:
    if not is_guarded:
        yield
        return
    run.guards.append(Guard(frame, expected))
    try:
        yield
    finally:
        run.guards.pop()


def is_expected(run: Run, frame: Frame) -> bool:
    """Whether a test expects what is run now to raise."""
    return any(guard.expected and guard.frame is frame for guard in run.guards)


def expected_callable(arguments: Arguments) -> int | None:
    """At which place stands what `assertRaises(TypeError, pickle.dumps, row)` calls; `assertRaisesRegex` has one more.

    Functions of the program are not followed from here: what they do otherwise is seen elsewhere.
    """
    callables = (External, ExternalMethod)
    places = range(1, min(3, len(arguments.positional)))
    return next((at for at in places if all(isinstance(one, callables) for one in arguments.positional[at])), None)


def suppresses(managers: Values) -> bool:
    return any(isinstance(manager, Made) and manager.type == "contextlib.suppress" for manager in managers)


@contextmanager
def falling_back(run: Run, frame: Frame, is_doubtful: bool) -> Iterator[None]:
    """In this block is what a function does where something failed that may as well have worked."""
    if is_doubtful:
        run.fallbacks.append(frame)
    try:
        yield
    finally:
        if is_doubtful:
            run.fallbacks.pop()
