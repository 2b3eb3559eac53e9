"""Parsers of `argparse`: what their options are made of, and which of them hold an object: an open file, a default."""

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
    Unknown,
    Value,
    Values,
    join,
)
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import methods

# Of a parser, for the name of each option: what is known of its value, and that the command line may give it.
OPTION, GIVEN = "option", "given"


@methods("argparse.ArgumentParser", "add_argument")
def _add_argument(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """A parser keeps what its arguments are made of: `add_argument("rows", type=argparse.FileType("rb"))`."""
    kept = [values for key, values in arguments.keywords.items() if key != "action"]
    if kept:
        items = run.store.own_items(method.receiver) or Items()
        run.store.set(method.receiver, ITEMS, appended(items, Items(tuple(kept))))
    name, parser = destination(arguments), method.receiver
    if not name or parser is None:
        return None
    default = tuple(one for one in arguments.keywords.get("default", NONE) if not isinstance(one, Unknown))
    several = "nargs" in arguments.keywords or "action" in arguments.keywords
    run.store.set(parser, Fact(GIVEN, name), (Constant(True),))
    match arguments.keywords.get("type", ()):
        case (ExternalObject(type="argparse.FileType", arguments=Arguments() as given),):
            mode = given.get(0, "mode") or (Constant("r"),)
            opened = run.call((ExternalName("builtins.open"),), Arguments([UNKNOWN, mode]), here)
            optional = name != plain_name(arguments)
            made = UNKNOWN if several else join(opened, default) if optional else opened
            run.store.set(parser, Fact(OPTION, name), made)
        case _ if any(not isinstance(one, Constant) for one in default):
            run.store.set(parser, Fact(OPTION, name), join(default, UNKNOWN))
    return None


@methods("argparse.ArgumentParser", "set_defaults")
def _set_defaults(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """`set_defaults(handler=…)`: what no option of this name changes is there as it was given."""
    for name, values in arguments.keywords.items() if method.receiver is not None else ():
        kept = join(values, UNKNOWN) if run.store.values(method.receiver, Fact(GIVEN, name)) else values
        run.store.set(method.receiver, Fact(OPTION, name), kept)
    return None


@methods("argparse.ArgumentParser", "parse_args")
def _parse_args(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    parser = method.receiver
    options = options_of(run, parser) if parser is not None else {}
    if not options or "namespace" in arguments.keywords or len(arguments.positional) > 1:
        return None
    made = ExternalObject("argparse.Namespace", here.site, parser, arguments)
    for name, values in options.items():
        run.store.set(made, name, values)
    return (made,)


def options_of(run: Machine, parser: Value) -> dict[str, Values]:
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
