"""What a task and its arguments are in the worker: copies, made from what `__getstate__` kept."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Set
from dataclasses import replace
from itertools import chain

from picklecheck.crossings import instances
from picklecheck.crossings.judge import Judge
from picklecheck.crossings.reach import reachable
from picklecheck.crossings.verdict import Refusal, Verdict
from picklecheck.semantics.domain.values import Arguments, BoundMethod, ExternalObject, Instance, Value, Values
from picklecheck.semantics.exits import Exit


def looked_up(judge: Judge, values: Values) -> Values:
    """The task as the worker finds it: by its name a method of `super()` is the override of it."""
    found: list[Value] = []
    for value in values:
        match value:
            case BoundMethod(receiver=Instance() as receiver, through_super=True):
                found.extend(judge.run.attribute_of(receiver, value.function.name, judge.here))
            case _:
                found.append(value)
    return tuple(found)


def given(task: Values, arguments: Arguments) -> Values:
    """The task and all that it is called with."""
    parts = [*arguments.positional, *arguments.keywords.values(), arguments.rest, arguments.more_keywords]
    return (*task, *chain.from_iterable(parts))


def arrive(judge: Judge, values: Values) -> Mapping[Instance, Set[str]]:
    """Leave objects that are sent with what arrives of them, however deep they are held; tell what each has lost.

    This changes the state of the run, which has to be one of the worker alone.
    """
    run = judge.run
    thinned: dict[Instance, Set[str]] = {}
    for value in list(reachable(run, values)):
        if not isinstance(value, Instance) or not run.find(value.cls, "__getstate__"):
            continue
        copy = instances.unpickled(judge, value)
        if copy is not value:
            before, after = run.store.names(value), run.store.names(copy)
            for name in before.keys() - after.keys():
                run.store.unset(value, name)
            for name, kept in after.items():
                run.store.set(value, name, kept)
            thinned[value] = before.keys() - after.keys()
    return thinned


def lost_state(judge: Judge, thinned: Mapping[Instance, Set[str]], raised: tuple[Exit, ...]) -> Verdict:
    """A task that always fails on an attribute which the `__getstate__` of an object did not keep."""
    found: list[Refusal] = []
    for one in raised:
        for value in one.values:
            if not isinstance(value, ExternalObject) or value.type != "builtins.AttributeError":
                continue
            node = value.site.node
            if not isinstance(node, ast.Attribute):
                continue
            owner = next((owner for owner, lost in thinned.items() if node.attr in lost), None)
            if owner is not None:
                why = f"it uses `{node.attr}`, which `{owner.cls.name}.__getstate__` excludes"
                one_more = judge.refusal(owner, "not rebuilt", why, stage="loads")
                found.append(replace(one_more, kept_as=node.attr, keeper=owner))
    return tuple(found)
