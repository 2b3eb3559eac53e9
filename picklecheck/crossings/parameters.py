"""What a call gave the parameters of a signature that is known from outside the program."""

from __future__ import annotations

from picklecheck.semantics.domain.values import Arguments, Values


def given(arguments: Arguments, parameters: tuple[str, ...], wanted: str) -> list[Values]:
    """The arguments that a parameter of a known signature got; several for `*args` and `**kwargs`."""
    plain = [name for name in parameters if not name.startswith("*")]
    if wanted.startswith("**"):
        named = [values for name, values in arguments.keywords.items() if name not in plain]
        return [*named, arguments.more_keywords] if arguments.more_keywords else named
    if wanted.startswith("*"):
        before = parameters.index(wanted)
        rest = arguments.positional[before:]
        return [*rest, arguments.rest] if arguments.rest else rest
    position = parameters.index(wanted) if wanted in parameters else None
    values = arguments.get(position, wanted)
    return [values] if values else []


def keyed(arguments: Arguments, parameters: tuple[str, ...], name: str) -> list[tuple[int | str | None, Values]]:
    """The arguments of a parameter, each with its key among the nodes of the call."""
    plain = [one for one in parameters if not one.startswith("*")]
    if name.startswith("**"):
        return [(key, values) for key, values in arguments.keywords.items() if key not in plain]
    if name.startswith("*"):
        first = parameters.index(name)
        found: list[tuple[int | str | None, Values]] = [
            (first + index, values) for index, values in enumerate(arguments.positional[first:])
        ]
        return [*found, (None, arguments.rest)] if arguments.rest else found
    if name in arguments.keywords:
        return [(name, arguments.keywords[name])]
    values = given(arguments, parameters, name)
    return [(parameters.index(name), values[0])] if values else []
