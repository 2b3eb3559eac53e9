"""Blocks that survive exceptions: those a test expects, and those that a handler catches."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from picklecheck.semantics.domain.values import Arguments, ExternalMethod, ExternalName, ExternalObject, Frame, Values
from picklecheck.semantics.machine import Guard, Machine

# The functions of `unittest` and `pytest` that assert that something raises.
EXPECTING = {"assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "raises"}

# What pickling raises, and what these derive from.
PICKLING_ERRORS = {"PicklingError", "PickleError", "AttributeError", "TypeError", "Exception", "BaseException"}


def expects_exception(manager: ast.expr) -> bool:
    """Whether a call makes, or is, what shows that something raises what pickling may raise."""
    match manager:
        case ast.Call(args=[expected, *_]) if expects_another(expected):
            return False
    return asserts_exception(manager)


def asserts_exception(manager: ast.expr) -> bool:
    """Whether a call makes, or is, what shows that something raises.

    A test that expects another exception of `pickle.dumps` passes, so that pickling comes to no refusal there.
    """
    match manager:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name in EXPECTING
    return False


def awaited(manager: ast.expr) -> ast.expr | None:
    """What `with raises(ValueError):` waits for, where pickling does not raise it."""
    match manager:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[types, *_]) if name in EXPECTING:
            return types if expects_another(types) else None
    return None


@lru_cache(maxsize=1024)
def asserted(node: ast.expr) -> ast.expr | None:
    """What holds after a method of `unittest.TestCase`: `isinstance(pool, Serial)` after `assertIsInstance`."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name), args=[one, *others], keywords=[]):
            pass
        case _:
            return None
    test: ast.expr
    match name, others:
        case "assertTrue", []:
            return one
        case "assertFalse", []:
            test = ast.UnaryOp(ast.Not(), one)
        case "assertIsNone", []:
            test = ast.Compare(one, [ast.Is()], [ast.Constant(None)])
        case "assertIsNotNone", []:
            test = ast.Compare(one, [ast.IsNot()], [ast.Constant(None)])
        case "assertIsInstance", [kind, *_]:
            test = ast.Call(ast.Name("isinstance", ast.Load()), [one, kind], [])
        case _:
            return None
    return ast.fix_missing_locations(ast.copy_location(test, node))


def expects_another(expected: ast.expr) -> bool:
    """Whether a test expects builtin exceptions that pickling does not raise."""
    types = expected.elts if isinstance(expected, ast.Tuple) else [expected]
    names = {one.id for one in types if isinstance(one, ast.Name)}
    known = {name for name in names if isinstance(getattr(builtins, name, None), type)}
    return len(known) == len(types) and known.isdisjoint(PICKLING_ERRORS)


@lru_cache(maxsize=2_048)
def survives_refusal(handler: ast.ExceptHandler) -> bool:
    """Whether a program goes on after a handler for what pickling raises."""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {getattr(one, "attr", getattr(one, "id", "Exception")) for one in types}
    return not names.isdisjoint(PICKLING_ERRORS) and not any(isinstance(one, ast.Raise) for one in ast.walk(handler))


@contextmanager
def guarded(run: Machine, frame: Frame, expected: bool, is_guarded: bool) -> Iterator[None]:
    """In this block an exception is survived, if it `is_guarded`."""
    if not is_guarded:
        yield
        return
    run.control.guards.append(Guard(frame, expected))
    try:
        yield
    finally:
        run.control.guards.pop()


def expected_callable(arguments: Arguments) -> int | None:
    """The position of the callable in `assertRaises(TypeError, pickle.dumps, row)`; one later for `assertRaisesRegex`.

    Functions of the program are not followed from here: what they do otherwise is seen elsewhere.
    """
    callables = (ExternalName, ExternalMethod)
    places = range(1, min(3, len(arguments.positional)))
    return next((at for at in places if all(isinstance(one, callables) for one in arguments.positional[at])), None)


def suppresses(managers: Values) -> bool:
    """Whether one of some context managers swallows exceptions, so that the program goes on behind its block."""
    return any(isinstance(manager, ExternalObject) and manager.type == "contextlib.suppress" for manager in managers)


@contextmanager
def falling_back(run: Machine, frame: Frame, is_doubtful: bool) -> Iterator[None]:
    """This block is what a function falls back to when something failed, which might just as well have worked."""
    if is_doubtful:
        run.control.fallbacks.append(frame)
    try:
        yield
    finally:
        if is_doubtful:
            run.control.fallbacks.pop()
