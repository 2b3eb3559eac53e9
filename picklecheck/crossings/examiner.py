"""Listens to the runs of one file: each call that leaves the program is told to all that know what it may mean."""

from __future__ import annotations

from typing import Protocol

from picklecheck.crossings import exception_classes
from picklecheck.crossings.boundary_calls import BoundaryCalls
from picklecheck.crossings.crossing import Crossing, Use
from picklecheck.crossings.examination import Examination
from picklecheck.crossings.ledger import Entry, key
from picklecheck.crossings.managers import Managers
from picklecheck.crossings.own_primitives import OwnPrimitives
from picklecheck.crossings.picklers import Picklers
from picklecheck.crossings.pools import Pools
from picklecheck.crossings.proxied_items import ProxiedItems
from picklecheck.crossings.queues import Queues
from picklecheck.crossings.world import KnownWorld
from picklecheck.semantics.domain.values import Constant, Value, Values
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import Module


class Listener(Protocol):
    """Who is told of the calls that leave the program."""

    def heard(self, run: Machine, event: Event) -> None:
        """A call to the outside was made."""


class Examiner:
    """Tells its listeners of every call, and gives the crossings and misuses that they found."""

    def __init__(self, world: KnownWorld, allowed: tuple[str, ...], to_choose: tuple[str, ...] = ()) -> None:
        self.examination = examination = Examination(world, allowed, to_choose)
        of_managers, of_pools = Managers(examination), Pools(examination)
        self.own_primitives, self.items = OwnPrimitives(examination), ProxiedItems(examination)
        # Boundary calls come last: they are judged with all that the others have learnt from the same call, and where
        # the program fails there, it is not told further.
        self.boundary_calls = BoundaryCalls(examination, of_managers, of_pools)
        self.listeners: tuple[Listener, ...] = (
            Picklers(examination),
            examination.start_methods,
            of_managers,
            of_pools,
            Queues(examination),
            self.own_primitives,
            self.items,
            examination.settings,
            self.boundary_calls,
        )

    @property
    def crossings(self) -> list[Crossing]:
        return self.examination.ledger.crossings

    @property
    def uses(self) -> list[Use]:
        return list(self.examination.ledger.uses.values())

    def settle(self) -> None:
        """No more calls will come."""
        self.examination.ledger.settle()
        self.own_primitives.settle()
        self.items.settle()

    def look_at_exceptions(self, run: Machine, module: Module) -> None:
        """Add the exception classes of a module that no process could send back, and that none was seen sending."""
        ledger = self.examination.ledger
        seen = ledger.crossings
        for one in exception_classes.crossings(run, self.examination.world, module, self.examination.allowed, seen):
            ledger.entries[key(one)] = Entry(one)

    # --- what a run asks and tells ---------------------------------------------------------------

    def called(self, run: Machine, event: Event) -> None:
        for listener in self.listeners:
            listener.heard(run, event)

    def given_back(self, run: Machine, values: Values) -> None:
        for value in values:
            self.boundary_calls.processes.given_back(run, value)

    def start_methods(self, run: Machine, context: Value | None) -> tuple[str, ...]:
        return self.examination.start_methods.of_object(run, context)

    def assume(self, run: Machine, methods: tuple[str, ...]) -> None:
        self.pin(run, tuple(map(Constant, methods)))

    # --- what is known before a run --------------------------------------------------------------

    def pin(self, run: Machine, methods: Values) -> None:
        """The program has one of these start methods by default."""
        self.examination.start_methods.pin(run, methods)

    def is_pinned(self, run: Machine) -> bool:
        """Whether anything was said about the default start method, if only that it is open."""
        return self.examination.start_methods.is_told(run)
