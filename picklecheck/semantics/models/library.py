"""Models of single functions of other modules of the standard library."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.facts import INITIALIZED_WITH, ITEMS, initial
from picklecheck.semantics.domain.items import ANYTHING, Items, appended, bound, is_sure, maybe
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Container,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Here,
    Instance,
    Value,
    Values,
    Wrapper,
    join,
    text_of,
)
from picklecheck.semantics.forms import imports
from picklecheck.semantics.kinds import containers
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import ANY_TYPE, methods, models

# --- sys, os, atexit, signal ---------------------------------------------------------------------


@models("builtins.exit", "builtins.quit", "sys.exit", "os._exit", "os.abort")
def _exits(run: Machine, arguments: Arguments, here: Here) -> Values:
    raise run.fail("SystemExit", here)


@models("sys.exc_info")
def _exc_info(run: Machine, arguments: Arguments, here: Here) -> Values:
    """Type, exception and traceback inside an `except`."""
    handlers = (one for one in ast.walk(here.frame.scope.node) if isinstance(one, ast.ExceptHandler))
    if not any(inner is here.node for handler in handlers for inner in ast.walk(handler)):
        return UNKNOWN
    return (run.tuple_of([UNKNOWN, UNKNOWN, (ExternalObject("builtins.traceback", here.site),)], here.site),)


@models("atexit.register", "signal.signal")
def _registers(run: Machine, arguments: Arguments, here: Here) -> Values:
    return UNKNOWN


@models("importlib.import_module")
def _import_module(run: Machine, arguments: Arguments, here: Here) -> Values:
    """A module, whichever it is; a relative name is not followed.

    A name that is passed on may be that of no module, where none is known: registries try their keys so.
    """
    names = arguments.get(0, "name")
    found = imports.by_name(run, names, here.frame) if len(arguments.positional) == 1 else UNKNOWN
    match found, arguments.nodes.get(0):
        case (ExternalName(name=name),), node if not isinstance(node, ast.Constant) and not run.program.is_known(name):
            return UNKNOWN
    return found if found != UNKNOWN else (ExternalObject("builtins.module", here.site),)


# --- types, typing, argparse ---------------------------------------------------------------------


@models("types.SimpleNamespace")
def _simple_namespace(run: Machine, arguments: Arguments, here: Here) -> Values:
    return bunch(run, "types.SimpleNamespace", arguments, here)


@models("argparse.Namespace")
def _namespace(run: Machine, arguments: Arguments, here: Here) -> Values:
    return bunch(run, "argparse.Namespace", arguments, here)


def bunch(run: Machine, name: str, arguments: Arguments, here: Here) -> Values:
    """An object whose attributes are the keywords it is called with."""
    partly = bool(arguments.positional or arguments.more_keywords or arguments.open)
    made = ExternalObject(name, here.site, None, Arguments(open=partly))
    for attribute, values in arguments.keywords.items():
        run.store.set(made, attribute, values)
        node = arguments.nodes.get(attribute) or here.node
        run.origins.assigned[made, attribute] = Here(here.frame, node).site
    return (made,)


@models("typing.cast")
def _cast(run: Machine, arguments: Arguments, here: Here) -> Values:
    return arguments.get(1, "val") or UNKNOWN


@models("typing.NewType")
def _newtype(run: Machine, arguments: Arguments, here: Here) -> Values:
    return (Wrapper("NewType", arguments.get(1, "tp"), here.site),)


# --- itertools ---------------------------------------------------------------------------------------


@models("itertools.chain.from_iterable")
def _from_iterable(run: Machine, arguments: Arguments, here: Here) -> Values:
    """The items of its items, one after the other."""
    outer, together = run.items_of(arguments.get(0, "iterable") or UNKNOWN, here), Items()
    for one in outer.values:
        inner = run.items_of(bound(one) or UNKNOWN, here)
        together = appended(together, inner if is_sure(one) else maybe(inner))
    made = ExternalObject("itertools.chain", here.site, None, arguments)
    run.store.set(made, ITEMS, together if outer.exact else together.blurred())
    return (made,)


# --- decorators that give back what they got -----------------------------------------------------

# What `unittest.skipIf(…)` gives.
SKIPPING = "unittest.skipping"


@models("functools.total_ordering", "unittest.expectedFailure")
def _gives_back(run: Machine, arguments: Arguments, here: Here) -> Values:
    return next(iter([*arguments.positional, *arguments.keywords.values()]), UNKNOWN)


@models("unittest.skip", "unittest.skipIf", "unittest.skipUnless")
def _skips(run: Machine, arguments: Arguments, here: Here) -> Values:
    return (ExternalObject(SKIPPING, here.site),)


@methods(SKIPPING, "__call__")
def _skipping(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    """The same function or class, with a mark that only the test runner reads."""
    return arguments.get(0, "test_item") or UNKNOWN


# --- heapq, bisect -------------------------------------------------------------------------------


@models("heapq.heappush", "bisect.insort", "bisect.insort_left", "bisect.insort_right")
def _put_in_order(run: Machine, arguments: Arguments, here: Here) -> Values:
    """The list gets the item, at a place that is not known."""
    item = Items((arguments.get(1, "item") or arguments.get(None, "x") or UNKNOWN,))
    for value in arguments.get(0, "heap") or arguments.get(None, "a"):
        if isinstance(value, Container):
            run.store.set(value, ITEMS, appended(run.store.items(value).blurred(), item))
    return NONE


@models("heapq.heapify")
def _heapify(run: Machine, arguments: Arguments, here: Here) -> Values:
    for value in arguments.get(0, "heap"):
        if isinstance(value, Container):
            run.store.set(value, ITEMS, run.store.items(value).blurred())
    return NONE


@models("heapq.heappop")
def _heappop(run: Machine, arguments: Arguments, here: Here) -> Values:
    return popped(run, arguments.get(0, "heap"))


def popped(run: Machine, owners: Values) -> Values:
    """Any of the items of a list, which the list then has not."""
    found: list[Values] = []
    for value in owners:
        items = run.store.items(value) if isinstance(value, Container) else ANYTHING
        found.append(items.all() or UNKNOWN)
        if isinstance(value, Container):
            only = items.exact and len(items.values) == 1
            containers.put(run, value, Items() if only else maybe(items), surely=len(owners) == 1)
    run.may_raise()
    return join(*found) if found else UNKNOWN


@models("heapq.heappushpop", "heapq.heapreplace")
def _heap_exchange(run: Machine, arguments: Arguments, here: Here) -> Values:
    _put_in_order(run, arguments, here)
    return popped(run, arguments.get(0, "heap"))


@models("heapq.nlargest", "heapq.nsmallest")
def _several_of(run: Machine, arguments: Arguments, here: Here) -> Values:
    items = run.items_of(arguments.get(1, "iterable") or UNKNOWN, here)
    return (run.make("list", maybe(items.blurred()), here.site),)


# --- operator ------------------------------------------------------------------------------------


@methods("operator.attrgetter", "__call__")
def _attrgetter(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """`attrgetter("a.b")(object)`."""
    names = given_to(method.receiver)
    if not names or not arguments.positional:
        return None
    found: list[Values] = []
    for one in names:
        values = arguments.positional[0]
        for part in (text_of(one) or "").split("."):
            values = run.attribute(values, part, here) if part else UNKNOWN
        found.append(values)
    return found[0] if len(found) == 1 else (run.tuple_of(found, here.site),)


@methods("operator.itemgetter", "__call__")
def _itemgetter(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """`itemgetter(key)(object)`."""
    from picklecheck.semantics.forms.expressions import subscript

    keys = given_to(method.receiver)
    if not keys or not arguments.positional:
        return None
    found = [subscript(run, arguments.positional[0], key, here) for key in keys]
    return found[0] if len(found) == 1 else (run.tuple_of(found, here.site),)


@methods("operator.methodcaller", "__call__")
def _methodcaller(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """`methodcaller("name", *arguments)(object)`."""
    made = method.receiver.arguments if isinstance(method.receiver, ExternalObject) else None
    name = text_of(made.positional[0]) if made is not None and made.positional else None
    if made is None or name is None or not arguments.positional:
        return None
    return run.call(run.attribute(arguments.positional[0], name, here), made.without_first(), here)


def given_to(getter: Value) -> list[Values]:
    """What a getter was made with."""
    return getter.arguments.positional if isinstance(getter, ExternalObject) and getter.arguments is not None else []


# --- concurrent.futures, sqlite3 -----------------------------------------------------------------


@methods("concurrent.futures.Executor", "map")
def _executor_map(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """`Executor.map` of an executor of the project submits a task for each item."""
    if not isinstance(method.receiver, Instance):
        return None
    given = [run.elements(values, here) for values in arguments.positional[1:]]
    submitted = Arguments([*arguments.positional[:1], *given], nodes=arguments.nodes)
    run.call(run.attribute((method.receiver,), "submit", here), submitted, here)
    return UNKNOWN


@methods("sqlite3.Cursor", "fetchone", "fetchall", "fetchmany")
def _rows(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """What a cursor gives, where its connection's `row_factory` says so."""
    connection: Value | None = method.receiver
    while isinstance(connection, ExternalObject) and connection.type == "sqlite3.Cursor":
        connection = connection.receiver
    if connection is None or run.store.values(connection, "row_factory") != (ExternalName("sqlite3.Row"),):
        return None
    row: Values = (ExternalObject("sqlite3.Row", here.site),)
    return row if method.name == "fetchone" else (run.make("list", Items((row,), exact=False), here.site),)


# --- any base class ------------------------------------------------------------------------------


@methods(ANY_TYPE, "__init__")
def _initialize(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """`super().__init__(…)` of a base outside the project: it may keep what it is given."""
    receiver = method.receiver
    if not isinstance(receiver, Instance):
        return None
    run.store.set(receiver, INITIALIZED_WITH, (run.tuple_of(arguments.positional, here.site),))
    for keyword, values in arguments.keywords.items():
        run.store.set(receiver, initial(keyword), values)
    return NONE
