"""`sys.version_info` as a value: a tuple of numbers that differ from version to version."""

from __future__ import annotations

from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import Arguments, Constant, ExternalName, ExternalObject, Site, Value, Values

WHOLE = ExternalName("sys.version_info")
HEXVERSION = ExternalName("sys.hexversion")
# The type of one of its numbers, by which comparisons know it.
PART = "sys.version_info.part"
FIELDS = ("major", "minor", "micro", "releaselevel", "serial")


def is_whole(value: Value) -> bool:
    return value == WHOLE or (isinstance(value, ExternalObject) and value.receiver == WHOLE)


def part(index: int, site: Site) -> Values:
    """One of the numbers."""
    return (ExternalObject(PART, site, None, Arguments([(Constant(index),)])),)


def parts(site: Site) -> Items:
    return Items(tuple(part(index, site) for index in range(len(FIELDS))))
