"""Models of `enum`: enumerations that a call makes, and what marks a name as a member or not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Class,
    Container,
    ExternalName,
    ExternalObject,
    Here,
    Values,
    text_of,
)
from picklecheck.semantics.kinds.enums import make_member
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.dataclasses_ import names_in
from picklecheck.semantics.models.registry import models


@models("enum.Enum", "enum.IntEnum", "enum.Flag", "enum.StrEnum", "enum.IntFlag")
def _enum(run: Machine, arguments: Arguments, here: Here) -> Values:
    name = text_of(arguments.get(0, "value"))
    if name is None or (len(arguments.positional) < 2 and "names" not in arguments.keywords):
        return UNKNOWN
    cls = Class(name, name, here.frame.module, here.site, (ExternalName("enum.Enum"),), "enum")
    given = arguments.get(1, "names")
    for member, values in zip(names_in(run, given), values_in(run, given, here), strict=False):
        make_member(run, cls, member, values)
    return (cls,)


def values_in(run: Machine, names: Values, here: Here) -> Iterator[Values]:
    """The values of the members: those that a dict gives to their names, else numbers; of pairs they are not known."""
    number = (ExternalObject("builtins.int", here.site),)
    for value in names:
        match value:
            case Container(kind="dict"):
                yield from run.store.items(value).values
            case Container():
                for one in run.store.items(value).values:
                    yield number if text_of(one) is not None else UNKNOWN
            case _:
                yield from repeat(number)


@models("enum.member")
def _member(run: Machine, arguments: Arguments, here: Here) -> Values:
    return (ExternalObject("enum.member", here.site, None, arguments),)


@models("enum.nonmember")
def _nonmember(run: Machine, arguments: Arguments, here: Here) -> Values:
    return (ExternalObject("enum.nonmember", here.site, None, arguments),)


@models("enum.auto")
def _auto(run: Machine, arguments: Arguments, here: Here) -> Values:
    """The class makes a number or a text of it."""
    return (ExternalObject("enum.auto", here.site, None, arguments),)
