"""`with`: what its managers give, and how they are left, whatever the way out of the block."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from picklecheck.semantics.domain.facts import ENTERED
from picklecheck.semantics.domain.items import bound, is_sure
from picklecheck.semantics.domain.mro import outside_base
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    BoundMethod,
    Container,
    ExternalName,
    ExternalObject,
    Frame,
    Function,
    Here,
    Instance,
    Partial,
    Suspended,
    Value,
    Values,
    join,
)
from picklecheck.semantics.exits import Exit
from picklecheck.semantics.forms import guards
from picklecheck.semantics.forms.handlers import takes, types_of, unseen_raises
from picklecheck.semantics.kinds import functions
from picklecheck.semantics.machine import Awaited, Machine, Yields
from picklecheck.semantics.models import mock


def run_with(run: Machine, node: ast.With | ast.AsyncWith, frame: Frame) -> None:
    run_items(run, node, node.items, frame)


def run_items(run: Machine, node: ast.With | ast.AsyncWith, items: list[ast.withitem], frame: Frame) -> None:
    """`with a, b:` is `with a:` around `with b:`."""
    if not items:
        run.run_body(node.body, frame)
        return
    item, *inner = items
    here = Here(frame, item.context_expr)
    managers = run.evaluate(item.context_expr, frame)
    entered = run.enter(managers, here)
    if item.optional_vars is not None:
        run.assign(item.optional_vars, entered, frame, item.context_expr)
    expected = guards.expects_exception(item.context_expr)
    doubts = run.control.doubts
    survives = expected or guards.suppresses(managers)
    survives_test = survives or guards.asserts_exception(item.context_expr)
    with guards.guarded(run, frame, expected, survives_test), awaiting(run, item.context_expr, frame):
        exits = run.exits_of(lambda: run_items(run, node, inner, frame))
    if survives and run.control.doubts > doubts:
        exits += unseen_raises(exits)
    run.take([out for one in run.joined(exits) for out in left(run, one, managers, here)])


@contextmanager
def awaiting(run: Machine, manager: ast.expr, frame: Frame) -> Iterator[None]:
    """In this block a test waits for an exception, if it does."""
    types = guards.awaited(manager)
    if types is None:
        yield
        return
    run.control.awaited.append(Awaited(types_of(run, types, frame)))
    try:
        yield
    finally:
        run.control.awaited.pop()


def left(run: Machine, exit: Exit, managers: Values, here: Here) -> list[Exit]:
    """A way out of the block after its manager was left: an exception may be swallowed."""
    swallowed: list[bool | None] = []
    raised = exit.values if exit.way == "raises" else ()
    exits = run.after(exit, lambda: swallowed.append(run.leave(managers, raised, here)))
    found: list[Exit] = []
    for one in exits:
        if one.way != "falls":
            found.append(one)
            continue
        outcome = swallowed[0] if exit.way == "raises" and swallowed else False
        if outcome is not True:
            found.append(Exit(exit.way, one.changes, exit.values))
        if outcome is not False:
            found.append(one)
    return found


# --- entering ------------------------------------------------------------------------------------


def enter(run: Machine, managers: Values, here: Here) -> Values:
    """What `with manager as name` binds."""
    found = [enter_one(run, manager, here) for manager in managers]
    return join(*found) if found else UNKNOWN


def enter_one(run: Machine, manager: Value, here: Here) -> Values:
    match manager:
        case Instance(cls=cls):
            name = next((one for one in ("__enter__", "__aenter__") if run.find(cls, one)), "")
            if name:
                values = run.call_method(manager, name, [], here)
                return join(*(run.resume(one, here) if isinstance(one, Suspended) else (one,) for one in values))
            outside = outside_base(cls)
            if isinstance(outside, ExternalName):
                run.tell(f"{outside.name}.__enter__", manager, Arguments(), here, (manager,))
            return (manager,)
        case ExternalObject(type=name, arguments=Arguments() as given) if name in HANDING_OVER:
            mock.begin(run, manager, here)
            return given.get(*HANDING_OVER[name]) or UNKNOWN
        case ExternalObject(type=name):
            types = run.world.returned(f"{name}.__enter__")
            other = types is not None and types != (name,)
            run.tell(f"{name}.__enter__", manager, Arguments(), here, (manager,))
            return (ExternalObject(types[0], here.site, manager),) if other and types else (manager,)
        case Suspended(function=Function()):
            return entered(run, manager, here)
    run.may_raise()
    return UNKNOWN


# Context managers that give back an argument they were made with, by its position and name.
HANDING_OVER: dict[str, tuple[int | None, str]] = {
    "contextlib.closing": (0, "thing"),
    "contextlib.aclosing": (0, "thing"),
    "contextlib.nullcontext": (0, "enter_result"),
    "contextlib.redirect_stdout": (0, "new_target"),
    "contextlib.redirect_stderr": (0, "new_target"),
    mock.PATCH: (1, "new"),
    mock.PATCH_OBJECT: (2, "new"),
    mock.PATCH_MULTIPLE: (None, ""),
}


def entered(run: Machine, value: Suspended, here: Here) -> Values:
    """What a generator gives as a context manager: the state is then that at its `yield`."""
    yields = Yields(run.store)
    with run.aside():
        yields.base = run.store
        exits = run.exits_of(lambda: functions.run_suspended(run, value, here, yields))
    if not yields.exits:
        return UNKNOWN
    run.take(yields.exits)
    run.control.leaving[value] = [Exit(one.way, functions.behind(one, yields.exits), one.values) for one in exits]
    return join(*(one.values for one in yields.exits))


# --- leaving -------------------------------------------------------------------------------------


def leave(run: Machine, managers: Values, raised: Values, here: Here) -> bool | None:
    """Leave a `with` block, because of an exception where there is one; whether that is swallowed."""
    outcomes = {leave_one(run, manager, raised, here) for manager in managers}
    return outcomes.pop() if len(outcomes) == 1 else None


def leave_one(run: Machine, manager: Value, raised: Values, here: Here) -> bool | None:
    match manager:
        case Instance():
            return leave_instance(run, manager, raised, here)
        case ExternalObject(type="contextlib.closing", arguments=Arguments() as given):
            for value in given.get(0, "thing"):
                run.call_method(value, "close", [], here)
        case ExternalObject(type="contextlib.suppress", arguments=Arguments() as given):
            types = run.flat(join(*given.positional)) if given.positional else ()
            return takes(run, types, raised) if raised else False
        case ExternalObject(type="contextlib.ExitStack" | "contextlib.AsyncExitStack"):
            return leave_stack(run, manager, raised, here)
        case ExternalObject(type=mock.PATCH | mock.PATCH_OBJECT | mock.PATCH_MULTIPLE):
            mock.end(run, manager, here)
        case Suspended(function=Function()):
            return leave_generator(run, manager, raised, here)
        case Partial():  # what `ExitStack.callback` keeps
            run.call((manager,), Arguments(), here)
        case Function() | BoundMethod():  # what `ExitStack.push` keeps
            outcome = run.truth(run.call((manager,), Arguments(exit_arguments(raised, here)), here), here)
            return outcome if raised else False
        case ExternalObject(type=name):
            run.tell(f"{name}.__exit__", manager, Arguments(), here, NONE)
        case _:
            return None if raised else False
    return False


def leave_instance(run: Machine, manager: Instance, raised: Values, here: Here) -> bool | None:
    """`manager.__exit__(type, exception, traceback)`: where it returns something true, the exception ends here."""
    name = next((one for one in ("__exit__", "__aexit__") if run.find(manager.cls, one)), "")
    if not name:
        outside = outside_base(manager.cls)
        if isinstance(outside, ExternalName):
            run.tell(f"{outside.name}.__exit__", manager, Arguments(), here, NONE)
        return False if outside is None or not raised else None
    returned = run.call_method(manager, name, exit_arguments(raised, here), here)
    returned = join(*(run.resume(one, here) if isinstance(one, Suspended) else (one,) for one in returned))
    return run.truth(returned, here)


def exit_arguments(raised: Values, here: Here) -> list[Values]:
    """What `__exit__` is called with: type, exception and traceback, or None."""
    if not raised:
        return [NONE, NONE, NONE]
    kinds: Values = tuple(
        ExternalName(one.type) if isinstance(one, ExternalObject) else getattr(one, "cls", one) for one in raised
    )
    return [kinds, raised, (ExternalObject("builtins.traceback", here.site),)]


def leave_stack(run: Machine, stack: ExternalObject, raised: Values, here: Here) -> bool | None:
    """An exit stack leaves what it entered, the last first."""
    swallowed: bool | None = False
    for values in reversed(run.store.items(entered_by(run, stack)).values):
        outcome = run.leave(bound(values), () if swallowed else raised, here) if is_sure(values) else None
        swallowed = True if outcome is True else None if outcome is None and raised and not swallowed else swallowed
    return swallowed if raised else False


def entered_by(run: Machine, stack: Value) -> Value:
    """The list of what a stack has entered."""
    match run.store.values(stack, ENTERED):
        case (Container() as kept,):
            return kept
    return stack


def leave_generator(run: Machine, value: Suspended, raised: Values, here: Here) -> bool | None:
    """What comes behind the `yield` of a context manager; an exception is raised at the `yield`, and may end there."""
    usual = run.control.leaving.pop(value, [Exit("falls", {})])
    if not raised:
        run.take(usual)
        return False
    yields = Yields(run.store, thrown=raised)

    def resumed() -> None:
        yields.base = run.store
        functions.run_suspended(run, value, here, yields)

    exits = run.exits_of(resumed)
    run.take([Exit("falls", functions.behind(one, yields.exits)) for one in exits] or usual)
    ways = {one.way for one in exits}
    return False if "falls" not in ways else True if ways == {"falls"} else None
