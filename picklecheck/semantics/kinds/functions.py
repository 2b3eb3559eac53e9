"""Functions of the project: how they are made, how arguments reach parameters, and running their bodies."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from picklecheck.semantics.budget import TooLong
from picklecheck.semantics.domain.facts import OPEN, YIELDED
from picklecheck.semantics.domain.items import ANYTHING, Items, appended, merged, of_list, some
from picklecheck.semantics.domain.items import bound as bound_item
from picklecheck.semantics.domain.store import Changes
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Constant,
    ExternalObject,
    Frame,
    Function,
    Handed,
    Here,
    Instance,
    Site,
    Suspended,
    Value,
    Values,
    join,
)
from picklecheck.semantics.exits import Abrupt, Exit
from picklecheck.semantics.kinds.following import followed, may_reach_sink, not_followed, note_quiet, now, within_limits
from picklecheck.semantics.machine import Machine, Yields
from picklecheck.semantics.syntax.scopes import FunctionNode, parameters

# Cold calls of one run that are run once more, as what took most of their steps is not followed any more. With more of
# them, long programs use up their steps where nothing is sent.
MOST_RUN_AGAIN = 1

# --- making functions ----------------------------------------------------------------------------


def qualified(name: str, frame: Frame) -> str:
    """The `__qualname__` of a definition in a frame (PEP 3155); a name declared `global` has no prefix."""
    if name in frame.scope.globals:
        return name
    if frame.scope.is_class and frame.owner is not None:
        return f"{frame.owner.qualname}.{name}"
    inner: Frame | None = frame
    while inner is not None and inner.function is None and not inner.scope.is_module:
        inner = inner.parent
    if inner is None or inner.function is None:
        return name
    return f"{inner.function.qualname}.<locals>.{name}"


def make_function(run: Machine, node: FunctionNode, frame: Frame) -> Function:
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    mark_escaping(frame)
    owner = frame.owner if frame.scope.is_class else None
    function = Function(node, Site(frame.module, node), frame.module, name, qualified(name, frame), frame, owner)
    given = node.args
    for argument, default in zip(reversed([*given.posonlyargs, *given.args]), reversed(given.defaults), strict=False):
        function.defaults[argument.arg] = run.evaluate(default, frame)
    for argument, keyword_default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if keyword_default is not None:
            function.defaults[argument.arg] = run.evaluate(keyword_default, frame)
    if frame.function is not None and not run.mode.unheard and may_reach_sink(run, function):
        run.origins.closures.append(function)
    return function


def mark_escaping(frame: Frame) -> None:
    """Something that is made in a frame can read its variables, and those around it, later on."""
    inner: Frame | None = frame
    while inner is not None and not inner.escapes:
        inner.escapes = True
        inner = inner.parent


# --- parameters ----------------------------------------------------------------------------------


class WrongArguments(Exception):
    """The arguments surely do not fit the parameters."""


def bind(run: Machine, function: Function, arguments: Arguments, site: Site) -> dict[str, Values]:
    """Arguments to parameters. Raises `WrongArguments` where they surely do not fit."""
    given = function.node.args
    named = [*given.posonlyargs, *given.args]
    spare = dict(arguments.keywords)
    bound: dict[str, Values] = {}
    for index, parameter in enumerate(named):
        name = parameter.arg
        by_name = index >= len(given.posonlyargs) and name in spare
        if index < len(arguments.positional):
            if by_name:
                raise WrongArguments(f"multiple values for {name!r}")
            bound[name] = arguments.positional[index]
        else:
            bound[name] = spare.pop(name) if by_name else not_given(run, function, parameter, arguments)
    extra = arguments.positional[len(named) :]
    if given.vararg is not None:
        bound[given.vararg.arg] = (run.make("tuple", more_positional(extra, arguments), site),)
    elif extra:
        raise WrongArguments(f"{len(arguments.positional)} positional arguments")
    for parameter in given.kwonlyargs:
        name = parameter.arg
        bound[name] = spare.pop(name) if name in spare else not_given(run, function, parameter, arguments)
    if given.kwarg is not None:
        bound[given.kwarg.arg] = (run.make("dict", more_keywords(spare, arguments), site),)
    elif spare:
        raise WrongArguments(f"unexpected keyword argument {next(iter(spare))!r}")
    return bound


def not_given(run: Machine, function: Function, parameter: ast.arg, arguments: Arguments) -> Values:
    """The value of a parameter that no argument is seen for. Raises `WrongArguments` where it needs one."""
    default = default_of(run, function, parameter.arg)
    if arguments.open:
        if default and not is_optional(function, parameter):
            return default
        return join(annotated_parameter(run, function, parameter), default)
    if arguments.perhaps and not arguments.rest:
        return given_perhaps(arguments, parameter, default)
    if arguments.rest or arguments.more_keywords:
        return join(join(arguments.rest, arguments.more_keywords) or UNKNOWN, default)
    if not default:
        raise WrongArguments(f"missing argument {parameter.arg!r}")
    return default


def given_perhaps(arguments: Arguments, parameter: ast.arg, default: Values) -> Values:
    """The value of a parameter that gets an argument on some ways only, or on none, as in `f(**options)`."""
    given = bound_item(arguments.perhaps.get(parameter.arg, ()))
    if not given and not default:
        raise WrongArguments(f"missing argument {parameter.arg!r}")
    return join(given, default)


def default_of(run: Machine, function: Function, name: str) -> Values:
    """The default of a parameter; empty where it has none. `__defaults__` may have been set."""
    set_later = run.store.values(function, "__defaults__")
    if not set_later or name in [one.arg for one in function.node.args.kwonlyargs]:
        return function.defaults.get(name, ())
    named = [one.arg for one in (*function.node.args.posonlyargs, *function.node.args.args)]
    items = run.store.items(set_later[0])
    if len(set_later) > 1 or not items.exact:
        return join(function.defaults.get(name, UNKNOWN), UNKNOWN)
    return dict(zip(reversed(named), reversed(items.values), strict=False)).get(name, ())


def more_positional(extra: Sequence[Values], arguments: Arguments) -> Items:
    """What `*args` gets."""
    items = Items(tuple(extra))
    if not (arguments.rest or arguments.open):
        return items
    return appended(items, some(arguments.rest) if arguments.rest else ANYTHING)


def more_keywords(spare: dict[str, Values], arguments: Arguments) -> Items:
    """What `**options` gets."""
    items = Items(tuple(spare.values()), tuple((Constant(name),) for name in spare))
    if not (arguments.more_keywords or arguments.open):
        return items
    if arguments.perhaps:
        names = tuple((Constant(name),) for name in arguments.perhaps)
        return merged(items, Items(tuple(arguments.perhaps.values()), names))
    return merged(items, some(arguments.more_keywords or UNKNOWN, keys=UNKNOWN))


def is_optional(function: Function, parameter: ast.arg) -> bool:
    """Whether a parameter is `None` unless something of its annotated type is given."""
    return parameter.annotation is not None and function.defaults.get(parameter.arg) == NONE


def annotated_parameter(run: Machine, function: Function, parameter: ast.arg) -> Values:
    if parameter.annotation is None:
        return UNKNOWN
    return run.instance_of(parameter.annotation, function.frame)


def first_parameter(function: Function) -> str:
    named = parameters(function.node)
    return named[0].arg if named else ""


def argument_origins(function: Function, arguments: Arguments, frame: Frame) -> Handed:
    """Which expression of the caller each parameter got its value from; `args[0]` and `options[key]` one each."""
    given = function.node.args
    named = [one.arg for one in (*given.posonlyargs, *given.args)]
    keywords = {*named[len(given.posonlyargs) :], *(one.arg for one in given.kwonlyargs)}
    found: Handed = {}
    for key, node in arguments.nodes.items():
        if isinstance(key, str):
            found[key if key in keywords or given.kwarg is None else f"{given.kwarg.arg}[{key}]"] = (node, frame)
        elif key < len(named):
            found[named[key]] = (node, frame)
        elif given.vararg is not None:
            found[f"{given.vararg.arg}[{key - len(named)}]"] = (node, frame)
    return found


# --- running -------------------------------------------------------------------------------------


def call_function(run: Machine, function: Function, arguments: Arguments, here: Here) -> Values:
    """Run a function of the project; a generator or coroutine only starts."""
    try:
        bound = bind(run, function, arguments, here.site)
    except WrongArguments:
        raise run.fail("TypeError", here) from None
    origins = argument_origins(function, arguments, here.frame)
    if function.body != "plain":
        return (Suspended(function, function.body, here.site, bound, origins),)
    values = run_function(run, function, bound, origins, here)
    returns = getattr(function.node, "returns", None)
    return values if values != UNKNOWN or returns is None else run.instance_of(returns, function.frame)


def run_function(
    run: Machine,
    function: Function,
    bound: dict[str, Values],
    origins: Handed,
    here: Here,
    yields: Yields | None = None,
) -> Values:
    """Run the body with its parameters bound, and join the ways out. Raises `Abrupt` where it never returns.

    Where one call inside a cold one takes most of its steps, it is run again without following that.
    """
    try:
        return run_once(run, function, bound, origins, here, yields)
    except TooLong as error:
        if not error.blamed:
            return not_followed(run, function, bound)
    if run.origins.run_again < MOST_RUN_AGAIN:
        run.origins.run_again += 1
        try:
            return run_once(run, function, bound, origins, here, yields)
        except TooLong:
            pass
    else:
        run.meet("MOST_RUN_AGAIN")
    run.origins.too_long.add(function.node)
    return not_followed(run, function, bound)


def run_once(
    run: Machine,
    function: Function,
    bound: dict[str, Values],
    origins: Handed,
    here: Here,
    yields: Yields | None,
) -> Values:
    """Run the body, as far as it may be followed. Raises `Abrupt`, and `TooLong` where it has too many steps."""
    following = followed(run, function, bound)
    if following is None:
        return not_followed(run, function, bound)
    receiver = bound.get(first_parameter(function), ())
    if not run.mode.unheard:
        run.origins.reached.add(function.node)
        run.origins.received.update((function.node, one.cls) for one in receiver if isinstance(one, Instance))
    call = here.node if isinstance(here.node, ast.Call) else None
    inner = Frame(
        function.module,
        function.scope,
        function.frame,
        function,
        depth=len(run.control.stack),
        receiver=receiver,
        handed=origins,
        given=bound,
        caller=here.frame,
        call=call,
        cold=following.cold,
    )
    if yields is not None:
        run.control.yields[inner] = yields
    begun = now(run)
    try:
        with run.under(loops=0, callees=(), is_task=False), within_limits(run, function, following):
            exits = run.exits_of(lambda: run_activation(run, function, bound, inner))
    finally:
        run.control.yields.pop(inner, None)
    note_quiet(run, function, following, begun, exits)
    if not inner.escapes:
        exits = [without_variables(one, inner) for one in exits]
    if is_left_to_subclasses(run, exits, receiver):
        return not_followed(run, function, bound)
    returning = [one for one in exits if one.way == "returns"]
    run.take([one.going("falls") if one.way == "returns" else one for one in exits if one.way != "falls"])
    return returned_values([one.values for one in returning])


def is_left_to_subclasses(run: Machine, exits: list[Exit], receiver: Values) -> bool:
    """Whether a method only raises `NotImplementedError`, and its object may be of a subclass that has its own."""
    open_to_more = any(isinstance(one, Instance) and run.store.get(one, OPEN) is not None for one in receiver)
    return open_to_more and bool(exits) and all(map(is_not_implemented, exits))


def is_not_implemented(exit: Exit) -> bool:
    return exit.way == "raises" and all(
        isinstance(one, ExternalObject) and one.type == "builtins.NotImplementedError" for one in exit.values
    )


def run_activation(run: Machine, function: Function, bound: dict[str, Values], frame: Frame) -> None:
    """Run a body in its frame; every way out returns or raises."""
    for name, values in bound.items():
        run.store.set(frame, name, values)
    with run.active(frame):
        if isinstance(function.node, ast.Lambda):
            raise run.leave_by("returns", run.evaluate(function.node.body, frame))
        run.run_body(function.node.body, frame)
        raise run.leave_by("returns", NONE)


def without_variables(exit: Exit, frame: Frame) -> Exit:
    """An exit without the variables of a frame that nobody can read any more."""
    return Exit(exit.way, {key: entry for key, entry in exit.changes.items() if key[0] is not frame}, exit.values)


def returned_values(alternatives: list[Values]) -> Values:
    """What a function returns; one of several functions may be any, as the call decides (`@deco`, `@deco(x=1)`)."""
    values = join(*alternatives)
    several = len(alternatives) > 1 and sum(isinstance(value, Function) for value in values) > 1
    return join(values, UNKNOWN) if several else values


# --- generators and coroutines -------------------------------------------------------------------


def run_suspended(run: Machine, value: Suspended, here: Here, yields: Yields | None = None) -> Values:
    if value.function is None:
        return UNKNOWN
    return run_function(run, value.function, value.bound, value.handed, here, yields)


def note_yield(run: Machine, values: Values, here: Here) -> Values:
    """A `yield` in the body of a generator that is being run, and what it comes back as. Raises what is thrown in."""
    yields = run.control.yields.get(here.frame)
    if yields is None:
        return UNKNOWN
    count = passed_by(run, yields, here.frame) if yields.resumes else 1
    if count < yields.resumes:
        return UNKNOWN
    at = Exit("falls", run.store.changes_since(yields.base), values)
    again = count == yields.resumes
    (yields.passed if again else yields.exits).append(at)
    if yields.thrown and (again or not yields.resumes):
        raise run.raises(yields.thrown)
    if again:
        run.mode = replace(run.mode, unheard=yields.unheard)
        return yields.sent
    if yields.stops:
        raise Abrupt
    return UNKNOWN


def passed_by(run: Machine, yields: Yields, frame: Frame) -> int:
    """How many times a path has yielded, with this one."""
    match run.store.values(frame, YIELDED):
        case ():
            number = 0
        case (Constant(value=int(number)),):
            pass
        case _:
            number, yields.clear = 0, False
    run.store.set(frame, YIELDED, (Constant(number + 1),))
    return number + 1


def note_each(run: Machine, values: Values, here: Here) -> Values:
    """`yield from values`: each of the items is yielded, where they are told apart."""
    items = run.items_of(values, here)
    if not items.exact:
        run.control.joins += 1
    for one in items.values:
        note_yield(run, bound_item(one), here)
    return UNKNOWN


# What a generator has yielded that has ended.
ENDED = -1


def yielded(run: Machine, value: Suspended, here: Here) -> Items:
    """What a generator gives, in order where it took no branch: its body is run once."""
    if value.function is None or value.function.body not in ("generator", "async generator"):
        return ANYTHING
    yields, joins, ends = Yields(run.store), run.control.joins, True
    try:
        run_suspended(run, value, here, yields)
    except Abrupt:
        ends = False
    values = [one.values for one in yields.exits]
    match run.store.values(value, YIELDED):
        case (Constant(value=int(begun)),):
            values = values[begun:] if begun != ENDED else []
    if ends and run.control.joins == joins:
        return of_list(values)
    return some(join(*values)) if values else ANYTHING


def started(run: Machine, value: Suspended, here: Here) -> Values:
    """What `next` gives first: the body has run to its first `yield`."""
    yields = Yields(run.store, stops=True)
    with run.aside():
        yields.base = run.store
        run.exits_of(lambda: run_suspended(run, value, here, yields))
    if not yields.exits:
        return UNKNOWN
    run.take(yields.exits)
    run.store.set(value, YIELDED, (Constant(1),))
    return join(*(one.values for one in yields.exits))


def gone_on(run: Machine, value: Suspended, here: Here, sent: Values, thrown: Values = ()) -> list[Exit]:
    """The ways in which a generator goes on from the `yield` it had come to; empty where that is not known.

    It falls through where it yields again, and returns where it ends. Its body is run once more from its begin,
    and what that does up to where it had come to is left out.
    """
    match run.store.values(value, YIELDED):
        case (Constant(value=int(begun)),) if begun != ENDED:
            pass
        case _:
            return []
    yields = Yields(run.store, thrown=thrown, stops=True, resumes=begun, sent=sent, unheard=run.mode.unheard)
    with run.aside(), run.under(unheard=True):
        yields.base = run.store
        ends = run.exits_of(lambda: run_suspended(run, value, here, yields))
    if not yields.passed or not yields.clear:
        return []
    ended = [replace(one, way="returns") if one.way == "falls" else one for one in ends]
    found = [replace(one, changes=behind(one, yields.passed)) for one in [*yields.exits, *ended]]
    return [one.then((value, YIELDED), (Constant(begun + 1 if one.way == "falls" else ENDED),)) for one in found]


def behind(exit: Exit, passed: list[Exit]) -> Changes:
    """The changes of an exit that were not there at a `yield` that was passed."""
    return {
        key: entry
        for key, entry in exit.changes.items()
        if not passed or any(one.changes.get(key) != entry for one in passed)
    }


def resume(run: Machine, value: Value, here: Here) -> Values:
    """`await value`."""
    match value:
        case Suspended(kind="coroutine", function=None):
            return run.store.items(value).all() or UNKNOWN  # a task that has run
        case Suspended(kind="coroutine"):
            return run_suspended(run, value, here)
    run.may_raise()
    return UNKNOWN
