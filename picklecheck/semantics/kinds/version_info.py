"""The Python version as a value: a tuple of numbers, or a text, that differ from version to version."""

from __future__ import annotations

from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import Arguments, Constant, ExternalName, ExternalObject, Site, Value, Values

WHOLE = ExternalName("sys.version_info")
HEXVERSION = ExternalName("sys.hexversion")
# The type of one of its numbers, by which comparisons know it.
PART = "sys.version_info.part"
# The version as a text, and one of its numbers as a text: what objects of type `str` come from.
TEXT = ExternalName("sys.version")
PART_OF_TEXT = ExternalName("sys.version.part")
FIELDS = ("major", "minor", "micro", "releaselevel", "serial")


def is_whole(value: Value) -> bool:
    return value == WHOLE or (isinstance(value, ExternalObject) and value.receiver == WHOLE)


def part(index: int, site: Site) -> Values:
    """One of the numbers."""
    return (ExternalObject(PART, site, None, Arguments([(Constant(index),)])),)


def parts(site: Site) -> Items:
    return Items(tuple(part(index, site) for index in range(len(FIELDS))))


def text(site: Site) -> Values:
    """The version as a text, such as `3.14.1`, with more behind it or not."""
    return (ExternalObject("builtins.str", site, TEXT),)


def text_part(index: int, site: Site) -> Values:
    """One of the numbers as a text."""
    return (ExternalObject("builtins.str", site, PART_OF_TEXT, Arguments([(Constant(index),)])),)


def first_letter(owner: Value, keys: Values, site: Site) -> Values:
    """`sys.version[0]`, which is the major version; empty for any other item of any other text."""
    is_first = isinstance(owner, ExternalObject) and owner.receiver == TEXT and keys == (Constant(0),)
    return text_part(0, site) if is_first else ()


def number_of(value: Value, site: Site) -> Values:
    """`int(text)` for one of the numbers as a text; empty for any other value."""
    match value:
        case ExternalObject(receiver=receiver, arguments=Arguments(positional=[(Constant(value=int(index)),)])):
            return part(index, site) if receiver == PART_OF_TEXT else ()
    return ()
