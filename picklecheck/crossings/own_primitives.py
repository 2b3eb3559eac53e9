"""Queues, events and shared values that importing makes: a spawned child makes its own, which its parent never sees."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from picklecheck.crossings.child import Child
from picklecheck.crossings.crossing import OwnPrimitive, Use
from picklecheck.crossings.examination import Examination, Ran
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.ledger import is_expected
from picklecheck.crossings.lost import read_after
from picklecheck.crossings.nesting import parents
from picklecheck.crossings.reach import reachable
from picklecheck.crossings.slots import here
from picklecheck.crossings.spawned import SPAWNING, initializer_of, listed, names_set_by
from picklecheck.semantics.domain.values import Arguments, BoundMethod, ExternalObject, Frame, Function, Site, Values
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Doubt
from picklecheck.semantics.syntax.module import names_bound
from picklecheck.semantics.syntax.scopes import Comprehension, within

QUEUES = {f"multiprocessing.queues.{name}" for name in ("Queue", "JoinableQueue", "SimpleQueue")}
PIPE_END = "multiprocessing.connection.Connection"
SHARED = {
    *(f"multiprocessing.sharedctypes.Synchronized{name}" for name in ("", "Array", "String")),
    *("multiprocessing.RawValue", "multiprocessing.RawArray"),
}
EVENT, CONDITION, BARRIER = (f"multiprocessing.synchronize.{name}" for name in ("Event", "Condition", "Barrier"))
# What one side does, and what the other can notice of it, by methods of each type. At a barrier both wait.
GIVES = {
    **dict.fromkeys(QUEUES, ("put", "put_nowait")),
    **dict.fromkeys(SHARED, ("__setattr__", "__setitem__")),
    PIPE_END: ("send", "send_bytes"),
    EVENT: ("set",),
    CONDITION: ("notify", "notify_all"),
    BARRIER: ("wait",),
}
TAKES = {
    **dict.fromkeys(QUEUES, ("get", "get_nowait", "empty", "qsize")),
    **dict.fromkeys(SHARED, ("__getitem__",)),
    PIPE_END: ("recv", "recv_bytes", "recv_bytes_into", "poll"),
    EVENT: ("wait", "is_set"),
    CONDITION: ("wait", "wait_for"),
    BARRIER: ("wait",),
}
# Those that wait as long as it takes, where they are given nothing, and those that raise where nothing comes.
WAITING, RAISING = {"get", "recv", "recv_bytes", "wait"}, {"get", "get_nowait"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A primitive that importing made, with what a child and its parent do with their own one."""

    made: Site
    inside: Event
    parent: Site
    sends: bool
    read: Event | None = None


class OwnPrimitives:
    """Remembers who uses which primitive: processes that were not given it, or their parent.

    The two ends of a pipe come from one call, by which they are known here, as all other primitives are.
    """

    def __init__(self, examination: Examination) -> None:
        self.examination = examination
        self.outside: list[tuple[Frame, Event]] = []

    def heard(self, run: Machine, event: Event) -> None:
        if not isinstance(event.receiver, ExternalObject) or event.receiver.type not in GIVES:
            return
        if run.mode.doubt is Doubt.MUCH or not (does(event, GIVES) or does(event, TAKES)):
            return
        if run.mode.child:
            self.examination.inside += [(task, event) for task in self.examination.tasks[-1:]]
        elif not is_expected(run):
            self.outside.append((root(event.frame), event))

    def settle(self) -> None:
        """No more calls will come: who waits for whom is known."""
        for ran in self.examination.ran:
            run, possible = ran.handover.run, ran.handover.possible
            child = ran.handover.children.of(run)
            if not child.whole or ran.started.node in child.calls:  # without a main guard, no child comes so far
                continue
            pairs = list(self.pairs(ran, child))
            runs = {(version, method) for version in run.versions for method in possible if method in SPAWNING}
            runs -= ran.handover.never_run
            if pairs and runs:
                use = Use(
                    "change lost",
                    ran.handover.entry,
                    here(ran.started),
                    frozenset(version for version, _ in runs),
                    tuple(method for method in possible if any(method == one for _, one in runs)),
                    possible,
                    run.program,
                    certain=False,
                    related=pairs[0].parent,
                    subject=listed(list(map(name_of, pairs))),
                    own=described(pairs),
                )
                self.examination.ledger.uses.setdefault((use.call.node, use.kind), use)

    def pairs(self, ran: Ran, child: Child) -> Iterator[Pair]:
        """The primitives by which a task and its parent do not reach each other."""
        at = root(ran.started.frame)
        for made, inside in by_origin(ran.used).items():
            if not is_made_by_import(child, made):
                continue
            outside = [
                one for top, one in self.outside if top is at and origin(one) == made and one.node not in child.calls
            ]
            gives = [one for one in outside if does(one, GIVES)]
            takes = [one for one in outside if does(one, TAKES)]
            answers = [one for one in inside if does(one, GIVES)]
            if answers and (takes or not gives) and (not gives or gives[0] in takes):
                if (read := here(takes[0]) if takes else value_read(ran.started, answers[0])) is not None:
                    yield Pair(made, answers[0], read, sends=True, read=takes[0] if takes else None)
            elif gives and does(inside[0], TAKES) and (answers or not takes):
                yield Pair(made, inside[0], here(gives[0]), sends=False, read=inside[0])


