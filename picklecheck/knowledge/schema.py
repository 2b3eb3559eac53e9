"""The nouns of what is known of the world: types, factories, wrappers, values, and all of them together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from picklecheck.knowledge.versions import Version

CARRIERS = ("pickle", "multiprocessing", "spawning", "deepcopy", "cloudpickle", "dill")

Table: TypeAlias = Mapping[str, Any]
PerCarrier: TypeAlias = Mapping[str, frozenset[Version]]

# What an argument chooses, by parameter and literal.
Choices: TypeAlias = Mapping[str, Mapping[str, str]]

_NOWHERE: PerCarrier = {}
_NOTHING_CHOSEN: Choices = {}
_NO_SETTINGS: Mapping[str, str | int] = {}


class KnowledgeError(Exception):
    """Knowledge that is not written in this form; the message names the file and the key."""


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """What to say of a name that is none of the known ones, with the one that may be meant."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"unknown {what} `{name}`" + (f", did you mean `{near[0]}`?" if near else "")


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """What each carrier does with the instances of one type.

    `refused` and `loads` give, per carrier, the versions that cannot pickle it, and those that
    pickle it and cannot rebuild it; `started` is `refused` for a thread or process that runs.
    Once a module of `multiprocessing` is loaded, as it is where one of the names in `taught_by` is
    used, its pickler carries the type (`multiprocessing.managers` registers views of dicts); what is
    `registered_by` others goes into `copyreg`, and so every pickler carries it.
    What is not `measured` was read in the library's documentation or source.
    """

    name: str
    why: str = ""
    refused: PerCarrier = field(default_factory=lambda: _NOWHERE)
    loads: PerCarrier = field(default_factory=lambda: _NOWHERE)
    started: PerCarrier = field(default_factory=lambda: _NOWHERE)
    bases: tuple[str, ...] = ()
    undecided: str = ""
    taught_by: tuple[str, ...] = ()
    registered_by: tuple[str, ...] = ()
    instead: str = ""
    since: str = ""
    until: str = ""
    setup: str = ""
    example: str = ""
    started_example: str = ""
    measured: bool = True

    def fails(self, carrier: str) -> frozenset[Version]:
        """The versions in which an instance does not arrive through this carrier."""
        return self.refused.get(carrier, frozenset()) | self.loads.get(carrier, frozenset())


@dataclass(frozen=True, slots=True)
class FactoryEntry:
    """A call of this name returns an instance of the type, or a tuple of them, or with `[type]` a list.

    A name that ends in `.*` means all methods of a type that have no row of their own.
    It is shown by calling it with `args`, after the statements of `setup`, or by another `example`.
    `chosen` says which arguments, by parameter and literal, make it return another type, with `*`
    for any other literal; an empty one is a type that nothing is known of. `incomplete` is what it
    returns where its first parameter is not given: `@remote(num_cpus=1)`. `settings_of` names the
    call, or the package for whose calls, its arguments are the defaults until its `with` block
    ends, `settings` those that it sets when they are not given. The call that it `sets` returns
    its first argument from then on.
    """

    name: str
    returns: str | tuple[str, ...]
    parameters: tuple[str, ...] = ()
    chosen: Choices = field(default_factory=lambda: _NOTHING_CHOSEN)
    incomplete: str = ""
    settings_of: str = ""
    settings: Mapping[str, str | int] = field(default_factory=lambda: _NO_SETTINGS)
    sets: str = ""
    measured: bool = True
    args: str = ""
    example: str = ""
    setup: str = ""


@dataclass(frozen=True, slots=True)
class WrapperEntry:
    """A call of this name makes an object that pickles what it was given as the parameters `holds`.

    With `self` among them, it also holds the object whose method made it.

    Of those in `items` it holds not the object that is given but the items of that iterable.
    The `examples` hold something at the place of `{}`.
    """

    name: str
    parameters: tuple[str, ...]
    holds: tuple[str, ...]
    items: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    setup: str = ""


@dataclass(frozen=True, slots=True)
class ValueEntry:
    """A module attribute that is an instance of the type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that is known of the world; names are canonical, `alias` leads from other spellings to them.

    `copies` are packages that have all that another one has, by its own names.
    """

    types: dict[str, TypeEntry] = field(default_factory=dict)
    factories: dict[str, FactoryEntry] = field(default_factory=dict)
    wrappers: dict[str, WrapperEntry] = field(default_factory=dict)
    values: dict[str, ValueEntry] = field(default_factory=dict)
    alias: dict[str, str] = field(default_factory=dict)
    boundaries: dict[str, dict[str, Any]] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)

    def canonical(self, name: str) -> str:
        """The one spelling of a dotted name, also where only its beginning has another."""
        head, tail = name, ""
        while head:
            if head in self.alias:
                return self.alias[head] + tail
            head, _, last = head.rpartition(".")
            tail = f".{last}{tail}"
        return name
