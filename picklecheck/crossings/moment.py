"""Answers what rewrites will ask of the run at a refused crossing, while the run is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from picklecheck.crossings.crossing import Moment
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.reach import reachable
from picklecheck.crossings.references import captured, is_handle, is_some_file
from picklecheck.crossings.slots import Filled, fill
from picklecheck.crossings.verdict import Captured, Verdict
from picklecheck.semantics.budget import TooLong
from picklecheck.semantics.domain import mro
from picklecheck.semantics.domain.values import (
    BoundMethod,
    Class,
    Descriptor,
    ExternalObject,
    Function,
    Instance,
    Partial,
    Value,
    Values,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import Module

# What an attribute of a class may be apart from data.
CODE = (Function, Descriptor, BoundMethod)

Answer = TypeVar("Answer")
_Callee = tuple[Function | None, Partial | None]
_NOBODY: _Callee = (None, None)


def ask(handover: Handover, one: Filled, verdict: Verdict) -> Moment:
    """What rewrites may ask about the refusals of a value."""
    run, receiver = handover.run, handover.event.receiver
    task, partial = _or_else(run, _NOBODY, lambda: _task(handover))
    pool = receiver if isinstance(receiver, ExternalObject) else None
    owner = next((value.cls for value in one.values if isinstance(value, Instance)), None)
    misnamed = [one.culprit for one in verdict if one.reason == "misnamed"]
    return Moment(
        task=task,
        partial=partial,
        pool=pool,
        pool_entry=handover.world.boundaries.get(pool.type) if pool is not None else None,
        by_cloudpickle=_or_else(run, False, lambda: _is_for_cloudpickle(handover, one)),
        variable=_variable(run, one.site.module, one.values),
        class_variables={cls: _variable(run, cls.module, (cls,)) for cls in misnamed if isinstance(cls, Class)},
        attributes=_or_else(run, {}, lambda: _attributes(handover, one, verdict)),
        init_of=init_of(run, owner) if owner is not None else None,
        plainly_made=owner is None or not any(run.find(owner, name) for name in ("__new__", "__slots__")),
    )


def _or_else(run: Machine, otherwise: Answer, question: Callable[[], Answer]) -> Answer:
    """The answer to a question for which code may have to be run, or the other one where that raises or takes long."""
    try:
        with run.budget.halved(), run.aside():
            return question()
    except (Abrupt, TooLong):
        return otherwise


def _task(handover: Handover) -> _Callee:
    """The one function that the workers call, and the `partial` around it."""
    filled = fill(handover.run, handover.event, handover.entry)
    match next((one.values for one in filled if one.slot == handover.entry.task), ()):
        case (Function() as function,):
            return function, None
        case (Partial(function=(Function() as function,)) as made,):
            return function, made
    return None, None


def _is_for_cloudpickle(handover: Handover, one: Filled) -> bool:
    """Whether cloudpickle carries what the boundary refuses, where it is pickled under every start method.

    Of a connection it would carry the number alone, which means nothing in another process; a file may be one that it
    cannot read.
    """
    if handover.entry.carrier not in ("multiprocessing", "pickle"):
        return False
    if handover.judge_by("cloudpickle", one.site).values(one.values):
        return False
    return not any(is_handle(value) or is_some_file(value) for value in reachable(handover.run, one.values))


def _variable(run: Machine, module: Module, values: Values) -> str:
    """The name of a module that leads to these values, and to no others."""
    namespace = run.imports.namespaces.get(module)
    held = run.store.entries(namespace) if namespace is not None else {}
    if values not in held.values():  # which is told fast, and is so of most
        return ""
    return next((name for name, entry in held.items() if entry == values and isinstance(name, str)), "")


def _attributes(handover: Handover, one: Filled, verdict: Verdict) -> dict[str, Captured]:
    """The data of the object whose method is sent and is refused for an attribute, or for what the object is."""
    match one.values:
        case (BoundMethod(receiver=Instance() as owner),) if any(
            refusal.attribute or refusal.culprit is owner for refusal in verdict
        ):
            run, judge = handover.run, handover.judge_by(handover.entry.carrier, one.site)
            classwide = {
                name: values for cls in reversed(owner.cls.order) for name, values in run.store.names(cls).items()
            }
            code = {name for name, values in classwide.items() if any(isinstance(one, CODE) for one in values)}
            held = {name: values for name, values in (classwide | run.store.names(owner)).items() if name not in code}
            return {name: captured(judge, name, values) for name, values in held.items()}
    return {}


def init_of(run: Machine, cls: Class) -> Class | None:
    """The class that has the `__init__` with which an object is made."""
    family: tuple[Value, ...] = tuple(mro.resolution_order(cls))
    return next((one for one in family if isinstance(one, Class) and run.store.values(one, "__init__")), None)
