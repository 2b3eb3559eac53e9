"""How programs use the boundaries of a package: by which names they come to one, and the words they write for it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from picklecheck.knowledge import boundaries, loading
from picklecheck.knowledge.schema import FactoryEntry, Knowledge


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One way to a boundary: the name that is imported, and the methods called one after the other on what it makes."""

    name: str
    methods: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """A word that all write who use it in this way."""
        return self.methods[-1] if self.methods else self.name.rpartition(".")[2]

    @property
    def program(self) -> str:
        """A program that imports the module, or the class behind it, and goes this way."""
        parts = self.name.split(".")
        imported = (
            next((place for place, part in enumerate(parts) if _is_class(part)), len(parts) - 1) or len(parts) - 1
        )
        called = "".join(f".{name}(x)" for name in self.methods)
        return f"from {'.'.join(parts[:imported])} import {parts[imported]}\n{'.'.join(parts[imported:])}(x){called}\n"

    def then(self, method: str) -> Use:
        """This way and one method more, if it is one that is written."""
        return self if method.startswith("__") or method == "*" else Use(self.name, (*self.methods, method))

    def under(self, alias: str, name: str) -> Use | None:
        """The same use where `alias` means `name`; None where that is not on the way."""
        if self.name == name or self.name.startswith(f"{name}."):
            return Use(alias + self.name[len(name) :], self.methods)
        return None


def table_of(package: str) -> dict[str, Any]:
    """All that is written about a library, with what it says to the sieve; nothing for the standard library."""
    path = loading.libraries().get(package)
    return tomllib.loads(path.read_text("utf-8")) if path else {}


@cache
def knowledge_of(package: str) -> Knowledge:
    path = loading.libraries().get(package)
    return loading.extended(loading.load(), loading.read(path) if path else {}, package)


def entries_of(package: str) -> list[boundaries.BoundaryEntry]:
    """The boundaries under the names of a package."""
    rows = knowledge_of(package).boundaries
    read = (boundaries.read(name, row) for name, row in rows.items() if name.partition(".")[0] == package)
    return [entry for entry in read if entry.sends]


@cache
def uses_of(package: str) -> frozenset[Use]:
    """Every way to a boundary by the names of a package, also to those of others that it has under its own name."""
    own = frozenset(use for entry in entries_of(package) for use in _uses(package, entry.name))
    if package not in loading.libraries():
        return own
    found = set(own)
    for other_name, name in _other_names(package):
        other = name.partition(".")[0]
        found |= {use for one in (own if other == package else uses_of(other)) if (use := one.under(other_name, name))}
        methods = (entry.method for entry in entries_of(other) if entry.name == f"{name}.{entry.method}")
        found |= {Use(other_name).then(method) for method in methods}
    return _shortest(found)


def _other_names(package: str) -> Iterator[tuple[str, str]]:
    """What a package calls by another name, and the classes of other packages that its functions make."""
    yield from table_of(package).get("alias", {}).items()
    for factory in knowledge_of(package).factories.values():
        if factory.name.partition(".")[0] == package:
            yield from ((factory.name, made) for made in _made_by(factory) if made.partition(".")[0] != package)


def _shortest(uses: set[Use]) -> frozenset[Use]:
    """One way for each name to start from and method to end with: on a longer one only more words are written."""
    ordered = sorted(uses, key=lambda use: (len(use.methods), use), reverse=True)
    return frozenset({(use.name, use.word): use for use in ordered}.values())


def _uses(package: str, boundary: str) -> Iterator[Use]:
    owner, _, method = boundary.rpartition(".")
    if not _is_class(owner):
        yield Use(boundary)
        return
    yield from (way.then(method) for way in _ways_to(owner, knowledge_of(package), frozenset()))


def _ways_to(type_name: str, knowledge: Knowledge, seen: frozenset[str]) -> Iterator[Use]:
    """How programs come to an object of a type: by what a module has, or methods of others; else by its own name."""
    if type_name in seen:
        return
    makers = [factory.name for factory in knowledge.factories.values() if type_name in _made_by(factory)]
    makers += [value.name for value in knowledge.values.values() if value.type == type_name]
    for maker in makers:
        owner, _, method = maker.rpartition(".")
        if _is_class(owner):
            yield from (way.then(method) for way in _ways_to(owner, knowledge, seen | {type_name}))
        else:
            yield Use(maker)
    if not makers:
        yield Use(type_name)


def _made_by(factory: FactoryEntry) -> set[str]:
    returns = (factory.returns,) if isinstance(factory.returns, str) else factory.returns
    chosen = (name for names in factory.chosen.values() for name in names.values())
    return {name.strip("[]") for name in (*returns, *chosen, factory.incomplete) if name}


def _is_class(name: str) -> bool:
    """Whether a dotted name is that of a class, by the custom that all libraries keep."""
    return name.rpartition(".")[2].lstrip("_")[:1].isupper()
