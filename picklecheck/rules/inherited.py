"""How a primitive gets to the workers of a pool: by its initializer, or from a manager."""

from __future__ import annotations

import ast

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.rules.remedies import for_resource
from picklecheck.rules.subjects import Remedies, place_of, subject_of, tried
from picklecheck.semantics.domain.values import ExternalObject, Function, Value

# The version since which an executor has an initializer (documentation of concurrent.futures).
EXECUTORS_INITIALIZE = (3, 7)


def for_inherited(crossing: Crossing, refusal: Refusal) -> Remedies:
    """A queue is best made by a manager, as a worker may end before it has written what it put."""
    if is_queue(refusal.culprit):
        return for_resource(crossing, refusal) + by_initializer(crossing, refusal)
    return by_initializer(crossing, refusal) + for_resource(crossing, refusal)


def is_queue(value: Value) -> bool:
    """Whether it is a queue of multiprocessing, or of one of its copies."""
    return isinstance(value, ExternalObject) and ".queues." in value.type


def by_initializer(crossing: Crossing, refusal: Refusal) -> Remedies:
    """All primitives of the crossing, passed to the workers as they start."""
    from picklecheck.fixes import by_initializer

    pool, entry = crossing.moment.pool, crossing.moment.pool_entry
    if pool is None or entry is None or "initializer" not in entry.parameters:
        return []
    if ".futures." in entry.name and min(crossing.runs) < EXECUTORS_INITIALIZE:
        return []
    function, partial = crossing.moment.task, crossing.moment.partial
    parameters = plain_parameters(function) if function is not None else None
    if parameters is None:
        return []
    alike = [one.culprit for one in crossing.verdict if one.reason == refusal.reason]
    made = [one for one in alike if isinstance(one, ExternalObject)]
    sharing = by_initializer.Sharing(
        pool=place_of(pool.site),
        before=entry.parameters.index("initializer"),
        partial=place_of(partial.site) if partial is not None else None,
        parameters=parameters,
        primitives=tuple(place_of(one.site) for one in made),
        queues=any(map(is_queue, made)),
    )
    return tried(crossing, subject_of(crossing, refusal, "value", None, ""), by_initializer.rewrite, sharing)


def plain_parameters(function: Function) -> dict[str, str] | None:
    """The parameters of a function, with the text of their defaults; None where some are not plain."""
    given = function.node.args
    names = [param.arg for param in (*given.posonlyargs, *given.args)]
    defaults = [default.value for default in given.defaults if isinstance(default, ast.Constant)]
    if given.vararg or given.kwonlyargs or given.kwarg or len(defaults) < len(given.defaults):
        return None
    texts = [""] * (len(names) - len(defaults)) + [repr(default) for default in defaults]
    return dict(zip(names, texts, strict=True))
