"""Context managers: what `with` hands over, and what happens when its block is left."""

from __future__ import annotations

import ast

from picklecheck.semantics import calls, classes, patches
from picklecheck.semantics.run import Abrupt, Event, Run, Yields
from picklecheck.semantics.values import (
    NONE,
    UNKNOWN,
    Arguments,
    External,
    ExternalMethod,
    Frame,
    Function,
    Instance,
    Made,
    Site,
    Suspended,
    Unknown,
    Values,
    join,
)


def enter(run: Run, managers: Values, node: ast.expr, frame: Frame) -> Values:
    """What `with manager as name` binds."""
    found: list[Values] = []
    for manager in managers:
        match manager:
            case Instance():
                own = classes.find(run, manager.cls, "__enter__") or classes.find(run, manager.cls, "__aenter__")
                if own:
                    name = "__enter__" if classes.find(run, manager.cls, "__enter__") else "__aenter__"
                    values = calls.call_method(run, manager, name, [], node, frame)
                    found.append(
                        join(*(calls.resume(run, v, node, frame) if isinstance(v, Suspended) else (v,) for v in values))
                    )
                else:
                    found.append((manager,))
                    outside = classes.outside_base(run, manager.cls)
                    if isinstance(outside, External):
                        entering = ExternalMethod(outside.name, "__enter__", manager)
                        run.tell(Event(entering.dotted, manager, Arguments(), node, frame, (manager,)))
            case Made(type=name, arguments=Arguments() as given) if name in HANDING_OVER:
                patches.begin(run, manager, frame)
                found.append(given.get(*HANDING_OVER[name]) or UNKNOWN)
            case Made(type=name):
                types = run.world.returned(f"{name}.__enter__")
                other = types is not None and types != (name,)
                found.append((Made(types[0], Site(frame.module, node), manager),) if other and types else (manager,))
                entering = ExternalMethod(name, "__enter__", manager)
                run.tell(Event(entering.dotted, manager, Arguments(), node, frame, (manager,)))
            case Suspended(function=Function()):
                found.append(entered(run, manager, node, frame))
            case _:
                found.append(UNKNOWN)
    return join(*found) if found else UNKNOWN


# Context managers that hand over an argument they were made with, by its position and name.
HANDING_OVER: dict[str, tuple[int | None, str]] = {
    "contextlib.closing": (0, "thing"),
    "contextlib.aclosing": (0, "thing"),
    "contextlib.nullcontext": (0, "enter_result"),
    "contextlib.redirect_stdout": (0, "new_target"),
    "contextlib.redirect_stderr": (0, "new_target"),
    patches.PATCH: (1, "new"),
    patches.PATCH_OBJECT: (2, "new"),
}


def leave(run: Run, managers: Values, node: ast.expr, frame: Frame) -> None:
    for manager in managers:
        match manager:
            case Instance() if classes.find(run, manager.cls, "__exit__"):
                calls.call_method(run, manager, "__exit__", [NONE, NONE, NONE], node, frame)
            case Made(type="contextlib.closing", arguments=Arguments() as given):
                for value in given.get(0, "thing"):
                    calls.call_method(run, value, "close", [], node, frame)
            case Made(type=patches.PATCH | patches.PATCH_OBJECT):
                patches.end(run, manager, frame)
            case Suspended() if manager in run.leaving:
                run.store.merge([run.leaving.pop(manager)])
            case Made(type=name):
                leaving = ExternalMethod(name, "__exit__", manager)
                run.tell(Event(leaving.dotted, manager, Arguments(), node, frame, NONE))
            case _:
                pass


def may_swallow(managers: Values) -> bool:
    """Whether leaving a `with` block may stop an exception."""
    return any(
        isinstance(manager, Unknown | Instance | Suspended)
        or (isinstance(manager, Made) and manager.type == "contextlib.suppress")
        for manager in managers
    )


def entered(run: Run, value: Suspended, node: ast.AST, frame: Frame) -> Values:
    """What a generator as context manager hands over, in the state at its `yield`; the rest comes when it is left."""
    base = run.store
    run.store = base.fork()
    yields = Yields(run.store)
    try:
        if value.function is not None:
            calls.run_function(run, value.function, value.bound, value.handed, node, frame, yields)
        ended = run.store.changes_since(base)
    except Abrupt:
        ended = {}
    finally:
        run.store = base
    if not yields.values:
        return UNKNOWN
    base.merge(yields.paths)
    run.leaving[value] = {
        key: entry for key, entry in ended.items() if any(path.get(key) != entry for path in yields.paths)
    }
    return join(*yields.values)
