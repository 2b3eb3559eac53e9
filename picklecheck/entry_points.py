"""Entry points: the functions of a module that may reach a boundary and that nothing was seen calling."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from picklecheck.crossings.relays import SHARED, last_name
from picklecheck.crossings.sinks import Sinks
from picklecheck.crossings.world import KnownWorld
from picklecheck.decorated import decorated
from picklecheck.semantics.budget import TooLong
from picklecheck.semantics.domain.facts import OPEN
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    BoundMethod,
    Class,
    Constant,
    Descriptor,
    Frame,
    Function,
    Here,
    Instance,
    Suspended,
    Values,
    Wrapper,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.kinds.following import DEEPEST_CALL
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Doubt
from picklecheck.semantics.models import fixtures, mock
from picklecheck.semantics.syntax.module import Module, names_bound
from picklecheck.semantics.syntax.nodes import walk

Definition = ast.FunctionDef | ast.AsyncFunctionDef

# In so many ways a function is called apart from the one that its defaults tell.
MOST_WAYS = 4


def entry_points(module: Module, world: KnownWorld, sinks: Sinks) -> list[Definition]:
    """The candidates of a module: those that surely call a sink first, callers before those that they call by name."""
    wanted = candidates(module, world, sinks)
    called = {name for node in wanted for name in module.called(node) if name != node.name}
    return sorted(wanted, key=lambda one: (sinks.leading.isdisjoint(module.called(one)), one.name in called))


def candidates(module: Module, world: KnownWorld, sinks: Sinks) -> list[Definition]:
    """The functions that call something named like a sink, or like a function of the module that may reach one."""
    definitions = [node for node in ast.walk(module.tree) if isinstance(node, Definition)]
    names = set(sinks.all)
    relays = set(sinks.leading)
    starting = set(filter(world.may_start, relays))
    found: dict[Definition, None] = {}
    grown = True
    while grown:
        grown = False
        for node in definitions:
            called = module.called(node)
            if node in found or names.isdisjoint(called):
                continue
            found[node] = None
            starts = not starting.isdisjoint(called)
            # What only pickles leads there by a name of its own: `copy` and `get` are also called on other objects.
            leads = starts or (node.name not in SHARED and not relays.isdisjoint(called))
            if node.name not in names and leads:
                names.add(node.name)
                relays.add(node.name)
                starting |= {node.name} if starts else set()
                grown = True
    return list(found)


def import_may_reach_sink(module: Module, wanted: list[Definition], sinks: Sinks) -> bool:
    """Whether importing the module calls anything by the name of a sink or of an entry point."""
    names = sinks.all | {node.name for node in wanted}
    lines = sorted(node.lineno for node in wanted)
    for statement in module.tree.body:
        if isinstance(statement, ast.ClassDef):
            bases = {base.id for base in statement.bases if isinstance(base, ast.Name)}
            if not names.isdisjoint(bases) or _holds(statement, lines):
                names |= {statement.name}
    for statement in module.tree.body:
        if isinstance(statement, Definition | ast.ClassDef):
            called = {name for decorator in statement.decorator_list for name in _called_by(module, decorator)}
        else:
            called = set(module.called(statement))
        if not names.isdisjoint(called):
            return True
    return False


def _called_by(module: Module, decorator: ast.expr) -> set[str]:
    """The names that a decorator calls, its own among them."""
    match decorator:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return {name}
    return set(module.called(decorator))


def bind(run: Machine, module: Module, wanted: Sequence[Definition | ast.ClassDef]) -> None:
    """Bind the functions and classes at module level in which these are, without running the rest."""
    lines = sorted(node.lineno for node in wanted)
    for statement in module.tree.body:
        if _holds(statement, lines):
            for name in names_bound(statement):
                run.namespace(module)
                run.demand(module, name)


def _holds(statement: ast.stmt, lines: Sequence[int]) -> bool:
    """Whether one of these lines, which are sorted, is in a statement."""
    at = bisect_left(lines, statement.lineno)
    return at < len(lines) and lines[at] <= (statement.end_lineno or lines[at])


# Function objects by their definitions, each with the class of a method.
FunctionsMade = Mapping[ast.AST, list[tuple[Function, Class | None]]]


def made_at_import(run: Machine, module: Module) -> tuple[FunctionsMade, list[Class]]:
    """The function objects of a module and its classes; and these classes."""
    found: dict[ast.AST, list[tuple[Function, Class | None]]] = {}
    hidden = [one for one, _ in run.origins.hidden if isinstance(one, Class) and one.module is module]
    seen: dict[Class, None] = dict.fromkeys(hidden)
    todo = deque[tuple[Frame | Class, Class | None]]([(run.imports.namespaces[module], None)])
    todo.extend((one, one) for one in hidden)
    while todo:
        owner, cls = todo.popleft()
        for values in run.store.names(owner).values():
            for value in values:
                match value:
                    case Function():
                        found.setdefault(value.node, []).append((value, cls))
                    case Class() if value.module is module and value not in seen:
                        seen[value] = None
                        todo.append((value, value))
                    case Descriptor(kind=kind, function=functions) | Wrapper(kind=kind, function=functions):
                        receives = None if kind in ("staticmethod", "classmethod") else cls
                        for one in functions:
                            if isinstance(one, Function):
                                found.setdefault(one.node, []).append((one, receives))
    for one, cls in run.origins.hidden:
        if isinstance(one, Function) and one.module is module:
            found.setdefault(one.node, [(one, cls)])
    return found, list(seen)


@dataclass(frozen=True, slots=True)
class Given:
    """What a function that nothing was seen calling gets, and what the constructor of its object gets, by name.

    Parameters that are not among these get their defaults, or else anything. `assumed` says that these are guesses.
    """

    own: Mapping[str, Values] = field(default_factory=dict)
    of_object: Mapping[str, Values] = field(default_factory=dict)
    assumed: bool = False


DEFAULTS = Given()


def ways_to_call(run: Machine, function: Function, owner: Class | None) -> list[Given]:
    """What a caller may give instead of defaults: another number, text or object; and flags, one of them at a time.

    Two tests of one flag agree, so a flag is never both; what is opened may be anything.
    """
    made_by = run.find(owner, "__init__") if owner is not None else ()
    constructor = made_by[0] if made_by and isinstance(made_by[0], Function) and made_by[0] is not function else None
    own, of_object = opened(function), opened(constructor) if constructor is not None else {}
    ways = [Given(own, of_object, assumed=True)] if own or of_object else []
    ways += [Given({**own, name: values}, of_object, assumed=True) for name, values in flags(function)]
    if constructor is not None:
        ways += [Given(own, {**of_object, name: values}, assumed=True) for name, values in flags(constructor)]
    if len(ways) > MOST_WAYS:
        run.meet("MOST_WAYS")
    return ways[:MOST_WAYS]


def defaults(function: Function) -> Iterator[tuple[ast.arg, object]]:
    """The parameters that can be given by name and have a literal as their default."""
    given = function.node.args
    for parameter in (*given.args, *given.kwonlyargs):
        match function.defaults.get(parameter.arg):
            case (Constant(value=value),):
                yield parameter, value


def opened(function: Function) -> dict[str, Values]:
    """What is given instead of defaults that are no flags: these, or anything.

    What is `None` or of its annotated type is that already.
    """
    return {
        parameter.arg: (Constant(value), *UNKNOWN)
        for parameter, value in defaults(function)
        if not isinstance(value, bool) and not (value is None and parameter.annotation is not None)
    }


def flags(function: Function) -> list[tuple[str, Values]]:
    """The flags of a function, each with the value that is not its default."""
    return [(one.arg, (Constant(not value),)) for one, value in defaults(function) if isinstance(value, bool)]


def instance_of(run: Machine, owner: Class, given: Given, here: Here) -> Instance:
    """An object of a class: the same one for each of its methods, as long as nothing else is given.

    One that surely is made so is as good where that is in doubt. Where its constructor does too much, nothing is known
    of it.
    """

    def make() -> Instance:
        try:
            with run.budget.of_object(), run.unhurried():
                return run.generic_instance(owner, here, Arguments(keywords=dict(given.of_object), open=True))
        except TooLong:
            unknown = Instance(owner, here.site)
            run.store.set(unknown, OPEN, UNKNOWN)
            return unknown

    surer = [replace(run.mode, doubt=doubt) for doubt in Doubt if doubt <= run.mode.doubt]
    keys = [(owner, mode, *given.of_object.items()) for mode in surer]
    return run.made_for_all(next((key for key in keys if key in run.origins.instances), keys[-1]), make)


def run_entry_point(
    run: Machine, module: Module, function: Function, owner: Class | None, given: Given = DEFAULTS
) -> None:
    """Run a function that nothing was seen calling: parameters by their annotations, `self` as constructed.

    Raises `Exhausted`.
    """
    written = function.node if function.module is module or owner is None else owner.site.node
    here = Here(run.imports.namespaces[module], written)
    run.pass_time()
    run.origins.too_long.discard(function.node)
    stand_in = decorated(run, function)
    doubt = Doubt.SOME if given.assumed or stand_in else run.mode.doubt
    try:
        with run.aside(), run.under(doubt=doubt), run.active(here.frame):
            mock.decorate(run, here, owner)
            callee: Function | BoundMethod | Class = function
            if owner is not None and function.name == "__init__":
                callee = owner  # what is constructed has nothing yet that the constructor sets later
            elif owner is not None:
                made = instance_of(run, owner, given, here)
                fixtures.set_up(run, made, function, here)
                callee = BoundMethod(function, made, function.site)
            arguments = fixtures.arguments(run, function, owner, here)
            arguments.keywords = {**given.own, **stand_in, **arguments.keywords}
            with closures_run(run, here, again=given is not DEFAULTS):
                returned = run.call((callee,), arguments, here)
                if isinstance(callee, Class):
                    return  # who uses the object is not known
                run.observer.given_back(run, returned)
                for value in returned:
                    run.resume(value, here)
                    if isinstance(value, Suspended):
                        run.yielded(value, here)
    except Abrupt:
        pass


@contextmanager
def closures_run(run: Machine, here: Here, *, again: bool = False) -> Iterator[None]:
    """Functions that are made in this block, lead to a boundary and are not called in it, are run when it ends.

    Those that were run before are run `again` where they capture something else now.
    """
    before = len(run.origins.closures)
    try:
        yield
    except Abrupt:
        pass
    made = run.origins.closures[before:]
    del run.origins.closures[before:]
    for function in made:
        if again or function.node not in run.origins.reached:
            stand_in = decorated(run, function)
            doubt = Doubt.SOME if stand_in else run.mode.doubt
            with run.aside(), run.under(doubt=max(doubt, run.mode.doubt)), closures_run(run, here, again=again):
                run.call((as_called(run, function, here),), Arguments(keywords=stand_in, open=True), here)


def as_called(run: Machine, function: Function, here: Here) -> Function | BoundMethod:
    """A function as others call it: a method on an object of its class."""
    if function.owner is None:
        return function
    return BoundMethod(function, run.generic_instance(function.owner, here), function.site)


class Calls:
    """The calls by which functions of a module may reach a boundary, and which of them no run has come to."""

    def __init__(self, run: Machine, module: Module, wanted: Sequence[Definition], sinks: Sinks) -> None:
        self.run = run
        self.module = module
        self.sinks = sinks
        self.by_name: dict[str, list[Definition]] = {}
        for node in wanted:
            self.by_name.setdefault(node.name, []).append(node)
        self.found: dict[ast.AST, list[ast.Call]] = {}

    def of(self, node: Definition) -> list[ast.Call]:
        """The calls in a function that are named like a sink."""
        if node not in self.found:
            calls = (inner for inner in walk(node) if isinstance(inner, ast.Call))
            self.found[node] = [one for one in calls if last_name(one.func) in self.sinks.leading]
        return self.found[node]

    def missed_in(self, node: Definition) -> set[ast.Call]:
        """The calls in a function that no run has come to."""
        return {one for one in self.of(node) if one not in self.run.origins.evaluated}

    def missed_below(self, node: Definition) -> set[ast.Call]:
        """The calls that no run has come to in a function, or in those it leads to by name, as deep as a run goes."""
        level, seen, missed = {node}, {node}, set[ast.Call]()
        for _ in range(DEEPEST_CALL):
            missed.update(*map(self.missed_in, level))
            level = {
                other for one in level for name in self.module.called(one) for other in self.by_name.get(name, ())
            } - seen
            seen |= level
        return missed

    @contextmanager
    def come_to(self) -> Iterator[set[ast.Call]]:
        """The calls that the run in this block comes to."""
        origins = self.run.origins
        before, origins.evaluated = origins.evaluated, set()
        came = origins.evaluated
        try:
            yield came
        finally:
            origins.evaluated = before | came