def remember(examination: Examination, handover: Handover, started: Event, task: Values, arguments: Arguments) -> None:
    """A task was run: keep how it uses primitives that reach it neither with its arguments nor its pool's."""
    run, initializer = handover.run, initializer_of(handover)
    inside = [event for call, event in examination.inside if call is handover.event]
    examination.inside = [one for one in examination.inside if one[0] is not handover.event]
    by_value = handover.entry.carrier == "cloudpickle"  # takes what the task reads along
    if not inside or initializer is None or by_value or len(examination.tasks) > 1 or is_expected(run):
        return
    parts = (arguments, initializer[1])
    held = [values for part in parts for values in (*part.positional, *part.keywords.values())]
    given = reachable(run, (*task, *initializer[0], *(value for values in held for value in values)))
    first = [one.function if isinstance(one, BoundMethod) else one for one in initializer[0]]
    functions = [one for one in first if isinstance(one, Function)]
    set_first: set[str] = set().union(*(names_set_by([one.module], [one]) for one in functions))
    used = tuple(one for one in inside if one.receiver not in given and set_first.isdisjoint(variables(origin(one))))
    if used:
        examination.ran.append(Ran(handover, started, used))


def does(event: Event, methods: Mapping[str, tuple[str, ...]]) -> bool:
    owner, _, method = event.name.rpartition(".")
    return method in methods.get(owner, ())


def then(event: Event | None) -> Literal["raises", "hangs", "wrong"]:
    """What comes of reading where nobody gives anything."""
    method = event.name.rpartition(".")[2] if event is not None else ""
    if event is not None and method in WAITING and not event.arguments.positional and not event.arguments.keywords:
        return "hangs"
    return "raises" if method in RAISING else "wrong"


def origin(event: Event) -> Site | None:
    return event.receiver.site if isinstance(event.receiver, ExternalObject) else None


def variables(made: Site | None) -> set[str]:
    """The variables to which a statement sets what it makes: of a pipe both ends."""
    statement = parents(made.module.tree).get(made.node) if made is not None else None
    return names_bound(statement) if isinstance(statement, ast.Assign | ast.AnnAssign) else set()


def by_origin(events: Iterable[Event]) -> dict[Site, list[Event]]:
    found: dict[Site, list[Event]] = {}
    for event in events:
        if (made := origin(event)) is not None:
            found.setdefault(made, []).append(event)
    return found


def root(frame: Frame) -> Frame:
    """The frame from which all is called: that of the main module, or of an entry point."""
    while (outer := frame.parent if isinstance(frame.scope.node, Comprehension) else frame.caller) is not None:
        frame = outer
    return frame


def is_made_by_import(child: Child, made: Site) -> bool:
    """Whether a child that imports the module runs the call that made a primitive."""
    if made.module is child.module:
        return made.node in child.calls
    return made.node in set(within(made.module.tree))


def value_read(started: Event, set_there: Event) -> Site | None:
    """Where the parent reads `counter.value` that a task sets, behind the call that starts it."""
    frame = started.frame
    while isinstance(frame.scope.node, Comprehension) and frame.parent is not None:
        frame = frame.parent
    match set_there.node:
        case ast.Attribute(attr="value") as target if set_there.name.endswith(".__setattr__"):
            read = read_after(frame, started.node, ast.unparse(target))
            return Site(frame.module, read) if read is not None else None
    return None


def name_of(pair: Pair) -> str:
    """The variable that importing sets to a primitive, or how the task calls it."""
    if len(found := variables(pair.made)) == 1:
        return found.pop()
    match pair.inside.node:
        case ast.Call(func=ast.Attribute(value=owner)) | ast.Attribute(value=owner) | ast.Subscript(value=owner):
            return ast.unparse(owner)
    return ast.unparse(pair.inside.node)


def described(pairs: list[Pair]) -> OwnPrimitive:
    first = pairs[0]
    sides = {pair.sends for pair in pairs}
    return OwnPrimitive(
        first.made,
        here(first.inside),
        several=len(set(map(name_of, pairs))) > 1,
        unseen_by="either" if len(sides) > 1 else "parent" if True in sides else "task",
        then=then(first.read),
    )
