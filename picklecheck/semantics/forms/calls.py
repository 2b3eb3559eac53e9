"""The call expression: its callee, its arguments, and the forms of it that need more than both."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.items import bound, is_sure
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Class,
    ExternalName,
    Frame,
    Here,
    Super,
    Values,
    join,
    text_of,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.forms import guards
from picklecheck.semantics.kinds import containers
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.scopes import parameters


def evaluate_call(run: Machine, node: ast.Call, frame: Frame) -> Values:
    callee = run.evaluate(node.func, frame)
    if isinstance(node.func, ast.Name) and node.func.id == "super" and callee == (ExternalName("builtins.super"),):
        return super_object(run, node, frame)
    arguments = arguments_of(run, node, frame)
    if not run.mode.unheard:
        run.origins.evaluated.add(node)
    if guards.expects_exception(node):
        call_expected(run, arguments, Here(frame, node))
    return run.call(callee, arguments, Here(frame, node))


def call_expected(run: Machine, arguments: Arguments, here: Here) -> None:
    """`assertRaises(TimeoutError, result.get, 1)` calls what it is given; as that raises, nothing else comes of it."""
    at = guards.expected_callable(arguments)
    if at is None:
        return
    callees = arguments.positional[at]
    for _ in range(at + 1):
        arguments = arguments.without_first()
    with run.aside(), guards.guarded(run, here.frame, expected=True, is_guarded=True):
        try:
            run.call(callees, arguments, here)
        except Abrupt:
            pass


def arguments_of(run: Machine, node: ast.Call, frame: Frame) -> Arguments:
    found = Arguments()
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            add_several(run, found, argument, frame)
        elif found.rest:
            found.rest = join(found.rest, run.evaluate(argument, frame))
        else:
            found.nodes[len(found.positional)] = argument
            found.positional.append(run.evaluate(argument, frame))
    for keyword in node.keywords:
        values = run.evaluate(keyword.value, frame)
        if keyword.arg is None:
            add_keywords(run, found, values, keyword.value, frame)
            continue
        found.keywords[keyword.arg] = values
        found.nodes[keyword.arg] = keyword.value
    return found


def add_several(run: Machine, found: Arguments, argument: ast.Starred, frame: Frame) -> None:
    """`f(*rows)`."""
    items = run.items_of(run.evaluate(argument.value, frame), Here(frame, argument))
    if items.exact and not found.rest:
        for values in items.values:
            found.nodes[len(found.positional)] = argument.value
            found.positional.append(values)
    elif items.values or not items.exact:
        found.rest = join(found.rest, items.all() or UNKNOWN)


def add_keywords(run: Machine, found: Arguments, values: Values, node: ast.expr, frame: Frame) -> None:
    """`f(**options)`: keys keep their names where these are known."""
    items = containers.dict_items(run, values, Here(frame, node))
    names_known = items.exact and all(text_of(key) is not None for key in items.keys)
    perhaps = found.perhaps if names_known and bool(found.perhaps) == bool(found.more_keywords) else {}
    for key, held in zip(items.keys, items.values, strict=False):
        name = text_of(key)
        if name is not None and is_sure(held):
            if name in found.keywords:
                raise run.fail("TypeError", Here(frame, node))
            found.keywords[name] = held
            found.nodes[name] = node
        else:
            found.more_keywords = join(found.more_keywords, bound(held) or UNKNOWN)
            if name is not None:
                perhaps[name] = held
    found.perhaps = perhaps


def super_object(run: Machine, node: ast.Call, frame: Frame) -> Values:
    """`super()`, or the old `super(Class, self)`."""
    if node.args:
        given = [run.evaluate(argument, frame) for argument in node.args[:2]]
        if len(given) == 2 and len(given[0]) == 1 and isinstance(given[0][0], Class):
            return tuple(Super(given[0][0], receiver) for receiver in given[1])
        return UNKNOWN
    method: Frame | None = frame
    while method is not None and (method.function is None or method.function.owner is None):
        method = method.parent
    if method is None or method.function is None or method.function.owner is None:
        return UNKNOWN
    named = parameters(method.function.node)
    receivers = run.store.values(method, named[0].arg) if named else ()
    return tuple(Super(method.function.owner, receiver) for receiver in receivers) or UNKNOWN
