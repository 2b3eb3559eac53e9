"""Objects of types outside the program: what is known of the type, then what the object holds."""

from __future__ import annotations

from dataclasses import replace

from picklecheck.crossings.by_value import WHOLE
from picklecheck.crossings.judging import Judging, Via
from picklecheck.crossings.parameters import given
from picklecheck.crossings.references import is_written
from picklecheck.crossings.verdict import CARRIED, PYTHON_2, STARTED, Reason, Refusal, Verdict, covers
from picklecheck.knowledge.schema import TypeEntry
from picklecheck.semantics.domain import mro
from picklecheck.semantics.domain.facts import REDUCER, initial
from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import Arguments, ExternalName, ExternalObject, Instance, Partial, Value
from picklecheck.semantics.kinds import attributes


def module(judge: Judging, value: Value, name: str) -> Verdict:
    if judge.carrier in WHOLE or judge.run.store.values(ExternalName("builtins.module"), REDUCER):
        return CARRIED
    return (judge.refusal(value, "resource", "pickle does not support modules"),)


def external(judge: Judging, value: ExternalName) -> Verdict:
    """A function or class of another module goes by name; some mean objects that refuse, or lead elsewhere."""
    type_name = judge.world.attribute(value.name)
    return of_type(judge, type_name or f"{value.name}.__name__", value)


def of_type(judge: Judging, name: str, value: Value) -> Verdict:
    """The verdict on a value by what is known of its type, or of a base of it."""
    entry = judge.world.type(name)
    if entry is None or entry.undecided:
        return CARRIED
    if judge.carrier == "interpreters":
        return of_entry(judge, entry, value, "pickle")
    if judge.carrier == "dill spawning" and judge.world.original(name) == name:
        return of_entry(judge, entry, value, "dill")
    return of_entry(judge, entry, value, judge.carrier)


def of_entry(judge: Judging, entry: TypeEntry, value: Value, carrier: str) -> Verdict:
    if carrier in ("multiprocessing", "spawning") and is_named(judge, entry.taught_by):
        return CARRIED
    if is_named(judge, entry.registered_by) or is_registered(judge, entry.registered_by):
        return CARRIED
    found: list[Refusal] = []
    reason: Reason = "resource"
    refused = entry.refused.get(carrier, frozenset())
    boundary = judge.world.boundaries.get(entry.name)
    if boundary is not None and boundary.starts:
        reason = "started"
    elif isinstance(value, ExternalObject | Instance) and entry.started and is_started(judge, value):
        refused, reason = entry.started.get(carrier, frozenset()), "started"
    elif refused and "spawning" not in carrier and not (entry.refused.keys() & {"spawning", "dill spawning"}):
        if judge.world.original(entry.name).startswith("multiprocessing."):
            reason = "shared only by inheritance"
    if refused & judge.versions:
        found.append(judge.refusal(value, reason, _sentence(entry.why), refused))
    rebuilt = entry.loads.get(carrier, frozenset())
    if rebuilt & judge.versions:
        found.append(judge.refusal(value, "not rebuilt", _sentence(entry.why), rebuilt, stage="loads"))
    sure = entry.measured
    return tuple(replace(one, instead=entry.instead, certain=one.certain and sure) for one in found)


def is_named(judge: Judging, names: tuple[str, ...]) -> bool:
    """Whether the program may have loaded what registers a type with a pickler."""
    texts = [module.text for module in judge.run.imports.namespaces]
    return any(name in text for name in names for text in texts)


def is_registered(judge: Judging, names: tuple[str, ...]) -> bool:
    """Whether a file of the project, which need not be one that runs here, names what registers a type for all."""
    return any(judge.run.program.has_user_of(judge.run.main.file, name) for name in names)


def is_started(judge: Judging, value: Value) -> bool:
    state = judge.run.store.values(value, STARTED)
    return bool(state) and value is not judge.at.starting


def made(judge: Judging, value: ExternalObject) -> Verdict:
    """An object of another library: its type's row, then what it holds."""
    if value is judge.at.starting:
        return process(judge, value)
    if judge.run.store.values(ExternalName(value.type), REDUCER):
        return CARRIED  # the program says itself how its objects are pickled
    by_type = of_type(judge, value.type, value)
    if judge.carrier == "cloudpickle" and is_written(value):
        why = "cloudpickle sends a text file only if it is opened for reading"
        by_type = (judge.refusal(value, "resource", why),)
    if by_type and covers(by_type, judge.versions):
        return by_type
    return (*by_type, *held(judge, value))


def process(judge: Judging, value: Value) -> Verdict:
    """A process that is being started: what its constructor was given."""
    found: list[Refusal] = []
    for name in ("target", "args", "kwargs"):
        found.extend(judge.values(judge.run.store.values(value, initial(name))))
    return tuple(found)


def held(judge: Judging, value: ExternalObject) -> Verdict:
    """What an object made by a known wrapper holds of its arguments."""
    found: list[Refusal] = []
    if value.arguments is not None and not makes_list(judge, value):
        found.extend(held_by(judge, value.type, value.arguments, value))
    if value.arguments is not None and mro.is_subtype(value.type, "builtins.BaseException"):
        for values in value.arguments.positional:
            found.extend(judge.part(values, value, Via("its `args` hold")))
    stored = judge.run.store.own_items(value)
    if isinstance(stored, Items) and not value.type.startswith("multiprocessing.managers."):
        found.extend(judge.items(stored, value))
    for name, values in judge.run.store.names(value).items():
        if value.type.startswith("builtins.") or value.type in attributes.BUNCHES:
            found.extend(judge.part(values, value, Via(f"attribute `{name}` holds", attribute=name)))
    return tuple(found)


def held_by(judge: Judging, maker: str, arguments: Arguments, holder: Value) -> Verdict:
    """What an object holds of the arguments that a known wrapper was called with."""
    found: list[Refusal] = []
    wrapper = judge.world.knowledge.wrappers.get(maker)
    if wrapper is None:
        return CARRIED
    items_seen = judge.run.store.own_items(holder) is not None
    for parameter in wrapper.holds:
        if items_seen and parameter in wrapper.items:
            continue  # what it has now counts, not what it was made of
        if parameter == "self" and isinstance(holder, ExternalObject) and holder.receiver is not None:
            found.extend(judge.value(holder.receiver))  # the call that went before, in the same chain
            continue
        set_later = judge.run.store.values(holder, parameter)
        for values in [set_later] if set_later else given(arguments, wrapper.parameters, parameter):
            if parameter in wrapper.items:
                values = judge.run.items_of(values, judge.here).all()
            found.extend(judge.part(values, holder, Via(f"`{maker}` holds")))
    return tuple(found)


def partial(judge: Judging, value: Partial) -> Verdict:
    """`functools.partial(function, …)` takes its function and its arguments along."""
    if judge.run.store.values(ExternalName("functools.partial"), REDUCER):
        return CARRIED
    return (*of_type(judge, "functools.partial", value), *held_by(judge, "functools.partial", value.given, value))


def makes_list(judge: Judging, value: ExternalObject) -> bool:
    """Whether `map` and its like made a list, which holds nothing of what they were given, as in Python 2."""
    return value.type in ("builtins.map", "builtins.filter", "builtins.zip") and judge.versions <= PYTHON_2


def _sentence(why: str) -> str:
    """What knowledge says of a type, such as `wraps a device`, with its subject."""
    return why if why.startswith("`") or not why else f"it {why}"
