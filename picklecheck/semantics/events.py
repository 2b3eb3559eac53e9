"""What a run asks of the world outside the project, and what it tells of the calls that leave it."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from picklecheck.semantics.domain.values import Arguments, Frame, Here, Site, Value, Values


@dataclass(frozen=True, slots=True)
class Event:
    """A call that leaves the project: what is called, with what, from where, and what it returned.

    `callees` are the alternatives of the call, where it has several.
    """

    name: str
    receiver: Value | None
    arguments: Arguments
    here: Here
    result: Values
    callees: Values = ()

    @property
    def node(self) -> ast.AST:
        return self.here.node

    @property
    def frame(self) -> Frame:
        return self.here.frame

    @property
    def site(self) -> Site:
        return self.here.site


class World(Protocol):
    """What a run asks about names outside the project."""

    def canonical(self, name: str) -> str:
        """The one name of an object that has several."""

    def returned(self, name: str, arguments: Arguments | None = None) -> tuple[str, ...] | None:
        """The type of what calling `name` returns; several for a tuple; None where it is not known."""

    def attribute(self, name: str) -> str | None:
        """The type of a module variable or attribute, where it is known."""

    def crosses(self, name: str) -> bool:
        """Whether a call of `name`, or an object it makes, hands values to another process."""

    def alike(self, names: list[str]) -> bool:
        """Whether calls of several names, which all cross, carry values in the same way."""

    def derives(self, name: str, owner: str) -> bool:
        """Whether a known type is another one or has it among its bases."""

    def has_attribute(self, type_name: str, name: str) -> bool | None:
        """Whether objects of a type have an attribute; None where that is not known."""

    def module_has(self, name: str, versions: Collection[tuple[int, int]]) -> bool | None:
        """Whether a module has what a dotted name says; None where that is not known of all these versions."""

    def names_of(self, module: str) -> frozenset[str]:
        """The public names of a module outside the project of which something is known."""

    def takes_attribute(self, type_name: str, name: str) -> bool:
        """Whether an attribute of this name may be set on objects of a type."""

    def is_type(self, name: str) -> bool:
        """Whether `name` is a type that something is known of."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The start methods with which a comparison holds, and those without; `context` is the one that was asked."""

    context: Value | None
    having: tuple[str, ...]
    lacking: tuple[str, ...]
