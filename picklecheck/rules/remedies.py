"""Which rewrites are tried for a finding, best first, and what each needs to know of it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from picklecheck.crossings.crossing import Crossing, Use
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import Capture, Kind, NoFix, Subject
from picklecheck.semantics.program import Module
from picklecheck.semantics.values import BoundMethod, Class, Function, Instance, Site
from picklecheck.source.edits import Fix
from picklecheck.source.place import Place

Remedies = list[Fix | NoFix]
Rewrite = Callable[..., Fix | NoFix]

if TYPE_CHECKING:
    from picklecheck.fixes.tree import Tree


def for_function(crossing: Crossing, refusal: Refusal) -> Remedies:
    """A lambda or local function: something that already has a name, else a function at module level."""
    from picklecheck.fixes import (
        cloudpickle_wrapper,
        default_factory,
        eta,
        fork_context,
        hoist,
        operator_getter,
        starmap,
        target_args,
        wraps,
    )

    culprit = refusal.culprit
    if not isinstance(culprit, Function):
        return []
    subject = subject_of(crossing, refusal, "lambda" if culprit.is_lambda else "function", culprit.site, culprit.name)
    if isinstance(subject, NoFix):
        return [subject]
    found: Remedies = []
    if culprit.is_lambda:
        for module in (target_args, default_factory, eta, operator_getter, starmap):
            found += tried(crossing, subject, module.rewrite)
    else:
        found += tried(crossing, subject, wraps.rewrite)
    main = tried(crossing, subject, hoist.rewrite, say_why=True)
    last = [*tried(crossing, subject, cloudpickle_wrapper.rewrite)] if crossing.slot == crossing.entry.task else []
    if crossing.entry.carrier == "spawning":
        last += tried(crossing, subject, fork_context.rewrite)
    return [*found, *main, *last]


def moved_up(crossing: Crossing, refusal: Refusal) -> Remedies:
    """A function that is defined where a child never runs: above the main guard."""
    from picklecheck.fixes import hoist

    if not isinstance(refusal.culprit, Function):
        return []
    subject = subject_of(crossing, refusal, "function", refusal.culprit.site, refusal.culprit.name)
    return [subject] if isinstance(subject, NoFix) else tried(crossing, subject, hoist.rewrite, say_why=True)


def for_class(crossing: Crossing, refusal: Refusal) -> Remedies:
    from picklecheck.fixes import hoist

    if not isinstance(refusal.culprit, Class):
        return []
    subject = subject_of(crossing, refusal, "class", refusal.culprit.site, refusal.culprit.name)
    if isinstance(subject, NoFix):
        return [subject]
    return tried(crossing, subject, hoist.rewrite, say_why=True)


def for_method(crossing: Crossing, refusal: Refusal) -> Remedies:
    """A bound method: static if it needs no object, else (Python 2) called through a function."""
    from picklecheck.fixes import method_wrapper, static_method

    method = refusal.culprit
    if not isinstance(method, BoundMethod):
        return []
    subject = subject_of(crossing, refusal, "bound method", method.function.site, method.function.name)
    if isinstance(subject, NoFix):
        return [subject]
    found = tried(crossing, subject, static_method.rewrite)
    if refusal.versions:
        found += tried(crossing, subject, method_wrapper.rewrite, say_why=True)
    return found


def for_attribute(crossing: Crossing, refusal: Refusal) -> Remedies:
    """An attribute that refuses: mend the value itself, do without the object, or leave it out of the state."""
    from picklecheck.fixes import getstate, static_method

    found: Remedies = []
    if isinstance(refusal.culprit, Function):
        found += [
            one for one in for_function(crossing, refusal) if isinstance(one, Fix) and "cloudpickle" not in one.title
        ]
    holder = holder_of(crossing)
    if holder is None or not refusal.attribute:
        return [*found]
    task = next((value for value in crossing.values if isinstance(value, BoundMethod)), None)
    site = task.function.site if task is not None else holder.cls.site
    subject = subject_of(crossing, refusal, "bound method", site, task.function.name if task else holder.cls.name)
    if isinstance(subject, NoFix):
        return [*found, subject]
    if task is not None:
        found += tried(crossing, subject, static_method.rewrite)
    used = task is None or uses_attribute(task.function, refusal.attribute)
    if holder.cls.site.module is crossing.value.module:
        owner = holder.cls.site.module.place(holder.cls.site.node)
        found += tried(crossing, subject, getstate.rewrite, owner, [refusal.attribute], used, say_why=True)
    return found


def holder_of(crossing: Crossing) -> Instance | None:
    """The object that is handed over, itself or behind its method."""
    for value in crossing.values:
        owner = value.receiver if isinstance(value, BoundMethod) else value
        if isinstance(owner, Instance):
            return owner
    return None


def uses_attribute(function: Function, name: str) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == name for node in ast.walk(function.node))


def for_hidden(crossing: Crossing, refusal: Refusal) -> Remedies:
    from picklecheck.fixes import wraps

    if not isinstance(refusal.culprit, Function):
        return []
    subject = subject_of(crossing, refusal, "function", refusal.culprit.site, refusal.culprit.name)
    return [subject] if isinstance(subject, NoFix) else tried(crossing, subject, wraps.rewrite)


def for_misnamed(crossing: Crossing, refusal: Refusal) -> Remedies:
    from picklecheck.fixes import equal_names

    culprit = refusal.culprit
    if not isinstance(culprit, Class):
        return []
    subject = subject_of(crossing, refusal, "class", culprit.site, culprit.name)
    if isinstance(subject, NoFix):
        return [subject]
    run = crossing.run
    names = run.store.names(run.namespaces[culprit.module])
    variable = next((name for name, values in names.items() if culprit in values), None)
    if variable is None:
        return []
    return tried(crossing, subject, equal_names.rewrite, variable, say_why=True)


def for_mangled(crossing: Crossing, refusal: Refusal) -> Remedies:
    from picklecheck.fixes import unmangle

    return on_use(crossing, refusal, unmangle.rewrite)


def for_super(crossing: Crossing, refusal: Refusal) -> Remedies:
    from picklecheck.fixes import super_partial

    return on_use(crossing, refusal, super_partial.rewrite)


def for_temporary(crossing: Crossing, refusal: Refusal) -> Remedies:
    from picklecheck.fixes import name_primitive

    site = getattr(refusal.culprit, "site", crossing.value)
    subject = subject_of(crossing, refusal, "function", None, "", use=site)
    return [subject] if isinstance(subject, NoFix) else tried(crossing, subject, name_primitive.rewrite, say_why=True)


def for_resource(crossing: Crossing, refusal: Refusal) -> Remedies:
    return []


def for_exception(crossing: Crossing, refusal: Refusal) -> Remedies:
    from picklecheck.fixes import exception_reduce

    thrown = next((value for value in crossing.values if isinstance(value, Instance)), None)
    if thrown is None or refusal.stage != "loads" or thrown.cls.site.module is not crossing.value.module:
        return []
    subject = subject_of(crossing, refusal, "class", thrown.cls.site, thrown.cls.name)
    if isinstance(subject, NoFix):
        return [subject]
    owner = thrown.cls.site.module.place(thrown.cls.site.node)
    return tried(crossing, subject, exception_reduce.rewrite, owner, say_why=True)


def on_use(crossing: Crossing, refusal: Refusal, rewrite: Rewrite) -> Remedies:
    subject = subject_of(crossing, refusal, "bound method", None, "")
    return [subject] if isinstance(subject, NoFix) else tried(crossing, subject, rewrite, say_why=True)


def for_guard(use: Use) -> Remedies:
    from picklecheck.fixes import main_guard

    return of_use(use, main_guard.rewrite)


def for_join(use: Use) -> Remedies:
    from picklecheck.fixes import close_before_join

    return of_use(use, close_before_join.rewrite)


# --- subjects ------------------------------------------------------------------------------------


def subject_of(
    crossing: Crossing,
    refusal: Refusal,
    kind: Kind,
    definition: Site | None,
    name: str,
    use: Site | None = None,
) -> Subject | NoFix:
    """The crossing as a rewrite sees it; `NoFix` where more than one file would have to change."""
    module = crossing.value.module
    if crossing.call.module is not module:
        return NoFix("the value is handed on in another file")
    if definition is not None and definition.module is not module:
        return NoFix("it is defined in another file")
    methods = [method for method in crossing.methods if method in refusal.methods]
    return Subject(
        kind=kind,
        call=place_of(crossing.call),
        use=place_of(use or crossing.value),
        definition=place_of(definition) if definition is not None else None,
        name=name,
        captures=tuple(Capture(*pair) for pair in refusal.captures),
        boundary=crossing.entry.name,
        slot=crossing.slot,
        runs_today=bool(set(crossing.possible) - set(methods)),
        python2=all(version < (3, 0) for version in crossing.runs),
    )


def of_use(use: Use, rewrite: Rewrite) -> Remedies:
    place = place_of(use.related if use.related is not None and use.kind == "no main guard" else use.call)
    runs = bool(set(use.possible) - set(use.methods))
    python2 = all(version < (3, 0) for version in use.runs)
    subject = Subject("function", place, place, None, "", (), use.entry.name, "call", runs, python2)
    return outcome(use.call.module, rewrite, (subject,), say_why=True)


def place_of(site: Site) -> Place:
    return site.module.place(site.node)


def tried(crossing: Crossing, subject: Subject, rewrite: Rewrite, *more: Any, say_why: bool = False) -> Remedies:
    """A rewrite's fix; why there is none only where `say_why` marks the rewrite that a reader would expect."""
    return outcome(crossing.value.module, rewrite, (subject, *more), say_why)


def outcome(module: Module, rewrite: Rewrite, arguments: tuple[Any, ...], say_why: bool) -> Remedies:
    tree = tree_of(module)
    if tree is None or module.python2:
        return []
    fix = rewrite(tree, *arguments)
    return [fix] if isinstance(fix, Fix) or say_why else []


@lru_cache(maxsize=1)
def tree_of(module: Module) -> Tree | None:
    """The LibCST tree of a module; the findings of a file come one after the other, so one is kept."""
    from picklecheck.fixes import tree

    return tree.readable(module.path, module.text)


def confirmed(module: Module, place: Place) -> bool:
    """Whether LibCST sees an expression or definition where a finding stands."""
    tree = tree_of(module)
    return tree is not None and tree.has(place)
