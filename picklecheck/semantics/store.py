"""The changing part of an abstract run: variables, attributes and items, with branches that are joined again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from picklecheck.semantics.values import UNBOUND, Frame, Unbound, Values, join


@dataclass(frozen=True, slots=True)
class Items:
    """What a container holds: each item in order where `exact`, else one entry that stands for all.

    A dict has its keys in `keys`, beside the values in `values`; other containers leave `keys` empty.
    """

    values: tuple[Values, ...] = ()
    keys: tuple[Values, ...] = ()
    exact: bool = True

    def all(self) -> Values:
        return join(*self.values) if self.values else ()

    def all_keys(self) -> Values:
        return join(*self.keys) if self.keys else ()

    def blurred(self) -> Items:
        """The same without order or number."""
        if not self.exact:
            return self
        return Items((self.all(),) if self.values else (), (self.all_keys(),) if self.keys else (), exact=False)


Key: TypeAlias = tuple[object, str]
Entry: TypeAlias = Values | Items
Path: TypeAlias = dict[Key, Entry]
ITEMS = "[items]"
# Set of an object that may have any attribute.
OPEN = "[open]"


def join_entries(entries: list[Entry | None]) -> Entry:
    """One entry for several paths; a path without the entry leaves it possibly unbound."""
    if any(isinstance(entry, Items) for entry in entries):
        present = [entry for entry in entries if isinstance(entry, Items)]
        first = present[0]
        if all(entry == first for entry in present[1:]):
            return first
        blurred = [entry.blurred() for entry in present]
        values, keys = (
            join(*(entry.all() for entry in blurred)),
            join(*(entry.all_keys() for entry in blurred)),
        )
        return Items((values,) if values else (), (keys,) if keys else (), exact=False)
    return join(*(UNBOUND if entry is None or isinstance(entry, Items) else entry for entry in entries))


class Store:
    """A layer of entries over a base: reads fall through, writes stay in the layer until it is merged.

    `owners` keeps, per owner, the entries by name.
    """

    __slots__ = ("base", "owners")

    def __init__(self, base: Store | None = None) -> None:
        self.base = base
        self.owners: dict[object, dict[str, Entry]] = {}

    def get(self, key: Key) -> Entry | None:
        owner, name = key
        store: Store | None = self
        while store is not None:
            held = store.owners.get(owner)
            if held is not None and name in held:
                return held[name]
            store = store.base
        return None

    def values(self, owner: object, name: str) -> Values:
        """The values of a variable or attribute; empty where it was never bound."""
        entry = self.get((owner, name))
        if entry is None or isinstance(entry, Items) or entry == UNBOUND:
            return ()
        return entry

    def items(self, owner: object) -> Items:
        entry = self.get((owner, ITEMS))
        return entry if isinstance(entry, Items) else Items(exact=False)

    def set(self, owner: object, name: str, entry: Entry) -> None:
        held = self.owners.get(owner)
        if held is None:
            self.owners[owner] = {name: entry}
        else:
            held[name] = entry

    def unset(self, owner: object, name: str) -> None:
        self.set(owner, name, UNBOUND)

    def names(self, owner: object) -> dict[str, Values]:
        """Every variable or attribute of an owner that may be bound."""
        return {
            name: entry
            for name, entry in self.entries(owner).items()
            if not isinstance(entry, Items) and any(not isinstance(value, Unbound) for value in entry)
        }

    def entries(self, owner: object) -> dict[str, Entry]:
        """All entries of an owner, its items and what was deleted among them."""
        layers = []
        store: Store | None = self
        while store is not None:
            held = store.owners.get(owner)
            if held is not None:
                layers.append(held)
            store = store.base
        found: dict[str, Entry] = {}
        for layer in reversed(layers):
            found.update(layer)
        return found

    def fork(self) -> Store:
        return Store(self)

    def changes_since(self, base: Store) -> Path:
        """What differs from `base`, which is this store or one below it."""
        layers = []
        store = self
        while store is not base:
            layers.append(store)
            assert store.base is not None, "not a store above this base"
            store = store.base
        return {
            (owner, name): entry
            for layer in reversed(layers)
            for owner, held in layer.owners.items()
            for name, entry in held.items()
        }

    def merge(self, paths: list[Path]) -> None:
        """Make this store what it is after one of several paths, each given by its changes."""
        if len(paths) == 1:
            for (owner, name), entry in paths[0].items():
                self.set(owner, name, entry)
            return
        keys: dict[Key, None] = {}
        for path in paths:
            keys.update(dict.fromkeys(path))
        made: list[set[object]] = []  # by path, the owners of its changes: looked up for names that are new
        for key in keys:
            before = self.get(key)
            if before is None and not isinstance(key[0], Frame) and not self._holds(key[0]):
                # An object made on one path is not there after another, so nothing of it is missing there.
                made = made or [{owner for owner, _ in path} for path in paths]
                entries = [path.get(key) for path, owners in zip(paths, made, strict=True) if key[0] in owners]
            else:
                entries = [path.get(key, before) for path in paths]
            first = entries[0]
            if first is not None and all(entry is first for entry in entries):
                self.set(*key, first)
            else:
                self.set(*key, join_entries(entries))

    def _holds(self, owner: object) -> bool:
        store: Store | None = self
        while store is not None:
            if owner in store.owners:
                return True
            store = store.base
        return False
