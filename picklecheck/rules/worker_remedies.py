"""How a value reaches workers without being sent with each task: by an initializer, as an argument, or made there."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from picklecheck.crossings.crossing import Crossing
from picklecheck.crossings.verdict import Refusal
from picklecheck.rules.remedies import for_resource, without_object
from picklecheck.rules.subjects import Remedies, place_of, subject_of, tried
from picklecheck.semantics.domain.values import ExternalObject, Function, Instance, Value
from picklecheck.source.edits import Fix

if TYPE_CHECKING:
    from picklecheck.fixes.by_initializer import Sharing

# The version since which an executor has an initializer (documentation of concurrent.futures).
EXECUTORS_INITIALIZE = (3, 7)


def for_inherited(crossing: Crossing, refusal: Refusal) -> Remedies:
    """A queue is best made by a manager, as a worker may end before it has written what it put."""
    if is_queue(refusal.culprit):
        return for_resource(crossing, refusal) + by_initializer(crossing, refusal)
    return by_initializer(crossing, refusal) + for_resource(crossing, refusal)


def for_own(crossing: Crossing, refusal: Refusal) -> Remedies:
    """What belongs to its process: left behind, as plain data or shared, where that is possible; else made there."""
    if isinstance(refusal.culprit, Instance):  # an object that refuses whatever it has: a test case, a thread
        static, by_function = without_object(crossing, refusal)
        return [*static, *by_function, *for_resource(crossing, refusal)]
    found = for_resource(crossing, refusal)
    if any(isinstance(one, Fix) and not one.on_request and "cloudpickle" not in one.title for one in found):
        return found
    return [*made_in_worker(crossing, refusal), *found]


def is_queue(value: Value) -> bool:
    """Whether it is a queue of multiprocessing, or of one of its copies."""
    return isinstance(value, ExternalObject) and ".queues." in value.type


def by_initializer(crossing: Crossing, refusal: Refusal) -> Remedies:
    """All primitives of the crossing, passed to the workers as they start."""
    from picklecheck.fixes import by_initializer

    sharing = sharing_of(crossing, refusal)
    if sharing is None:
        return []
    return tried(crossing, subject_of(crossing, refusal, "value", None, ""), by_initializer.rewrite, sharing)


def made_in_worker(crossing: Crossing, refusal: Refusal) -> Remedies:
    """What belongs to its process, made once more in each worker."""
    from picklecheck.fixes import made_in_worker

    subject = subject_of(crossing, refusal, "value", None, "")
    if crossing.entry.task == "target" and (task := crossing.moment.task) is not None:
        parameters = plain_parameters(task)
        return tried(crossing, subject, made_in_worker.rewrite_process, parameters) if parameters else []
    sharing = sharing_of(crossing, refusal)
    return tried(crossing, subject, made_in_worker.rewrite, sharing) if sharing is not None else []


def sharing_of(crossing: Crossing, refusal: Refusal) -> Sharing | None:
    """Who shares what in a crossing, where the pool can have an initializer and the task takes plain parameters."""
    from picklecheck.fixes.by_initializer import Sharing

    pool, entry = crossing.moment.pool, crossing.moment.pool_entry
    if pool is None or entry is None or "initializer" not in entry.parameters:
        return None
    if ".futures." in entry.name and min(crossing.runs) < EXECUTORS_INITIALIZE:
        return None
    function, partial = crossing.moment.task, crossing.moment.partial
    parameters = plain_parameters(function) if function is not None else None
    if parameters is None:
        return None
    alike = [one.culprit for one in crossing.verdict if one.reason == refusal.reason]
    made = [one for one in alike if isinstance(one, ExternalObject)]
    return Sharing(
        pool=place_of(pool.site),
        before=entry.parameters.index("initializer"),
        partial=place_of(partial.site) if partial is not None else None,
        parameters=parameters,
        primitives=tuple(place_of(one.site) for one in made),
        queues=any(map(is_queue, made)),
    )


def for_variables(crossing: Crossing, refusal: Refusal) -> Remedies:
    """Variables that only the parent sets: the initializer of the pool sets them, or the target is given them.

    Where a child goes on without them, it works otherwise with them.
    """
    from picklecheck.fixes import fork_context, parents_variable

    variables = [captured.name for captured in refusal.captures]
    raises = refusal.certain and refusal.reason == "set in the parent only"
    pool, entry, task = crossing.moment.pool, crossing.moment.pool_entry, crossing.moment.task
    if not variables:
        return []
    if pool is not None and entry is not None and "initializer" in entry.parameters:
        before = entry.parameters.index("initializer")
        subject = subject_of(crossing, refusal, "value", None, "")
        rewrite = parents_variable.rewrite_pool
        found = tried(crossing, subject, rewrite, variables, raises, place_of(pool.site), before, say_why=True)
        forking = replace(subject, call=place_of(pool.site), boundary=pool.type)
        return found + tried(crossing, forking, fork_context.rewrite)
    if task is None or crossing.entry.task != "target":
        return []
    subject = subject_of(crossing, refusal, "function", task.site, task.name)
    found = tried(crossing, subject, parents_variable.rewrite_process, variables, raises, say_why=True)
    return found + tried(crossing, subject, fork_context.rewrite)


def plain_parameters(function: Function) -> dict[str, str] | None:
    """The parameters of a function, with the text of their defaults; None where some are not plain."""
    given = function.node.args
    names = [param.arg for param in (*given.posonlyargs, *given.args)]
    defaults = [default.value for default in given.defaults if isinstance(default, ast.Constant)]
    if given.vararg or given.kwonlyargs or given.kwarg or len(defaults) < len(given.defaults):
        return None
    texts = [""] * (len(names) - len(defaults)) + [repr(default) for default in defaults]
    return dict(zip(names, texts, strict=True))
