"""Models of the builtins and library functions that make, wrap or reach into the program's own objects."""

from __future__ import annotations

import ast

from picklecheck.semantics import (
    attributes,
    calls,
    circumstances,
    classes,
    containers,
    expressions,
    imports,
    literals,
    records,
    with_blocks,
)
from picklecheck.semantics import copies as copies  # its models
from picklecheck.semantics.models import MODELS, models
from picklecheck.semantics.run import Run
from picklecheck.semantics.scopes import parameters
from picklecheck.semantics.store import ITEMS, Items
from picklecheck.semantics.values import (
    NONE,
    UNKNOWN,
    Arguments,
    BoundMethod,
    Class,
    Constant,
    Container,
    Descriptor,
    External,
    ExternalMethod,
    Frame,
    Function,
    Instance,
    Made,
    Site,
    Super,
    Suspended,
    Unknown,
    Value,
    Values,
    join,
)


def call(run: Run, name: str, arguments: Arguments, node: ast.AST, frame: Frame) -> Values | None:
    """Call a modelled name; None where there is no model."""
    if name in attributes.BUNCHES:
        return _bunch(run, name, arguments, node, frame)
    model = MODELS.get(name)
    return None if model is None else model(run, arguments, node, frame)


# --- collections ---------------------------------------------------------------------------------


