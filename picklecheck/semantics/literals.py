"""What texts that are put together of literals come out as."""

from __future__ import annotations

import ast

from picklecheck.semantics import containers, expressions
from picklecheck.semantics.run import Run
from picklecheck.semantics.store import Items
from picklecheck.semantics.values import Arguments, Constant, Container, Frame, Made, Site, Values

# Methods of `str` whose results are no longer than what they are given.
TEXT_METHODS = {
    *("startswith", "endswith", "isidentifier", "isupper", "islower", "isdigit", "isalpha", "isalnum", "isspace"),
    *("upper", "lower", "title", "capitalize", "swapcase", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix"),
    *("split", "rsplit", "splitlines", "partition", "rpartition", "find", "rfind", "count", "join", "format"),
}


def call_text(run: Run, text: str, name: str, arguments: Arguments, site: Site) -> Values | None:
    """`"text".name(…)`; None where it is not known what comes out."""
    given = [literal(run, values) for values in arguments.positional]
    if name not in TEXT_METHODS or None in given or arguments.keywords or arguments.rest or arguments.open:
        return None
    if name == "format" and is_formatted(text):
        return None
    try:
        result = getattr(text, name)(*given)
    except (TypeError, ValueError, LookupError, AttributeError):
        return None
    if not isinstance(result, list | tuple):
        return (Constant(result),)
    parts = Items(tuple((Constant(part),) for part in result))
    return (containers.make(run, "list" if isinstance(result, list) else "tuple", parts, site),)


def is_formatted(text: str) -> bool:
    """Whether a template gives widths or names, of which no good can come: `{:9999999999}`, `{0.__class__}`."""
    return any(character in text for character in ":.[")


def filled(run: Run, template: str, values: Values, site: Site) -> Values:
    """`template % values`, for templates as plain as `"name %s"`."""
    given = literal(run, values)
    plain = template.replace("%s", "").replace("%d", "")
    if given is not None and "%" not in plain:
        try:
            return (Constant(template % given),)
        except TypeError:
            pass
    return (Made("builtins.str", site),)


def joined(run: Run, node: ast.JoinedStr, frame: Frame) -> Values:
    """An f-string: known where all its parts are."""
    parts: list[str | None] = []
    for part in node.values:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        value = literal(run, expressions.evaluate(run, inner, frame))
        as_written = isinstance(part, ast.Constant) or (
            isinstance(part, ast.FormattedValue) and part.conversion == -1 and part.format_spec is None
        )
        parts.append(str(value) if as_written and isinstance(value, str | int) else None)
    known = [part for part in parts if part is not None]
    return (
        (Constant("".join(known)),) if len(known) == len(parts) else (Made("builtins.str", Site(frame.module, node)),)
    )


def text_of(values: Values) -> str | None:
    """The text that values surely are."""
    match values:
        case (Constant(value=str(text)),):
            return text
    return None


def literal(run: Run, values: Values) -> object:
    """The Python object that values stand for: a literal, or a tuple of literals; None for all else."""
    match values:
        case (Constant(value=value),):
            return value
        case (Container(kind="tuple") as held,):
            items = run.store.items(held)
            parts = [literal(run, one) for one in items.values]
            return tuple(parts) if items.exact and None not in parts else None
    return None
