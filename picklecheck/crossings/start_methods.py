"""Start methods as values: contexts, pins, and what a pool or process was made with."""

from __future__ import annotations

from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.knowledge.versions import Version
from picklecheck.semantics.run import Event, Run
from picklecheck.semantics.values import Constant, Instance, Made, Unknown, Value, Values

START_METHODS = ("fork", "spawn", "forkserver")

# Of multiprocessing, and of its copies in other packages.
CONTEXTS = {
    "context.ForkContext": "fork",
    "context.SpawnContext": "spawn",
    "context.ForkServerContext": "forkserver",
}


class Program:
    """The running program, which owns the default start method."""


def default(run: Run, program: Program, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The start methods the program can have by default: the pinned one, else all that are allowed."""
    pinned = run.store.values(program, "start_method")
    methods = {value.value for value in pinned if isinstance(value, Constant) and value.value in START_METHODS}
    if pinned and methods and not any(isinstance(value, Unknown) for value in pinned):
        return tuple(method for method in START_METHODS if method in methods)
    return allowed


def of_context(values: Values, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    """The start methods of a context object; `get_context()` and unknown objects have the default's."""
    found: set[str] = set()
    for value in values:
        method = _of_one(value)
        if method is None:
            return otherwise
        found.add(method)
    return tuple(method for method in START_METHODS if method in found) if found else otherwise


def _of_one(value: Value) -> str | None:
    if isinstance(value, Constant) and value.value in START_METHODS:
        return str(value.value)
    if not isinstance(value, Made):
        return None
    kind = value.type.partition(".")[2]
    if kind in CONTEXTS:
        return CONTEXTS[kind]
    if value.arguments is not None:
        match value.arguments.get(0, "method"):
            case (Constant(value=str(method)),) if method in START_METHODS:
                return method
    return None


def of_call(
    run: Run, event: Event, program: Program, allowed: tuple[str, ...], entry: BoundaryEntry | None = None
) -> tuple[str, ...]:
    """The start methods of the processes that a boundary call makes or uses."""
    if entry is not None and entry.pinned:
        asked = event.arguments.get(None, "start_method") if "start_method" in entry.parameters else ()
        return of_context(asked, (entry.pinned,))
    otherwise = default(run, program, allowed)
    receiver = event.receiver
    made = next((value for value in event.result if isinstance(value, Made)), None)
    if made is not None and made.receiver is None and made.arguments is event.arguments:
        return of_object(made, otherwise)
    return of_object(receiver, otherwise)


def of_object(value: Value | None, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    """The start methods of a context, or of a pool, process or executor by the way it was made."""
    if isinstance(value, Instance):
        return otherwise
    if not isinstance(value, Made):
        return otherwise
    if _of_one(value) is not None:
        return of_context((value,), otherwise)
    if value.arguments is not None:
        for name in ("mp_context", "context", "multiprocessing_context"):
            given = value.arguments.keywords.get(name)
            if given:
                return of_context(given, otherwise)
    if isinstance(value.receiver, Made):
        return of_object(value.receiver, otherwise)
    return otherwise


def available(methods: tuple[str, ...], versions: frozenset[Version]) -> tuple[str, ...]:
    """Without those that no version of the target has: Python 2 only forks (elsewhere than on Windows)."""
    if versions and all(version < (3, 4) for version in versions):
        return tuple(method for method in methods if method == "fork")
    return methods
