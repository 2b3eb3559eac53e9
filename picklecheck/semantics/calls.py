"""Calls: which code runs, with which arguments, and what comes back."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from picklecheck.semantics import attributes, classes, containers, expressions, guards, library, typehints
from picklecheck.semantics.run import (
    DEEPEST_CALL,
    DEEPEST_IDLE_CALL,
    MOST_RECURSION,
    Abrupt,
    Catcher,
    Doubt,
    Event,
    Raised,
    Run,
    TooLong,
    Yields,
)
from picklecheck.semantics.scopes import FunctionNode, parameters
from picklecheck.semantics.store import Items
from picklecheck.semantics.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Body,
    BoundMethod,
    Class,
    Constant,
    Container,
    Descriptor,
    External,
    ExternalMethod,
    Frame,
    Function,
    Handed,
    Instance,
    Made,
    Site,
    Suspended,
    Unbound,
    Value,
    Values,
    join,
)


def plain(positional: Sequence[Values]) -> Arguments:
    """Arguments that no source was written for."""
    return Arguments(list(positional))


def with_receiver(arguments: Arguments, receiver: Value) -> Arguments:
    """The arguments with the receiver before them, as a method gets it."""
    nodes = {key + 1 if isinstance(key, int) else key: node for key, node in arguments.nodes.items()}
    return Arguments(
        [(receiver,), *arguments.positional],
        dict(arguments.keywords),
        nodes,
        arguments.rest,
        arguments.more_keywords,
        arguments.open,
    )


def without_receiver(arguments: Arguments) -> Arguments:
    """The arguments behind the first."""
    nodes = {key - 1 if isinstance(key, int) else key: node for key, node in arguments.nodes.items() if key != 0}
    return replace(arguments, positional=arguments.positional[1:], nodes=nodes)


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


def make_function(run: Run, node: FunctionNode, frame: Frame) -> Function:
    name = "<lambda>" if isinstance(node, ast.Lambda) else node.name
    keep_alive(frame)
    scope = frame.module.scope(node)
    body: Body = "generator" if scope.yields else "plain"
    if isinstance(node, ast.AsyncFunctionDef):
        body = "async generator" if scope.yields else "coroutine"
    owner = frame.owner if frame.scope.is_class else None
    function = Function(
        node, Site(frame.module, node), frame.module, name, qualified(name, frame), scope, frame, body, owner
    )
    given = node.args
    for argument, default in zip(reversed([*given.posonlyargs, *given.args]), reversed(given.defaults), strict=False):
        function.defaults[argument.arg] = expressions.evaluate(run, default, frame)
    for argument, keyword_default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if keyword_default is not None:
            function.defaults[argument.arg] = expressions.evaluate(run, keyword_default, frame)
    return function


def keep_alive(frame: Frame) -> None:
    """Something that is made in a frame can read its variables, and those around it, later on."""
    inner: Frame | None = frame
    while inner is not None and not inner.outlives:
        inner.outlives = True
        inner = inner.parent


# --- the call expression -------------------------------------------------------------------------


def evaluate_call(run: Run, node: ast.Call, frame: Frame) -> Values:
    callee = expressions.evaluate(run, node.func, frame)
    if isinstance(node.func, ast.Name) and node.func.id == "super" and callee == (External("builtins.super"),):
        return library.zero_argument_super(run, node, frame)
    arguments = arguments_of(run, node, frame)
    if guards.expects_exception(node):
        call_expected(run, arguments, node, frame)
    return call(run, callee, arguments, node, frame)


def call_expected(run: Run, arguments: Arguments, node: ast.Call, frame: Frame) -> None:
    """`assertRaises(TimeoutError, result.get, 1)` calls what it is given; as that raises, nothing else comes of it."""
    at = guards.expected_callable(arguments)
    if at is None:
        return
    callees = arguments.positional[at]
    for _ in range(at + 1):
        arguments = without_receiver(arguments)
    with run.aside(), guards.guarded(run, frame, True, True):
        try:
            call(run, callees, arguments, node, frame)
        except Abrupt:
            pass


def arguments_of(run: Run, node: ast.Call, frame: Frame) -> Arguments:
    found = Arguments()
    for argument in node.args:
        if not isinstance(argument, ast.Starred):
            if found.rest:
                found.rest = join(found.rest, expressions.evaluate(run, argument, frame))
                continue
            found.nodes[len(found.positional)] = argument
            found.positional.append(expressions.evaluate(run, argument, frame))
            continue
        items = containers.items_of(run, expressions.evaluate(run, argument.value, frame), argument, frame)
        if items.exact and not found.rest:
            for values in items.values:
                found.nodes[len(found.positional)] = argument.value
                found.positional.append(values)
        else:
            found.rest = join(found.rest, items.all() or UNKNOWN) if found.rest else items.all() or UNKNOWN
    for keyword in node.keywords:
        values = expressions.evaluate(run, keyword.value, frame)
        if keyword.arg is not None:
            found.keywords[keyword.arg] = values
            found.nodes[keyword.arg] = keyword.value
            continue
        for value in values:
            items = run.store.items(value) if isinstance(value, Container) else Items(exact=False)
            for key, held in zip(items.keys, items.values, strict=False):
                match key:
                    case (Constant(value=str(name)),) if items.exact:
                        found.keywords[name] = held
                        found.nodes[name] = keyword.value
                    case _:
                        found.more_keywords = join(found.more_keywords, held) if found.more_keywords else held
            if not items.exact:
                found.more_keywords = found.more_keywords or UNKNOWN
    return found


def call(run: Run, callees: Values, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """Call each alternative; what they return is joined. Raises `Abrupt` where none returns."""
    if len(callees) == 1:
        run.beside = ()
        return call_value(run, callees[0], arguments, node, frame)
    base = run.store
    found: list[Values] = []
    paths = []
    doubt = run.doubt
    run.doubt = max(doubt, doubt_between(run, callees))
    for callee in callees:
        run.store = base.fork()
        run.beside = callees
        try:
            found.append(call_value(run, callee, arguments, node, frame))
            paths.append(run.store.changes_since(base))
        except Abrupt:
            pass
        finally:
            run.store = base
    run.doubt, run.beside = doubt, ()
    if not paths:
        raise Abrupt
    base.merge(paths)
    return join(*found)


def doubt_between(run: Run, callees: Values) -> Doubt:
    """How sure it is that one of several callees is called; `None` is not one that a working program calls."""
    real = [callee for callee in callees if not isinstance(callee, Constant | Unbound)]
    if len(real) < 2:
        return Doubt.NONE
    if any(isinstance(callee, Function | BoundMethod | Class | Instance) for callee in real):
        return Doubt.SOME
    names = [callee.dotted if isinstance(callee, ExternalMethod) else getattr(callee, "name", "") for callee in real]
    known = sorted({run.world.canonical(name) for name in names})
    sure = len(known) == 1 or (all(run.world.crosses(name) for name in known) and run.world.alike(known))
    return Doubt.NONE if sure else Doubt.MUCH


def call_value(run: Run, callee: Value, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    match callee:
        case Function():
            return call_function(run, callee, arguments, node, frame)
        case BoundMethod(function=function, receiver=receiver):
            return call_function(run, function, with_receiver(arguments, receiver), node, frame)
        case Class():
            return classes.instantiate(run, callee, arguments, node, frame)
        case External():
            return call_external(run, callee, arguments, node, frame)
        case ExternalMethod():
            return call_external_method(run, callee, arguments, node, frame)
        case Instance():
            method = classes.find(run, callee.cls, "__call__")
            if method:
                return call(
                    run,
                    attributes.bound(run, method, callee, callee.cls, node, frame),
                    arguments,
                    node,
                    frame,
                )
            return UNKNOWN
        case Made():
            return library.call_made(run, callee, arguments, node, frame)
        case Descriptor(function=function, kind="staticmethod"):
            return call(run, function, arguments, node, frame)
        case Constant():
            raise run.fail("TypeError", node, frame)
        case _:
            return UNKNOWN


def call_method(run: Run, owner: Value, name: str, positional: Sequence[Values], node: ast.AST, frame: Frame) -> Values:
    """`owner.name(*positional)` on behalf of the language, for an object of a class of the project."""
    if not isinstance(owner, Instance):
        return UNKNOWN
    method = classes.find(run, owner.cls, name)
    if not method:
        return UNKNOWN
    return call(run, attributes.bound(run, method, owner, owner.cls, node, frame), plain(positional), node, frame)


def call_external(run: Run, callee: External, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """A call out of the project: a model of it if there is one, else an object of a known type, else anything."""
    name = run.world.canonical(callee.name)
    receiver = named_receiver(run, name, arguments)
    if receiver is not None:
        method = ExternalMethod(name.rpartition(".")[0], name.rpartition(".")[2], receiver)
        return call_external_method(run, method, without_receiver(arguments), node, frame)
    modelled = library.call(run, name, arguments, node, frame)
    result = modelled if modelled is not None else returned(run, name, None, arguments, node, frame)
    run.tell(Event(name, None, arguments, node, frame, result))
    return result


def named_receiver(run: Run, name: str, arguments: Arguments) -> Instance | None:
    """The object in `Base.method(self, …)`, where `Base` is a class outside the project that it derives from."""
    match arguments.positional[:1]:
        case [(Instance() as first,)]:
            owner = name.rpartition(".")[0]
            bases = [base.name for base in classes.resolution_order(first.cls) if isinstance(base, External)]
            return first if owner in map(run.world.canonical, bases) else None
    return None


def call_external_method(run: Run, callee: ExternalMethod, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    modelled = containers.call_method(run, callee, arguments, node, frame)
    if modelled is None:
        modelled = library.call_method(run, callee, arguments, node, frame)
    if modelled is not None:
        result = modelled
    else:
        result = returned(run, callee.dotted, callee.receiver, arguments, node, frame)
    run.tell(Event(callee.dotted, callee.receiver, arguments, node, frame, result))
    return result


def returned(run: Run, name: str, receiver: Value | None, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """What a call outside the project gives, by what is known of it."""
    types = run.world.returned(name, arguments)
    site = Site(frame.module, node)
    if types is None:
        return UNKNOWN
    if len(types) == 1 and types[0].startswith("["):
        item: Values = (Made(types[0].strip("[]"), site, receiver, arguments),)
        return (containers.make(run, "list", Items((item,), exact=False), site),)
    if len(types) == 1:
        return (Made(types[0], site, receiver, arguments),)
    return (containers.tuple_of(run, [(Made(one, site, receiver, arguments),) for one in types], site),)


# --- functions of the project --------------------------------------------------------------------


class WrongArguments(Exception):
    """The arguments surely do not fit the parameters."""


def bind(run: Run, function: Function, arguments: Arguments, site: Site) -> dict[str, Values]:
    """Arguments to parameters. Raises `WrongArguments` where they surely do not fit."""
    given = function.node.args
    named = [*given.posonlyargs, *given.args]
    bound: dict[str, Values] = {}
    loose = arguments.open or bool(arguments.rest) or bool(arguments.more_keywords)
    for index, parameter in enumerate(named):
        name = parameter.arg
        if index < len(arguments.positional):
            bound[name] = arguments.positional[index]
        elif name in arguments.keywords:
            bound[name] = arguments.keywords[name]
        elif loose and not (arguments.open and name in function.defaults and not is_optional(function, parameter)):
            rest = join(arguments.rest or (), arguments.more_keywords or ()) or UNKNOWN
            bound[name] = join(rest, function.defaults.get(name, ()))
            if arguments.open:
                bound[name] = join(annotated_parameter(run, function, parameter), function.defaults.get(name, ()))
        elif name in function.defaults:
            bound[name] = function.defaults[name]
        else:
            raise WrongArguments(f"missing argument {name!r}")
    extra = arguments.positional[len(named) :]
    if given.vararg is not None:
        items = Items(tuple(extra))
        if arguments.rest or arguments.open:
            items = Items((join(*extra, arguments.rest or UNKNOWN),), exact=False)
        bound[given.vararg.arg] = (containers.make(run, "tuple", items, site),)
    elif extra:
        raise WrongArguments(f"{len(arguments.positional)} positional arguments")
    for parameter in given.kwonlyargs:
        name = parameter.arg
        if name in arguments.keywords:
            bound[name] = arguments.keywords[name]
        elif loose and name not in function.defaults:
            bound[name] = annotated_parameter(run, function, parameter)
        elif name in function.defaults:
            bound[name] = function.defaults[name]
        else:
            raise WrongArguments(f"missing keyword argument {name!r}")
    spare = {name: values for name, values in arguments.keywords.items() if name not in bound}
    if given.kwarg is not None:
        items = Items(tuple(spare.values()), tuple((Constant(name),) for name in spare))
        if arguments.more_keywords or arguments.open:
            items = containers.merged_dicts(
                items, Items((arguments.more_keywords or UNKNOWN,), (UNKNOWN,), exact=False)
            )
        bound[given.kwarg.arg] = (containers.make(run, "dict", items, site),)
    elif spare:
        raise WrongArguments(f"unexpected keyword argument {next(iter(spare))!r}")
    return bound


def is_optional(function: Function, parameter: ast.arg) -> bool:
    """Whether a parameter is `None` unless something of its annotated type is given."""
    return parameter.annotation is not None and function.defaults.get(parameter.arg) == NONE


def annotated_parameter(run: Run, function: Function, parameter: ast.arg) -> Values:
    if parameter.annotation is None:
        return UNKNOWN
    return typehints.instance_of(run, parameter.annotation, function.frame)


def call_function(run: Run, function: Function, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """Run a function of the project; a generator or coroutine only starts."""
    site = Site(frame.module, node)
    try:
        bound = bind(run, function, arguments, site)
    except WrongArguments:
        if run.strict:
            raise run.fail("TypeError", node, frame) from None
        return UNKNOWN
    if function.body != "plain":
        return (Suspended(function, function.body, site, bound, handed_over(function, arguments, frame)),)
    values = run_function(run, function, bound, handed_over(function, arguments, frame), node, frame)
    returns = getattr(function.node, "returns", None)
    return values if values != UNKNOWN or returns is None else typehints.instance_of(run, returns, function.frame)


def run_function(
    run: Run,
    function: Function,
    bound: dict[str, Values],
    handed: Handed,
    node: ast.AST,
    frame: Frame,
    yields: Yields | None = None,
) -> Values:
    """Run the body with its parameters bound, and join the ways out."""
    from picklecheck.semantics import statements

    depth = len(run.stack)
    again = sum(1 for active in run.stack if active.function is not None and active.function.node is function.node)
    # What an object holds is decided by the constructors of all its bases.
    deeper = function.name != "__init__"
    idle = 0 if leads_on(run, function) or not run.stack else run.stack[-1].idle + deeper
    if depth > DEEPEST_CALL or again >= MOST_RECURSION or idle > DEEPEST_IDLE_CALL:
        return unseen(function, bound)
    run.reached.add(function.node)
    inner = Frame(
        function.module,
        function.scope,
        function.frame,
        function,
        None,
        depth,
        bound.get(first_parameter(function), ()),
        handed,
        frame,
        node if isinstance(node, ast.Call) else None,
        idle=idle,
    )
    base = run.store
    run.store = base.fork()
    for name, values in bound.items():
        run.store.set(inner, name, values)
    activation = statements.Activation(base)
    if yields is not None:
        run.yields[inner] = yields
    run.stack.append(inner)
    loops, run.loops = run.loops, 0
    try:
        with run.halved() if idle == 1 else nullcontext():
            if isinstance(function.node, ast.Lambda):
                values = expressions.evaluate(run, function.node.body, inner)
                activation.returned.append((values, run.store.changes_since(base)))
            elif statements.run_body(run, function.node.body, inner, activation):
                activation.returned.append((NONE, run.store.changes_since(base)))
    except TooLong:
        return unseen(function, bound)
    finally:
        run.stack.pop()
        run.store = base
        run.loops = loops
        run.yields.pop(inner, None)
    if not activation.returned:
        raise Abrupt
    paths = [path for _, path in activation.returned]
    if not inner.outlives:
        paths = [{key: entry for key, entry in path.items() if key[0] is not inner} for path in paths]
    base.merge(paths)
    return returned_values([values for values, _ in activation.returned])


def unseen(function: Function, bound: dict[str, Values]) -> Values:
    """What a call returns that is not followed to its end: anything, and its object may be other than before."""
    for value in bound.get(first_parameter(function), ()):
        if isinstance(value, Instance):
            value.generic = True  # it may have got attributes that were not seen
    return UNKNOWN


def returned_values(alternatives: list[Values]) -> Values:
    """What a function returns. Which of several functions depends on the call (`@deco`, `@deco(option=1)`)."""
    values = join(*alternatives)
    several = len(alternatives) > 1 and sum(isinstance(value, Function) for value in values) > 1
    return join(values, UNKNOWN) if several else values


def leads_on(run: Run, function: Function) -> bool:
    """Whether a function calls anything that is named like a boundary, or like a function that leads to one.

    In a worker, what it raises goes back.
    """
    if run.in_child and function.node in function.module.raising:
        return True
    return not run.sinks.isdisjoint(function.module.called(function.node))


def note_yield(run: Run, values: Values, frame: Frame) -> None:
    """A `yield` in the body of a generator that is being run for its items."""
    yields = run.yields.get(frame)
    if yields is not None:
        yields.values.append(values)
        yields.paths.append(run.store.changes_since(yields.base))


def first_parameter(function: Function) -> str:
    named = parameters(function.node)
    return named[0].arg if named else ""


def handed_over(function: Function, arguments: Arguments, frame: Frame) -> Handed:
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


def yielded(run: Run, value: Suspended, node: ast.AST, frame: Frame) -> Values:
    """What a generator gives: its body is run once."""
    if value.function is None or value.function.body not in ("generator", "async generator"):
        return UNKNOWN
    yields = Yields(run.store)
    try:
        run_function(run, value.function, value.bound, value.handed, node, frame, yields)
    except Abrupt:
        pass
    return join(*yields.values) if yields.values else UNKNOWN


def resume(run: Run, value: Value, node: ast.AST, frame: Frame) -> Values:
    """`await value`."""
    if isinstance(value, Suspended) and value.function is not None and value.kind == "coroutine":
        return run_function(run, value.function, value.bound, value.handed, node, frame)
    return UNKNOWN


# --- exceptions and simulated calls --------------------------------------------------------------


def raised_values(run: Run, values: Values, node: ast.AST, frame: Frame) -> Values:
    """`raise X`: a class is called first."""
    found: list[Values] = []
    for value in values:
        match value:
            case Class():
                found.append(classes.instantiate(run, value, Arguments(), node, frame))
            case External(name=name):
                found.append((Made(name, Site(frame.module, node), None, Arguments()),))
            case _:
                found.append((value,))
    return join(*found)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a simulated call can end in: the values it returns, and what it raises with the changes up to there."""

    returned: Values
    raised: tuple[Raised, ...]

    @property
    def never_returns(self) -> bool:
        return not self.returned


def simulate(run: Run, callee: Values, arguments: Arguments, node: ast.AST, frame: Frame) -> Outcome:
    """Call something to see what happens; to be used in a block of `Run.aside`, which forgets it again."""
    catcher = Catcher(run.store)
    run.catchers.append(catcher)
    returned_: Values = ()
    try:
        returned_ = call(run, callee, arguments, node, frame)
    except Abrupt:
        pass
    finally:
        run.catchers.remove(catcher)
    return Outcome(returned_, tuple(catcher.raised))
