"""The import statements of a file, told from its bytes."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Parts = tuple[bytes, ...]  # of a dotted name

_STATEMENT = re.compile(
    rb"^[ \t]*(?:import[ \t]+((?:\\\r?\n|[^\n;])*)"
    rb"|from[ \t]*(\.*)[ \t]*([\w.]*)[ \t]+import\b[ \t]*(\([^)]*\)|(?:\\\r?\n|[^\n;])*))",
    re.MULTILINE,
)
_IMPORTED = re.compile(rb"([\w.]+|\*)(?:\s+as\s+(\w+))?\s*(?:,|\Z)")
_COMMENT = re.compile(rb"#[^\n]*")


def import_clauses(data: bytes) -> bytes:
    """All import statements of a file, one behind the other."""
    return b"\n".join([match.group().lstrip() for match in _STATEMENT.finditer(data)]) if b"import" in data else b""


def imports(clauses: bytes) -> Iterator[tuple[int, Parts, bytes, bytes]]:
    """What some statements import: the dots before a module, the module, what is taken of it, and the name it gets.

    Nothing is taken where the module itself is bound; `from a import b` may mean a module `a.b` or a name in `a`.
    """
    for modules, dots, source, names in _STATEMENT.findall(clauses):
        for name, alias in _IMPORTED.findall(_COMMENT.sub(b"", modules)):
            yield 0, tuple(name.split(b".")), b"", alias or name
        module = tuple(filter(None, source.split(b".")))
        for name, alias in _IMPORTED.findall(_COMMENT.sub(b"", names).strip(b"() \t\r\n\\")):
            yield len(dots), module, name, alias or name
            if name != b"*":
                yield len(dots), (*module, name), b"", alias or name
