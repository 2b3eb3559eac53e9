"""What a rewrite works on: the value sent, where it is defined and what it captures, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from picklecheck.findings import Place

Kind = Literal["lambda", "function", "class", "bound method", "value"]


@dataclass(frozen=True, slots=True)
class Capture:
    """A name of an enclosing function or of the module that the definition reads, or an attribute of its object.

    `refused` says why its value cannot cross (empty where it can, or where that is not known); one that is
    `shared` is the same in all processes, so that what one does to it the others see. A
    `handle` arrives through the pickler of multiprocessing alone. `known` says that nothing else can be against it.
    """

    name: str
    refused: str = ""
    shared: bool = False
    handle: bool = False
    known: bool = True


@dataclass(frozen=True, slots=True)
class Subject:
    """One refused value as a rewrite sees it.

    `call` is the boundary call, `use` the expression sent there, `definition` the
    lambda expression, the `def`/`class` statement (from its first decorator on) or the call that makes the
    value; it may be in another file.
    `runs_today` says that the program works under some start method of the target, so that a
    rewrite must keep its meaning to the letter; `python2` that the target is Python 2 alone; `is_task`
    that the value is sent to be called, and for nothing else; `is_asked` that a function that gets it before may
    ask for its name or signature, which only a function has.
    """

    kind: Kind
    call: Place
    use: Place
    definition: Place | None
    name: str
    captures: tuple[Capture, ...]
    boundary: str
    slot: str
    runs_today: bool
    python2: bool
    is_task: bool = False
    is_asked: bool = False

    def knows(self, expression: str) -> bool:
        """Whether what a capture holds is known, so that it surely is sent where nothing refuses it."""
        held = [capture for capture in self.captures if capture.name == expression]
        whole = [capture for capture in self.captures if capture.name == expression.partition(".")[0]]
        return all(capture.known for capture in held or whole)

    @property
    def goes_straight(self) -> bool:
        """Whether the value is written in the boundary call, so that no other function gets it before."""
        return self.use.is_within(self.call)


@dataclass(frozen=True, slots=True)
class NoFix:
    """Why a rewrite was refused, as a clause that completes `not fixed: …`, and what to do instead."""

    reason: str
    instead: str = ""

    @property
    def text(self) -> str:
        return f"{self.reason}: {self.instead}" if self.instead else self.reason
