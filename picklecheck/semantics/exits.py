"""The ways out of a block, as data: it falls through, returns, breaks, continues, or raises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from picklecheck.semantics.domain.store import Changes, Entry, Name, Store
from picklecheck.semantics.domain.values import Values

Way: TypeAlias = Literal["falls", "returns", "breaks", "continues", "raises"]


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out of a block: what it changes, and what it returns or raises."""

    way: Way
    changes: Changes
    values: Values = ()

    def after(self, changes: Changes) -> Exit:
        """The same way out, with some earlier changes before its own."""
        return Exit(self.way, {**changes, **self.changes}, self.values) if changes else self

    def then(self, key: tuple[object, Name], entry: Entry) -> Exit:
        """The same way out, with one more change."""
        return Exit(self.way, {**self.changes, key: entry}, self.values)

    def going(self, way: Way) -> Exit:
        """The same changes, with another way to go on."""
        return Exit(way, self.changes)


class Abrupt(Exception):
    """The path that is being run ends here: how it goes on is among the exits of the block."""


@dataclass(slots=True)
class Collector:
    """The exits of a block while it runs, each with its changes since `base`."""

    base: Store
    exits: list[Exit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulated call can end in: the values it returns, and the exits by which it raises.

    `changed` has what it changes where it returns, each with what was there before.
    """

    returned: Values
    raised: tuple[Exit, ...]
    changed: dict[tuple[object, Name], tuple[Entry | None, Entry]] = field(default_factory=dict)

    @property
    def never_returns(self) -> bool:
        return not self.returned

    @property
    def always_raises(self) -> bool:
        return self.never_returns and bool(self.raised)
