"""Models of `threading`: a thread calls its target, at a time that is not known."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.facts import initial
from picklecheck.semantics.domain.values import (
    Arguments,
    Constant,
    ExternalMethod,
    ExternalObject,
    Here,
    Instance,
    Values,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import methods

PARAMETERS = ("target", "args", "kwargs")


@methods("threading.Thread", "start")
def _start(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> None:
    """`Thread(target=f, args=a).start()` calls `f(*a)`; a class of the project has its own `run`."""
    match method.receiver:
        case Instance(cls=cls) as thread if own := run.find(cls, "run"):
            call_apart(run, run.bound(own, thread, cls, here), Arguments(), here)
        case Instance() as thread:
            given = Arguments(keywords={name: run.store.values(thread, initial(name)) for name in PARAMETERS})
            begin(run, given, "target", 3, made_at(thread, here))
        case ExternalObject(arguments=Arguments() as given) as thread:
            begin(run, given, "target", 3, made_at(thread, here))


@methods("threading.Timer", "start")
def _start_timer(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> None:
    """`Timer(seconds, f, args)`."""
    match method.receiver:
        case ExternalObject(arguments=Arguments() as given) as timer:
            begin(run, given, "function", 2, made_at(timer, here))


@methods("concurrent.futures.ThreadPoolExecutor", "submit")
def _submit(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> None:
    """`executor.submit(f, *a)` of an executor of threads."""
    if arguments.positional:
        call_apart(run, arguments.positional[0], arguments.without_first(), here)


def made_at(thread: Instance | ExternalObject, here: Here) -> Here:
    """Where a thread was made and its target written, if that is in the file in which it is started."""
    return Here(here.frame, thread.site.node) if thread.site.module is here.frame.module else here


def begin(run: Machine, given: Arguments, target: str, place: int, here: Here) -> None:
    """Call the target of a thread or timer, which is argument 1; what it is called with is from `place` on."""
    positional, keywords = given.get(place, "args"), given.get(place + 1, "kwargs")
    found = Arguments(open=given.is_open)
    if positional and positional != (Constant(None),):
        items = run.items_of(positional, here)
        found.positional, found.rest = (list(items.values), ()) if items.exact else ([], items.all())
        found.nodes = written(given.nodes.get("args") or given.nodes.get(place), len(found.positional))
        found.open = found.open or not items.exact
    if keywords and keywords != (Constant(None),):
        found.open = True
    callees = given.get(1, target)
    if callees:
        call_apart(run, callees, found, here)


def written(arguments: ast.AST | None, count: int) -> dict[int | str, ast.AST]:
    """Where the arguments of a thread are, if they are written as a tuple or list of so many."""
    match arguments:
        case ast.Tuple(elts=parts) | ast.List(elts=parts) if len(parts) == count:
            return dict(enumerate(parts))
    return {}


def call_apart(run: Machine, callees: Values, arguments: Arguments, here: Here) -> None:
    """Call something for what it may send: what it changes may come later, what it raises ends its thread."""
    with run.aside():
        try:
            run.call(callees, arguments, here)
        except Abrupt:
            pass
