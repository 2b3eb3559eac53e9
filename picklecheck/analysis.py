"""One file's findings: run it abstractly, from its module body and from its entry points."""

from __future__ import annotations

import ast
import os
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from picklecheck import workspace
from picklecheck.crossings import by_version, pins, registrations, sinks, undecided
from picklecheck.crossings.examiner import Examiner
from picklecheck.crossings.world import KnownWorld
from picklecheck.entry_points import (
    Calls,
    Definition,
    FunctionsMade,
    Given,
    bind,
    closures_run,
    entry_points,
    import_may_reach_sink,
    made_at_import,
    run_entry_point,
    ways_to_call,
)
from picklecheck.findings import Analysis, Problem, Unfinished, judged_once, unreadable
from picklecheck.inherited import MOST_INHERITED, heirs, inherited
from picklecheck.knowledge.versions import Version
from picklecheck.rules import reporting, subjects
from picklecheck.semantics.budget import LEAST_STEPS_OF_AN_ENTRY_POINT, MOST_STEPS, Exhausted
from picklecheck.semantics.domain.values import UNBOUND, Class, Function, Here, Values
from picklecheck.semantics.forms import imports
from picklecheck.semantics.interpreter import Interpreter
from picklecheck.semantics.syntax.module import PINNED, Module
from picklecheck.semantics.syntax.program import Program
from picklecheck.settings import Settings
from picklecheck.source.shortcuts import taken
from picklecheck.source.text import Source, Unreadable
from picklecheck.source.tokens import is_too_long_to_read

# One definition can be found in several classes; a few of them tell enough.
MOST_OWNERS = 3

# Each further way to call a function may take one in so many of the steps that are left.
SHARES = 8


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


def analyze(path: str, source: Source, settings: Settings, unsaved: Mapping[str, Source]) -> Analysis:
    """What the run of one file shows; `unsaved` holds by path the texts that differ from the disk's.

    A file that cannot be parsed gives PKL901; a fault of this program costs one entry point, not the file.
    """
    if is_too_long_to_read(source.text):
        return Analysis([], unfinished=[Unfinished(path, 1, "this file")])
    try:
        module = workspace.parse(path, Path(os.path.abspath(path)), source.text)
    except SyntaxError as error:
        why = workspace.reason_of(error, source.text)
        return Analysis([unreadable(path, Unreadable(error.lineno or 1, error.offset or 1, why))])
    except (ValueError, MemoryError) as error:
        return Analysis([unreadable(path, Unreadable(1, 1, str(error) or type(error).__name__))])
    program = workspace.program_with(unsaved, settings)
    program.keep(module)
    subjects.tree_of.cache_clear()  # names that rewrites for another file have claimed in a tree are free here
    targets, start_methods, to_choose = frozenset(settings.targets), settings.start_methods, settings.methods_to_choose
    if module.python2:
        targets, start_methods, to_choose = frozenset({(2, 7)}), ("fork",), ("fork",)
    world = workspace.known_world(settings)
    return as_pinned(Question(module, program, world, targets, start_methods, to_choose))


def as_pinned(question: Question) -> Analysis:
    """What the run of a module shows, where need be under the start method that those pin who import it."""
    found = by_each_version(question)
    if any(one.fails_under.start_methods and "fork" not in one.fails_under.start_methods for one in found.findings):
        pinned = pins.of_importers(question.program, question.module)
        if pinned:
            return by_each_version(replace(question, pinned=pinned))
    return found


def by_each_version(question: Question) -> Analysis:
    """What the run of a module shows; a program that asks for the Python version is run again for each answer.

    It is not run again where the first run shows nothing: that one took the ways of all versions at once.
    """
    first = run_program(question)
    runs = [first]
    parts = by_version.parts(question.targets, first.asked) if first.shows_anything else []
    if len(parts) > 1:
        runs = [run_program(replace(question, targets=part)) for part in parts]
    crossings = by_version.crossings(one.examiner.crossings for one in runs)
    findings = [
        *reporting.of_crossings(crossings, question.start_methods),
        *reporting.of_uses(by_version.uses(one.examiner.uses for one in runs), question.start_methods),
    ]
    confirmed = [
        finding
        for finding in reporting.once(findings)
        if (there := question.program.at(finding.place.path)) is not None
        and subjects.confirmed(there, finding.place, question.program)
    ]
    problems = dict.fromkeys(problem for one in runs for problem in one.problems)
    ran = [item for one in runs for item in one.ran.items()]
    bounded = {what for what, is_bounded in ran if is_bounded}
    unfinished = dict.fromkeys(one for answer in runs for one in answer.unfinished)
    judged = judged_once(undecided.judged(crossings))
    met = frozenset(bound for one in runs for bound in one.met)
    ended = {what: what in bounded for what, _ in ran}
    return Analysis(confirmed, list(problems), ended, judged, list(unfinished), met)


@dataclass(slots=True)
class Answer:
    """What one `run` gave: what was found, the versions that it told from others, its faults, and what it gave up."""

    path: str
    run: Interpreter
    examiner: Examiner
    asked: set[frozenset[Version]]
    problems: list[Problem] = field(default_factory=list)
    ran: dict[str, bool] = field(default_factory=dict)  # of each part, whether it took all the steps that it may do
    unfinished: list[Unfinished] = field(default_factory=list)
    met: set[str] = field(default_factory=set)

    @property
    def shows_anything(self) -> bool:
        return bool(self.examiner.uses) or any(one.verdict for one in self.examiner.crossings)

    @contextmanager
    def apart(self, what: str, line: int = 1, *, extra: bool = False) -> Iterator[None]:
        """In this block a fault or a bound is told, and costs nothing else; steps for something `extra` may run out."""
        self.ran.setdefault(what, False)
        control = self.run.control
        self.met |= control.met
        control.cut, control.met = False, set()
        try:
            yield
            if control.cut and not extra:
                self.unfinished.append(Unfinished(self.path, line, what, bounds=tuple(sorted(control.met))))
        except (Exhausted, RecursionError) as error:
            self.ran[what] = True
            too_deep = isinstance(error, RecursionError)
            if not too_deep:
                control.met.add("MOST_STEPS")
            if too_deep or not extra:
                self.unfinished.append(Unfinished(self.path, line, what, too_deep, tuple(sorted(control.met))))
        except Exception as error:
            text = f"{type(error).__name__} in {what}: {error}"
            self.problems.append(Problem(self.path, text, traceback.format_exc()))
        finally:
            self.met |= control.met


