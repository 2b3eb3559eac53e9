"""Models of `contextlib`: generators as context managers, and stacks of managers."""

from __future__ import annotations

from picklecheck.semantics.domain.facts import ENTERED, ITEMS
from picklecheck.semantics.domain.items import Items, appended
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Container,
    ExternalMethod,
    ExternalObject,
    Here,
    Partial,
    Value,
    Values,
    Wrapper,
)
from picklecheck.semantics.forms.with_blocks import entered_by
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import methods, models


@models("contextlib.contextmanager", "contextlib.asynccontextmanager")
def _contextmanager(run: Machine, arguments: Arguments, here: Here) -> Values:
    return (Wrapper("contextmanager", arguments.get(0, "func") or UNKNOWN, here.site),)


def put_on(run: Machine, stack: Value, values: Values, here: Here) -> None:
    """A stack leaves this too when it is left."""
    kept = entered_by(run, stack)
    if kept is stack:
        kept = run.make("list", Items(), here.site)
        run.store.set(stack, ENTERED, (kept,))
    assert isinstance(kept, Container)
    run.store.set(kept, ITEMS, appended(run.store.items(kept), Items((values,))))


def _enter_context(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    if not arguments.positional:
        return None
    entered = run.enter(arguments.positional[0], here)
    put_on(run, method.receiver, arguments.positional[0], here)
    return entered


def _push(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    if not arguments.positional:
        return None
    put_on(run, method.receiver, arguments.positional[0], here)
    return arguments.positional[0]


def _callback(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    if not arguments.positional:
        return None
    called = Partial(arguments.positional[0], arguments.without_first(), here.site)
    put_on(run, method.receiver, (called,), here)
    return arguments.positional[0]


def _pop_all(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """Another stack takes over all that there is to leave."""
    if not isinstance(method.receiver, ExternalObject):
        return None
    other, kept = ExternalObject(method.receiver.type, here.site), entered_by(run, method.receiver)
    if isinstance(kept, Container):
        run.store.set(other, ENTERED, (kept,))
        run.store.set(method.receiver, ENTERED, (run.make("list", Items(), here.site),))
    return (other,)


def _close(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    if isinstance(method.receiver, ExternalObject):
        run.leave((method.receiver,), (), here)
    return None


for kind in ("contextlib.ExitStack", "contextlib.AsyncExitStack"):
    methods(kind, "enter_context", "enter_async_context")(_enter_context)
    methods(kind, "push", "push_async_exit")(_push)
    methods(kind, "callback", "push_async_callback")(_callback)
    methods(kind, "pop_all")(_pop_all)
    methods(kind, "close", "aclose")(_close)
