"""Resolution order: which classes a class looks its attributes up in, and which of them are outside the project."""

from __future__ import annotations

import builtins

from picklecheck.semantics.domain.values import Class, External, Value

OBJECT = External("builtins.object")
METACLASS = External("metaclass")  # stands among the bases of a class that has one which is not known

# Bases that bring no attributes of their own.
PLAIN_BASES = {
    *("builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"),
    *(METACLASS.name, "typing.NamedTuple"),
}

ENUMERATIONS = {"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"}

# A class made of one of these only describes dicts: its instances are dicts.
TYPED_DICTS = (External("typing.TypedDict"), External("typing_extensions.TypedDict"))


def resolution_order(cls: Class) -> tuple[Value, ...]:
    """The method resolution order (C3), with names outside the project where bases are there; it is kept."""
    if not cls.order:
        cls.order = tuple(_order(cls, ()))
    return cls.order


def _order(cls: Value, inside: tuple[Value, ...]) -> list[Value]:
    if not isinstance(cls, Class) or cls in inside:
        return [cls]
    lists = [_order(base, (*inside, cls)) for base in cls.bases] + [list(cls.bases)]
    rooted = any(OBJECT in one for one in lists)
    # Every class derives from `object`, which comes behind all others.
    lists = [[value for value in one if value != OBJECT] for one in lists]
    merged: list[Value] = [cls]
    while any(lists):
        lists = [one for one in lists if one]
        for one in lists:
            if not any(one[0] in other[1:] for other in lists):
                head = one[0]
                break
        else:
            head = lists[0][0]
        merged.append(head)
        lists = [[value for value in one if value != head] for one in lists]
    return [*merged, OBJECT] if rooted else merged


def is_plain(base: Value) -> bool:
    return isinstance(base, External) and base.name in PLAIN_BASES


def outside_base(cls: Class) -> Value | None:
    """The first base outside the project that may bring attributes of its own."""
    return next((base for base in resolution_order(cls) if not isinstance(base, Class) and not is_plain(base)), None)


def outside_bases(cls: Class) -> list[External]:
    return [base for base in resolution_order(cls) if isinstance(base, External)]


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
