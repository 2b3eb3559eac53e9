"""Comprehensions: a scope of their own, with one round for each known item, else one that stands for all."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from picklecheck.semantics.domain.items import Items, bound, entries, is_sure, of_list, unsure, with_item
from picklecheck.semantics.domain.values import UNKNOWN, Frame, Here, Suspended, Values
from picklecheck.semantics.forms.loops import MOST_ROUNDS
from picklecheck.semantics.kinds.functions import mark_escaping
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.scopes import Comprehension

# A comprehension over no more different items of unknown number or order has one round for each.
MOST_DIFFERENT = 4


def evaluate(run: Machine, node: Comprehension, frame: Frame) -> Values:
    site = Here(frame, node).site
    inner = Frame(frame.module, frame.module.scope(node), frame, frame.function, None, frame.depth, caller=frame)
    rounds = Rounds(run, node, inner)
    exact = rounds.run_generators(node.generators)
    match node:
        case ast.GeneratorExp():
            mark_escaping(frame)
            return (Suspended(None, "generator", site, items=rounds.items(exact)),)
        case ast.DictComp():
            return (run.make("dict", rounds.items_by_key(exact), site),)
    return (run.make("list" if isinstance(node, ast.ListComp) else "set", rounds.items(exact), site),)


@dataclass(frozen=True, slots=True)
class Rounds:
    """The rounds of a comprehension: the key, if there is one, and the value that each has made."""

    run: Machine
    node: Comprehension
    frame: Frame
    made: list[tuple[Values, Values]] = field(default_factory=list)

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
            self.made.append(self.element())
            return True
        run, (generator, *behind) = self.run, generators
        outermost = generator is self.node.generators[0]
        frame = self.frame.parent if outermost and self.frame.parent is not None else self.frame
        items = run.items_of(run.evaluate(generator.iter, frame), Here(frame, generator.iter))
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

        def body() -> bool:
            self.run.assign(generator.target, bound(item), self.frame, generator.iter)
            return self.run_tested(generator.ifs, behind)

        return body() if is_sure(item) else self.perhaps(body)

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

    def element(self) -> tuple[Values, Values]:
        node = self.node
        if isinstance(node, ast.DictComp):
            return self.run.evaluate(node.key, self.frame), self.run.evaluate(node.value, self.frame)
        return (), self.run.evaluate(node.elt, self.frame)
