"""Parsers of `argparse`: what their options are made of, and which of them hold an object: an open file, a default."""

from __future__ import annotations

from picklecheck.semantics.domain.facts import ITEMS, Fact
from picklecheck.semantics.domain.items import Items, appended, some
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    BoundMethod,
    Class,
    Constant,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Function,
    Here,
    Unknown,
    Value,
    Values,
    join,
)
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import methods

# Of a parser, for the name of each option: what is known of its value, that the command line may give it, by which
# words, and what it is where none of them is there.
OPTION, GIVEN, WORDS, ABSENT = "option", "given", "words", "absent"
# Of a parser: those of its commands.
COMMANDS = Fact("commands")


@methods("argparse.ArgumentParser", "add_argument_group", "add_mutually_exclusive_group", "add_subparsers")
@methods("argparse._ArgumentGroup", "add_mutually_exclusive_group")
def _add_group(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """A group of options, which its parser has too, or what makes the parsers of commands."""
    name = "argparse._SubParsersAction" if method.name == "add_subparsers" else "argparse._ArgumentGroup"
    return (ExternalObject(name, here.site, parser_of(method.receiver), arguments),)


@methods("argparse._SubParsersAction", "add_parser")
def _add_parser(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """The parser of a command, whose options the whole parser has too where the command is given."""
    parser = parser_of(method.receiver)
    made = ExternalObject("argparse.ArgumentParser", here.site, method.receiver, arguments)
    if parser is not None:
        run.store.set(parser, COMMANDS, join(run.store.values(parser, COMMANDS), (made,)))
    return (made,)


@methods("argparse.ArgumentParser", "add_argument")
@methods("argparse._ArgumentGroup", "add_argument")
def _add_argument(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """A parser keeps what its arguments are made of: `add_argument("rows", type=argparse.FileType("rb"))`."""
    parser = parser_of(method.receiver)
    kept = [values for key, values in arguments.keywords.items() if key != "action"]
    if kept and parser is not None:
        items = run.store.own_items(parser) or Items()
        run.store.set(parser, ITEMS, appended(items, Items(tuple(kept))))
    name = destination(arguments)
    if not name or parser is None:
        return None
    default = tuple(one for one in arguments.keywords.get("default", NONE) if not isinstance(one, Unknown))
    several = "nargs" in arguments.keywords or "action" in arguments.keywords
    run.store.set(parser, Fact(GIVEN, name), (Constant(True),))
    if words := words_of(arguments):
        run.store.set(parser, Fact(WORDS, name), words)
        absent = arguments.keywords.get("default", NONE)
        if not any(isinstance(one, Constant) and isinstance(one.value, str) for one in absent):  # these are converted
            run.store.set(parser, Fact(ABSENT, name), absent)
    optional = name != plain_name(arguments)
    match arguments.keywords.get("type", ()):
        case (ExternalObject(type="argparse.FileType", arguments=Arguments() as given),):
            mode = given.get(0, "mode") or (Constant("r"),)
            opened = run.call((ExternalName("builtins.open"),), Arguments([UNKNOWN, mode]), here)
            made = UNKNOWN if several else join(opened, default) if optional else opened
            run.store.set(parser, Fact(OPTION, name), made)
        case (Function() | BoundMethod() | Class() as convert,) if is_followed(arguments):
            made = converted(run, convert, here)
            if not any(isinstance(one, Unknown | Constant) for one in made):
                values = collected(run, arguments, made, here)
                run.store.set(parser, Fact(OPTION, name), join(values, default or NONE) if optional else values)
        case _ if any(not isinstance(one, Constant) for one in default):
            run.store.set(parser, Fact(OPTION, name), join(default, UNKNOWN))
    return None


@methods("argparse.ArgumentParser", "set_defaults")
def _set_defaults(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """`set_defaults(handler=…)`: what no option of this name changes is there as it was given."""
    for name, values in arguments.keywords.items() if method.receiver is not None else ():
        kept = join(values, UNKNOWN) if run.store.values(method.receiver, Fact(GIVEN, name)) else values
        run.store.set(method.receiver, Fact(OPTION, name), kept)
        run.store.set(method.receiver, Fact(ABSENT, name), values)
    return None


@methods("argparse.ArgumentParser", "parse_args")
def _parse_args(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    parser = method.receiver
    options = options_of(run, parser) if parser is not None else {}
    if not options or "namespace" in arguments.keywords or len(arguments.positional) > 1:
        return None
    made = ExternalObject("argparse.Namespace", here.site, parser, arguments)
    line = run.items_of(arguments.get(0, "args") or UNKNOWN, here)
    for name, values in options.items():
        absent = run.store.values(parser, Fact(ABSENT, name))
        words = run.store.values(parser, Fact(WORDS, name))
        run.store.set(made, name, absent if absent and words and is_left_out(words, line) else values)
    return (made,)


@methods("argparse.ArgumentParser", "parse_known_args")
def _parse_known_args(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    options = _parse_args(run, method, arguments, here)
    return options and (run.make("tuple", Items((options, UNKNOWN)), here.site),)


def words_of(arguments: Arguments) -> Values:
    """The words by which a command line gives an option, `-o` and `--output`; none of what has a place instead."""
    words = tuple(value for values in arguments.positional for value in values)
    known = all(isinstance(one, Constant) and str(one.value).startswith("-") for one in words)
    return words if known else ()


def is_left_out(words: Values, line: Items) -> bool:
    """Whether a command line that is given as a list has an option by none of its words.

    A word may be shortened or run into its value: `--out`, `--output=rows`, `-orows`. What is not known counts as the
    value of the word before it.
    """
    if not line.exact:
        return False
    texts = [[str(one.value) if isinstance(one, Constant) else "" for one in values] for values in line.values]
    if any(text.startswith("@") for item in texts for text in item) or [""] in texts[:1]:
        return False
    names = [str(one.value) for one in words if isinstance(one, Constant)]
    return not any(gives(text, name) for item in texts for text in item for name in names)


def gives(text: str, name: str) -> bool:
    """Whether a word of a command line is an option of this name, or may be."""
    if name.startswith("--"):
        return text.startswith("--") and len(text) > 2 and name.startswith(text.partition("=")[0])
    return text.startswith("-") and not text.startswith("--") and name[1:2] in text


def is_followed(arguments: Arguments) -> bool:
    """Whether the number of the values of an option is one that is understood: one, or a list of some."""
    match arguments.keywords.get("nargs", ()):
        case () | (Constant(value="+" | "*" | int()),):
            return "action" not in arguments.keywords
    return False


def converted(run: Machine, convert: Value, here: Here) -> Values:
    """What a function that is the `type` of an option makes of a text of the command line, where it is called."""
    made: list[Values] = []
    text = Arguments([(ExternalObject("builtins.str", here.site),)])
    run.branches([lambda: None, lambda: made.append(run.call((convert,), text, here))])
    return made[0] if made else UNKNOWN


def collected(run: Machine, arguments: Arguments, made: Values, here: Here) -> Values:
    """The value of an option, or with `nargs` a list of such values."""
    match arguments.keywords.get("nargs", ()):
        case ():
            return made
        case (Constant(value="*"),):
            items = some(made)
        case _:
            items = Items((made,), exact=False)
    return (run.make("list", items, here.site),)


def parser_of(owner: Value | None) -> Value | None:
    """The parser into which a group, or what has the commands, puts what it is given."""
    while isinstance(owner, ExternalObject) and owner.type != "argparse.ArgumentParser":
        owner = owner.receiver
    return owner


def options_of(run: Machine, parser: Value) -> dict[str, Values]:
    """What is known of the options of a parser, and of those of its commands, of which one is given, or none."""
    options = {
        str(fact.about): values
        for fact, values in run.store.entries(parser).items()
        if isinstance(fact, Fact) and fact.kind == OPTION and isinstance(values, tuple)
    }
    for command in run.store.values(parser, COMMANDS):
        for name, values in options_of(run, command).items():
            options[name] = join(options.get(name, UNKNOWN), values)
    return options


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
