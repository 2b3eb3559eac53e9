"""What decorators of the standard library make of a callable: caches, generic functions, context managers."""

from __future__ import annotations

import ast
import builtins

from picklecheck.semantics.domain.facts import OVERLOADS, Fact, cached, overload
from picklecheck.semantics.domain.mro import OBJECT, PLAIN_BASES, resolution_order
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
from picklecheck.semantics.syntax.scopes import parameters


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
    chosen = [
        overload_for(run, wrapper, value) for value in (arguments.positional[0] if arguments.positional else UNKNOWN)
    ]
    return join(*chosen) if all(chosen) else join(wrapper.function, every)


def overload_for(run: Machine, generic: Wrapper, value: Value) -> Values:
    """The function for the type of a value, or for its nearest base that has one; empty where that is not known."""
    order = lineage(value)
    if order and (exactly := run.store.values(generic, overload(order[0]))):
        return exactly
    entries = [name for name in run.store.entries(generic) if isinstance(name, Fact) and name.kind == "overload"]
    if not all(is_concrete(entry.about) for entry in entries):
        return ()  # an abstract class may count the value's type among its subclasses
    for kind in order:
        if found := run.store.values(generic, overload(kind)):
            return found
        if not is_concrete(kind) and kind not in PLAIN_BASES:
            return ()
    return generic.function if order else ()


def lineage(value: Value) -> list[object]:
    """The types of a value, nearest first: classes of the project, and dotted names; empty where it is not known."""
    match value:
        case Instance(cls=cls):
            order = [key_of(base) for base in resolution_order(cls)]
            return [*order, *(one for base in order[-1:] for one in builtin_lineage(base)[1:])]
        case ExternalObject(type=name):
            return builtin_lineage(name)
        case Container(kind=kind):
            return builtin_lineage(f"builtins.{kind}")
        case Constant(value=literal):
            return builtin_lineage(f"builtins.{type(literal).__name__}")
    return []


def builtin_lineage(name: object) -> list[object]:
    """A type outside the project with its bases, which are known of builtin ones."""
    known = getattr(builtins, str(name).removeprefix("builtins."), None)
    return [f"builtins.{one.__name__}" for one in known.__mro__] if isinstance(known, type) else [name]


def is_concrete(kind: object) -> bool:
    """Whether only what derives from a type counts as one of its kind: it has no `__subclasshook__`."""
    match kind:
        case Class():
            return all(isinstance(base, Class) or base == OBJECT for base in resolution_order(kind))
        case str(name):
            return isinstance(getattr(builtins, name.removeprefix("builtins."), None), type)
    return False


def key_of(kind: Value) -> object:
    """What a type is known by; the empty text for what is not known."""
    return kind if isinstance(kind, Class) else kind.name if isinstance(kind, ExternalName) else ""


def annotated_kinds(run: Machine, function: Function) -> Values:
    """The types in the annotation of the first parameter, each of `int | str`."""
    found: list[Values] = []
    left = [one.annotation for one in parameters(function.node)[:1] if one.annotation is not None]
    while left:
        match left.pop():
            case ast.BinOp(op=ast.BitOr(), left=one, right=other):
                left += [one, other]
            case node:
                found.append(run.evaluate(node, function.frame))
    return join(*found) if found else UNKNOWN


def register(run: Machine, generic: Value, kinds: Values, functions: Values) -> Values:
    """`@generic.register(kind)`: the function itself, of which the generic one knows."""
    for kind in kinds:
        run.store.set(generic, overload(key_of(kind)), functions)
    run.store.set(generic, OVERLOADS, join(run.store.values(generic, OVERLOADS), functions))
    return functions


def dispatch(run: Machine, generic: Wrapper, kinds: Values) -> Values:
    """`generic.dispatch(kind)`."""
    exactly = [run.store.values(generic, overload(key_of(kind))) for kind in kinds]
    return join(*exactly) if exactly and all(exactly) else join(generic.function, run.store.values(generic, OVERLOADS))


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
