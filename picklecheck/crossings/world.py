"""The knowledge base as a run asks for it."""

from __future__ import annotations

import builtins
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from itertools import chain

from picklecheck.knowledge import boundaries, loading, own
from picklecheck.knowledge.attributes_of import has_attribute, module_has, takes_attribute
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.knowledge.schema import FactoryEntry, Knowledge, Table, TypeEntry
from picklecheck.knowledge.versions import Version
from picklecheck.semantics.domain.values import Arguments, Constant, Values

_NOTHING: Table = {}

# Answers are kept for so many of the texts that were asked about last.
MOST_TEXTS = 100


# What separates words.
_BLANKS = bytes(code if code > 127 or chr(code).isalnum() or chr(code) == "_" else 32 for code in range(256))


@lru_cache(maxsize=2)
def words_in(text: str) -> frozenset[str]:
    """The words of a text: found in a twentieth of the time that looking for each package in it would take."""
    return frozenset(text.encode(errors="replace").translate(_BLANKS).decode().split(" "))


class KnownWorld:
    """Answers what is known of names outside the project, under their canonical names.

    What is known of a library is read when one of its names is first asked for.
    """

    def __init__(self, knowledge: Knowledge, described: Table = _NOTHING) -> None:
        self.described = described
        self.knowledge = loading.extended(knowledge, {}, "")
        self.boundaries: dict[str, BoundaryEntry] = {}
        self._waiting = dict(loading.libraries())
        self._names: dict[str, str] = {}
        self._owners: set[str] = set()
        self._behind: dict[str, bool] = {}
        self._senders: dict[str, set[tuple[str, str]]] = {}
        self._makers: dict[str, set[str]] = {}
        self._by_package: dict[str, list[str]] = {}
        self._found: dict[str, BoundaryEntry | None] = {}
        self._originals: dict[str, str] = {}
        self._met: set[str] = set()
        self._at_hand: dict[str, frozenset[str]] = {}
        self._makers_in: dict[str, frozenset[str]] = {}
        self._read_boundaries()

    def _read_boundaries(self) -> None:
        for name, row in self.knowledge.boundaries.items():
            canonical = self.knowledge.canonical(name)
            if canonical not in self.boundaries:
                entry = self.boundaries[canonical] = boundaries.read(canonical, row)
                self._owners.add(canonical.rpartition(".")[0])
                self._senders.setdefault(entry.package, set()).add((entry.maker, entry.method))
                self._behind[entry.method] = entry.process or self._behind.get(entry.method, False)
        for made in (self._makers, self._by_package, self._found, self._originals, self._at_hand, self._makers_in):
            made.clear()

    def at_hand(self, text: str) -> frozenset[str]:
        """The last names of the boundaries that a text may call: it names the package, and what makes their objects."""
        self.meet(text)
        found = self._at_hand.get(text)
        if found is None:
            words = words_in(text)
            here = (senders for package, senders in self._senders.items() if not package or package in words)
            found = frozenset(method for senders in here for maker, method in senders if maker in text)
            self._at_hand[text] = found
        return found

    def may_start(self, name: str) -> bool:
        """Whether a process may be behind what has this last name: not where only other boundaries are called so."""
        return self._behind.get(name, True)

    def pickles_items(self, text: str) -> bool:
        """Whether a text names a package whose objects pickle each item that they are given, as a shelf does."""
        return any(
            name.partition(".")[0] in text
            for name, entry in self.boundaries.items()
            if name.endswith(".__setitem__") and entry.carrier == "pickle"
        )

    def makers(self, text: str) -> frozenset[str]:
        """The last names of what makes, in the packages that a text names, objects that send what they are given."""
        self.meet(text)
        if not self._by_package:
            for name in (*self.knowledge.factories, *self.knowledge.types):
                self._by_package.setdefault(name.partition(".")[0], []).append(name)
        found = self._makers_in.get(text)
        if found is None:
            packages = self._by_package.keys() & words_in(text)
            found = frozenset().union(*map(self._makers_of, packages))
            self._makers_in[text] = found
        return found

    def _makers_of(self, package: str) -> set[str]:
        if package not in self._makers:
            owners = [
                name.rpartition(".")[0] for name in self.boundaries if name.endswith((".__setitem__", ".__call__"))
            ]
            self._makers[package] = {
                name.rpartition(".")[2]
                for name in self._by_package[package]
                if any(self.derives(made, owner) for made in self.returned(name) or () for owner in owners)
            }
        return self._makers[package]

    def aliases(self, text: str) -> list[str]:
        """What the names of a text mean: the user's own, and those of a package that are another one's."""
        words = words_in(text)
        packages = ((name.partition(".")[0], to) for name, to in self.knowledge.alias.items())
        others = [to for package, to in packages if package in words and to.partition(".")[0] != package]
        return [" ".join(own.named_behind(self.described, text)), *others]

    def meet(self, text: str) -> None:
        """Read what is known of the libraries that a text names."""
        if text in self._met:
            return
        words = words_in(text)
        for package in [package for package in self._waiting if package in words]:
            self._read_library(package)
        if len(self._met) >= MOST_TEXTS:
            for answers in (self._met, self._at_hand, self._makers_in):
                answers.clear()
        self._met.add(text)

    def _read_library(self, package: str) -> None:
        path = self._waiting.pop(package)
        loading.add(self.knowledge, loading.read(path), path.name, twice="kept")
        self._read_boundaries()

    def canonical(self, name: str) -> str:
        found = self._names.get(name)
        if found is None:
            found = name
            while (package := found.partition(".")[0]) in self._waiting:
                self._read_library(package)
                found = self.knowledge.canonical(name)
            found = self._names[name] = self.knowledge.canonical(name)
        return found

    def original(self, name: str) -> str:
        """The name in the package that the one of `name` is a copy of; else the name itself."""
        found = self._originals.get(name)
        if found is None:
            package, dot, rest = name.partition(".")
            found = self._originals[name] = f"{self.knowledge.copies.get(package, package)}{dot}{rest}"
        return found

    def returned(self, name: str, arguments: Arguments | None = None) -> tuple[str, ...] | None:
        owner, _, method = name.rpartition(".")
        factory = self.knowledge.factories.get(name)
        if factory is None and not method.startswith("_") and name not in self.boundaries:
            factory = self.knowledge.factories.get(f"{owner}.*")
        if factory is not None:
            returns = (factory.returns,) if isinstance(factory.returns, str) else factory.returns
            if arguments is not None and factory.chosen:
                returns = chosen(factory, arguments, returns)
            if arguments is not None and factory.incomplete and not arguments.get(0, factory.parameters[0]):
                returns = (factory.incomplete,)
            return tuple(self.canonical(one) for one in returns) if all(returns) else None
        if name in self._owners or any(
            name in rows for rows in (self.knowledge.types, self.knowledge.wrappers, self.boundaries)
        ):
            return (name,) if self._is_class(name) else None
        for base in self._bases(owner):
            found = self.returned(f"{base}.{method}")
            if found is not None and found != (f"{base}.{method}",):
                return (owner,) if found == (base,) else found
        return None

    def boundary(self, name: str) -> BoundaryEntry | None:
        """The boundary of a dotted name, that of a base class, or that of any method."""
        if name not in self._found:
            self._found[name] = self._boundary(name)
        return self._found[name]

    def _boundary(self, name: str) -> BoundaryEntry | None:
        owner, _, method = name.rpartition(".")
        entry = self._row(owner, method) or (None if method.startswith("_") else self._row(owner, "*"))
        if entry is None or not entry.sends:
            return None
        return replace(entry, name=f"{entry.name[:-1]}{method}") if entry.name.endswith(".*") else entry

    def maker(self, entry: BoundaryEntry) -> BoundaryEntry | None:
        """The boundary that makes the object of which another one is a method."""
        return self.boundaries.get(entry.name.rpartition(".")[0])

    def _row(self, owner: str, method: str) -> BoundaryEntry | None:
        entry = self.boundaries.get(f"{owner}.{method}")
        of_type = self.boundaries.get(owner)
        if entry is not None or not owner or (of_type is not None and of_type.threads):
            return entry
        return next((found for base in self._bases(owner) if (found := self._row(base, method))), None)

    def _is_class(self, name: str) -> bool:
        owner = name.rpartition(".")[0]
        return not (owner in self.knowledge.types or owner in self.boundaries)

    def _bases(self, name: str) -> tuple[str, ...]:
        entry = self.knowledge.types.get(name)
        return entry.bases if entry is not None else ()

    def crosses(self, name: str) -> bool:
        """Whether a call of `name`, or an object it makes, hands values to another process."""
        if self.boundary(name) is not None:
            return True
        made = self.boundaries.get((self.returned(name) or ("",))[0])
        return made is not None and made.sends

    def alike(self, names: list[str]) -> bool:
        """Whether calls of several names, which all cross, carry values in the same way."""
        return len({self._carrier(name) for name in names}) < 2

    def _carrier(self, name: str) -> str:
        entry = self.boundary(name) or self.boundaries.get((self.returned(name) or ("",))[0])
        return entry.carrier if entry is not None else ""

    def derives(self, name: str, owner: str) -> bool:
        """Whether a known type is another one or has it among its bases."""
        return name == owner or any(self.derives(base, owner) for base in self._bases(name))

    def attribute(self, name: str) -> str | None:
        value = self.knowledge.values.get(name)
        return self.canonical(value.type) if value is not None else None

    def is_type(self, name: str) -> bool:
        return name in self.knowledge.types

    def has_attribute(self, type_name: str, name: str) -> bool | None:
        """Whether objects of a type have an attribute; None where that is not known."""
        return has_attribute(type_name, name)

    def module_has(self, name: str, versions: Collection[Version]) -> bool | None:
        """Whether a module has what a dotted name says; None where that is not known of all these versions."""
        return module_has(name, versions)

    def names_of(self, module: str) -> frozenset[str]:
        """The public names of a module of which something is known; those of builtins stay theirs."""
        self.canonical(module)  # its library is read
        known = self.knowledge
        rows = chain(known.types, known.factories, known.wrappers, known.values, known.boundaries, known.alias)
        inner = (name.removeprefix(f"{module}.") for name in rows if name.startswith(f"{module}."))
        return frozenset(
            name for name in inner if name.isidentifier() and name[0] != "_" and not hasattr(builtins, name)
        )

    def takes_attribute(self, type_name: str, name: str) -> bool:
        """Whether an attribute of this name may be set on objects of a type."""
        return takes_attribute(type_name, name)

    def type(self, name: str) -> TypeEntry | None:
        """The row of a type; None where it has none."""
        return self.knowledge.types.get(name)


def chosen(factory: FactoryEntry, arguments: Arguments, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    """The type that the arguments choose; empty where they cannot be told."""
    if arguments.open or arguments.rest or arguments.more_keywords:
        return ("",)
    found = otherwise
    for parameter, choices in factory.chosen.items():
        position = factory.parameters.index(parameter) if parameter in factory.parameters else None
        given: Values = arguments.get(position, parameter)
        match given:
            case () | (Constant(value=None),):
                continue
            case (Constant(value=literal),):
                return (choices.get(str(literal), choices.get("*", "")),)
            case _:
                found = ("",)
    return found
