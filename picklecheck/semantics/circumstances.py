"""Library calls whose result depends on where they stand, on the system, or on how their object was set up."""

from __future__ import annotations

import ast

from picklecheck.semantics import containers
from picklecheck.semantics.models import models
from picklecheck.semantics.run import Run
from picklecheck.semantics.store import Items
from picklecheck.semantics.values import UNKNOWN, Arguments, Constant, External, Frame, Made, Site, Values


def rows(run: Run, cursor: Made, fetch: str, node: ast.AST, frame: Frame) -> Values | None:
    """What a cursor of sqlite3 gives, where its connection's `row_factory` says so."""
    connection, site = cursor.receiver, Site(frame.module, node)
    while isinstance(connection, Made) and connection.type == "sqlite3.Cursor":
        connection = connection.receiver
    if connection is None or run.store.values(connection, "row_factory") != (External("sqlite3.Row"),):
        return None
    row: Values = (Made("sqlite3.Row", site),)
    return row if fetch == "fetchone" else (containers.make(run, "list", Items((row,), exact=False), site),)


@models("sys.exc_info")
def _exc_info(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """Type, exception and traceback inside an `except`."""
    handlers = (one for one in ast.walk(frame.scope.node) if isinstance(one, ast.ExceptHandler))
    if not any(inner is node for handler in handlers for inner in ast.walk(handler)):
        return UNKNOWN
    site = Site(frame.module, node)
    return (containers.tuple_of(run, [UNKNOWN, UNKNOWN, (Made("builtins.traceback", site),)], site),)


# The text that tells the start method, which conditions ask for; its receiver is the context that was asked.
START_METHOD = "multiprocessing.start_method"


@models("multiprocessing.get_start_method")
def _start_method(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """One that is not there yet, as `allow_none` lets it be, is not followed."""
    return UNKNOWN if arguments.get(0, "allow_none") else (Made(START_METHOD, Site(frame.module, node)),)


@models("multiprocessing.get_all_start_methods")
def _start_methods(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """Those of the systems that have them all."""
    methods: list[Values] = [(Constant(name),) for name in ("fork", "spawn", "forkserver")]
    return (containers.make(run, "list", Items(tuple(methods)), Site(frame.module, node)),)
