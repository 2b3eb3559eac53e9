"""Exception classes whose objects pickle but cannot be rebuilt, where no run of the file sends one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from picklecheck.crossings.bases import is_exception
from picklecheck.crossings.crossing import ALONE, Crossing, Moment
from picklecheck.crossings.judge import Judge
from picklecheck.crossings.judging import Circumstances
from picklecheck.crossings.moment import init_of
from picklecheck.crossings.verdict import Refusal
from picklecheck.crossings.world import KnownWorld
from picklecheck.semantics.budget import MOST_STEPS_OF_A_COLD_CALL, Exhausted, TooLong
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Class,
    Function,
    Here,
    Instance,
    Site,
    Values,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import Module

_OF_TESTS = re.compile(r"(?:^|/)(?:tests?|testing)/|(?:^|/)(?:test_[^/]*|[^/]*_tests?|conftest)\.py$")


def crossings(
    run: Machine, world: KnownWorld, module: Module, methods: tuple[str, ...], sent: list[Crossing]
) -> Iterator[Crossing]:
    """One crossing for each exception class of a module that surely cannot be rebuilt from its `args`."""
    if _OF_TESTS.search(module.path.replace("\\", "/")):
        return
    told = {cls for one in sent for value in one.values if isinstance(value, Instance) for cls in value.cls.order}
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef):
            for cls in bound(run, module, node.name):
                if isinstance(cls, Class) and cls.site.node is node and cls not in told:
                    yield from of_class(run, world, cls, methods)


def bound(run: Machine, module: Module, name: str) -> Values:
    """What a module has under a name, in the end."""
    try:
        run.demand(module, name)
    except (Abrupt, Exhausted):
        return ()
    namespace = run.imports.namespaces.get(module)
    return run.store.values(namespace, name) if namespace is not None else ()


def of_class(run: Machine, world: KnownWorld, cls: Class, methods: tuple[str, ...]) -> Iterator[Crossing]:
    site = Site(cls.module, cls.site.node)
    here = Here(run.namespace(cls.module), site.node)
    if cls.made_by != "class" or not is_exception(Instance(cls, site)):
        return
    ways = ways_to_make(run, cls)
    found: list[tuple[Refusal, Instance]] = []
    moment = Moment()
    for arguments in ways:
        try:
            with run.aside(), run.under(unheard=True), run.budget.limited(MOST_STEPS_OF_A_COLD_CALL, cold=True):
                made = run.instantiate(cls, arguments, here)
                at = Circumstances(run, world, "multiprocessing", run.versions, here.frame, site)
                instances = [value for value in made if isinstance(value, Instance)]
                found += [(one, value) for value in instances for one in Judge(at).value(value) if is_meant(one)][:1]
                moment = Moment(
                    init_of=init_of(run, cls),
                    plainly_made=not any(run.find(cls, name) for name in ("__new__", "__slots__")),
                )
        except (Abrupt, TooLong):
            return
    if not found or len(found) < len(ways):
        return
    refusal, value = found[0]
    entry, alone = world.boundaries["pickle.dumps"], (replace(refusal, methods=methods),)
    yield Crossing(
        entry, ALONE, site, site, (value,), alone, run.versions, methods, methods, run.program, moment=moment
    )


def ways_to_make(run: Machine, cls: Class) -> list[Arguments]:
    """The arguments that a class needs, and all that it may be given; none where it takes any number."""
    match run.find(cls, "__init__"):
        case (Function(node=node),) if node.args.vararg is None and node.args.kwarg is None:
            given = node.args
            positional = [*given.posonlyargs, *given.args][1:]
            keywords = {
                one.arg: UNKNOWN
                for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
                if default is None
            }
            counts = dict.fromkeys((len(positional) - len(given.defaults), len(positional)))
            return [Arguments([UNKNOWN] * count, dict(keywords)) for count in counts]
    return []


def is_meant(refusal: Refusal) -> bool:
    return refusal.reason == "not rebuilt" and refusal.certain and not refusal.attribute
