"""The bases of an object's class that are outside the project, and what they make of the object."""

from __future__ import annotations

import builtins
import sys

from picklecheck.semantics.domain import mro
from picklecheck.semantics.domain.values import ExternalName, Instance


def outer_bases(value: Instance) -> list[ExternalName]:
    return [base for base in mro.resolution_order(value.cls) if isinstance(base, ExternalName)]


def is_exception(value: Instance) -> bool:
    for base in outer_bases(value):
        kind = getattr(builtins, base.name.removeprefix("builtins."), None)
        if isinstance(kind, type) and issubclass(kind, BaseException):
            return True
    return False


def is_foreign(base: ExternalName) -> bool:
    """Whether a base class is neither of the standard library nor one that only describes its subclasses."""
    return base.name not in mro.PLAIN_BASES and base.name.partition(".")[0] not in sys.stdlib_module_names


def has_contents(value: Instance) -> bool:
    """Whether a base class outside the project may keep more than the attributes, as `dict` does."""
    return not is_exception(value) and any(base.name not in mro.PLAIN_BASES for base in outer_bases(value))
