"""Listens for what a program says of pickling itself: how it pickles a type, and what it reads back."""

from __future__ import annotations

from picklecheck.crossings.examination import Examination
from picklecheck.crossings.slots import here
from picklecheck.semantics.domain.facts import ANY_CLASS, REDUCER
from picklecheck.semantics.domain.values import UNKNOWN, Class, ExternalName, Unknown
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine

# Calls that say how the objects of a type are pickled.
REGISTERS = (
    "copyreg.pickle",
    "multiprocessing.reduction.register",
    "multiprocessing.reduction.ForkingPickler.register",
)
READERS = ("pickle.loads", "copy.deepcopy")


class Picklers:
    """Remembers reducers of types, and looks at what is rebuilt in the program itself."""

    def __init__(self, examination: Examination) -> None:
        self.ledger = examination.ledger

    def heard(self, run: Machine, event: Event) -> None:
        if event.name in REGISTERS:
            for value in event.arguments.get(0, "ob_type"):
                owner = ExternalName(run.world.canonical(value.name)) if isinstance(value, ExternalName) else value
                if isinstance(owner, Unknown):  # as in `for kind in kinds: copyreg.pickle(kind, reduced)`
                    run.store.set(ANY_CLASS, REDUCER, UNKNOWN)
                if isinstance(owner, Class | ExternalName):
                    run.store.set(owner, REDUCER, event.arguments.get(1, "pickle_function") or UNKNOWN)
        elif event.name in READERS:
            self.ledger.read_back(event.arguments.get(0, "data"), here(event))
