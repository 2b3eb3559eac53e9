"""Which attributes the objects of types of the standard library have, asked of the running Python."""

from __future__ import annotations

import importlib
from functools import cache

# Modules whose import does nothing but define.
HARMLESS = {
    *("builtins", "types", "threading", "_thread", "queue", "socket", "io", "sqlite3", "subprocess", "logging", "re"),
    *("collections", "datetime", "decimal", "fractions", "pathlib", "uuid", "random", "weakref", "zipfile", "tarfile"),
    *(f"multiprocessing.{name}" for name in ("synchronize", "queues", "pool", "connection", "managers", "context")),
    *("concurrent.futures", "selectors", "ssl", "http.client", "urllib.request", "tempfile", "contextlib", "functools"),
}
# What is called like a type and makes objects of another.
MADE_BY = {"threading.Lock": "_thread.LockType", "threading.RLock": "_thread.RLock"}


@cache
def has_attribute(type_name: str, name: str) -> bool | None:
    """Whether objects of a type have an attribute by their class; None where the type is not one that can be asked."""
    module, _, kind = MADE_BY.get(type_name, type_name).rpartition(".")
    if module not in HARMLESS:
        return None
    found = getattr(importlib.import_module(module), kind, None)
    return hasattr(found, name) if isinstance(found, type) else None
