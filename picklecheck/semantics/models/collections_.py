"""Models of `collections`: what deques, default dicts and their like hold at first."""

from __future__ import annotations

from picklecheck.semantics.domain.facts import ITEMS
from picklecheck.semantics.domain.items import ANY_DICT, Items, havocked, merged
from picklecheck.semantics.domain.values import Arguments, Container, ExternalObject, Here, Value, Values
from picklecheck.semantics.kinds import containers
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import models


def filled(run: Machine, made: Value, items: Items, arguments: Arguments) -> Values:
    """An object with its first items, of which nothing is sure where its arguments are not all seen."""
    run.store.set(made, ITEMS, havocked(items, bool(items.keys)) if arguments.is_open else items)
    return (made,)


@models("collections.deque")
def _deque(run: Machine, arguments: Arguments, here: Here) -> Values:
    given = arguments.get(0, "iterable")
    items = run.items_of(given, here) if given else Items()
    return filled(run, ExternalObject("collections.deque", here.site, None, arguments), items, arguments)


@models("collections.defaultdict")
def _defaultdict(run: Machine, arguments: Arguments, here: Here) -> Values:
    rest = Arguments(arguments.positional[1:], arguments.keywords)
    items = run.store.items(containers.construct(run, "dict", rest, here))
    return filled(run, ExternalObject("collections.defaultdict", here.site, None, arguments), items, arguments)


@models("collections.OrderedDict")
def _ordered_dict(run: Machine, arguments: Arguments, here: Here) -> Values:
    return (containers.construct(run, "dict", arguments, here),)


@models("collections.Counter")
def _counter(run: Machine, arguments: Arguments, here: Here) -> Values:
    """A counter has what it counts as its keys."""
    given = arguments.get(0, "iterable")
    items = run.items_of(given, here) if given else Items()
    number: Values = (ExternalObject("builtins.int", here.site),)
    counted = Items(tuple(number for _ in items.values), items.values, exact=False) if items.values else Items()
    return filled(run, ExternalObject("collections.Counter", here.site, None, Arguments()), counted, arguments)


@models("collections.ChainMap")
def _chain_map(run: Machine, arguments: Arguments, here: Here) -> Values:
    """What the dicts hold when they are chained, the first before all others; they may change later."""
    items = Items()
    for values in reversed(arguments.positional):
        for value in values:
            items = merged(items, run.store.items(value) if isinstance(value, Container) else ANY_DICT)
    return filled(
        run, ExternalObject("collections.ChainMap", here.site, None, arguments), havocked(items, True), arguments
    )
