"""What decorators of the standard library make of a callable: caches, generic functions, context managers."""

from __future__ import annotations

from picklecheck.semantics.domain.facts import OVERLOADS, cached, overload
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    Container,
    ExternalName,
    ExternalObject,
    Function,
    Here,
    Instance,
    Unknown,
    Value,
    Values,
    Wrapper,
    join,
)
from picklecheck.semantics.exits import Exit
from picklecheck.semantics.machine import Machine


def call(run: Machine, wrapper: Wrapper, arguments: Arguments, here: Here) -> Values:
    """Call a wrapper, or decorate with it."""
    match wrapper.kind:
        case "cached":
            return call_cached(run, wrapper, arguments, here)
        case "generic":
            return run.call(generic_choice(run, wrapper, arguments), arguments, here)
        case "contextmanager":
            return run.call(wrapper.function, arguments, here)
        case "managed" if wrapper.receiver is not None:
            return call_managed(run, wrapper.receiver, wrapper.function, arguments, here)
        case "wraps":
            decorated = arguments.get(0, "wrapper")
            dress(run, decorated, wrapper.function, here)
            return decorated or UNKNOWN
        case "register" if wrapper.receiver is not None and arguments.positional:
            return register(run, wrapper.receiver, wrapper.function, arguments.positional[0])
        case "NewType":
            return arguments.get(0, "") or UNKNOWN
    return UNKNOWN


def call_cached(run: Machine, wrapper: Wrapper, arguments: Arguments, here: Here) -> Values:
    """A cached function runs once for the same arguments, and gives back the same object."""
    given = [*arguments.positional, *arguments.keywords.values()]
    if arguments.is_open or any(isinstance(value, Unknown) for values in given for value in values):
        return run.call(wrapper.function, arguments, here)
    key = cached((tuple(arguments.positional), tuple(sorted(arguments.keywords.items(), key=lambda one: one[0]))))
    kept = run.store.values(wrapper, key)
    if kept:
        return kept
    values = run.call(wrapper.function, arguments, here)
    run.store.set(wrapper, key, values)
    return values


def call_managed(run: Machine, manager: Value, function: Values, arguments: Arguments, here: Here) -> Values:
    """`with manager: return function(…)`; an exception that the manager swallows leaves None."""
    run.enter((manager,), here)
    returned: list[Values] = []
    exits = run.exits_of(lambda: returned.append(run.call(function, arguments, here)))
    swallowed: list[bool | None] = []
    found: list[Exit] = []
    for one in run.joined(exits):
        raised = one.values if one.way == "raises" else ()
        left = run.after(one, lambda raised=raised: swallowed.append(run.leave((manager,), raised, here)))  # type: ignore[misc]
        for out in left:
            ends = out.way == "falls" and bool(raised) and swallowed[-1] is not True
            found.append(Exit("raises", out.changes, raised) if ends else out)
    run.take(found)
    return join(*(values or NONE for values in returned or [()]))


def generic_choice(run: Machine, wrapper: Wrapper, arguments: Arguments) -> Values:
    """Which function of a generic one is called: by the type of the first argument, where that is known."""
    every = run.store.values(wrapper, OVERLOADS)
    if not every:
        return wrapper.function
    kinds = [kind_of(value) for value in arguments.positional[0]] if arguments.positional else [None]
    exactly = [run.store.values(wrapper, overload(kind)) if kind is not None else () for kind in kinds]
    return join(*exactly) if exactly and all(exactly) else join(wrapper.function, every)


def kind_of(value: Value) -> str | None:
    """The name of a value's type; None where it is not known."""
    match value:
        case Instance(cls=cls):
            return cls.name
        case ExternalObject(type=name):
            return name
        case Container(kind=kind):
            return f"builtins.{kind}"
        case Constant(value=literal):
            return f"builtins.{type(literal).__name__}"
    return None


def names_of(kind: Values) -> str:
    return ", ".join(getattr(one, "name", "") for one in kind)


def register(run: Machine, generic: Value, kind: Values, functions: Values) -> Values:
    """`@generic.register(kind)`: the function itself, of which the generic one knows."""
    run.store.set(generic, overload(names_of(kind)), functions)
    run.store.set(generic, OVERLOADS, join(run.store.values(generic, OVERLOADS), functions))
    return functions


def dispatch(run: Machine, generic: Wrapper, kind: Values) -> Values:
    """`generic.dispatch(kind)`."""
    exactly = run.store.values(generic, overload(names_of(kind)))
    return exactly or join(generic.function, run.store.values(generic, OVERLOADS))


def dress(run: Machine, wrapper: Values, wrapped: Values, here: Here) -> None:
    """`functools.update_wrapper`: names and module of the wrapped, and `__wrapped__`."""
    for one in wrapper:
        if not isinstance(one, Function | Class | Instance):
            continue
        for name in ("__name__", "__qualname__", "__module__"):
            for other in wrapped:
                match other:
                    case Unknown() | ExternalObject() | Wrapper():
                        run.store.set(one, name, UNKNOWN)
                    case Function() | Class():
                        run.store.set(one, name, run.attribute_of(other, name, here))
                    case ExternalName(name=dotted):
                        module, _, text = dotted.rpartition(".")
                        run.store.set(one, name, (Constant(module if name == "__module__" else text),))
        run.store.set(one, "__wrapped__", wrapped)
