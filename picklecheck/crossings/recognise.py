"""Recognises boundary calls: which entry of the knowledge a call is, if any."""

from __future__ import annotations

from collections.abc import Callable

from picklecheck.crossings import worker_count
from picklecheck.crossings.own_ways import takes_own_way
from picklecheck.crossings.settings import Settings
from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.domain.values import Constant, ExternalObject
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.mode import Doubt

Recogniser = Callable[[KnownWorld, Event], BoundaryEntry | None]


def by_name(world: KnownWorld, event: Event) -> BoundaryEntry | None:
    """`pool.map(…)`: the name of what is called is known."""
    return world.boundary(event.name)


def by_what_it_makes(world: KnownWorld, event: Event) -> BoundaryEntry | None:
    """`context.Process(…)`: the call makes an object of a type that is known."""
    match event.result:
        case (ExternalObject(type=kind, arguments=arguments),) if arguments is event.arguments:
            return world.boundaries.get(kind)
    return None


def by_base_class(world: KnownWorld, event: Event) -> BoundaryEntry | None:
    """`super().__init__(…)` of a pool; that of a process sends nothing before `start`."""
    if not event.name.endswith(".__init__"):
        return None
    base = world.boundaries.get(event.name.removesuffix(".__init__"))
    return base if base is not None and not base.deferred else None


def by_method_of_event_loops(world: KnownWorld, event: Event) -> BoundaryEntry | None:
    """Every event loop has `run_in_executor`, whatever class it is of."""
    if event.name.rpartition(".")[2] == "run_in_executor":
        return world.boundaries.get("asyncio.AbstractEventLoop.run_in_executor")
    return None


# From the surest to the vaguest: what a name says goes before what the type of an object says, which goes before what
# a base class says; a bare method name comes last.
RECOGNISERS: tuple[Recogniser, ...] = (by_name, by_what_it_makes, by_base_class, by_method_of_event_loops)


class Boundaries:
    """The boundaries of a program: what calls are by their names and objects, as far as their arguments agree."""

    def __init__(self, world: KnownWorld, settings: Settings) -> None:
        self.world = world
        self.settings = settings

    def entry_of(self, run: Machine, event: Event) -> BoundaryEntry | None:
        """The boundary that a call is; what goes to a pickler with a way of its own is marked and is none."""
        for recognise in RECOGNISERS:
            entry = recognise(self.world, event)
            if entry is not None:
                break
        if entry is None or entry.threads or any(name in event.arguments.keywords for name in entry.unless):
            return None
        if takes_own_way(run, event) or not _has_what_it_needs(event, entry):
            return None
        return self._chosen(run, event, entry) if entry.chosen else entry

    def doubt_of_workers(self, run: Machine, event: Event, entry: BoundaryEntry) -> Doubt | None:
        """How sure it is that the call uses other processes; None where it surely uses none."""
        numbers = self.settings.argument_or_setting(run, event, entry, entry.workers) if entry.workers else ()
        return worker_count.doubt(entry, numbers)

    def _chosen(self, run: Machine, event: Event, entry: BoundaryEntry) -> BoundaryEntry | None:
        """The boundary that the arguments of a call choose; None where that is none, or cannot be told."""
        for parameter, names in entry.chosen.items():
            match self.settings.argument_or_setting(run, event, entry, parameter):
                case () | (Constant(value=None),):
                    continue
                case (Constant(value=literal),):
                    return self.world.boundaries.get(names.get(str(literal), ""))
                case _:
                    return None
        return entry


def _has_what_it_needs(event: Event, entry: BoundaryEntry) -> bool:
    """Whether the argument that makes a call a boundary may be of the type that does."""
    if entry.needs is None:
        return True
    parameter, type_name = entry.needs
    values = event.arguments.get(entry.parameters.index(parameter), parameter)
    return any(isinstance(value, ExternalObject) and value.type == type_name for value in values)
