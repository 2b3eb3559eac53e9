"""Listens to queues that a process fills: whether the parent reads them before it joins the process."""

from __future__ import annotations

import ast
from dataclasses import replace

from picklecheck.crossings.bases import is_exception
from picklecheck.crossings.crossing import Misuse, Use
from picklecheck.crossings.examination import Examination
from picklecheck.crossings.nesting import parents
from picklecheck.crossings.slots import here
from picklecheck.semantics.domain.facts import LENGTH, Fact
from picklecheck.semantics.domain.items import is_sure
from picklecheck.semantics.domain.mro import is_subtype
from picklecheck.semantics.domain.values import Constant, Container, ExternalObject, Instance, Unknown, Value, Values
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Doubt

PROCESS = "multiprocessing.Process"
QUEUES = ("multiprocessing.queues.Queue", "multiprocessing.queues.JoinableQueue", "multiprocessing.queues.SimpleQueue")
FILLING, READING = ("put", "put_nowait"), ("get", "get_nowait")
# Set of a queue when a process that fills it has been joined.
JOINED = Fact("filler joined")

# A pipe takes 64 KiB before its writer has to wait; so much shorter texts, and so few items, always find room.
PIPE, SHORT_TEXT, FEW_ITEMS = 65_536, 1_000, 20
# What each item takes in it at least: its length, and a pickle, the shortest of which is `None`'s.
LEAST_MESSAGE = 4 + 4
SHORT_TYPES = {f"builtins.{name}" for name in ("int", "float", "complex", "bool", "str")}


class Queues:
    """Remembers what processes put into queues, which of them were joined, and who reads.

    In `large` are the queues that get any number of items, or one that may be large by its kind.

    A process that has put items waits at its end until the pipe has taken all of them (`multiprocessing/queues.py`,
    `_finalize_join`), and `join` waits for the process.
    """

    def __init__(self, examination: Examination) -> None:
        self.examination = examination
        self.filled: dict[Value, set[Value]] = {}
        self.joins: dict[Value, Event] = {}
        self.in_order: set[Value] = set()
        self.large: set[Value] = set()

    def heard(self, run: Machine, event: Event) -> None:
        receiver = event.receiver
        owner, _, method = self.examination.world.original(event.name).rpartition(".")
        if receiver is None or run.mode.doubt is Doubt.MUCH:
            return
        if owner == PROCESS and method == "join":
            self.joined(run, event, receiver)
        elif owner == PROCESS and method in ("terminate", "kill"):
            self.filled.pop(receiver, None)
        elif owner in QUEUES and method in FILLING and run.mode.child:
            self.fill(run, receiver, event.arguments.get(0, "obj"))
        elif owner in QUEUES and method in READING:
            self.read(run, event, receiver)
        elif owner in QUEUES and method == "cancel_join_thread":
            self.in_order.add(receiver)

    def fill(self, run: Machine, queue: Value, item: Values) -> None:
        process = self.process()
        if process is None or not item:
            return
        many = run.mode.times * least_size(run, item) > PIPE
        if is_small(run, item) and not many:
            return
        self.filled.setdefault(process, set()).add(queue)
        if many or run.mode.loops or not is_small(run, item, unknown=True):
            self.large.add(queue)

    def process(self) -> Value | None:
        """The process whose task is being run."""
        task = self.examination.tasks[-1] if self.examination.tasks else None
        made = next((value for value in task.result if isinstance(value, ExternalObject)), None) if task else None
        return made or (task.receiver if task else None)

    def joined(self, run: Machine, event: Event, process: Value) -> None:
        """`process.join()`, which gives up at no time."""
        if run.mode.child or event.arguments.positional or event.arguments.keywords or is_over(event):
            return
        for queue in self.filled.get(process, ()):
            run.store.set(queue, JOINED, (Constant(True),))
            self.joins.setdefault(queue, event)

    def read(self, run: Machine, event: Event, queue: Value) -> None:
        """A queue is read: in order where nobody who fills it was joined before, or where a child reads it."""
        if run.mode.child or Constant(True) not in run.store.values(queue, JOINED):
            self.in_order.add(queue)
        join = self.joins.get(queue)
        if queue in self.in_order or join is None:
            return
        entry, allowed = self.examination.world.boundaries[PROCESS], self.examination.allowed
        kind: Misuse = "joined before drained"
        use = Use(kind, entry, here(join), run.versions, allowed, allowed, run.program, False, here(event))
        self.examination.ledger.note(run, replace(use, minor=queue not in self.large))


