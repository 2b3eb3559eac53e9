"""Calls: what each kind of callable does, and which of several alternatives is called."""

from __future__ import annotations

from collections.abc import Sequence

from picklecheck.semantics.domain.facts import RETURNED
from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.mro import is_subtype, outside_bases
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    BoundMethod,
    Class,
    Constant,
    Descriptor,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Function,
    Here,
    Instance,
    Partial,
    Suspended,
    Unbound,
    Unknown,
    Value,
    Values,
    Wrapper,
    join,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.kinds import container_methods, functions, wrappers
from picklecheck.semantics.kinds.containers import PASSING_ITERATORS
from picklecheck.semantics.kinds.following import may_reach_sink
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Doubt
from picklecheck.semantics.models import methods
from picklecheck.semantics.models.registry import MODELS


def call(run: Machine, callees: Values, arguments: Arguments, here: Here) -> Values:
    if len(callees) == 1:
        if not run.mode.callees:
            return call_value(run, callees[0], arguments, here)
        with run.under(callees=()):
            return call_value(run, callees[0], arguments, here)
    doubt = max(run.mode.doubt, doubt_between(run, callees))
    with run.under(doubt=doubt, callees=callees):
        found = run.branches([lambda one=one: call_value(run, one, arguments, here) for one in callees])  # type: ignore[misc]
    return join(*found)


# A call that may be one of more than these says nothing of any of them.
MOST_CALLEES = 3

# What takes all items of what it is given, whatever they are.
ITERATING = {
    *("builtins.sum", "builtins.bytes", "builtins.bytearray", "builtins.str.join", "builtins.bytes.join"),
    *("math.fsum", "math.prod", "statistics.mean", "statistics.fmean", "statistics.median", "statistics.stdev"),
    *("io.TextIOWrapper.writelines", "io.BufferedWriter.writelines", "_csv.writer.writerows"),
}


def doubt_between(run: Machine, callees: Values) -> Doubt:
    """How sure it is that one of several callees is called; `None` is not one that a working program calls.

    Where one of them is not known, the others are called perhaps.
    """
    real = [callee for callee in callees if not isinstance(callee, Constant | Unbound)]
    if len(real) < 2:
        return Doubt.NONE
    if any(isinstance(callee, Function | BoundMethod | Class | Instance) for callee in real):
        return Doubt.SOME
    names = [callee.dotted if isinstance(callee, ExternalMethod) else getattr(callee, "name", "") for callee in real]
    if any(isinstance(callee, Unknown) for callee in real):
        return Doubt.SOME if len(set(names)) <= MOST_CALLEES else Doubt.MUCH
    known = sorted({run.world.canonical(name) for name in names})
    sure = len(known) == 1 or (all(run.world.crosses(name) for name in known) and run.world.alike(known))
    return Doubt.NONE if sure else Doubt.SOME if len(known) <= MOST_CALLEES else Doubt.MUCH


def call_value(run: Machine, callee: Value, arguments: Arguments, here: Here) -> Values:
    match callee:
        case Function():
            return functions.call_function(run, callee, arguments, here)
        case BoundMethod(function=function, receiver=receiver):
            return functions.call_function(run, function, arguments.with_receiver(receiver), here)
        case Class():
            return run.instantiate(callee, arguments, here)
        case ExternalName():
            return call_external(run, callee, arguments, here)
        case ExternalMethod():
            return call_external_method(run, callee, arguments, here)
        case Partial(function=function, arguments=bound):
            return run.call(function, arguments.behind(bound), here)
        case Wrapper():
            return wrappers.call(run, callee, arguments, here)
        case Suspended(function=Function()) | Instance() if decorates(run, callee, arguments):
            return (Wrapper("managed", arguments.positional[0], here.site, callee),)
        case Instance() if method := run.find(callee.cls, "__call__"):
            return run.call(run.bound(method, callee, callee.cls, here), arguments, here)
        case ExternalObject(type=name):
            return call_external_method(run, ExternalMethod(name, "__call__", callee), arguments, here)
        case Descriptor(function=function, kind="staticmethod"):
            return run.call(function, arguments, here)
        case Constant():
            raise run.fail("TypeError", here)
    run.may_raise()
    return UNKNOWN


