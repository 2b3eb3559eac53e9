"""Which attributes the objects of types of the standard library have, asked of the running Python."""

from __future__ import annotations

import importlib
from collections.abc import Collection
from functools import cache

from picklecheck.knowledge.versions import Version, parse

# Modules whose import does nothing but define.
HARMLESS = {
    *("builtins", "types", "threading", "_thread", "queue", "socket", "io", "sqlite3", "subprocess", "logging", "re"),
    *("collections", "datetime", "decimal", "fractions", "pathlib", "uuid", "random", "weakref", "zipfile", "tarfile"),
    *(f"multiprocessing.{name}" for name in ("synchronize", "queues", "pool", "connection", "managers", "context")),
    *("concurrent.futures", "selectors", "ssl", "http.client", "urllib.request", "tempfile", "contextlib", "functools"),
}
# What is called like a type and makes objects of another.
MADE_BY = {"threading.Lock": "_thread.LockType", "threading.RLock": "_thread.RLock"}

# What `multiprocessing` has on every platform since Python 3.4, and not in 2.7 (asked of 2.7 and 3.6).
OF_MODULES = {
    f"multiprocessing.{name}": ">=3.4"
    for name in (
        "get_context",
        "get_start_method",
        "set_start_method",
        "get_all_start_methods",
        "Barrier",
        "SimpleQueue",
    )
}


def module_has(name: str, versions: Collection[Version]) -> bool | None:
    """Whether a module has what a dotted name says, under these versions; None where that is not known of all."""
    spec = OF_MODULES.get(name)
    found = {version in parse(spec) for version in versions} if spec is not None else set()
    return found.pop() if len(found) == 1 else None


@cache
def has_attribute(type_name: str, name: str) -> bool | None:
    """Whether objects of a type have an attribute by their class; None where the type is not one that can be asked."""
    found = type_of(type_name)
    return None if found is None else hasattr(found, name)


@cache
def takes_attribute(type_name: str, name: str) -> bool:
    """Whether an attribute of this name may be set on objects of a type: not on a number, or on a lock."""
    found = type_of(type_name)
    return found is None or found.__dictoffset__ != 0 or hasattr(found, name)


def type_of(type_name: str) -> type | None:
    """The type of this name, where it is one that can be asked."""
    module, _, kind = MADE_BY.get(type_name, type_name).rpartition(".")
    if module not in HARMLESS:
        return None
    found = getattr(importlib.import_module(module), kind, None)
    return found if isinstance(found, type) else None
