"""Start methods as values: contexts, pins, and what a pool or process was made with."""

from __future__ import annotations

import ast

from picklecheck.crossings.nesting import parents
from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.knowledge.start_methods import START_METHODS
from picklecheck.knowledge.versions import Version
from picklecheck.semantics.domain.facts import GIVERS, Fact
from picklecheck.semantics.domain.mro import resolution_order
from picklecheck.semantics.domain.values import (
    NONE,
    Class,
    Constant,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Instance,
    Unbound,
    Unknown,
    Value,
    Values,
)
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine

# Of multiprocessing, and of its copies in other packages.
CONTEXTS = {
    "context.ForkContext": "fork",
    "context.SpawnContext": "spawn",
    "context.ForkServerContext": "forkserver",
}

# A context whose start method is the one that `get_context` was asked for.
OF_DEFAULT = ("context.BaseContext", "context.DefaultContext")

# Parameters by which pools and executors are given their context.
CONTEXT_PARAMETERS = ("mp_context", "context", "multiprocessing_context")

PROCESSES = {
    "multiprocessing.context.ForkProcess": "fork",
    "multiprocessing.context.SpawnProcess": "spawn",
    "multiprocessing.context.ForkServerProcess": "forkserver",
}

PINNED = "start_method"
# The start methods that a context without a name may have: those of the moment in which it was asked for.
MADE_UNDER = Fact("made under")
# Set of a context for which a parameter chooses the start method, that nobody is seen giving.
LEFT_OPEN = Fact("left open")


class StartMethods:
    """The start methods of a running program; it is in the store for what has a default, which can be pinned.

    `allowed` are those that the platforms and versions meant have by default, or that the user asks about; `to_choose`
    are all that there are, which a choice that is not understood can mean.
    """

    def __init__(self, world: KnownWorld, allowed: tuple[str, ...], to_choose: tuple[str, ...]) -> None:
        self.world = world
        self.allowed = allowed
        self.to_choose = to_choose

    def heard(self, run: Machine, event: Event) -> None:
        """`set_start_method(…)`: from now on the default, on all paths that a `try` or a look at the method parts here.

        It only raises, and is only left out after `get_start_method`, where the method is set already.
        `get_context()` gives the context that is the default at that moment.
        """
        if event.name.endswith(".get_context") and self.is_told(run):
            for made in event.result:
                run.store.set(made, MADE_UNDER, tuple(map(Constant, self.default(run))))
        if event.name.endswith(".get_context") and is_left_to_callers(event):
            for made in event.result:
                run.store.set(made, LEFT_OPEN, (Constant(True),))
        if not event.name.endswith(".set_start_method"):
            return
        around = parents(event.frame.module.tree)
        stores, node = [run.store], event.node
        while (node := around.get(node, event.frame.scope.node)) is not event.frame.scope.node:
            asks = isinstance(node, ast.If) and "get_start_method" in ast.unparse(node.test)
            if isinstance(node, ast.stmt) and not (asks or isinstance(node, ast.Try | ast.With | ast.Expr)):
                break
            if not isinstance(node, ast.Expr) and stores[-1].base is not None:
                stores.append(stores[-1].base)
        for store in stores:
            store.set(self, PINNED, event.arguments.get(0, "method"))

    def pin(self, run: Machine, methods: Values) -> None:
        """From here on, the default is one of these."""
        run.store.set(self, PINNED, methods)

    def is_told(self, run: Machine) -> bool:
        """Whether anything was said about the default."""
        return bool(run.store.values(self, PINNED))

    def default(self, run: Machine) -> tuple[str, ...]:
        """The start methods the program can have by default: the pinned one, else all that are allowed."""
        pinned = run.store.values(self, PINNED)
        methods = {value.value for value in pinned if isinstance(value, Constant) and value.value in START_METHODS}
        if any(isinstance(value, Unknown) for value in pinned):
            return self.to_choose
        if not methods:
            return self.allowed
        if any(isinstance(value, Unbound) for value in pinned):
            methods.update(self.allowed)
        return tuple(method for method in START_METHODS if method in methods)

    def of_call(self, run: Machine, event: Event, entry: BoundaryEntry | None = None) -> tuple[str, ...]:
        """The start methods of the processes that a boundary call makes or uses."""
        return available(self._of_call(run, event, entry), run.versions)

    def _of_call(self, run: Machine, event: Event, entry: BoundaryEntry | None) -> tuple[str, ...]:
        if entry is not None and entry.pinned:
            asked = event.arguments.get(None, "start_method") if "start_method" in entry.parameters else ()
            return self.of_context(asked, (entry.pinned,))
        made = next((value for value in event.result if isinstance(value, ExternalObject)), None)
        if made is not None and made.receiver is None and made.arguments is event.arguments:
            return self.of_object(run, made)
        beside: list[Value | None] = [one.receiver for one in run.mode.callees if isinstance(one, ExternalMethod)]
        found = {method for one in beside or [event.receiver] for method in self.of_object(run, one)}
        return tuple(method for method in START_METHODS if method in found)

    def of_object(self, run: Machine, value: Value | None) -> tuple[str, ...]:
        """The start methods of a context, or of a pool, process or executor by the way it was made."""
        otherwise = self.default(run)
        if isinstance(value, Instance):
            return self.of_class(run, value, otherwise)
        if not isinstance(value, ExternalObject):
            return otherwise
        if _of_one(value):
            return self.of_context((value,), otherwise)
        if known := run.store.values(value, MADE_UNDER):
            return self.of_context(known, otherwise)
        entry = self.world.boundaries.get(value.type)
        if value.arguments is not None:
            for name in CONTEXT_PARAMETERS:
                position = entry.parameters.index(name) if entry is not None and name in entry.parameters else None
                if given := value.arguments.get(position, name):
                    return self.of_context(given, otherwise)
            if entry is not None and entry.spawns_with:
                if value.arguments.get(None, entry.spawns_with) not in ((), NONE):
                    return ("spawn",)
        if isinstance(value.receiver, ExternalObject):
            return self.of_object(run, value.receiver)
        return self.to_choose if otherwise == self.allowed and _is_open(value) else otherwise

    def of_class(self, run: Machine, value: Instance, otherwise: tuple[str, ...]) -> tuple[str, ...]:
        """The start methods of a subclass of `Process`, by the class of the context that it derives from."""
        for base in resolution_order(value.cls):
            if isinstance(base, ExternalName) and base.name in PROCESSES:
                return (PROCESSES[base.name],)
            if isinstance(base, Class) and (givers := run.store.values(base, GIVERS)):
                return self.of_context(givers, otherwise)
        return otherwise

    def of_context(self, values: Values, otherwise: tuple[str, ...]) -> tuple[str, ...]:
        """The start methods of a context object; `get_context()` has the default's, an unknown object may have any."""
        found: set[str] = set()
        for value in values:
            methods = _of_one(value)
            if not methods:
                return self.to_choose if otherwise == self.allowed and _is_open(value) else otherwise
            found |= methods
        return tuple(method for method in START_METHODS if method in found) if found else otherwise


