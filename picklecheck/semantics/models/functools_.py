"""Models of `functools`: partial application, caches, generic functions, wrappers."""

from __future__ import annotations

from dataclasses import replace

from picklecheck.semantics.domain.facts import Fact
from picklecheck.semantics.domain.items import bound
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    BoundMethod,
    Class,
    Descriptor,
    ExternalMethod,
    ExternalName,
    Function,
    Here,
    Partial,
    Values,
    Wrapper,
    join,
)
from picklecheck.semantics.forms.loops import MOST_ROUNDS
from picklecheck.semantics.kinds import wrappers
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import methods, models

CALLABLE = Function | Class | ExternalName | BoundMethod | Partial | Wrapper


@models("functools.partial")
def _partial(run: Machine, arguments: Arguments, here: Here) -> Values:
    if not arguments.positional:
        return UNKNOWN
    given = arguments.without_first()
    match arguments.positional[0]:
        case (Partial() as inner,):  # a partial of a partial is one of its function
            nodes = {
                key + len(inner.arguments.positional) if isinstance(key, int) else key: node
                for key, node in given.nodes.items()
            }
            together = replace(given.behind(inner.arguments), nodes={**inner.arguments.nodes, **nodes})
            return (Partial(inner.function, together, here.site),)
    return (Partial(arguments.positional[0], given, here.site),)


@models("functools.partialmethod")
def _partialmethod(run: Machine, arguments: Arguments, here: Here) -> Values:
    if not arguments.positional:
        return UNKNOWN
    return (Descriptor("partialmethod", arguments.positional[0], here.site, arguments.without_first()),)


@models("functools.wraps")
def _wraps(run: Machine, arguments: Arguments, here: Here) -> Values:
    return (Wrapper("wraps", arguments.get(0, "wrapped") or UNKNOWN, here.site),)


@models("functools.update_wrapper")
def _update_wrapper(run: Machine, arguments: Arguments, here: Here) -> Values:
    wrapper = arguments.get(0, "wrapper")
    wrappers.dress(run, wrapper, arguments.get(1, "wrapped"), here)
    return wrapper or UNKNOWN


@models("functools.lru_cache", "functools.cache")
def _cache(run: Machine, arguments: Arguments, here: Here) -> Values:
    given = arguments.get(0, "maxsize")
    if given and all(isinstance(value, CALLABLE) for value in given):
        return (Wrapper("cached", given, here.site),)
    return (ExternalName("functools.lru_cache"),)


@models("functools.singledispatch")
def _singledispatch(run: Machine, arguments: Arguments, here: Here) -> Values:
    return (Wrapper("generic", arguments.get(0, "func") or UNKNOWN, here.site),)


@methods("functools.wrapper", "register")
def _register(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """`@generic.register(kind)`, `@generic.register` of an annotated function, or both arguments at once."""
    if not arguments.positional:
        return None
    first = arguments.positional[0]
    if len(arguments.positional) == 1 and not isinstance(first[0], Function):
        return (Wrapper("register", first, here.site, method.receiver),)
    match first:
        case (Function() as function,) if len(arguments.positional) == 1:
            return wrappers.register(run, method.receiver, wrappers.annotated_kinds(run, function), first)
    return wrappers.register(run, method.receiver, first, arguments.positional[-1])


@methods("functools.wrapper", "cache_clear")
def _cache_clear(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    for name in run.store.entries(method.receiver):
        if isinstance(name, Fact) and name.kind == "cached":
            run.store.unset(method.receiver, name)
    return NONE


@methods("functools.wrapper", "dispatch")
def _dispatch(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    match method.receiver:
        case Wrapper() as generic:
            return wrappers.dispatch(run, generic, arguments.get(0, "cls"))
    return None


@models("functools.reduce")
def _reduce(run: Machine, arguments: Arguments, here: Here) -> Values:
    """The function is called on what it returned and the next item; for unknown items as if there were two."""
    items = run.items_of(arguments.get(1, "iterable") or UNKNOWN, here)
    every = items.all() or UNKNOWN
    rounds = [*arguments.positional[2:], *(map(bound, items.values) if items.exact else (every, every))][:MOST_ROUNDS]
    if not rounds:
        return UNKNOWN
    result = rounds[0]
    for item in rounds[1:]:
        result = run.call(arguments.get(0, "function") or UNKNOWN, Arguments([result, item]), here)
    return result if items.exact else join(result, every)