def decorates(run: Machine, manager: Value, arguments: Arguments) -> bool:
    """Whether a context manager is called with a function to run inside it: only those of `contextlib` can be."""
    if isinstance(manager, Instance):
        bases = {base.name for base in outside_bases(manager.cls)}
        if "contextlib.ContextDecorator" not in bases or run.find(manager.cls, "__call__"):
            return False
    return bool(arguments.positional) and all(isinstance(one, Function) for one in arguments.positional[0])


def call_method(run: Machine, owner: Value, name: str, positional: Sequence[Values], here: Here) -> Values:
    """`owner.name(*positional)` on behalf of the language, for an object of a class of the project."""
    if not isinstance(owner, Instance):
        return UNKNOWN
    method = run.find(owner.cls, name)
    if not method:
        return UNKNOWN
    return run.call(run.bound(method, owner, owner.cls, here), Arguments(list(positional)), here)


def call_external(run: Machine, callee: ExternalName, arguments: Arguments, here: Here) -> Values:
    """A call out of the project: a model of it if there is one, else an object of a known type, else anything."""
    name = run.world.canonical(callee.name)
    receiver = named_receiver(run, name, arguments)
    if receiver is not None:
        owner, _, method = name.rpartition(".")
        return call_external_method(run, ExternalMethod(owner, method, receiver), arguments.without_first(), here)
    model = MODELS.get(name)
    try:
        result = None if model is None else model(run, arguments, here)
    except Abrupt:  # as where a copy is made, and `__setstate__` fails: the call was made all the same
        run.tell(name, None, arguments, here, UNKNOWN)
        raise
    if result is None:
        if name not in PASSING_ITERATORS:
            consume(run, name, arguments, here)
        if not is_subtype(name, "builtins.BaseException"):  # to make an exception raises none
            run.may_raise()
        result = returned(run, name, None, arguments, here)
    run.tell(name, None, arguments, here, result)
    return result


def named_receiver(run: Machine, name: str, arguments: Arguments) -> Instance | None:
    """The object in `Base.method(self, …)`, where `Base` is a class outside the project that it derives from."""
    match arguments.positional[:1]:
        case [(Instance() as first,)]:
            owner = name.rpartition(".")[0]
            return first if owner in (run.world.canonical(base.name) for base in outside_bases(first.cls)) else None
    return None


def call_external_method(run: Machine, callee: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    result = container_methods.call(run, callee, arguments, here)
    surely = callee.dotted in ITERATING
    if surely:
        consume(run, callee.dotted, arguments, here)
    if result is None:
        result = methods.call(run, callee, arguments, here)
    if result is None:
        if not surely:
            consume(run, callee.dotted, arguments, here)
        run.may_raise()
        result = returned(run, callee.dotted, callee.receiver, arguments, here)
    run.tell(callee.dotted, callee.receiver, arguments, here, result)
    return result


def consume(run: Machine, name: str, arguments: Arguments, here: Here) -> None:
    """What is called iterates over the generator expressions that it is given, as `sum(size(row) for row in rows)`.

    What surely iterates also runs other code behind the items, where this may send something.
    """
    surely = name in ITERATING
    for values in (*arguments.positional, *arguments.keywords.values()):
        for value in values:
            if isinstance(value, Suspended) and value.frame is not None:
                run.yielded(value, here)
            elif surely and has_code_behind(run, value):
                run.items_of((value,), here)


def has_code_behind(run: Machine, value: Value) -> bool:
    """Whether code that may send something gives the items: a generator, an `__iter__`, also through `map` or `zip`."""
    match value:
        case Suspended(kind="generator", function=Function() as function):
            return may_reach_sink(run, function)
        case Instance(cls=cls):
            return any(isinstance(one, Function) and may_reach_sink(run, one) for one in run.find(cls, "__iter__"))
        case ExternalObject(type=name, arguments=Arguments(positional=given)) if name in PASSING_ITERATORS:
            return any(has_code_behind(run, one) for values in given for one in values)
    return False


def returned(run: Machine, name: str, receiver: Value | None, arguments: Arguments, here: Here) -> Values:
    """What a call outside the project gives, by what is known of it."""
    types = run.world.returned(name, arguments)
    if types is None:
        return UNKNOWN
    if told := run.store.values(RETURNED, name):
        return told
    made: list[Values] = [
        NONE if one == "builtins.NoneType" else (ExternalObject(one.strip("[]"), here.site, receiver, arguments),)
        for one in types
    ]
    if len(types) > 1:
        return (run.tuple_of(made, here.site),)
    if types[0].startswith("["):
        return (run.make("list", Items(tuple(made), exact=False), here.site),)
    return made[0]