def is_over(event: Event) -> bool:
    """Whether a test around `join` tells that the process has ended: `while not process.is_alive(): …`."""
    around = parents(event.frame.module.tree)
    node, outer = event.node, around.get(event.node)
    while outer is not None and node is not event.frame.scope.node:
        match outer:
            case ast.If(test=test, body=body) | ast.While(test=test, body=body) if node is not test:
                if tells_end(test, node in body):
                    return True
        node, outer = outer, around.get(outer)
    return False


def tells_end(test: ast.expr, outcome: bool) -> bool:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return tells_end(operand, not outcome)
        case ast.BoolOp(op=op, values=operands) if isinstance(op, ast.And) is outcome:
            return any(tells_end(operand, outcome) for operand in operands)
        case ast.Compare(left=ast.Attribute(attr="exitcode"), ops=[ast.Is() | ast.IsNot() as op]):
            return isinstance(op, ast.IsNot) is outcome
        case ast.Call(func=ast.Attribute(attr="is_alive")):
            return not outcome
    return False


def least_size(run: Machine, item: Values) -> int:
    """How many bytes a message surely takes, by the texts that are known in it; equal ones may be sent once."""
    return LEAST_MESSAGE + sum(length_of(run, one) for one in texts(run, item))


def length_of(run: Machine, text: Value) -> int:
    """How long a text is; 0 where that is not known."""
    match text:
        case Constant(value=str() | bytes() as letters):
            return len(letters)
    match run.store.values(text, LENGTH):
        case (Constant(value=int(length)),):
            return length
    return 0


def texts(run: Machine, item: Values) -> frozenset[Value]:
    """The texts that are surely part of an item."""
    match item:
        case (Constant(value=str() | bytes()) | ExternalObject(type="builtins.str" | "builtins.bytes") as text,):
            return frozenset((text,))
        case (Container() as value,):
            items = run.store.items(value)
            return frozenset().union(*(texts(run, one) for one in (*items.keys, *items.values) if is_sure(one)))
    return frozenset()


def is_small(run: Machine, values: Values, depth: int = 0, *, unknown: bool = False) -> bool:
    """Whether what is put surely is so small that a pipe has room for it: what an exception says is, too.

    With `unknown`, whether it may be, as far as that rests on values of which nothing is known.
    """
    for value in values:
        match value:
            case Constant(value=str() | bytes() as text) if len(text) > SHORT_TEXT:
                return False
            case Constant():
                continue
            case ExternalObject(type="builtins.str" | "builtins.bytes") if length := length_of(run, value):
                if length > PIPE:
                    return False
            case ExternalObject(type=kind) if kind in SHORT_TYPES or is_subtype(kind, "builtins.BaseException"):
                continue
            case Instance() if is_exception(value):
                continue
            case Instance() if depth < 3:
                held = run.store.names(value).values()
                if not held or not all(is_small(run, one, depth + 1, unknown=unknown) for one in held):
                    return False
            case Container() if depth < 3:
                items = run.store.items(value)
                parts = (*items.values, *items.keys)
                few = items.exact and len(parts) <= FEW_ITEMS
                if not few or not all(is_small(run, one, depth + 1, unknown=unknown) for one in parts):
                    return False
            case Unknown() if unknown:
                continue
            case _:
                return False
    return bool(values)
