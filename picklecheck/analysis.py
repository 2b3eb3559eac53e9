"""One file's findings: run it abstractly, from its module body and from its entry points."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from picklecheck import workspace
from picklecheck.crossings import by_version, pins, sinks
from picklecheck.crossings.examiner import Examiner
from picklecheck.crossings.world import KnownWorld
from picklecheck.entry_points import bind, entry_points, functions_made, import_may_reach_sink, run_entry_point
from picklecheck.findings import Finding, unreadable
from picklecheck.knowledge.versions import Version
from picklecheck.rules import reporting, subjects
from picklecheck.semantics.budget import MOST_STEPS_OF_AN_ENTRY_POINT, Exhausted
from picklecheck.semantics.domain.values import UNBOUND, Values
from picklecheck.semantics.forms import imports
from picklecheck.semantics.interpreter import Interpreter
from picklecheck.semantics.syntax.module import PINNED, Module
from picklecheck.semantics.syntax.program import Program
from picklecheck.settings import Settings
from picklecheck.source.text import Source, Unreadable

# One definition can be found in several classes; a few of them tell enough.
MOST_OWNERS = 3


@dataclass(frozen=True, slots=True)
class Question:
    """What a run is asked: a module as the main program, the versions and start methods meant, and a pinned method.

    `to_choose` are the start methods that the program may choose.
    """

    module: Module
    program: Program
    world: KnownWorld
    targets: frozenset[Version]
    start_methods: tuple[str, ...]
    to_choose: tuple[str, ...]
    pinned: Values = ()


def analyze(path: str, source: Source, settings: Settings, unsaved: Mapping[str, Source]) -> list[Finding]:
    """What the run of one file shows, in no order; `unsaved` holds by path the texts that differ from the disk's.

    A file that cannot be parsed gives PKL901.
    """
    try:
        module = workspace.parse(path, Path(os.path.abspath(path)), source.text)
    except SyntaxError as error:
        why = workspace.reason_of(error, source.text)
        return [unreadable(path, Unreadable(error.lineno or 1, error.offset or 1, why))]
    except (ValueError, MemoryError) as error:
        return [unreadable(path, Unreadable(1, 1, str(error) or type(error).__name__))]
    program = workspace.program_with(unsaved, settings)
    program.keep(module)
    targets, start_methods, to_choose = frozenset(settings.targets), settings.start_methods, settings.methods_to_choose
    if module.python2:
        targets, start_methods, to_choose = frozenset({(2, 7)}), ("fork",), ("fork",)
    world = workspace.known_world(settings)
    return as_pinned(Question(module, program, world, targets, start_methods, to_choose))


def as_pinned(question: Question) -> list[Finding]:
    """What the run of a module shows, where need be under the start method that those pin who import it."""
    found = by_each_version(question)
    if any(one.fails_under.start_methods and "fork" not in one.fails_under.start_methods for one in found):
        pinned = pins.of_importers(question.program, question.module)
        if pinned:
            return by_each_version(replace(question, pinned=pinned))
    return found


def by_each_version(question: Question) -> list[Finding]:
    """What the run of a module shows; one that asks for the Python version is run for each answer."""
    examiner, asked = run_program(question)
    examiners = [examiner]
    parts = by_version.parts(question.targets, asked) if examiner.crossings else []
    if len(parts) > 1:
        examiners = [run_program(replace(question, targets=part))[0] for part in parts]
    findings = [
        *reporting.of_crossings(by_version.crossings(one.crossings for one in examiners), question.start_methods),
        *reporting.of_uses(by_version.uses(one.uses for one in examiners), question.start_methods),
    ]
    return [
        finding
        for finding in reporting.once(findings)
        if (there := question.program.at(finding.place.path)) is not None
        and subjects.confirmed(there, finding.place, question.program)
    ]


def run_program(question: Question) -> tuple[Examiner, set[frozenset[Version]]]:
    """Run a module as the main program, then the entry points that it did not reach.

    Gives what was found, and which versions it told from others.
    """
    module, pinned = question.module, question.pinned
    examiner = Examiner(question.world, question.start_methods, question.to_choose)
    run = Interpreter(question.program, question.world, examiner, question.targets, module)
    examiner.pin(run, UNBOUND)
    run.sinks = frozenset(sinks.names(question.program, question.world, module))
    if run.sinks.isdisjoint(module.called(module.tree)):
        return examiner, run.questions.versions
    try:
        pins.of_imported(run, module)
        wanted = entry_points(run, module, question.world)
        if pinned and "__main__" not in module.text:
            examiner.pin(run, pinned)
        if import_may_reach_sink(run, module, wanted):
            imports.execute_whole(run, module)
        else:
            bind(run, module, wanted)
            run.demand(module, PINNED)
        made = functions_made(run, module) if wanted else {}
        if pinned and not examiner.is_pinned(run):
            examiner.pin(run, pinned)
        for place, node in enumerate(wanted):
            if node not in run.origins.reached:
                for function, owner in made.get(node, ())[:MOST_OWNERS]:
                    run.budget.allow(max(MOST_STEPS_OF_AN_ENTRY_POINT, run.budget.left // (len(wanted) - place)))
                    run_entry_point(run, module, function, owner)
    except (Exhausted, RecursionError):
        pass
    examiner.settle()
    return examiner, run.questions.versions
