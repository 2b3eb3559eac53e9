"""Parsers of `argparse`: what their options are made of, and which of them are opened files."""

from __future__ import annotations

from picklecheck.semantics.domain.facts import ITEMS, Fact
from picklecheck.semantics.domain.items import Items, appended
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Constant,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Here,
    Value,
    Values,
    join,
)
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import methods

# Of a parser, for the name of each option that is opened.
OPTION = "option"


@methods("argparse.ArgumentParser", "add_argument")
def _add_argument(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """A parser keeps what its arguments are made of: `add_argument("rows", type=argparse.FileType("rb"))`."""
    kept = [values for key, values in arguments.keywords.items() if key != "action"]
    if kept:
        items = run.store.own_items(method.receiver) or Items()
        run.store.set(method.receiver, ITEMS, appended(items, Items(tuple(kept))))
    name, parser = destination(arguments), method.receiver
    match arguments.keywords.get("type", ()):
        case (ExternalObject(type="argparse.FileType", arguments=Arguments() as given),) if name and parser is not None:
            mode = given.get(0, "mode") or (Constant("r"),)
            opened = run.call((ExternalName("builtins.open"),), Arguments([UNKNOWN, mode]), here)
            several = "nargs" in arguments.keywords or "action" in arguments.keywords
            optional = name != plain_name(arguments)
            made: Values = UNKNOWN if several else join(opened, NONE) if optional else opened
            run.store.set(parser, Fact(OPTION, name), made)
    return None


@methods("argparse.ArgumentParser", "parse_args")
def _parse_args(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    parser = method.receiver
    options = opened_by(run, parser) if parser is not None else {}
    if not options or "namespace" in arguments.keywords or len(arguments.positional) > 1:
        return None
    made = ExternalObject("argparse.Namespace", here.site, parser, arguments)
    for name, values in options.items():
        run.store.set(made, name, values)
    return (made,)


def opened_by(run: Machine, parser: Value) -> dict[str, Values]:
    return {
        str(fact.about): values
        for fact, values in run.store.entries(parser).items()
        if isinstance(fact, Fact) and fact.kind == OPTION and isinstance(values, tuple)
    }


def plain_name(arguments: Arguments) -> str:
    """The first name that is given to an option, where it is known."""
    match arguments.positional[:1]:
        case [(Constant(value=str(name)),)]:
            return name
    return ""


def destination(arguments: Arguments) -> str:
    """The attribute that an option becomes: its `dest`, its first long name, or the name itself."""
    match arguments.keywords.get("dest", ()):
        case (Constant(value=str(name)),):
            return name
    names = [one[0].value for one in arguments.positional if len(one) == 1 and isinstance(one[0], Constant)]
    texts = [name for name in names if isinstance(name, str)]
    long = [name for name in texts if name.startswith("--")]
    return (long or texts or [""])[0].lstrip("-").replace("-", "_")
