"""Models of `enum`: enumerations that a call makes, and what marks a name as a member or not."""

from __future__ import annotations

from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Class,
    ExternalName,
    ExternalObject,
    Here,
    Instance,
    Values,
    text_of,
)
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.dataclasses_ import names_in
from picklecheck.semantics.models.registry import models


@models("enum.Enum", "enum.IntEnum", "enum.Flag", "enum.StrEnum", "enum.IntFlag")
def _enum(run: Machine, arguments: Arguments, here: Here) -> Values:
    name = text_of(arguments.get(0, "value"))
    if name is None or (len(arguments.positional) < 2 and "names" not in arguments.keywords):
        return UNKNOWN
    cls = Class(name, name, here.frame.module, here.site, (ExternalName("enum.Enum"),), "enum")
    for member in names_in(run, arguments.get(1, "names")):
        run.store.set(cls, member, (Instance(cls, here.site),))
    return (cls,)


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
