"""Packages that are another one under a different name, such as `multiprocess`: the same API, with another carrier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from picklecheck.knowledge.boundaries import SENDING
from picklecheck.knowledge.schema import CARRIERS, Knowledge, KnowledgeError, PerCarrier, unknown

Row = TypeVar("Row")


def add_copy(knowledge: Knowledge, name: str, of: str, carriers: Mapping[str, str], refusing: str) -> None:
    """Add the rows of the package `of` for the package `name`.

    `carriers` are those it has in place of others, `refusing` the effect of a task that is refused, if another.
    """

    def renamed(dotted: str) -> str:
        return f"{name}{dotted[len(of) :]}" if dotted == of or dotted.startswith(f"{of}.") else dotted

    def carried(table: PerCarrier) -> PerCarrier:
        own = {carrier: versions for carrier, versions in table.items() if carrier not in carriers.values()}
        return {carriers.get(carrier, carrier): versions for carrier, versions in own.items()}

    knowledge.copies[name] = of
    for dotted, entry in _of_package(knowledge.types, of):
        knowledge.types.setdefault(
            renamed(dotted),
            replace(
                entry,
                name=renamed(dotted),
                bases=tuple(map(renamed, entry.bases)),
                refused=carried(entry.refused),
                loads=carried(entry.loads),
                started=carried(entry.started),
            ),
        )
    for dotted, factory in _of_package(knowledge.factories, of):
        returns = factory.returns
        other = renamed(returns) if isinstance(returns, str) else tuple(map(renamed, returns))
        knowledge.factories.setdefault(renamed(dotted), replace(factory, name=renamed(dotted), returns=other))
    for dotted, wrapper in _of_package(knowledge.wrappers, of):
        knowledge.wrappers.setdefault(renamed(dotted), replace(wrapper, name=renamed(dotted)))
    for dotted, value in _of_package(knowledge.values, of):
        knowledge.values.setdefault(renamed(dotted), replace(value, name=renamed(dotted), type=renamed(value.type)))
    for dotted, canonical in _of_package(knowledge.alias, of):
        knowledge.alias.setdefault(renamed(dotted), renamed(canonical))
    for dotted, row in _of_package(knowledge.boundaries, of):
        carrier = row.get("carrier", "multiprocessing")
        own = {"carrier": carriers.get(carrier, carrier)}
        if refusing and row.get("result"):
            own["refusing"] = refusing
        knowledge.boundaries.setdefault(renamed(dotted), row | own)


def check_carriers(carriers: Any, where: str) -> None:
    """Raises `KnowledgeError` where this is no table of carriers by carrier."""
    if not isinstance(carriers, Mapping) or not all(isinstance(carrier, str) for carrier in carriers.values()):
        raise KnowledgeError(f"{where}: expected a table of carriers by carrier")
    for carrier, other in carriers.items():
        if carrier not in CARRIERS:
            raise KnowledgeError(f"{where}: {unknown('carrier', carrier, CARRIERS)}")
        if other not in SENDING:
            raise KnowledgeError(f"{where}.{carrier}: {unknown('carrier', other, SENDING)}")


def _of_package(table: Mapping[str, Row], package: str) -> list[tuple[str, Row]]:
    return [(name, row) for name, row in table.items() if name.startswith(f"{package}.")]
