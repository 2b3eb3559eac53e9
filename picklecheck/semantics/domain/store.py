"""The changing part of an abstract run: variables, attributes and items, in layers that are joined again."""

from __future__ import annotations

from typing import TypeAlias

from picklecheck.semantics.domain.facts import ITEMS, Fact
from picklecheck.semantics.domain.items import Items, joined
from picklecheck.semantics.domain.mro import resolution_order
from picklecheck.semantics.domain.values import UNBOUND, Class, Frame, Unbound, Values, join

# A variable or attribute by its name, or a fact about its owner.
Name: TypeAlias = str | Fact
Entry: TypeAlias = Values | Items
Changes: TypeAlias = dict[tuple[object, Name], Entry]


def join_entries(entries: list[Entry | None]) -> Entry:
    """One entry for several paths; a path without the entry leaves it possibly unbound, or without items."""
    values: list[Values] = []
    for entry in entries:
        if isinstance(entry, Items):
            return joined([entry if isinstance(entry, Items) else Items() for entry in entries])
        values.append(UNBOUND if entry is None else entry)
    return join(*values)


class Store:
    """A layer of entries over a base: reads fall through, writes stay in the layer until it is merged.

    `owners` keeps, per owner, the entries by name. While a layer lies over another, only the lowest one is written:
    so what is read falls through to `below`, past the layers that are empty, as those of a long `elif` chain are.
    """

    __slots__ = ("base", "below", "owners")

    def __init__(self, base: Store | None = None) -> None:
        self.base = base
        self.below: Store | None = base if base is None or base.owners or base.base is None else base.below
        self.owners: dict[object, dict[Name, Entry]] = {}

    def get(self, owner: object, name: Name) -> Entry | None:
        store: Store | None = self
        while store is not None:
            if owner in store.owners:
                held = store.owners[owner]
                if name in held:
                    return held[name]
            store = store.below
        return None

    def values(self, owner: object, name: Name) -> Values:
        """The values of a variable or attribute; empty where it was never bound."""
        entry = self.get(owner, name)
        if entry is None or isinstance(entry, Items):
            return ()
        return () if len(entry) == 1 and isinstance(entry[0], Unbound) else entry

    def items(self, owner: object) -> Items:
        """The items of a container; where none were seen, no entries, and not exact: it may hold anything."""
        entry = self.get(owner, ITEMS)
        return entry if isinstance(entry, Items) else Items(exact=False)

    def own_items(self, owner: object) -> Items | None:
        """The items that an object of another kind was seen to get; None where there are none."""
        entry = self.get(owner, ITEMS)
        return entry if isinstance(entry, Items) else None

    def set(self, owner: object, name: Name, entry: Entry) -> None:
        held = self.owners.get(owner)
        if held is None:
            self.owners[owner] = {name: entry}
        else:
            held[name] = entry

    def unset(self, owner: object, name: Name) -> None:
        self.set(owner, name, UNBOUND)

    def names(self, owner: object) -> dict[str, Values]:
        """Every variable or attribute of an owner that may be bound."""
        return {
            name: entry
            for name, entry in self.entries(owner).items()
            if isinstance(name, str) and not isinstance(entry, Items) and entry and entry != UNBOUND
        }

    def entries(self, owner: object) -> dict[Name, Entry]:
        """All entries of an owner, its facts and what was deleted among them."""
        layers = []
        store: Store | None = self
        while store is not None:
            held = store.owners.get(owner)
            if held is not None:
                layers.append(held)
            store = store.below
        found: dict[Name, Entry] = {}
        for layer in reversed(layers):
            found.update(layer)
        return found

    def find(self, cls: Class, name: Name) -> Values:
        """A class attribute by resolution order; empty where no class of the project has it."""
        for base in resolution_order(cls):
            if isinstance(base, Class):
                values = self.values(base, name)
                if values:
                    return values
        return ()

    # --- layers: only the machine uses these -----------------------------------------------------

    def fork(self) -> Store:
        return Store(self)

    @property
    def lowest(self) -> Store:
        store = self
        while store.base is not None:
            store = store.base
        return store

    def changes_since(self, base: Store) -> Changes:
        """What differs from `base`, which is this store or one below it."""
        layers = []
        store = self
        while store is not base:
            layers.append(store)
            assert store.base is not None, "not a store above this base"
            store = store.base
        changes: Changes = {}
        for layer in reversed(layers):
            for owner, held in layer.owners.items():
                for name, entry in held.items():
                    changes[owner, name] = entry
        return changes

    def merge(self, paths: list[Changes]) -> None:
        """Make this store what it is after one of several paths, each given by its changes."""
        if len(paths) == 1:
            for (owner, name), entry in paths[0].items():
                self.set(owner, name, entry)
            return
        keys: dict[tuple[object, Name], None] = {}
        for path in paths:
            keys.update(dict.fromkeys(path))
        made: list[set[object]] = []  # by path, the owners of its changes: looked up for names that are new
        for key in keys:
            owner, name = key
            before = self.get(owner, name)
            if before is None and not isinstance(owner, Frame) and not self._holds(owner):
                # An object made on one path is not there after another, so nothing of it is missing there.
                made = made or [{owner for owner, _ in path} for path in paths]
                entries = [path.get(key) for path, owners in zip(paths, made, strict=True) if owner in owners]
            else:
                entries = [path.get(key, before) for path in paths]
            self.set(owner, name, join_entries(entries))

    def _holds(self, owner: object) -> bool:
        store: Store | None = self
        while store is not None:
            if owner in store.owners:
                return True
            store = store.below
        return False