def may_be_another(run: Machine, context: Value | None) -> bool:
    """Whether those who call a function may choose another start method for a context than the default one."""
    return isinstance(context, ExternalObject) and (_is_open(context) or bool(run.store.values(context, LEFT_OPEN)))


def is_left_to_callers(event: Event) -> bool:
    """Whether `get_context` is asked for what a parameter says that has a default, in a function that nothing calls."""
    frame, asked = event.frame, event.arguments.nodes.get(0)
    if frame.function is None or frame.call is not None or not isinstance(asked, ast.Name):
        return False
    return frame.function.defaults.get(asked.id) == NONE


def _of_one(value: Value) -> set[str]:
    """The start methods that a context, or the name of one, can mean; empty where it says nothing."""
    if isinstance(value, Constant):
        return {str(value.value)} & set(START_METHODS)
    if not isinstance(value, ExternalObject):
        return set()
    kind = value.type.partition(".")[2]
    if kind in CONTEXTS:
        return {CONTEXTS[kind]}
    asked = value.arguments.get(0, "method") if value.arguments is not None and kind in OF_DEFAULT else ()
    named = [_of_one(one) if isinstance(one, Constant) else set() for one in asked]
    return set().union(*named) if all(named) else set()


def _is_open(value: Value) -> bool:
    """Whether a context, or what `get_context` was asked for, is not known."""
    if isinstance(value, ExternalObject) and value.arguments is not None and value.type.partition(".")[2] in OF_DEFAULT:
        return value.arguments.is_open or any(not isinstance(one, Constant) for one in value.arguments.get(0, "method"))
    return isinstance(value, Unknown)


def available(methods: tuple[str, ...], versions: frozenset[Version]) -> tuple[str, ...]:
    """Without those that no version of the target has: Python 2 only forks (elsewhere than on Windows)."""
    if versions and all(version < (3, 4) for version in versions):
        return tuple(method for method in methods if method == "fork")
    return methods
