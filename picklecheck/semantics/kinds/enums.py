"""Enumerations: which names in the body of a class become its members."""

from __future__ import annotations

from picklecheck.semantics.domain.mro import is_enum
from picklecheck.semantics.domain.values import (
    Arguments,
    Class,
    Constant,
    Descriptor,
    ExternalObject,
    Function,
    Instance,
    Values,
)
from picklecheck.semantics.machine import Machine


def make_members(run: Machine, cls: Class) -> None:
    """In the class of an enumeration, names that are bound to plain values become its members."""
    for name, values in run.store.names(cls).items():
        match values:
            case (ExternalObject(type="enum.member", arguments=Arguments() as given),):
                values = given.get(0, "value")
            case (ExternalObject(type="enum.nonmember", arguments=Arguments() as given),):
                run.store.set(cls, name, given.get(0, "value"))
                continue
            case _ if any(isinstance(value, Function | Descriptor) for value in values):
                continue
        if not name.startswith("_"):
            make_member(run, cls, name, values)


def make_member(run: Machine, cls: Class, name: str, values: Values) -> None:
    """One member; what `auto()` gives it is taken for a number, which pickles as a text does."""
    member = Instance(cls, cls.site)
    run.store.set(cls, name, (member,))
    run.store.set(member, "name", (Constant(name),))
    if not run.find(cls, "__new__"):
        plain = tuple(
            ExternalObject("builtins.int", value.site)
            if isinstance(value, ExternalObject) and value.type == "enum.auto"
            else value
            for value in values
        )
        run.store.set(member, "value", plain)


def members(run: Machine, cls: Class) -> tuple[Instance, ...]:
    """The members of an enumeration, in the order of its names; empty for any other class."""
    if not is_enum(cls):
        return ()
    values = (value for held in run.store.names(cls).values() for value in held)
    return tuple(value for value in values if isinstance(value, Instance) and value.cls is cls)
