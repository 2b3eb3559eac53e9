"""Picklers and queues that decide themselves what they do with a value: what goes their way is not judged."""

from __future__ import annotations

from picklecheck.semantics.domain.facts import Fact
from picklecheck.semantics.domain.mro import resolution_order
from picklecheck.semantics.domain.values import Class, Constant, ExternalObject, Instance, Value, Values
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine

# Attributes by which a pickler says how it pickles, and the method of a queue for what it could not pickle.
HOOKS = ("persistent_id", "reducer_override", "dispatch_table", "_on_queue_feeder_error")
MARK = Fact("own way")  # set of what such a pickler has got


def takes_own_way(run: Machine, event: Event) -> bool:
    """Whether a method of such a pickler or queue was called; what it was given is marked then."""
    receiver = event.receiver
    owners: list[Value] = [receiver] if isinstance(receiver, Instance | ExternalObject) else []
    if isinstance(receiver, Instance):
        owners.extend(base for base in resolution_order(receiver.cls) if isinstance(base, Class))
    if not any(run.store.values(owner, name) for owner in owners for name in HOOKS):
        return False
    for value in event.arguments.get(0, "obj"):
        run.store.set(value, MARK, (Constant(True),))
    return True


def took_own_way(run: Machine, values: Values) -> bool:
    return any(run.store.values(value, MARK) for value in values)
