"""Crossings and uses as rewrites see them, and the rewrites tried on the tree of the right file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from picklecheck.crossings.crossing import Crossing, Use
from picklecheck.crossings.verdict import Refusal
from picklecheck.fixes.subject import Capture, Kind, NoFix, Subject
from picklecheck.rules.elsewhere import elsewhere
from picklecheck.semantics.domain.values import Site
from picklecheck.semantics.syntax.module import Module
from picklecheck.semantics.syntax.program import Program
from picklecheck.source.edits import Fix
from picklecheck.source.place import Place
from picklecheck.source.tokens import is_too_long_to_rewrite

if TYPE_CHECKING:
    from picklecheck.fixes.tree import Tree

Remedies = list[Fix | NoFix]
Rewrite = Callable[..., Fix | NoFix]

# What is asked of a function, and not of a class or an object.
_ASKS = re.compile(
    r"(?<!\))(?<!__class__)\.__(?:name|qualname|module|code|defaults|annotations)__\b"
    r"|\b(?:signature|getfullargspec|getsource|isfunction|ismethod|isroutine|get_type_hints)\("
)


def subject_of(
    crossing: Crossing,
    refusal: Refusal,
    kind: Kind,
    definition: Site | None,
    name: str,
    use: Site | None = None,
) -> Subject:
    """The crossing as a rewrite sees it; its places may lie in several files."""
    methods = [method for method in crossing.methods if method in refusal.methods]
    subject = Subject(
        kind=kind,
        call=place_of(crossing.call),
        use=place_of(use or crossing.value),
        definition=place_of(definition) if definition is not None else None,
        name=name,
        captures=tuple(Capture(*one) for one in refusal.captures),
        boundary=crossing.entry.name,
        slot=crossing.slot,
        runs_today=bool(set(crossing.possible) - set(methods)),
        python2=all(version < (3, 0) for version in crossing.runs),
        is_task=crossing.slot in (crossing.entry.task, "initializer"),
    )
    between = (crossing.call.module.text, crossing.value.module.text)
    return replace(subject, is_asked=not subject.goes_straight and any(map(_asks, between)))


@lru_cache(maxsize=16)
def _asks(text: str) -> bool:
    return _ASKS.search(text) is not None


def of_use(use: Use, rewrite: Rewrite, *more: Any) -> Remedies:
    place = place_of(use.call)
    runs = bool(set(use.possible) - set(use.methods))
    python2 = all(version < (3, 0) for version in use.runs)
    subject = Subject("function", place, place, None, "", (), use.entry.name, "call", runs, python2)
    return outcome(use.call.module, use.program, rewrite, (subject, *more), say_why=True)


def place_of(site: Site) -> Place:
    return site.module.place(site.node)


def tried(
    crossing: Crossing,
    subject: Subject,
    rewrite: Rewrite,
    *more: Any,
    say_why: bool = False,
    home: Module | None = None,
) -> Remedies:
    """A rewrite's fix; why there is none only where `say_why` marks the rewrite that a reader would expect.

    `home` is the file that it rewrites, where that is not the one in which the value is sent.
    """
    return outcome(home or crossing.value.module, crossing.program, rewrite, (subject, *more), say_why)


def outcome(module: Module, program: Program, rewrite: Rewrite, arguments: tuple[Any, ...], say_why: bool) -> Remedies:
    if is_too_long_to_rewrite(module.text):
        return [NoFix("the file is too long to be rewritten")] if say_why else []
    if module.python2:
        return []
    tree = tree_of(module, program)
    if tree is None:
        return [NoFix("the file cannot be read by LibCST, which rewrites")] if say_why else []
    fix = rewrite(tree, *arguments)
    return [fix] if say_why or isinstance(fix, Fix) else []


@lru_cache(maxsize=4)
def tree_of(module: Module, program: Program) -> Tree | None:
    """The LibCST tree of a module; findings of one file, and those that lead to the same other, come in a row."""
    from picklecheck.fixes import tree

    return tree.readable(module.path, module.text, elsewhere(module, program))


def confirmed(module: Module, place: Place, program: Program) -> bool:
    """Whether LibCST sees an expression or definition where a finding is.

    True for very long files, of which it is not asked, and for those that it cannot read, such as some with both tabs
    and spaces before a statement.
    """
    if is_too_long_to_rewrite(module.text):
        return True
    tree = tree_of(module, program)
    return tree is None or tree.has(place)
