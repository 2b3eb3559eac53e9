"""What a user's own table of knowledge must be like, and the names by which a file shows that it may use it."""

from __future__ import annotations

from picklecheck.knowledge import boundaries, loading
from picklecheck.knowledge.schema import Knowledge, KnowledgeError, Table, unknown

_BETRAYING = ("boundary", "factory", "alias", "copy")


def check(table: Table, origin: str) -> None:
    """Raises `KnowledgeError` where a row is not in the form of knowledge; `origin` names the table in it."""
    knowledge = loading.add(Knowledge(), table, origin)
    packages = {name.partition(".")[0] for name in loading.load().boundaries}
    for name, of in knowledge.copies.items():
        if of not in packages:
            raise KnowledgeError(f'{origin}: copy."{name}".of: {unknown("package", of, packages)}')
    for name, row in knowledge.boundaries.items():
        boundaries.read(name, row, origin)


def names(table: Table) -> frozenset[bytes]:
    """The last names of boundaries, of what makes their objects, and of other spellings: files write these."""
    rows = (name.removesuffix(".__call__") for section in _BETRAYING for name in table.get(section, {}))
    return frozenset(name.rpartition(".")[2].encode() for name in rows)


def named_behind(table: Table, text: str) -> list[str]:
    """What the user's other spellings and factories in a text mean, by their canonical names."""
    found = [to for name, to in table.get("alias", {}).items() if name.rpartition(".")[2] in text]
    for name, row in table.get("factory", {}).items():
        if name.rpartition(".")[2] in text:
            returns = row["returns"] if isinstance(row, dict) else row
            found += [returns] if isinstance(returns, str) else returns
    return found