@models(
    "builtins.list",
    "builtins.tuple",
    "builtins.set",
    "builtins.dict",
    "builtins.sorted",
    "collections.OrderedDict",
)
def _collection(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    name = "list"
    if isinstance(node, ast.Call):
        for value in expressions.evaluate(run, node.func, frame):
            name = value.name.rpartition(".")[2] if isinstance(value, External) else name
    kind = {"OrderedDict": "dict", "sorted": "list"}.get(name, name)
    if kind not in ("list", "tuple", "set", "dict"):
        kind = "list"
    if name == "sorted":
        arguments = Arguments(arguments.positional)
    return (containers.construct(run, kind, arguments, node, frame),)  # type: ignore[arg-type]


# Types of which `iter` gives the very object back, besides those of `itertools`.
ITERATORS = {f"builtins.{name}" for name in ("generator", "map", "zip", "filter", "enumerate", "reversed")}


@models("builtins.iter")
def _iter(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    site = Site(frame.module, node)
    found: list[Values] = []
    if len(arguments.positional) == 2:
        return (Made("builtins.callable_iterator", site, None, arguments),)
    for value in arguments.get(0, "") or UNKNOWN:
        match value:
            case Suspended():
                found.append((value,))
            case Made(type=name):
                itself = (value,) if name.startswith("itertools.") or name in ITERATORS else UNKNOWN
                made = calls.returned(run, f"{name}.__iter__", value, arguments, node, frame)
                found.append(itself if made == UNKNOWN else made)
            case Container(kind=kind):
                iterator = {"list": "list_iterator", "tuple": "tuple_iterator", "dict": "dict_keyiterator"}.get(kind)
                found.append((Made(f"builtins.{iterator or 'set_iterator'}", site, None, arguments),))
            case Constant(value=str()):
                found.append((Made("builtins.str_iterator", site, None, arguments),))
            case Instance():
                found.append(calls.call_method(run, value, "__iter__", [], node, frame))
            case _:
                found.append(UNKNOWN)
    return join(*found)


@models("builtins.next")
def _next(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    values = containers.elements(run, arguments.get(0, "") or UNKNOWN, node, frame)
    return join(values, arguments.positional[1]) if len(arguments.positional) > 1 else values


@models("builtins.min", "builtins.max")
def _extreme(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    if len(arguments.positional) == 1:
        return containers.elements(run, arguments.positional[0], node, frame)
    return join(*arguments.positional) if arguments.positional else UNKNOWN


@models("functools.reduce")
def _reduce(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """The function is called on what it returned and the next item; for unknown items as if there were two."""
    items = containers.items_of(run, arguments.get(1, "iterable") or UNKNOWN, node, frame)
    every = items.all() or UNKNOWN
    rounds = items.values if items.exact else (every, every)
    rounds = (*arguments.positional[2:], *rounds)[: expressions.MOST_ROUNDS]
    if not rounds:
        return UNKNOWN
    result = rounds[0]
    for item in rounds[1:]:
        result = calls.call(run, arguments.get(0, "function") or UNKNOWN, calls.plain([result, item]), node, frame)
    return result if items.exact else join(result, every)


@models("heapq.heappush", "bisect.insort", "bisect.insort_left", "bisect.insort_right")
def _put_in_order(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """The list gets the item, at a place that is not known."""
    item = Items((arguments.get(1, "item") or arguments.get(None, "x") or UNKNOWN,))
    for value in arguments.get(0, "heap") or arguments.get(None, "a"):
        if isinstance(value, Container):
            run.store.set(value, ITEMS, containers.appended(run.store.items(value), item).blurred())
    return NONE


@models("dict.fromkeys", "builtins.dict.fromkeys")
def _fromkeys(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    keys = containers.elements(run, arguments.get(0, "") or UNKNOWN, node, frame)
    value = arguments.get(1, "value") or NONE
    return (containers.make(run, "dict", Items((value,), (keys,), exact=False), Site(frame.module, node)),)


# --- attributes by name --------------------------------------------------------------------------


@models("builtins.getattr")
def _getattr(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    name = literals.text_of(arguments.get(1, ""))
    if name is None or not arguments.positional:
        return UNKNOWN
    if len(arguments.positional) < 3:
        return attributes.get(run, arguments.positional[0], name, node, frame)
    found = []
    for owner in arguments.positional[0]:
        values = attributes.of_value(run, owner, name, node, frame)
        sure = values and not attributes.may_lack(run, owner, name)
        found.append(values if sure else join(values, arguments.positional[2]))
    return join(*found)


@models("builtins.setattr")
def _setattr(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    name = literals.text_of(arguments.get(1, ""))
    if len(arguments.positional) < 3:
        return NONE
    if name is None:
        attributes.open_up(run, arguments.positional[0])
    else:
        attributes.assign(run, arguments.positional[0], name, arguments.positional[2], Site(frame.module, node), frame)
    return NONE


@models("builtins.exec")
def _exec(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """The text is not read: it may give any attribute to what the block has a name for."""
    attributes.open_up(run, join(NONE, *run.store.names(frame).values()))
    return NONE


@models("builtins.object.__setattr__")
def _object_setattr(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    name = literals.text_of(arguments.get(1, ""))
    if name is not None and len(arguments.positional) > 2:
        attributes.put(run, arguments.positional[0], name, arguments.positional[2], Site(frame.module, node))
    return NONE


@models("builtins.delattr", "builtins.object.__delattr__")
def _delattr(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    name = literals.text_of(arguments.get(1, ""))
    if name is not None:
        for owner in arguments.positional[0]:
            run.store.unset(attributes.holder(owner), name)
    return NONE


@models("builtins.hasattr")
def _hasattr(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    name = literals.text_of(arguments.get(1, ""))
    owners = arguments.get(0, "")
    if name is None or len(owners) != 1 or not (isinstance(owners[0], Instance) or attributes.is_bunch(owners[0])):
        return UNKNOWN
    values = attributes.of_value(run, owners[0], name, node, frame)
    if attributes.may_lack(run, owners[0], name) or any(isinstance(value, Unknown) for value in values):
        return UNKNOWN
    return (Constant(bool(values)),)


def _bunch(run: Run, name: str, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """An object whose attributes are the keywords it is called with."""
    partly = bool(arguments.positional or arguments.more_keywords or arguments.open)
    made = Made(name, Site(frame.module, node), None, Arguments(open=partly))
    for attribute, values in arguments.keywords.items():
        run.store.set(made, attribute, values)
        run.assigned[made, attribute] = Site(frame.module, arguments.nodes.get(attribute) or node)
    return (made,)


@models("builtins.vars", "builtins.locals", "builtins.globals")
def _namespace(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    site = Site(frame.module, node)
    if arguments.positional:
        return join(*(attributes.of_value(run, one, "__dict__", node, frame) for one in arguments.positional[0]))
    called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else "locals"
    owner: object = run.namespaces[frame.module] if called == "globals" else frame
    names = run.store.names(owner)
    values = tuple(tuple(one for one in held) for held in names.values())
    resolved = tuple(
        join(*(imports.resolve(run, v, frame) if type(v).__name__ == "Imported" else (v,) for v in held))  # type: ignore[arg-type]
        for held in values
    )
    keys: tuple[Values, ...] = tuple((Constant(name),) for name in names)
    made = Container("dict", site, run.namespaces[frame.module] if called == "globals" else None)
    run.store.set(made, ITEMS, Items(resolved, keys))
    return (made,)


@models("importlib.import_module")
def _import_module(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """A module, whichever it is; a relative name is not followed."""
    found = imports.by_name(run, arguments.get(0, "name"), frame) if len(arguments.positional) == 1 else UNKNOWN
    return found if found != UNKNOWN else (Made("builtins.module", Site(frame.module, node)),)


@models("builtins.isinstance")
def _isinstance(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    if len(arguments.positional) < 2:
        return UNKNOWN
    kinds = containers.flat(run, arguments.positional[1])
    outcomes = set()
    for value in arguments.positional[0]:
        known = [classes.is_instance(run, value, kind) for kind in kinds]
        outcomes.add(True if True in known else None if None in known else False)
    return (Constant(outcomes.pop()),) if len(outcomes) == 1 and None not in outcomes else UNKNOWN


@models("builtins.callable")
def _callable(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    outcomes = {classes.is_callable(run, value) for value in arguments.get(0, "")}
    return (Constant(outcomes.pop()),) if len(outcomes) == 1 and None not in outcomes else UNKNOWN


# --- classes and functions -----------------------------------------------------------------------


def zero_argument_super(run: Run, node: ast.Call, frame: Frame) -> Values:
    """`super()`, or the old `super(Class, self)`."""
    if node.args:
        given = [expressions.evaluate(run, argument, frame) for argument in node.args[:2]]
        if len(given) == 2 and len(given[0]) == 1 and isinstance(given[0][0], Class):
            return tuple(Super(given[0][0], receiver) for receiver in given[1])
        return UNKNOWN
    method: Frame | None = frame
    while method is not None and (method.function is None or method.function.owner is None):
        method = method.parent
    if method is None or method.function is None or method.function.owner is None:
        return UNKNOWN
    named = parameters(method.function.node)
    receivers = run.store.values(method, named[0].arg) if named else ()
    return tuple(Super(method.function.owner, receiver) for receiver in receivers) or UNKNOWN


@models("builtins.type")
def _type(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    if len(arguments.positional) == 1:
        found: list[Values] = []
        for value in arguments.positional[0]:
            match value:
                case Instance(cls=cls):
                    found.append((cls,))
                case Made(type=name):
                    found.append((External(name),))
                case Container(kind=kind):
                    found.append((External(f"builtins.{kind}"),))
                case _:
                    found.append(UNKNOWN)
        return join(*found)
    named = literals.text_of(arguments.get(0, ""))
    if named is None or len(arguments.positional) < 3:
        return UNKNOWN
    bases = containers.elements(run, arguments.positional[1], node, frame)
    if containers.is_empty(run, arguments.positional[1]):
        bases = ()
    cls = Class(named, named, frame.module, Site(frame.module, node), bases, "type")
    for value in arguments.positional[2]:
        if isinstance(value, Container):
            items = run.store.items(value)
            for key, held in zip(items.keys, items.values, strict=False):
                text = literals.text_of(key)
                if text is not None:
                    run.store.set(cls, text, held)
    return (cls,)


@models(
    "builtins.property",
    "builtins.staticmethod",
    "builtins.classmethod",
    "functools.cached_property",
    "abc.abstractproperty",
)
def _descriptor(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    name = "property"
    for value in expressions.evaluate(run, node.func if isinstance(node, ast.Call) else node, frame):  # type: ignore[arg-type]
        if isinstance(value, External):
            name = value.name.rpartition(".")[2]
    kind = name if name in ("property", "staticmethod", "classmethod", "cached_property") else "property"
    return (Descriptor(kind, arguments.get(0, "fget") or UNKNOWN, Site(frame.module, node)),)  # type: ignore[arg-type]


@models("builtins.method")
def _method(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """`types.MethodType(function, object)`."""
    site, found = Site(frame.module, node), list[Values]()
    for function in arguments.get(0, ""):
        if not isinstance(function, Function):
            return UNKNOWN
        found.append(tuple(BoundMethod(function, one, site, name=function.name) for one in arguments.get(1, "")))
    return join(*found) if found else UNKNOWN


@models("functools.wraps")
def _wraps(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    return (Made("functools.wraps", Site(frame.module, node), None, arguments),)


@models("functools.update_wrapper")
def _update_wrapper(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    wrapper, wrapped = arguments.get(0, "wrapper"), arguments.get(1, "wrapped")
    dress(run, wrapper, wrapped, node, frame)
    return wrapper or UNKNOWN


def dress(run: Run, wrapper: Values, wrapped: Values, node: ast.AST, frame: Frame) -> None:
    """`functools.update_wrapper`: names and module of the wrapped, and `__wrapped__`."""
    for one in wrapper:
        if not isinstance(one, Function | Class | Instance):
            continue
        for name in ("__name__", "__qualname__", "__module__"):
            for other in wrapped:
                if isinstance(other, Unknown | Made):
                    run.store.set(one, name, UNKNOWN)
                if isinstance(other, Function | Class):
                    run.store.set(one, name, attributes.of_value(run, other, name, node, frame))
                elif isinstance(other, External):
                    module, _, text = other.name.rpartition(".")
                    run.store.set(one, name, (Constant(module if name == "__module__" else text),))
        run.store.set(one, "__wrapped__", wrapped)


@models("contextlib.contextmanager", "contextlib.asynccontextmanager")
def _contextmanager(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    function = arguments.get(0, "func") or UNKNOWN
    return (Made("contextlib.contextmanager", Site(frame.module, node), None, Arguments([function])),)


@models("functools.lru_cache", "functools.cache", "functools.singledispatch")
def _wrapper_object(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    given = arguments.get(0, "maxsize")
    if given and all(isinstance(value, Function | Class | External | BoundMethod) for value in given):
        return (Made("functools.wrapper", Site(frame.module, node), None, Arguments([given])),)
    return (External("functools.lru_cache"),)


@models("pickle.dumps")
def _dumps(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    return (Made("builtins.bytes", Site(frame.module, node), None, arguments),)


@models("pickle.loads")
def _loads(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """What was pickled comes back, as far as its pickling was seen."""
    found: list[Values] = []
    for value in arguments.get(0, "data"):
        written = value.arguments if isinstance(value, Made) and value.type == "builtins.bytes" else None
        found.append(written.get(0, "obj") if written is not None and written.positional else UNKNOWN)
    return join(*found) if found else UNKNOWN


@models("typing.cast")
def _cast(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    return arguments.get(1, "val") or UNKNOWN


@models("typing.NewType")
def _newtype(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    return (Made("typing.NewType", Site(frame.module, node), None, arguments),)


@models("asyncio.run", "asyncio.wait_for", "asyncio.shield", "asyncio.ensure_future", "asyncio.create_task")
def _run_coroutine(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    return _resumed(run, arguments.get(0, "main"), node, frame)


@models("asyncio.gather", "asyncio.wait")
def _gather(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    values = [_resumed(run, given, node, frame) for given in arguments.positional]
    return (containers.make(run, "list", Items(tuple(values)), Site(frame.module, node)),)


def _resumed(run: Run, values: Values, node: ast.AST, frame: Frame) -> Values:
    return join(*(calls.resume(run, value, node, frame) for value in values)) if values else UNKNOWN


@models("atexit.register", "signal.signal")
def _registers(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    return UNKNOWN


@models("builtins.exit", "builtins.quit", "sys.exit", "os._exit")
def _exits(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    raise run.fail("SystemExit", node, frame)


# --- objects that call what they hold ------------------------------------------------------------


def call_made(run: Run, made: Made, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """Call an object of the outside: a `partial`, a decorator in the making, a cached function."""
    held = made.arguments
    if held is None:
        return UNKNOWN
    match made.type:
        case "functools.register" if made.receiver is not None and arguments.positional:
            return _registered(run, made.receiver, held.positional[0], arguments.positional[0])
        case "functools.partial":
            inner = held.get(0, "func")
            together = Arguments(
                [*held.positional[1:], *arguments.positional],
                {**held.keywords, **arguments.keywords},
                {},
                join(held.rest, arguments.rest) if held.rest or arguments.rest else (),
                arguments.more_keywords,
                arguments.open,
            )
            if made.receiver is not None and made.receiver not in (None,) and isinstance(made.receiver, Instance):
                inner = held.positional[1] if len(held.positional) > 1 else inner
            return calls.call(run, inner or UNKNOWN, together, node, frame)
        case "functools.wraps":
            wrapper = arguments.get(0, "wrapper")
            dress(run, wrapper, held.get(0, "wrapped"), node, frame)
            return wrapper or UNKNOWN
        case "functools.wrapper":
            return calls.call(run, held.positional[0], arguments, node, frame)
        case "contextlib.contextmanager":
            return calls.call(run, held.positional[0], arguments, node, frame)
        case "typing.NewType":
            return arguments.get(0, "") or UNKNOWN
    return calls.call_external_method(run, ExternalMethod(made.type, "__call__", made), arguments, node, frame)


def _for_kind(kind: Values) -> str:
    """Under which name a generic function keeps its function for a kind of values."""
    return f"[for {', '.join(getattr(one, 'name', '') for one in kind)}]"


def _registered(run: Run, generic: Value, kind: Values, functions: Values) -> Values:
    """`@generic.register(kind)`: the function itself, of which the generic one knows."""
    run.store.set(generic, _for_kind(kind), functions)
    run.store.set(generic, "[registered]", join(run.store.values(generic, "[registered]"), functions))
    return functions


def call_method(run: Run, method: ExternalMethod, arguments: Arguments, node: ast.AST, frame: Frame) -> Values | None:
    """Methods of objects outside the project that hand on the program's own values."""
    receiver = method.receiver
    if isinstance(receiver, Constant) and isinstance(receiver.value, str):
        computed = literals.call_text(run, receiver.value, method.name, arguments, Site(frame.module, node))
        if computed is not None:
            return computed
    if method.type == records.NAMED_TUPLE and isinstance(receiver, Instance):
        return records.call_method(run, receiver, method.name, arguments, node, frame)
    match method.type, method.name:
        case "builtins.property", "setter" | "deleter" | "getter" as name:
            for function in arguments.get(0, ""):
                if isinstance(function, Function) and frame.owner is not None:
                    run.store.set(frame.owner, f"{function.name}[{name}]", (function,))
            return (receiver,)
        case "functools.wrapper", "register" if arguments.positional:
            first = arguments.positional[0]
            if len(arguments.positional) == 1 and not isinstance(first[0], Function):
                return (Made("functools.register", Site(frame.module, node), receiver, arguments),)
            return _registered(run, receiver, first, arguments.positional[-1])
        case "functools.wrapper", "dispatch" if isinstance(receiver, Made) and receiver.arguments is not None:
            exactly = run.store.values(receiver, _for_kind(arguments.get(0, "cls")))
            every = run.store.values(receiver, "[registered]")
            return exactly or join(receiver.arguments.get(0, "func"), every)
        case "asyncio.TaskGroup" | "asyncio.SelectorEventLoop", "create_task":
            return _resumed(run, arguments.get(0, "coro"), node, frame)
        case "concurrent.futures.Executor", "map" if isinstance(receiver, Instance):
            given = [containers.elements(run, values, node, frame) for values in arguments.positional[1:]]
            submitted = Arguments([*arguments.positional[:1], *given], nodes=arguments.nodes)
            calls.call(run, attributes.get(run, (receiver,), "submit", node, frame), submitted, node, frame)
            return UNKNOWN
        case "builtins.str", "format" | "join" | "upper" | "lower" | "strip" | "replace":
            return (Made("builtins.str", Site(frame.module, node)),)
        case _, "run_until_complete":
            return _resumed(run, arguments.get(0, "future"), node, frame)
        case _, "__init__" if isinstance(receiver, Instance):
            receiver.contents = tuple(value for values in arguments.positional for value in values)
            run.store.set(
                receiver,
                "[init]",
                (containers.tuple_of(run, arguments.positional, Site(frame.module, node)),),
            )
            for keyword, values in arguments.keywords.items():
                run.store.set(receiver, f"[init {keyword}]", values)
            return NONE
        case _, "__setattr__" if isinstance(receiver, Instance):
            return _object_setattr(run, calls.with_receiver(arguments, receiver), node, frame)
        case base, "__new__" if base in MAKERS and arguments.positional:
            return _object_new(run, arguments, node, frame)
        case "builtins.object", "__reduce_ex__" | "__reduce__" | "__getstate__":
            return UNKNOWN
        case "contextlib.ExitStack", "enter_context" if arguments.positional:
            return with_blocks.enter(run, arguments.positional[0], node, frame)  # type: ignore[arg-type]
        case "argparse.ArgumentParser", "add_argument":
            kept = [values for key, values in arguments.keywords.items() if key != "action"]
            if kept:
                stored = run.store.get((receiver, ITEMS))
                items = stored if isinstance(stored, Items) else Items()
                run.store.set(receiver, ITEMS, containers.appended(items, Items(tuple(kept))))
            return None
        case "multiprocessing.context.BaseContext", "get_start_method" if not arguments.positional:
            return (Made(circumstances.START_METHOD, Site(frame.module, node), receiver),)
        case "sqlite3.Cursor", "fetchone" | "fetchall" | "fetchmany" as fetch if isinstance(receiver, Made):
            return circumstances.rows(run, receiver, fetch, node, frame)
        case "collections.deque", "append" | "appendleft" if arguments.positional:
            stored = run.store.get((receiver, ITEMS))
            new = isinstance(receiver, Made) and receiver.arguments == Arguments()
            items = stored if isinstance(stored, Items) else Items(exact=new)
            added = Items((arguments.positional[0],))
            pair = (items, added) if method.name == "append" else (added, items)
            run.store.set(receiver, ITEMS, containers.appended(*pair))
            return NONE
    return None


# Types whose `__new__` makes a plain object of the class that it is given.
MAKERS = {
    *("builtins.object", "builtins.int", "builtins.float", "builtins.complex", "builtins.str", "builtins.bytes"),
    *("builtins.tuple", "builtins.list", "builtins.dict", "builtins.set", "builtins.frozenset"),
}


@models(*(f"{base}.__new__" for base in MAKERS))
def _object_new(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    for value in arguments.get(0, "cls"):
        if isinstance(value, Class):
            return (Instance(value, Site(frame.module, node)),)
    return UNKNOWN


@models("builtins.super")
def _super(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    return UNKNOWN
