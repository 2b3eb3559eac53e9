"""Texts made of literals by methods, `%`, f-strings and indexes: what they are, as long as they are short."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Constant,
    Container,
    ExternalObject,
    Frame,
    Here,
    Instance,
    Site,
    Values,
)
from picklecheck.semantics.kinds import builtin_types
from picklecheck.semantics.machine import Machine

# A text longer than this is only known to be one.
MOST_CHARACTERS = 1_000

# Methods of `str` whose results are no longer than what they are given.
TEXT_METHODS = {
    *("startswith", "endswith", "isidentifier", "isupper", "islower", "isdigit", "isalpha", "isalnum", "isspace"),
    *("upper", "lower", "title", "capitalize", "swapcase", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix"),
    *(
        "split",
        "rsplit",
        "splitlines",
        "partition",
        "rpartition",
        "find",
        "rfind",
        "count",
        "join",
        "format",
        "replace",
    ),
}


def call_text(run: Machine, text: str, name: str, arguments: Arguments, site: Site) -> Values | None:
    """`"text".name(…)`; None where it is not known what comes out."""
    given = [literal(run, values) for values in arguments.positional]
    if name not in TEXT_METHODS or None in given or arguments.keywords or arguments.is_open:
        return None
    if len(text) > MOST_CHARACTERS or sum(map(size, given)) > MOST_CHARACTERS:
        return None
    if name == "format" and is_formatted(text):
        return None
    if name in ("join", "replace") and (len(text) + 1) * sum(map(size, given)) > MOST_CHARACTERS:
        return None
    try:
        result = getattr(text, name)(*given)
    except (TypeError, ValueError, LookupError, AttributeError):
        return None
    if not isinstance(result, list | tuple):
        return (Constant(result),)
    parts = Items(tuple((Constant(part),) for part in result))
    return (run.make("list" if isinstance(result, list) else "tuple", parts, site),)


def size(value: object) -> int:
    """How long a value is as a text, at most."""
    match value:
        case str():
            return len(value)
        case int():
            return value.bit_length() // 3 + 2
        case tuple():
            return sum(map(size, value)) + len(value)
    return 32


def is_formatted(text: str) -> bool:
    """Whether a template gives widths or names, of which no good can come: `{:9999999999}`, `{0.__class__}`."""
    return any(character in text for character in ":.[")


def filled(run: Machine, template: str, values: Values, site: Site) -> Values:
    """`template % values`, for templates as plain as `"name %s"`."""
    given = literal(run, values)
    plain = template.replace("%s", "").replace("%d", "")
    if given is not None and "%" not in plain and len(template) + size(given) <= MOST_CHARACTERS:
        try:
            return (Constant(template % given),)
        except (TypeError, ValueError):
            pass
    return (ExternalObject("builtins.str", site),)


def joined(run: Machine, node: ast.JoinedStr, frame: Frame) -> Values:
    """An f-string: known where all its parts are."""
    parts: list[str | None] = []
    for part in node.values:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        values = run.evaluate(inner, frame)
        if run.mode.strict and builtin_types.misformats(values, format_of(part)):
            raise run.fail("ValueError", Here(frame, node))
        if run.mode.strict and isinstance(part, ast.FormattedValue):
            formatted(run, values, part, Here(frame, node))
        value = literal(run, values)
        as_written = isinstance(part, ast.Constant) or (
            isinstance(part, ast.FormattedValue) and part.conversion == -1 and part.format_spec is None
        )
        short = isinstance(value, str | int) and size(value) <= MOST_CHARACTERS
        parts.append(str(value) if as_written and short else None)
    known = [part for part in parts if part is not None]
    if len(known) == len(parts) and sum(map(len, known)) <= MOST_CHARACTERS:
        return (Constant("".join(known)),)
    return (ExternalObject("builtins.str", Site(frame.module, node)),)


def formatted(run: Machine, values: Values, part: ast.FormattedValue, here: Here) -> None:
    """Call what gives the text of an object in an f-string, which may fail: `__format__`, `__str__` or `__repr__`."""
    match values:
        case (Instance(cls=cls) as owner,):
            asked = ("__repr__",) if part.conversion in (ord("r"), ord("a")) else ("__format__", "__str__", "__repr__")
            name = next((name for name in asked if run.find(cls, name)), "")
            if name:
                given = [(Constant(format_of(part)),)] if name == "__format__" else []
                run.call_method(owner, name, given, here)


def format_of(part: ast.expr) -> str:
    """What is behind the colon in a part of an f-string; empty where that is computed, or the part converted."""
    match part:
        case ast.FormattedValue(conversion=-1, format_spec=ast.JoinedStr(values=[ast.Constant(value=str(written))])):
            return written
    return ""


def part_of(text: str | bytes, keys: Values, site: Site) -> Values:
    """`text[index]`, where the index is known."""
    match keys:
        case (Constant(value=int(index)),) if -len(text) <= index < len(text):
            return (Constant(text[index]),)
    return (ExternalObject(f"builtins.{type(text).__name__}", site),) if isinstance(text, str) else UNKNOWN


def literal(run: Machine, values: Values) -> object:
    """The Python object that values mean: a literal, or a tuple of literals, with no tuples in it; None for all else.

    Tuples in tuples may share their parts, and lists hold themselves: written out, they would have no end.
    """
    match values:
        case (Constant(value=value),):
            return value
        case (Container(kind="tuple" | "list") as held,):
            items = run.store.items(held)
            parts = [one[0].value if len(one) == 1 and isinstance(one[0], Constant) else None for one in items.values]
            return tuple(parts) if items.exact and None not in parts else None
    return None
