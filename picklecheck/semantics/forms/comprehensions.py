"""Comprehensions: a scope of their own, with one round for each known item, else one that means all."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from picklecheck.semantics.domain.facts import ITEMS, Fact
from picklecheck.semantics.domain.items import ANYTHING, Items, bound, entries, is_sure, of_list, unsure, with_item
from picklecheck.semantics.domain.values import UNKNOWN, Frame, Here, Suspended, Values
from picklecheck.semantics.forms.loops import MOST_DIFFERENT, MOST_ROUNDS
from picklecheck.semantics.kinds.functions import mark_escaping
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.scopes import Comprehension

# What the first `for` of a generator expression iterates over: it is evaluated at once, all else when it is asked for.
ITERATED = Fact("iterated")


def evaluate(run: Machine, node: Comprehension, frame: Frame) -> Values:
    here = Here(frame, node)
    site = here.site
    inner = Frame(frame.module, frame.module.scope(node), frame, frame.function, None, frame.depth, caller=frame)
    iterable = run.evaluate(node.generators[0].iter, frame)
    if isinstance(node, ast.GeneratorExp):
        mark_escaping(frame)
        made = Suspended(None, "generator", site, frame=inner)
        run.store.set(made, ITERATED, iterable)
        return (made,)
    rounds = Rounds(run, node, inner, iterable)
    exact = rounds.run_generators(node.generators)
    match node:
        case ast.DictComp():
            return (run.make("dict", rounds.items_by_key(exact), site),)
    return (run.make("list" if isinstance(node, ast.ListComp) else "set", rounds.items(exact), site),)


def items_of(run: Machine, value: Suspended, until: bool | None = None) -> Items:
    """What a generator expression gives, `until` a value has this truth, where one is told."""
    kept, node = run.store.own_items(value), value.site.node
    if kept is not None:
        return kept
    if value.frame is None or not isinstance(node, ast.GeneratorExp):
        return ANYTHING
    rounds = Rounds(run, node, value.frame, run.store.values(value, ITERATED) or UNKNOWN, until)
    items = rounds.items(rounds.run_generators(node.generators))
    run.store.set(value, ITEMS, items)
    return items


@dataclass(slots=True)
class Rounds:
    """The rounds of a comprehension: the key, if there is one, and the value that each has made.

    `until` is the truth of a value after which no more are asked for, `ended` whether there was one.
    """

    run: Machine
    node: Comprehension
    frame: Frame
    iterable: Values
    until: bool | None = None
    made: list[tuple[Values, Values]] = field(default_factory=list)
    ended: bool | None = False

    def items(self, exact: bool) -> Items:
        values = [value for _, value in self.made]
        return of_list(values) if exact else entries([((), value) for value in values], keyed=False)

    def items_by_key(self, exact: bool) -> Items:
        found = Items()
        for key, value in self.made:
            found = with_item(found, key, value)
        return found if exact else Items(found.values, found.keys, exact=False)

    def run_generators(self, generators: list[ast.comprehension]) -> bool:
        """Run the rounds of the first generator, each with those behind it; whether number and order are known."""
        if not generators:
            self.make_element()
            return True
        run, (generator, *behind) = self.run, generators
        first = generator is self.node.generators[0]
        iterable = self.iterable if first else run.evaluate(generator.iter, self.frame)
        items = run.items_of(iterable, Here(self.frame, generator.iter))
        number = run.mode.rounds * len(items.values)
        if items.exact and number <= MOST_ROUNDS:
            with run.under(rounds=max(number, 1)):
                outcomes = [self.run_round(generator, item, behind) for item in items.values]
            return all(outcomes)
        few = 0 < len(items.values) <= MOST_DIFFERENT
        each = items.values if few else (items.all() or UNKNOWN,)
        if not few and items.may_be_empty:
            each = (unsure(each[0]),)
        with run.under(loops=run.mode.loops + 1):
            for item in each:
                self.run_round(generator, item, behind)
        return False

    def run_round(self, generator: ast.comprehension, item: Values, behind: list[ast.comprehension]) -> bool:
        """Run one round; whether it is known how many items come of it."""

        if self.ended:
            return True

        def body() -> bool:
            self.run.assign(generator.target, bound(item), self.frame, generator.iter)
            return self.run_tested(generator.ifs, behind)

        return body() if is_sure(item) and self.ended is False else self.perhaps(body)

    def run_tested(self, tests: list[ast.expr], behind: list[ast.comprehension]) -> bool:
        """Run what comes behind the tests of a round, if they let it through."""
        if not tests:
            return self.run_generators(behind)
        test, *others = tests
        truth = self.run.test(test, self.frame).truth
        if truth is False:
            return True

        def body() -> bool:
            self.run.narrow(test, self.frame, True)
            return self.run_tested(others, behind)

        return body() if truth else self.perhaps(body)

    def perhaps(self, body: Callable[[], bool]) -> bool:
        """Run something that may also not happen: what it makes may not be there."""
        before = len(self.made)
        self.run.branches([lambda: True, body])
        self.made[before:] = [(key, unsure(value)) for key, value in self.made[before:]]
        return False

    def make_element(self) -> None:
        node, run = self.node, self.run
        if isinstance(node, ast.DictComp):
            self.made.append((run.evaluate(node.key, self.frame), run.evaluate(node.value, self.frame)))
            return
        values = run.evaluate(node.elt, self.frame)
        self.made.append(((), values))
        if self.until is not None and not self.ended:
            truth = run.truth(values, Here(self.frame, node.elt))
            self.ended = None if truth is None else truth is self.until
