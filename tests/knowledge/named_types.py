"""Which rows of knowledge name a type, or make a holder, that no row tells of, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from picklecheck.knowledge.schema import Knowledge
from picklecheck.knowledge.versions import KNOWN


def untold(knowledge: Knowledge, package: str = "") -> list[str]:
    """What to do about each row, of one package or of all, that leads to a type without a row."""
    return [
        f'{section}."{row}" {leads} `{name}`, of which nothing is known: add the row [type."{name}"], with an example'
        for section, row, leads, name in _named(knowledge)
        if name not in knowledge.types and package in ("", row.partition(".")[0])
    ]


def _named(knowledge: Knowledge) -> Iterator[tuple[str, str, str, str]]:
    """Section and name of each row that names a type, what the type is to it, and the type."""
    for factory in knowledge.factories.values():
        returns = (factory.returns,) if isinstance(factory.returns, str) else factory.returns
        yield from (("factory", factory.name, "makes a", name.strip("[]")) for name in returns)
    for value in knowledge.values.values():
        yield "value", value.name, "is a", value.type
    for entry in knowledge.types.values():
        yield from (("type", entry.name, "has the base", base) for base in entry.bases)
    for name in knowledge.wrappers:
        yield "wrapper", name, "makes a", name


def unsaid(knowledge: Knowledge, boundaries: Iterable[str]) -> list[str]:
    """What to do about each boundary whose objects some carrier carries, without a row that says what they hold."""
    found = []
    for name in map(knowledge.canonical, boundaries):
        entry = knowledge.types.get(name)
        if entry is None or name in knowledge.wrappers or entry.undecided:
            continue
        carriers = ("pickle", "multiprocessing", "spawning")
        if any(version > (3, 0) for carrier in carriers for version in set(KNOWN) - entry.fails(carrier)):
            found.append(f'boundary."{name}" can be held: add a row [wrapper."{name}"]')
    return found
