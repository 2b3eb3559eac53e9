"""What a task changes in its own process, and its parent reads afterwards: the parent's copy stays as it was."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise

from picklecheck.crossings.attribute_use import Does, by_member
from picklecheck.crossings.crossing import Use
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.nesting import parents
from picklecheck.crossings.pools import TASKS
from picklecheck.semantics.domain.facts import ITEMS
from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.store import Entry, Name
from picklecheck.semantics.domain.values import (
    UNBOUND,
    BoundMethod,
    Class,
    Constant,
    Container,
    ExternalName,
    ExternalObject,
    Frame,
    Function,
    Instance,
    ProjectModule,
    Site,
    Value,
    Values,
)
from picklecheck.semantics.events import Event
from picklecheck.semantics.exits import Outcome
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import FILLING
from picklecheck.semantics.syntax.scopes import Comprehension, within

# Calls that pass on what they are given: no reading.
SENDING = {"Process", *TASKS}


def uses(handover: Handover, started: Event, sent: Values, arrived: Values, outcome: Outcome) -> Iterator[Use]:
    """The changes that a task made, where the parent reads what was changed behind the call that `started` it.

    `sent` is the task, and `arrived` what the worker had of it.
    """
    run, event, possible = handover.run, started, handover.possible
    runs = {(version, method) for version in run.versions for method in possible} - handover.never_run
    if not runs or outcome.never_returns:
        return
    if any(name.endswith("callback") for name in handover.event.arguments.keywords):
        return
    originals = dict(zip(map(receiver_of, arrived), map(receiver_of, sent), strict=False))
    frame = event.frame
    while isinstance(frame.scope.node, Comprehension) and frame.parent is not None:
        frame = frame.parent
    for name in dict.fromkeys(changed_names(run, frame, event.node, outcome.changed, originals)):
        read = read_after(frame, event.node, name, partial(does, run, frame, name))
        if read is not None:
            call, where = Site(event.frame.module, event.node), Site(frame.module, read)
            yield Use(
                "change lost",
                handover.entry,
                call,
                frozenset(version for version, _ in runs),
                tuple(method for method in possible if any(method == one for _, one in runs)),
                possible,
                run.program,
                certain=False,
                related=where,
                subject=name,
            )


def receiver_of(task: Value) -> Value:
    return task.receiver if isinstance(task, BoundMethod) else task


def changed_names(
    run: Machine,
    frame: Frame,
    call: ast.AST,
    changed: Mapping[tuple[object, Name], tuple[Entry | None, Entry]],
    originals: Mapping[Value, Value],
) -> Iterator[str]:
    """How the frame that starts a task calls what the task changes, where there was nothing yet: None, 0, no items."""
    filled = [
        key
        for key, (before, after) in changed.items()
        if before != after and is_nothing(before) and is_something(after)
    ]
    has_objects = any(isinstance(owner, Instance | Container) for owner, _ in filled)
    leading = names_leading_to(run, frame, originals) if has_objects else {}
    for owner, name in filled:
        match owner:
            case Instance() if isinstance(name, str):
                names = (f"{variable}.{name}" for variable in leading.get(owner, ()))
                lacked = changed[owner, name][0] in (None, UNBOUND)
                yield from (text for text in names if not (lacked and is_read_before(frame, call, text)))
            case Container() if name == ITEMS:
                yield from leading.get(owner, ())
            case Frame() if owner is run.imports.namespaces[frame.module] and isinstance(name, str):
                if frame.scope.is_module or name not in frame.scope.bound:
                    yield name


def names_leading_to(run: Machine, frame: Frame, originals: Mapping[Value, Value]) -> dict[Value, list[str]]:
    """Objects and containers by the variables of a frame, and of its module, that surely have them."""
    found: dict[Value, list[str]] = {}
    variables = {**run.store.names(run.imports.namespaces[frame.module]), **run.store.names(frame)}
    for variable, values in variables.items():
        match values:
            case (Container() as held,):
                found.setdefault(held, []).append(variable)
            case (Instance() as instance,):
                copies = [copy for copy, original in originals.items() if original is instance and copy is not instance]
                for one in (instance, *copies):
                    found.setdefault(one, []).append(variable)
                    for name, held_values in run.store.names(one).items():
                        match held_values:
                            case (Container() as held,):
                                found.setdefault(held, []).append(f"{variable}.{name}")
    return found


def is_nothing(entry: Entry | None) -> bool:
    """Whether a variable has its first value: a literal, nothing at all, or a container without items."""
    match entry:
        case Items():
            return entry.exact and not entry.values
        case None:
            return True
        case (Constant(),):
            return True
    return entry == UNBOUND


def is_something(entry: Entry) -> bool:
    """Whether a variable then has a value that the parent misses: no logger, of which each process has its own."""
    if isinstance(entry, Items):
        return bool(entry.values) or not entry.exact
    return not isinstance(entry, tuple) or not all(map(is_everywhere, entry))


def is_everywhere(value: object) -> bool:
    """Whether each process has such a value by its name: a logger, a module, a function, a class."""
    match value:
        case ExternalObject(type="logging.Logger" | "logging.RootLogger") | ExternalName() | ProjectModule():
            return True
        case Function() | Class():
            return True
    return False


# --- what the parent does next -------------------------------------------------------------------


def does(run: Machine, frame: Frame, name: str, member: str, called: bool) -> Does:
    """What the parent does with an attribute by a member of the object, as by a method that returns its total."""
    variable, _, attribute = name.partition(".")
    for namespace in (frame, run.imports.namespaces[frame.module]):
        match run.store.values(namespace, variable):
            case (Instance(cls=cls),):
                return by_member(run, cls, member, attribute, called)
    return "neither"


def read_after(
    frame: Frame, call: ast.AST, name: str, does: Callable[[str, bool], Does] | None = None
) -> ast.expr | None:
    """The first place behind a call, in its function, that surely reads a variable or attribute which nothing sets.

    With `does`, also a use of a member of the object that reads the attribute; it tells what each use does.
    """
    variable = name.partition(".")[0]
    around = parents(frame.module.tree)
    end = (getattr(call, "end_lineno", 0), getattr(call, "end_col_offset", 0))
    outer = [*above(around, call, frame.scope.node)]
    if any(isinstance(one, ast.Return | ast.Lambda) or variable in rebound(one) for one in outer):
        return None
    behind = [node for node in within(frame.scope.node) if isinstance(node, ast.Name | ast.Attribute)]
    behind = sorted((node for node in behind if position(node) >= end), key=position)
    for node in behind:
        inner = [node, *above(around, node, frame.scope.node)]
        match by_use(node, inner, name, does):
            case "may set":
                return None
            case "reads" if not is_sent(inner) and is_behind(outer, inner):
                return node
    return None


def by_use(
    node: ast.Name | ast.Attribute, inner: Sequence[ast.AST], name: str, does: Callable[[str, bool], Does] | None
) -> Does:
    """What one place, which has the nodes of `inner` around it, does with a variable or attribute."""
    variable, _, attribute = name.partition(".")
    found: Does = "neither"
    match node:
        case ast.Name(id=one, ctx=ast.Store() | ast.Del()) if one == variable:
            return "may set"
        case ast.Name(id=one) if attribute and one == variable and is_given(node, inner):
            return "may set"
        case ast.Attribute(value=ast.Name(id=one), attr=member) if does and one == variable and member != attribute:
            if not is_sent(inner):
                found = does(member, isinstance(inner[1], ast.Call) and inner[1].func is node)
        case _ if ast.unparse(node) == name:
            found = "reads"
    changes = not isinstance(node.ctx, ast.Load) or fills(inner)
    return "may set" if found == "reads" and changes else found


def is_read_before(frame: Frame, call: ast.AST, name: str) -> bool:
    """Whether a function reads an attribute before it comes to a call, so that the object has it."""
    start = (getattr(call, "lineno", 0), getattr(call, "col_offset", 0))
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and position(node) < start
        and ast.unparse(node) == name
        for node in within(frame.scope.node)
    )


def above(around: Mapping[ast.AST, ast.AST], node: ast.AST, top: ast.AST) -> Iterator[ast.AST]:
    while node is not top and node in around:
        node = around[node]
        yield node


def position(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def rebound(statement: ast.AST) -> set[str]:
    """The variables that a statement around a call gives another value to, as `tally = pool.apply(tally.add)` does."""
    match statement:
        case ast.Assign(targets=targets):
            named = targets
        case ast.AnnAssign(target=target) | ast.NamedExpr(target=target) | ast.For(target=target):
            named = [target]
        case _:
            return set()
    return {node.id for one in named for node in ast.walk(one) if isinstance(node, ast.Name)}


def is_given(node: ast.Name, inner: Sequence[ast.AST]) -> bool:
    """Whether an object is handed to a call, which may change it, and which does not send it."""
    return isinstance(inner[1], ast.Call) and node in inner[1].args and not is_sent(inner)


def fills(inner: Sequence[ast.AST]) -> bool:
    """Whether the parent fills it itself: `found.append(…)`, `found[key] = …`."""
    match inner[1:3]:
        case [ast.Attribute(attr=method), ast.Call()] if method in {*FILLING, "clear"}:
            return True
        case [ast.Subscript(ctx=ast.Store() | ast.Del()), _] | [ast.Attribute(ctx=ast.Store() | ast.Del()), _]:
            return True
    return False


def is_sent(inner: Sequence[ast.AST]) -> bool:
    calls = [one.func for one in inner if isinstance(one, ast.Call)]
    return any(getattr(func, "attr", getattr(func, "id", "")) in SENDING for func in calls)


def is_behind(outer: Sequence[ast.AST], inner: Sequence[ast.AST]) -> bool:
    """Whether the way from one place to another leaves no branch, and goes into none that may be left out."""
    common = next(one for one in inner if one in outer)
    below, inside = outer[: outer.index(common)], inner[: inner.index(common)]
    if any(map(ends_early, below)) or any(isinstance(one, ast.ExceptHandler) for one in inside):
        return False
    if isinstance(common, ast.Match) or (
        isinstance(common, ast.If) and is_else(common, below) != is_else(common, inside)
    ):
        return False
    return not any(is_left_out(branch, part) for part, branch in pairwise(inside))


def is_else(branch: ast.If, below: Sequence[ast.AST]) -> bool:
    return bool(below) and below[-1] in branch.orelse


def is_left_out(branch: ast.AST, part: ast.AST) -> bool:
    """Whether a part of a conditional is one that may not be run."""
    return isinstance(branch, ast.If | ast.IfExp | ast.Lambda) and part is not getattr(branch, "test", None)


def ends_early(node: ast.AST) -> bool:
    """Whether nothing behind a branch is come to from its end."""
    last = node.body[-1] if isinstance(node, ast.If) else None
    return isinstance(last, ast.Return | ast.Raise | ast.Continue | ast.Break)