def run_program(question: Question) -> Answer:
    """Run a module as the main program, then the entry points that it did not reach."""
    module, pinned = question.module, question.pinned
    examiner = Examiner(question.world, question.start_methods, question.to_choose)
    run = Interpreter(question.program, question.world, examiner, question.targets, module)
    examiner.pin(run, UNBOUND)
    reached = sinks.of(question.program, question.world, module)
    run.sinks = reached.leading
    answer = Answer(module.path, run, examiner, run.questions.versions, met={*reached.met})
    deriving = heirs(module, reached)
    if reached.all.isdisjoint(module.called(module.tree)) and not deriving:
        return answer
    wanted: list[Definition] = []
    with answer.apart("what runs at import"):
        if reached.may_start:
            pins.of_imported(run, module)
        registrations.of_imported(run, module)
        wanted = entry_points(module, question.world, reached)
        if pinned and "__main__" not in module.text:
            examiner.pin(run, pinned)
        if import_may_reach_sink(module, wanted, reached) or not taken("slicing"):
            with closures_run(run, Here(run.namespace(module), module.tree)):
                imports.execute_whole(run, module)
        else:
            bind(run, module, [*wanted, *deriving])
            run.demand(module, PINNED)
    made, classes = made_at_import(run, module) if wanted or deriving else ({}, [])
    if pinned and not examiner.is_pinned(run):
        examiner.pin(run, pinned)
    run_alone(run, answer, wanted, made, Calls(run, module, wanted, reached))
    if deriving:
        run_inherited(run, answer, module, inherited(run, classes, {*wanted}))
    examiner.settle()
    with answer.apart("its exception classes", extra=True):
        examiner.look_at_exceptions(run, module)
    answer.met |= run.control.met
    return answer


def run_alone(
    run: Interpreter, answer: Answer, wanted: Sequence[Definition], made: FunctionsMade, calls: Calls
) -> None:
    """Run what nothing was seen calling as its defaults tell; then, for calls that were not come to, in other ways."""
    unseen = [node for node in wanted if node not in run.origins.reached]
    alone: dict[Definition, set[ast.Call]] = {}  # with the calls that it left out
    for place, node in enumerate(unseen):
        if node not in run.origins.reached:
            owners = made.get(node, ())
            if len(owners) > MOST_OWNERS:
                answer.met.add("MOST_OWNERS")
            for function, owner in owners[:MOST_OWNERS]:
                run.budget.share(len(unseen) - place)
                with answer.apart(f"`{function.qualname}`", node.lineno):
                    run_entry_point(run, calls.module, function, owner)
            alone[node] = calls.missed_below(node)
    for node in wanted:
        for function, owner in made.get(node, ())[:MOST_OWNERS]:
            ways = ways_to_call(run, function, owner)
            if node not in alone:
                ways.insert(0, Given(assumed=True))
            missed = alone[node] if node in alone else calls.missed_in(node)
            if node in alone and not calls.missed_below(node):
                del ways[1:]  # what it left out was run on its own since, and only lacks what it would be given here
            for given in ways:
                if not missed or run.budget.left <= 0:
                    break
                run.budget.share(SHARES)
                with answer.apart(f"`{function.qualname}`", node.lineno, extra=True), calls.come_to() as came:
                    run_entry_point(run, calls.module, function, owner, given)
                missed = missed - came
    run_again(run, answer, list(alone), made, calls.module)


def run_again(
    run: Interpreter, answer: Answer, nodes: Sequence[Definition], made: FunctionsMade, module: Module
) -> None:
    """Give what ran out of its share of the steps those that all others have left."""
    early = [
        (node, function, owner)
        for node in nodes
        for function, owner in made.get(node, ())[:MOST_OWNERS]
        if answer.ran.get(f"`{function.qualname}`")
    ]
    for place, (node, function, owner) in enumerate(early):
        if run.budget.left // (len(early) - place) < 2 * LEAST_STEPS_OF_AN_ENTRY_POINT:
            continue
        what = f"`{function.qualname}`"
        answer.unfinished = [one for one in answer.unfinished if (one.line, one.what) != (node.lineno, what)]
        answer.ran[what] = False
        run.budget.share(len(early) - place)
        with answer.apart(what, node.lineno):
            run_entry_point(run, module, function, owner)


def run_inherited(run: Interpreter, answer: Answer, module: Module, methods: Iterable[tuple[Function, Class]]) -> None:
    """Run inherited methods on objects of subclasses, where nothing was seen calling them on such an object."""
    for number, (function, cls) in enumerate(methods):
        if number >= MOST_INHERITED or run.budget.left <= 0:
            answer.met.add("MOST_INHERITED" if number >= MOST_INHERITED else "MOST_STEPS")
            break
        if (function.node, cls) in run.origins.received:
            continue
        run.budget.share(MOST_STEPS)  # the least that an entry point gets
        with answer.apart(f"`{function.qualname}` of `{cls.qualname}`", module.place(cls.site.node).line, extra=True):
            run_entry_point(run, module, function, cls, Given(assumed=True))
