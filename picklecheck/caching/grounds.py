"""Grounds as numbers in tables, and whether they still hold."""

from __future__ import annotations

import os
import time

from picklecheck.source.questions import answer, of_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from picklecheck.source.observed import Asked, Told

    Stat = tuple[int, int, int]  # time of the last change, size, and where the system has it, time of any change

_RECENT = 2_000_000_000  # nanoseconds: a file may change twice in one tick of the clock of a file system
NO_STAT: Stat = (0, 0, 0)


class Table:
    """Questions with their answers, and grounds as numbers of questions and of other grounds, which come before them.

    Of each question about a text it has the state of the file at which the answer is known to hold.
    """

    def __init__(self, now: int) -> None:
        self.now = now  # when the run began, in nanoseconds: what was changed since is looked at again
        self.asked: list[Asked] = []
        self.stats: list[Stat] = []
        self.grounds: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        self.is_new = False  # whether files were found unchanged whose state was not known
        self._numbers: dict[Asked, int] = {}
        self._grounds: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
        self._from: dict[tuple[int, int], int] = {}
        self._hold: dict[int, bool] = {}  # questions
        self._held: dict[int, bool] = {}  # grounds
        self._states: dict[str, Stat] = {}

    def question(self, asked: Asked, stat: Stat = NO_STAT) -> int:
        number = self._numbers.setdefault(asked, len(self.asked))
        if number == len(self.asked):
            self.asked.append(asked)
            self.stats.append(stat)
        return number

    def ground(self, asked: Iterable[int], parts: Iterable[int]) -> int:
        key = tuple(asked), tuple(parts)
        number = self._grounds.setdefault(key, len(self.grounds))
        if number == len(self.grounds):
            self.grounds.append(key)
        return number

    def take(self, sent: Told) -> int:
        """The number of grounds that this run has found; they hold."""
        process, number, new = sent
        for one, asked, parts in new:
            self._from[process, one] = self.confirmed(asked, sorted(self._from[process, part] for part in parts))
        return self._from[process, number]

    def take_all(self, sent: Iterable[Told]) -> None:
        """Take over the grounds that several processes have found, of each in the order in which it told them."""
        for one in sorted((one for one in sent if one[2]), key=lambda one: (one[0], one[2][0][0])):
            self.take(one)

    def taken(self, sent: Told) -> int:
        """The number of grounds that were taken over."""
        return self._from[sent[:2]]

    def confirmed(self, asked: Iterable[Asked], parts: Iterable[int]) -> int:
        """The number of grounds that hold: answers that this run was given, and other grounds."""
        questions = [self.question(each) for each in asked]
        for question in questions:
            self._confirm(question)
        ground = self.ground(questions, parts)
        self._held[ground] = True
        return ground

    def is_settled(self, ground: int) -> bool:
        """Whether no text that grounds rest on was changed since this run began, or shortly before."""
        return all(
            not of_text(question) or self.stats[number] == self._state(path)
            for one in self.below([ground])
            for number in self.grounds[one][0]
            for question, path, _ in (self.asked[number],)
        )

    def holds(self, ground: int) -> bool:
        """Whether the disk still answers all questions as it did."""
        for one in sorted(self.below([ground], self._held)):
            asked, parts = self.grounds[one]
            self._held[one] = all(self._held[part] for part in parts) and all(map(self._answered, asked))
        return self._held[ground]

    def below(self, grounds: Iterable[int], but: Container[int] = ()) -> set[int]:
        """Grounds and all that they are made of, without those in `but` and what only they are made of."""
        needed, stack = set[int](), [*grounds]
        while stack:
            one = stack.pop()
            if one not in needed and one not in but:
                needed.add(one)
                stack += self.grounds[one][1]
        return needed

    def _answered(self, number: int) -> bool:
        if number not in self._hold:
            question, path, known = self.asked[number]
            stat = self.stats[number]
            if of_text(question) and stat != NO_STAT and stat == self._state(path):
                self._hold[number] = True
            elif answer(question, path) == known:
                self._confirm(number)
            else:
                self._hold[number] = False
        return self._hold[number]

    def _confirm(self, number: int) -> None:
        """An answer was given in this run: it holds for the file as it is, if that was not changed since."""
        self._hold[number] = True
        question, path, _ = self.asked[number]
        if not of_text(question):
            return
        state = self._state(path)
        if max(state[0], state[2]) + _RECENT < self.now and self.stats[number] != state:
            self.stats[number] = state
            self.is_new = True

    def _state(self, path: str) -> Stat:
        if path not in self._states:
            try:
                found = os.stat(path)
                changed = 0 if os.name == "nt" else found.st_ctime_ns
                self._states[path] = found.st_mtime_ns, found.st_size, changed
            except (OSError, ValueError):
                self._states[path] = NO_STAT
        return self._states[path]


def now() -> int:
    return time.time_ns()
