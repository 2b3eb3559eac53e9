"""How many steps a run may do, as a whole and for each part of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

MOST_STEPS = 60_000
LEAST_STEPS_OF_AN_ENTRY_POINT = 2_000
MOST_STEPS_OF_AN_ENTRY_POINT = 10_000
MOST_STEPS_OF_A_COLD_CALL = 500
# Once all cold calls of a run took so many together, each gets no more than the second number: in a long file, what
# these return and set was looked at often by then.
MOST_STEPS_OF_COLD_CALLS = 20_000
MOST_STEPS_OF_A_LATER_COLD_CALL = 100
MOST_STEPS_OF_A_TASK = 5_000
MOST_STEPS_OF_A_RECURSION = 200
MOST_STEPS_OF_AN_OBJECT = 10_000
# Once all objects together took as many as a whole run may, each gets no more than a cold call.
MOST_STEPS_OF_OBJECTS = 60_000


class Exhausted(Exception):
    """The run has done all the steps it may do; `blamed` says that the call that took most of them is found."""

    blamed = False


class TooLong(Exception):
    """A call has done all the steps that one of its kind may do; `blamed` as above, where that is a call inside it."""

    def __init__(self, blamed: bool = False) -> None:
        self.blamed = blamed


class Budget:
    """The steps of a run: those done, and those after which it ends; `of_cold` is what a cold call that ends there got.

    `of_cold_calls` were done in cold calls, `of_objects` to make objects for several entry points.
    """

    __slots__ = ("granted", "of_cold", "of_cold_calls", "of_objects", "steps", "until")

    def __init__(self) -> None:
        self.steps = 0
        self.of_cold = 0
        self.of_cold_calls = 0
        self.of_objects = 0
        self.until = self.granted = MOST_STEPS

    def step(self) -> None:
        """Do one step. Raises `Exhausted` where none is left."""
        self.steps += 1
        if self.steps > self.until:
            raise Exhausted

    @property
    def left(self) -> int:
        """How many steps the whole run may still do."""
        return MOST_STEPS - self.steps

    def share(self, among: int) -> None:
        """Grant the next of so many entry points its share of the steps that are left, within bounds."""
        share = min(self.left // among, MOST_STEPS_OF_AN_ENTRY_POINT)
        self.granted = max(share, LEAST_STEPS_OF_AN_ENTRY_POINT)
        self.until = self.steps + self.granted

    def is_most_of_it(self, before: int) -> bool:
        """Whether more than half of the steps of an entry point were done since there were so many."""
        return (self.steps - before) * 2 > self.granted

    def is_most_of_a_cold_call(self, before: int) -> bool:
        """Whether more than half of the steps of the cold call that ends here were done since there were so many."""
        return 0 < self.of_cold < (self.steps - before) * 2

    @property
    def most_of_a_cold_call(self) -> int:
        """The steps that the next cold call may take."""
        is_late = self.of_cold_calls >= MOST_STEPS_OF_COLD_CALLS
        return MOST_STEPS_OF_A_LATER_COLD_CALL if is_late else MOST_STEPS_OF_A_COLD_CALL

    @contextmanager
    def cold(self) -> Iterator[None]:
        """Grant the steps of a cold call in this block. Raises `TooLong` where it needs more of them."""
        before = self.steps
        try:
            with self.limited(self.most_of_a_cold_call, cold=True):
                yield
        finally:
            self.of_cold_calls += self.steps - before

    @contextmanager
    def of_object(self) -> Iterator[None]:
        """Grant the steps that make an object for several entry points; none of them pays. Raises `TooLong`."""
        until, before = self.until, self.steps
        left = MOST_STEPS_OF_OBJECTS - self.of_objects
        self.until = before + max(min(left, MOST_STEPS_OF_AN_OBJECT), MOST_STEPS_OF_A_COLD_CALL)
        try:
            yield
        except Exhausted:
            raise TooLong from None
        finally:
            self.until = until + self.steps - before
            self.of_objects += self.steps - before

    @contextmanager
    def halved(self) -> Iterator[None]:
        """Grant half of the steps that are left in this block. Raises `TooLong` where it needs more of them."""
        with self.limited((self.until - self.steps) // 2):
            yield

    @contextmanager
    def limited(self, steps: int, *, cold: bool = False) -> Iterator[None]:
        """Grant no more than so many steps in this block. Raises `TooLong` where it needs more of them."""
        until, of_cold = self.until, self.of_cold
        if self.steps + steps < until:
            self.until, self.of_cold = self.steps + steps, steps if cold else 0
        try:
            yield
        except Exhausted as error:
            if self.steps >= until:
                raise
            raise TooLong(error.blamed) from None
        finally:
            self.until, self.of_cold = until, of_cold
