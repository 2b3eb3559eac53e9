"""The primitives of a run: blocks give their exits, paths fork and join, and what is tried leaves no trace."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklecheck import workspace
from picklecheck.crossings.examiner import Examiner
from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge import loading
from picklecheck.knowledge.versions import ALL
from picklecheck.semantics.domain.facts import ITEMS
from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.store import Store
from picklecheck.semantics.domain.values import UNBOUND, Constant, Container, ExternalObject, Site, Values
from picklecheck.semantics.exits import Abrupt, Exit
from picklecheck.semantics.interpreter import Interpreter
from picklecheck.semantics.machine import MOST_RAISED, Machine
from picklecheck.semantics.syntax.program import Program

OWNER = "owner"
WORLD = KnownWorld(loading.load())


def machine() -> Machine:
    module = workspace.parse("main.py", Path("main.py").absolute(), "")
    program = Program(lambda file, name: None, Path())
    program.keep(module)
    return Interpreter(program, WORLD, Examiner(WORLD, ("fork",)), ALL, module)


@pytest.fixture
def run() -> Machine:
    return machine()


def one(value: object) -> Values:
    return (Constant(value),)


def sets(run: Machine, name: str, value: object) -> None:
    run.store.set(OWNER, name, one(value))


def setting(run: Machine, name: str, value: object) -> Callable[[], None]:
    return lambda: sets(run, name, value)


def held(run: Machine, name: str = "x") -> Values:
    return run.store.values(OWNER, name)


def leaving(run: Machine, name: str, value: object, way: str, values: Values = ()) -> Callable[[], None]:
    def action() -> None:
        sets(run, name, value)
        raise run.leave_by(way, values)  # type: ignore[arg-type]

    return action


# --- exits_of ------------------------------------------------------------------------------------


def test_a_block_that_ends_falls_through_with_its_changes(run: Machine) -> None:
    (exit,) = run.exits_of(setting(run, "x", 1))
    assert exit.way == "falls" and exit.changes == {(OWNER, "x"): one(1)}


def test_the_store_stays_as_it_was(run: Machine) -> None:
    sets(run, "x", 0)
    run.exits_of(setting(run, "x", 1))
    assert held(run) == one(0)


def test_reading_passes_over_layers_that_are_empty() -> None:
    lowest, owner = Store(), object()
    first = lowest.fork()
    first.set(owner, "a", (Constant(1),))
    above = first.fork().fork().fork()
    assert above.below is first
    lowest.set(owner, "b", (Constant(2),))  # as an import does
    assert above.values(owner, "a") == (Constant(1),)
    assert above.fork().values(owner, "b") == (Constant(2),)
    assert lowest.fork().fork().below is lowest


@pytest.mark.parametrize("way", ["returns", "breaks", "continues", "raises"])
def test_a_path_that_ends_is_the_only_exit(run: Machine, way: str) -> None:
    (exit,) = run.exits_of(leaving(run, "x", 1, way, one("carried")))
    assert (exit.way, exit.values) == (way, one("carried"))
    assert exit.changes == {(OWNER, "x"): one(1)}


def test_an_exit_inside_branches_has_the_changes_from_before_them(run: Machine) -> None:
    def block() -> None:
        sets(run, "x", 1)
        run.branches([leaving(run, "y", 2, "returns"), setting(run, "y", 3)])

    left, falls = run.exits_of(block)
    assert left.way == "returns" and left.changes == {(OWNER, "x"): one(1), (OWNER, "y"): one(2)}
    assert falls.way == "falls" and falls.changes == {(OWNER, "x"): one(1), (OWNER, "y"): one(3)}


def test_a_mode_that_was_changed_in_a_block_is_put_back_when_it_is_left(run: Machine) -> None:
    def block() -> None:
        with run.under(strict=True):
            raise run.leave_by("breaks")

    run.exits_of(block)
    assert not run.mode.strict


def test_an_error_of_our_own_leaves_the_machine_as_it_was(run: Machine) -> None:
    store, collector = run.store, run.control.collector
    with pytest.raises(ZeroDivisionError):
        run.exits_of(lambda: 1 / 0)
    assert run.store is store and run.control.collector is collector


def test_ways_to_raise_are_bounded(run: Machine) -> None:
    def block() -> None:
        run.branches([lambda n=n: leaves(n) for n in range(MOST_RAISED + 5)])  # type: ignore[misc]

    def leaves(number: int) -> None:
        raise run.raises(one(number))

    assert len(run.exits_of(block)) == MOST_RAISED


# --- after ---------------------------------------------------------------------------------------


def test_after_runs_where_a_block_was_left(run: Machine) -> None:
    seen: list[Values] = []
    before = Exit("falls", {(OWNER, "x"): one(1)})
    (exit,) = run.after(before, lambda: (seen.append(held(run)), sets(run, "y", 2)))
    assert seen == [one(1)]
    assert exit.changes == {(OWNER, "x"): one(1), (OWNER, "y"): one(2)}
    assert held(run) == ()


def test_what_comes_after_writes_over_what_was_before(run: Machine) -> None:
    (exit,) = run.after(Exit("raises", {(OWNER, "x"): one(1)}), setting(run, "x", 2))
    assert exit.way == "falls" and exit.changes == {(OWNER, "x"): one(2)}


# --- joined --------------------------------------------------------------------------------------


def test_joined_has_one_exit_for_each_way(run: Machine) -> None:
    exits = [
        Exit("falls", {(OWNER, "x"): one(1)}),
        Exit("returns", {}, one("first")),
        Exit("falls", {(OWNER, "x"): one(2)}),
        Exit("returns", {}, one("second")),
    ]
    falls, returns = run.joined(exits)
    assert falls.way == "falls" and falls.changes == {(OWNER, "x"): (*one(1), *one(2))}
    assert returns.values == (*one("first"), *one("second"))


def test_what_one_path_alone_has_set_may_be_unbound(run: Machine) -> None:
    sets(run, "y", 0)
    (exit,) = run.joined([Exit("falls", {(OWNER, "x"): one(1)}), Exit("falls", {})])
    assert exit.changes[OWNER, "x"] == (*one(1), *UNBOUND)
    (exit,) = run.joined([Exit("falls", {(OWNER, "y"): one(1)}), Exit("falls", {})])
    assert set(exit.changes[OWNER, "y"]) == {Constant(0), Constant(1)}  # type: ignore[arg-type]


def test_an_object_made_on_one_path_is_not_missing_on_the_other(run: Machine) -> None:
    made = ExternalObject("threading.Lock", Site(run.main, ast.Pass()))
    (exit,) = run.joined([Exit("falls", {(made, "name"): one("made")}), Exit("falls", {})])
    assert exit.changes[made, "name"] == one("made")


def test_items_are_joined_too(run: Machine) -> None:
    box = Container("list", Site(run.main, ast.Pass()))
    run.store.set(box, ITEMS, Items())
    (exit,) = run.joined([Exit("falls", {(box, ITEMS): Items((one(1),))}), Exit("falls", {})])
    items = exit.changes[box, ITEMS]
    assert isinstance(items, Items) and items.may_be_empty and items.all() == one(1)


changes = st.dictionaries(st.sampled_from("xyz"), st.integers(0, 3), max_size=3)


@given(changes, st.lists(changes, min_size=1, max_size=4))
def test_joining_keeps_what_any_path_may_have(before: dict[str, int], paths: list[dict[str, int]]) -> None:
    run = machine()
    sets(run, "there", True)
    for name, value in before.items():
        sets(run, name, value)
    exits = [Exit("falls", {(OWNER, name): one(value) for name, value in path.items()}) for path in paths]
    run.take(run.joined(exits))
    for path in paths:
        after = before | path
        for name in "xyz":
            entry = run.store.get(OWNER, name)
            if name in after:
                assert entry is not None and Constant(after[name]) in entry  # type: ignore[operator]
            else:
                assert entry is None or UNBOUND[0] in entry  # type: ignore[operator]


# --- take ----------------------------------------------------------------------------------------


def test_take_goes_on_where_a_block_fell_through(run: Machine) -> None:
    exits = run.exits_of(lambda: run.take([Exit("falls", {(OWNER, "x"): one(1)}), Exit("returns", {}, one(5))]))
    assert [(one_.way, one_.values) for one_ in exits] == [("returns", one(5)), ("falls", ())]


def test_what_leaves_the_block_around_has_the_changes_from_before(run: Machine) -> None:
    def block() -> None:
        sets(run, "x", 1)
        run.take([Exit("breaks", {(OWNER, "y"): one(2)}), Exit("falls", {})])

    breaks, _ = run.exits_of(block)
    assert breaks.changes == {(OWNER, "x"): one(1), (OWNER, "y"): one(2)}


def test_where_nothing_falls_through_the_path_ends(run: Machine) -> None:
    with pytest.raises(Abrupt):
        run.take([Exit("returns", {})])
    with pytest.raises(Abrupt):
        run.take([])


# --- branches ------------------------------------------------------------------------------------


def test_branches_start_from_the_same_state_and_are_joined(run: Machine) -> None:
    seen: list[Values] = []
    sets(run, "x", 0)

    def arm(value: int) -> int:
        seen.append(held(run))
        sets(run, "x", value)
        return value

    assert run.branches([lambda: arm(1), lambda: arm(2)]) == [1, 2]
    assert seen == [one(0), one(0)] and held(run) == (*one(1), *one(2))


def test_a_branch_that_ends_counts_no_more(run: Machine) -> None:
    def ends() -> None:
        sets(run, "x", 1)
        raise Abrupt

    assert run.branches([ends, setting(run, "x", 2)]) == [None]
    assert held(run) == one(2)
    with pytest.raises(Abrupt):
        run.branches([ends])


def test_what_may_also_not_happen_is_weak(run: Machine) -> None:
    sets(run, "x", 0)
    run.maybe(setting(run, "x", 1))
    assert set(held(run)) == {Constant(0), Constant(1)}


# --- aside ---------------------------------------------------------------------------------------


def test_aside_leaves_no_trace(run: Machine) -> None:
    sets(run, "x", 0)
    with run.aside():
        sets(run, "x", 1)
        run.leave_by("returns", one(5))
        assert held(run) == one(1)
    assert held(run) == one(0) and run.control.collector.exits == []


def test_a_path_that_ends_aside_ends_nothing_else(run: Machine) -> None:
    with pytest.raises(Abrupt), run.aside(), run.under(strict=True):
        raise run.leave_by("returns")
    assert run.control.collector.exits == [] and not run.mode.strict


def test_in_state_reads_the_changes_and_puts_the_store_back(run: Machine) -> None:
    with run.in_state({(OWNER, "x"): one(1)}):
        assert held(run) == one(1)
        sets(run, "x", 2)
    assert held(run) == ()


def test_an_import_outlasts_the_branch_it_is_made_in(run: Machine) -> None:
    def imports() -> None:
        with run.at_import():
            sets(run, "x", 1)

    run.branches([imports, lambda: None])
    assert held(run) == one(1)
