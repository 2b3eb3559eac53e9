"""Which other files import, over a few steps, what starts processes: the values they send go on there."""

from __future__ import annotations

import os
import re

from picklecheck.source.clauses import import_clauses, imports
from picklecheck.source.observed import read_any
from picklecheck.source.questions import imports_in, makes
from picklecheck.source.sieve import boundary_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from picklecheck.source.clauses import Parts

    # A module by the folders that lead to it, and the names in it behind which a process may start.
    Relays = dict[Parts, set[bytes]]

_MOST_IMPORTS = 3  # from a file to the one that starts processes

_WORD = re.compile(rb"\w+")
_TOP_LEVEL = re.compile(rb"^(?=[^\s#)\]}])", re.MULTILINE)
_DEFINITION = re.compile(rb"(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")
_BINDING = re.compile(
    rb"^([ \t]*)(?:(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)|(?!__)(\w+)[ \t]*(?::[^\n=]*)?=(?!=))", re.MULTILINE
)


def importers(files: Mapping[str, bool], wanted: Sequence[str]) -> list[str]:
    """Those of `files` that use a name behind which, in a file they import, a process may start."""
    taken, making = set(wanted), set[str]()
    relays: Relays = {}
    for path in wanted:
        if makes(path):
            making.add(path)
            data = read_any(path)
            clause = import_clauses(data)
            relays[module_of(path)] = passed_on(data, clause, boundaries_in(data, clause)) or set()
    clauses = {path: imports_in(path) for path in files if path not in making} if relays else {}
    found: dict[str, None] = {}
    near = relays
    for _ in range(_MOST_IMPORTS):
        last_names = b"|".join({re.escape(module[-1]) for module in near})
        may_import = re.compile(rb"\b(?:%s)\b|from[ \t]+\.+[ \t]+import" % last_names)
        step: Relays = {}
        for path, clause in clauses.items():
            if not may_import.search(clause):
                continue
            module = module_of(path)
            usable, packed = imported_relays(clause, path, near)
            here = passed_on(read_any(path), clause, usable) if usable else None
            if here is not None and path not in taken:
                found[path] = None
            packed |= here or set()
            if packed - relays.get(module, set()):
                step[module] = packed
        if not step:
            break
        for module, names in step.items():
            relays.setdefault(module, set()).update(names)
        near = step
    return list(found)


def boundaries_in(data: bytes, clauses: bytes) -> set[bytes]:
    """The words of a file that may mean a boundary: what names one, and what is imported of their libraries."""
    named = re.compile(boundary_names(data))
    found = {word for word in set(_WORD.findall(data)) if named.search(word)}
    for _, module, taken, bound in imports(clauses):
        if not found.isdisjoint((*module, taken)):
            found.add(bound)
    return found


def imported_relays(clauses: bytes, path: str, relays: Relays) -> tuple[set[bytes], set[bytes]]:
    """The names by which a file can reach the relays of others, and the modules with some that a package has."""
    by_last: dict[bytes, list[Parts]] = {}
    for module in relays:
        by_last.setdefault(module[-1], []).append(module)
    is_package = path.endswith("__init__.py")
    package = module_of(path) if is_package else module_of(path)[:-1]
    found: set[bytes] = set()
    packed: set[bytes] = set()
    for dots, module, taken, bound in imports(clauses):
        whole = (*package[: len(package) - dots + 1], *module) if dots else module
        for target in by_last.get(whole[-1], ()) if whole else ():
            if target[-len(whole) :] != whole or (dots and target != whole):
                continue
            if is_package and target[:-1] == package:
                packed.add(target[-1])  # importing from a module inside makes it an attribute, too
            if taken in (b"", b"*"):
                found |= relays[target]
                packed |= {bound} if is_package and not taken else set()
            elif taken in relays[target]:
                found.add(bound)
    return found, packed


def passed_on(data: bytes, clauses: bytes, relays: set[bytes]) -> set[bytes] | None:
    """The names that a file binds to what uses one of some `relays`, or has it; None where it uses none."""
    names = set(relays)
    waiting = [(set(_WORD.findall(text)), bound) for text, bound in _statements(data)]
    grown = True
    while grown:
        grown = False
        for words, bound in waiting:
            if not bound <= names and not words.isdisjoint(names):
                names |= bound
                grown = True
    own = {bound for *_, bound in imports(clauses)}.union(*(bound for _, bound in waiting))
    if all(words.isdisjoint(relays) for words, _ in waiting):
        return None
    return names if b"*" in own else names & own


def _statements(data: bytes) -> Iterator[tuple[bytes, set[bytes]]]:
    """The statements at module level, decorators with what they decorate, and the names that each binds."""
    before = b""
    for text in _TOP_LEVEL.split(data):
        if text.startswith(b"@"):
            before += text
            continue
        match = _DEFINITION.match(text)
        names = {match[1]} if match else set(_bound(text))
        yield before + text, names
        before = b""


def _bound(text: bytes) -> Iterator[bytes]:
    """The names that a statement binds, but not those in the functions and classes that it defines."""
    deepest: int | None = None
    for margin, defined, assigned in _BINDING.findall(text):
        if deepest is None or len(margin) <= deepest:
            deepest = len(margin) if defined else None
            yield defined or assigned


def module_of(path: str) -> Parts:
    """The folders that lead to a module, and its own name."""
    parts = os.path.abspath(path).removesuffix(".py").split(os.sep)
    return tuple(os.fsencode(part) for part in (parts[:-1] if parts[-1] == "__init__" else parts) if part)
