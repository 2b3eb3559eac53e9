"""Listens for what a program says of pickling itself: how it pickles a type, and what it reads back."""

from __future__ import annotations

from picklecheck.crossings.examination import Examination
from picklecheck.crossings.slots import here
from picklecheck.semantics.run import Event, Run
from picklecheck.semantics.values import UNKNOWN, Class, External

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

    def heard(self, run: Run, event: Event) -> None:
        if event.name in REGISTERS:
            for value in event.arguments.get(0, "ob_type"):
                owner = External(run.world.canonical(value.name)) if isinstance(value, External) else value
                if isinstance(owner, Class | External):
                    run.store.set(owner, "[copyreg]", event.arguments.get(1, "pickle_function") or UNKNOWN)
        elif event.name in READERS:
            self.ledger.read_back(event.arguments.get(0, "data"), here(event))
