"""Bound methods go as their object and their name: whether the child finds the same method there."""

from __future__ import annotations

from dataclasses import replace

from picklecheck.crossings.by_value import WHOLE
from picklecheck.crossings.judging import Judging, Via
from picklecheck.crossings.names import mangles
from picklecheck.crossings.verdict import CARRIED, PYTHON_2, Refusal, Verdict
from picklecheck.semantics.domain.facts import REDUCER
from picklecheck.semantics.domain.values import (
    BoundMethod,
    Class,
    Constant,
    Container,
    ExternalMethod,
    ExternalName,
    Instance,
    Unknown,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.kinds import attributes


def method(judge: Judging, value: BoundMethod) -> Verdict:
    """A bound method goes as its object and its name (Python 3), and not at all in Python 2."""
    receiver = value.receiver
    found: list[Refusal] = []
    if judge.versions & PYTHON_2 and judge.carrier in ("pickle", "multiprocessing") and not is_registered(judge):
        why = "Python 2 cannot pickle bound methods (instancemethod)"
        found.append(judge.refusal(value, "bound method", why, PYTHON_2))
    if judge.carrier in WHOLE:
        return (*found, *judge.part((receiver,), value, Via("it is sent with its object,")))
    found.extend(method_name(judge, value))
    if isinstance(receiver, Class):
        found.extend(judge.value(receiver))
    else:
        found.extend(judge.part((receiver,), value, Via("it is sent with its whole object,", site=value.site)))
    return tuple(found)


def is_registered(judge: Judging) -> bool:
    """Whether the program says itself how methods are pickled, as programs for Python 2 do."""
    return bool(judge.run.store.values(ExternalName("builtins.method"), REDUCER))


def external_method(judge: Judging, value: ExternalMethod) -> Verdict:
    """A method of an object of another library goes as its object and its name."""
    receiver = value.receiver
    found: list[Refusal] = []
    if not is_method(judge, value):
        return CARRIED
    if judge.versions & PYTHON_2 and judge.carrier in ("pickle", "multiprocessing"):
        found.append(judge.refusal(value, "bound method", "Python 2 cannot pickle methods of objects", PYTHON_2))
    if isinstance(receiver, Unknown | ExternalName | Constant):
        return tuple(found)
    of_some_name = value.name == attributes.SOME_NAME
    if of_some_name and not judge.at.called:
        return CARRIED
    if isinstance(receiver, Instance) and not (judge.world.is_type(value.type) or of_some_name):
        return tuple(found)
    found.extend(judge.part((receiver,), value, Via("it is sent with its whole object,")))
    return tuple(found)


def is_method(judge: Judging, value: ExternalMethod) -> bool:
    """Whether an attribute of another library's object is a method, not a property with a value of its own."""
    known = judge.world.knowledge.factories, judge.world.boundaries
    called = judge.at.called and len(judge.open) == 1
    return called or isinstance(value.receiver, Container) or any(value.dotted in names for names in known)


def method_name(judge: Judging, value: BoundMethod) -> Verdict:
    """A method is found again by `getattr(object, function.__name__)`: what that gives in the child."""
    receiver, target = value.receiver, value.function
    if isinstance(receiver, Constant) and judge.carrier != "deepcopy" and not hasattr(receiver.value, target.name):
        why = f"`{receiver.value!r}` has no method `{target.name}`"
        return (judge.refusal(value, "hidden", why, stage="loads"),)
    if not isinstance(receiver, Instance | Class) or judge.carrier == "deepcopy":
        return CARRIED
    cls = receiver.cls if isinstance(receiver, Instance) else receiver
    name = target.name
    match judge.run.store.values(target, "__name__"):
        case (Constant(value=str(text)),):
            name = text
    if target.owner is not None and mangles(name):
        versions = judge.versions
        if judge.carrier == "pickle":
            # Plain pickle mangles the name itself from 3.15 on; multiprocessing's pickler does not (measured).
            versions = frozenset(version for version in versions if version < (3, 15))
        why = f"the worker looks for `{name}`, but Python renamed it to `_{target.owner.name.lstrip('_')}{name}`"
        return (judge.refusal(value, "mangled", why, versions, stage="loads"),)
    if name == "<lambda>" or target.is_lambda:
        return (judge.refusal(target, "lambda", "the method is a lambda, which has no name to be found by"),)
    try:
        there = (
            attributes.of_instance(judge.run, receiver, name, judge.here)
            if isinstance(receiver, Instance)
            else attributes.of_class(judge.run, receiver, name, judge.here)
        )
    except Abrupt:
        return CARRIED
    if not there:
        why = f"`{cls.name}` has no method `{name}`"
        return (judge.refusal(value, "hidden", why, stage="loads"),)
    same = any(isinstance(one, BoundMethod) and one.function is target for one in there)
    if same and isinstance(receiver, Instance) and is_kept_by_object(judge, value, receiver, name):
        why = f"`{name}` is an attribute of the object, not of its class"
        instead = f"define `{name}` in the class, or pass a module-level function that calls it"
        return (replace(judge.refusal(value, "hidden", why, stage="loads"), instead=instead),)
    if not same and value.through_super and not any(isinstance(one, Unknown) for one in there):
        return (judge.refusal(value, "overridden", f"the worker calls the override of `{name}`", stage="loads"),)
    return CARRIED


def is_kept_by_object(judge: Judging, value: BoundMethod, receiver: Instance, name: str) -> bool:
    """Whether a method is only found in an attribute of its own object, which is set last when it is rebuilt."""
    known = any(judge.run.find(receiver.cls, one) for one in (name, "__getattr__", "__reduce__", "__reduce_ex__"))
    return not known and judge.run.store.values(receiver, name) == (value,)
