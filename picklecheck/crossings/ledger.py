"""What was found in the runs of a file: crossings and uses, with what may still become of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

from picklecheck.crossings import moment
from picklecheck.crossings.crossing import Crossing, Unseen, Use
from picklecheck.crossings.handover import Handover
from picklecheck.crossings.own_ways import took_own_way
from picklecheck.crossings.slots import Filled
from picklecheck.crossings.verdict import Verdict, Versions
from picklecheck.semantics.domain.values import ExternalObject, Instance, Site, Value, Values
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Doubt

# The call, the slot, and the expression that is sent; of an exception the definition of its class.
Key: TypeAlias = tuple[ast.AST, str, ast.AST, ast.AST | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A crossing with the results of its call, and how sure it was that this is what is called."""

    crossing: Crossing
    results: Values = ()
    doubt: Doubt = Doubt.NONE

    @property
    def weight(self) -> tuple[bool, int, int]:
        """How much it tells: a certain refusal most, then more refusals, then a surer call."""
        verdict = self.crossing.verdict
        return any(one.certain for one in verdict), len(verdict), -self.doubt


class Ledger:
    """Keeps what was found; of several visits of a call the one is kept that is surest to fail, with the most refusals.

    `pending` are the crossings of processes that were not seen being started, `written` those that made a result from
    which they can be read back.
    """

    def __init__(self) -> None:
        self.entries: dict[Key, Entry] = {}
        self.uses: dict[tuple[ast.AST, str], Use] = {}
        self.pending: dict[Value, list[Crossing]] = {}
        self.written: dict[Value, list[Crossing]] = {}

    @property
    def crossings(self) -> list[Crossing]:
        return [entry.crossing for entry in self.entries.values()]

    def record(self, handover: Handover, one: Filled, verdict: Verdict, unseen: Unseen | None = None) -> None:
        """Keep the verdict on one value, as far as it is worth telling, with what of it is `unseen`.

        Raises `Abrupt` where a call of the same process surely refuses and a handler around it goes on.
        """
        run, event, entry = handover.run, handover.event, handover.entry
        expected = is_expected(run)
        handled = not entry.process and any(guard.frame is event.frame for guard in run.control.guards)
        if handled and not expected and run.mode.doubt is Doubt.NONE and _is_refused(verdict, run.versions):
            raise run.raises((ExternalObject("pickle.PicklingError", handover.site),))
        if run.mode.doubt is Doubt.MUCH or expected or handled or _is_second_way(run, event, one):
            return
        if run.questions.methods_unclear and entry.process and set(handover.methods) < set(handover.possible):
            return
        if run.mode.doubt is Doubt.SOME and len(event.callees) > 1:
            # What is called and what it is given may be chosen together, as a thread and its own kind of lock.
            # A process that is started is both.
            verdict = tuple(refusal for refusal in verdict if refusal.certain or one.slot == "self")
        if run.mode.doubt is Doubt.SOME:
            verdict = tuple(replace(refusal, certain=False) for refusal in verdict)
        crossing = Crossing(
            entry,
            one.slot,
            handover.site,
            one.site,
            one.values,
            verdict,
            run.versions,
            handover.methods,
            handover.possible,
            run.program,
            read_back=entry.carrier == "deepcopy",  # what it takes apart it puts together again at once
            unseen=None if verdict else unseen,
        )
        before = self.entries.get(key(crossing))
        made = Entry(crossing, event.result, run.mode.doubt)
        if before is None or made.weight > before.weight:
            if verdict:
                crossing = replace(crossing, moment=moment.ask(handover, one, verdict))
            self.entries[key(crossing)] = replace(made, crossing=crossing)
        else:
            if crossing.unseen is None and before.crossing.unseen is not None:  # all of it was seen another time
                self.entries[key(crossing)] = replace(before, crossing=replace(before.crossing, unseen=None))
            crossing = replace(crossing, moment=before.crossing.moment)
        for value in event.result:
            if not entry.process and isinstance(value, ExternalObject):
                self.written.setdefault(value, []).append(crossing)

    def note(self, run: Machine, use: Use) -> None:
        """Keep a misuse; of several at one call the last one that is as sure as any."""
        if any(one.met for one in run.control.awaited):
            return
        if run.mode.doubt is not Doubt.NONE:
            use = replace(use, certain=False)
        before = self.uses.get((use.call.node, use.kind))
        if before is None or use.certain >= before.certain:
            self.uses[use.call.node, use.kind] = use

    def withdraw(self, result: Value) -> None:
        """Forget the crossings of the calls that had this result: it was expected that they fail."""
        self.entries = {key: entry for key, entry in self.entries.items() if result not in entry.results}

    def read_back(self, data: Values, call: Site) -> None:
        """`pickle.loads(data)`: what could be pickled and not be rebuilt fails here."""
        for value in data:
            for crossing in self.written.get(value, []):
                late = tuple(refusal for refusal in crossing.verdict if refusal.stage == "loads")
                if late:
                    loaded = replace(crossing, verdict=late, call=call, value=call, read_back=True)
                    self.entries[key(loaded)] = Entry(loaded)

    @contextmanager
    def apart(self) -> Iterator[list[Crossing]]:
        """What is recorded in this block is not found yet; it is in the list that is given, when the block ends."""
        kept, self.entries = self.entries, {}
        found: list[Crossing] = []
        try:
            yield found
        finally:
            found += self.crossings
            self.entries = kept

    def settle(self) -> None:
        """Processes that nobody was seen starting are judged as they were made."""
        for crossings in self.pending.values():
            for crossing in crossings:
                if ".start" in crossing.call.module.text:
                    self.entries.setdefault(key(crossing), Entry(crossing))
        self.pending.clear()


def is_expected(run: Machine) -> bool:
    """Whether a test expects that this fails, or that it never comes so far."""
    return any(guard.expected for guard in run.control.guards) or any(one.met for one in run.control.awaited)


def key(crossing: Crossing) -> Key:
    """What tells crossings apart, in all runs of a file."""
    raised = crossing.values[0] if crossing.slot == "exception" and crossing.values else None
    cls = raised.cls.site.node if isinstance(raised, Instance) else None
    return crossing.call.node, crossing.slot, crossing.value.node, cls


def _is_second_way(run: Machine, event: Event, one: Filled) -> bool:
    """Whether a value went its own way before, or only gets here where a way that may work has failed."""
    if took_own_way(run, one.values):
        return True
    function = event.frame.function
    if function is None or event.frame not in run.control.fallbacks:
        return False
    return one.site.module is not function.module or not any(one.site.node is node for node in ast.walk(function.node))


def _is_refused(verdict: Verdict, versions: Versions) -> bool:
    """Whether a value surely cannot be pickled, whatever the version."""
    return any(one.certain and one.stage == "dumps" and one.versions >= versions for one in verdict)
