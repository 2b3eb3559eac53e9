"""Objects that were made out of sight: by any call of their class, with their methods called in any order since."""

from __future__ import annotations

from collections.abc import Iterator

from picklecheck.semantics.budget import MOST_STEPS_OF_A_COLD_CALL, TooLong
from picklecheck.semantics.domain.facts import ITEMS, OPEN
from picklecheck.semantics.domain.items import havocked
from picklecheck.semantics.domain.mro import outside_bases, resolution_order
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    Container,
    ExternalObject,
    Function,
    Here,
    Instance,
    Value,
    Values,
    join,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.own_attributes import Access, accesses, changes
from picklecheck.semantics.syntax.scopes import parameters

# Of the methods of a class that may have been called on an object, so many are run.
MOST_FILLING = 6


def generic_instance(run: Machine, cls: Class, here: Here, arguments: Arguments | None = None) -> Instance:
    """An instance made in some way that is not seen: by the constructor, with unknown arguments.

    Its methods may have been called since, so that a `self.ready = False` of the constructor may be anything. Of the
    object whose method is run (it has `arguments`), what they set is among that; of all others that is too much to say.
    """
    given = arguments or Arguments(open=True)
    given.keywords = {**likely_arguments(run, cls), **given.keywords}
    made = run.instantiate(cls, given, here)
    instance = next((value for value in made if isinstance(value, Instance)), None)
    if instance is None:
        instance = Instance(cls, here.site)
    run.store.set(instance, OPEN, UNKNOWN)
    if arguments is not None and not run.mode.unheard:
        call_others(run, instance, here)
    blur(run, instance)
    run.pass_time()
    return instance


def blur(run: Machine, instance: Instance) -> None:
    """What is a literal, or empty, when an object has been made may be anything later, if anything changes it."""
    classes = [one for one in resolution_order(instance.cls) if isinstance(one, Class)]
    later = frozenset().union(*(one.module.set_later for one in classes))
    methods = accesses_of(classes)
    filled = frozenset().union(*(one.changes for name, one in methods.items() if name != "__init__"))
    for name, values in run.store.names(instance).items():
        if name in later and any(isinstance(value, Constant) for value in values):
            run.store.set(instance, name, join(values, UNKNOWN))
        for value in values if name in filled else ():
            if isinstance(value, Container) and is_empty(run, value):
                run.store.set(value, ITEMS, havocked(run.store.items(value), value.kind == "dict"))


def accesses_of(classes: list[Class]) -> dict[str, Access]:
    """What the methods that an object finds do with its attributes; of those that are overridden, all say something."""
    found: dict[str, Access] = {}
    for one in classes:
        for name, access in accesses(one.site.node).items():
            other = found.get(name, access)
            found[name] = Access(access.changes | other.changes, access.reads | other.reads)
    return found


def is_empty(run: Machine, value: Container) -> bool:
    items = run.store.items(value)
    return items.exact and not items.values


def call_others(run: Machine, instance: Instance, here: Here) -> None:
    """Call the methods that change what the constructor left open, once each, as others may have done."""
    functions = list(changing(run, instance))
    if len(functions) > MOST_FILLING:
        run.meet("MOST_FILLING")
    for function in functions[:MOST_FILLING]:
        with run.under(unheard=True):
            run.maybe(lambda one=function: call_alone(run, one, instance, here))  # type: ignore[misc]


def call_alone(run: Machine, function: Function, instance: Instance, here: Here) -> None:
    """Call a method with arguments that are not known; where that takes too long, it has not been called."""
    try:
        with run.budget.limited(MOST_STEPS_OF_A_COLD_CALL, cold=True):
            run.call(run.bound((function,), instance, instance.cls, here), Arguments(open=True), here)
    except TooLong:
        raise Abrupt from None


def changing(run: Machine, instance: Instance) -> Iterator[Function]:
    """The methods that others may call on an object in its process, and that set what is `None`, a literal, or empty.

    Those that the class calls or passes on itself are left out: it may do so in another process only.
    """
    outside = outside_bases(instance.cls)
    if any(base.name.startswith("unittest.") for base in outside):
        return  # each of its tests has an object of its own
    methods = accesses_of([one for one in resolution_order(instance.cls) if isinstance(one, Class)])
    used = frozenset().union(*(one.reads for one in methods.values()))
    names = run.store.names(instance).items()
    left_open = {name for name, values in names if any(is_left_open(run, value) for value in values)}
    for name in methods:
        if name in used or (name.startswith(("_", "test")) and name != "__enter__") or (name == "run" and outside):
            continue
        if left_open.isdisjoint(changes(methods, name)):
            continue
        match run.find(instance.cls, name):
            case (Function(body="plain") as function,):
                yield function


def is_left_open(run: Machine, value: Value) -> bool:
    """Whether a value says nothing yet: a literal, or a container without items."""
    return isinstance(value, Constant) or (isinstance(value, Container) and is_empty(run, value))


def remember(run: Machine, cls: Class, constructor: Value, arguments: Arguments) -> None:
    """Keep what the constructor of a class was given, as far as it is the same whenever it is given."""
    if arguments.is_open or not isinstance(constructor, Function):
        return
    named = [one.arg for one in parameters(constructor.node)[1:]]
    given = {**dict(zip(named, arguments.positional, strict=False)), **arguments.keywords}
    for name, values in given.items():
        lasting = tuple(value for value in values if isinstance(value, Function | ExternalObject | Class | Instance))
        if lasting:
            kept = run.origins.constructed.setdefault(cls, {})
            kept[name] = join(kept.get(name, lasting), lasting)


def likely_arguments(run: Machine, cls: Class) -> dict[str, Values]:
    """What a constructor was given where that is seen, or anything else; parameters with a default are left out."""
    made_by = run.find(cls, "__init__")
    if not made_by or not isinstance(made_by[0], Function):
        return {}
    given = run.origins.constructed.get(cls, {})
    lasting = {name: tuple(one for one in values if is_there(run, one)) for name, values in given.items()}
    return {name: join(values, UNKNOWN) for name, values in lasting.items() if name not in made_by[0].defaults}


def is_there(run: Machine, value: Value) -> bool:
    """Whether what an object holds is still known: it was not made aside."""
    return not isinstance(value, Instance) or bool(run.store.names(value))
