"""Resolution order: which classes a class looks its attributes up in, and which of them are outside the project."""

from __future__ import annotations

import builtins
from collections import Counter, deque

from picklecheck.semantics.domain.values import UNKNOWN, Class, ExternalName, Value

OBJECT = ExternalName("builtins.object")
MOST_ABOVE = 500  # bases of a class, and theirs; what is above these is unknown
METACLASS = ExternalName("metaclass")  # is among the bases of a class that has one which is not known

# Bases that bring no attributes of their own.
PLAIN_BASES = {
    *("builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"),
    *(METACLASS.name, "typing.NamedTuple"),
}

ENUMERATIONS = {"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"}

# A class made of one of these only describes dicts: its instances are dicts.
TYPED_DICTS = (ExternalName("typing.TypedDict"), ExternalName("typing_extensions.TypedDict"))


def resolution_order(cls: Class) -> tuple[Value, ...]:
    """The method resolution order (C3), with names outside the project where bases are there; it is kept."""
    if not cls.order:
        orders = [_order_of(base) for base in cls.bases]
        rooted = any(order[-1] == OBJECT for order in orders)
        # Every class derives from `object`, which comes behind all others.
        orders = [order[:-1] if order[-1] == OBJECT else order for order in orders]
        bases = tuple(base for base in cls.bases if base != OBJECT)
        above = orders[0] if len(orders) == 1 else _merged([*orders, bases])
        most = MOST_ABOVE - rooted
        if len(above) > most:
            above = (*above[:most], *UNKNOWN)
        cls.order = (cls, *above, OBJECT) if rooted else (cls, *above)
    return cls.order


def _order_of(base: Value) -> tuple[Value, ...]:
    return resolution_order(base) if isinstance(base, Class) else (base,)


def _merged(orders: list[tuple[Value, ...]]) -> tuple[Value, ...]:
    """Orders as one that keeps to each; where they contradict each other, the first goes first.

    The time it takes is proportional to what the orders hold.
    """
    heads = [deque(order) for order in orders]
    behind = Counter(value for order in orders for value in order[1:])
    merged: dict[Value, None] = {}
    while heads := [one for one in heads if one]:
        chosen = next((one[0] for one in heads if not behind[one[0]]), heads[0][0])
        merged[chosen] = None
        for one in heads:
            while one and one[0] in merged:
                one.popleft()
                if one:
                    behind[one[0]] -= 1
    return tuple(merged)


def is_plain(base: Value) -> bool:
    return isinstance(base, ExternalName) and base.name in PLAIN_BASES


def outside_base(cls: Class) -> Value | None:
    """The first base outside the project that may bring attributes of its own."""
    return next((base for base in resolution_order(cls) if not isinstance(base, Class) and not is_plain(base)), None)


def outside_bases(cls: Class) -> tuple[ExternalName, ...]:
    """The bases outside the project, in their order; they are kept, and are those of the base where there is one."""
    if cls.outside is None:
        match cls.bases:
            case (Class() as base,):
                cls.outside = outside_bases(base)
            case _:
                cls.outside = tuple(base for base in resolution_order(cls) if isinstance(base, ExternalName))
    return cls.outside


def is_enum(cls: Class) -> bool:
    """Whether a class is an enumeration."""
    return any(base.name in ENUMERATIONS for base in outside_bases(cls))


def tuple_fields(cls: Class) -> tuple[str, ...] | None:
    """The fields of a named tuple, in order; None for any other class."""
    order = [base for base in resolution_order(cls) if isinstance(base, Class)]
    return next((base.fields for base in order if base.made_by == "namedtuple"), None)


def is_subtype(name: str, other: str) -> bool:
    """Whether one type outside the project derives from another, where that needs no import."""
    if name == other:
        return True
    one = getattr(builtins, name.removeprefix("builtins."), None)
    base = getattr(builtins, other.removeprefix("builtins."), None)
    return isinstance(one, type) and isinstance(base, type) and issubclass(one, base)
