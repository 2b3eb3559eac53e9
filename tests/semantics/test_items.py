"""What containers hold: looking up, changing and joining their items never says more than is sure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from picklecheck.semantics.domain.items import (
    ANY_DICT,
    ANYTHING,
    MOST_ENTRIES,
    MOST_ITEMS,
    Items,
    appended,
    bound,
    havocked,
    is_sure,
    joined,
    looked_up,
    maybe,
    merged,
    of_list,
    of_set,
    positions,
    same_key,
    some,
    unsure,
    with_item,
    without_index,
    without_key,
    without_value,
)
from picklecheck.semantics.domain.values import UNBOUND, UNKNOWN, Constant, ExternalName, Values


def one(value: object) -> Values:
    return (Constant(value),)


def rows(*values: object) -> Items:
    return Items(tuple(map(one, values)))


def table(**values: object) -> Items:
    return Items(tuple(map(one, values.values())), tuple(map(one, values)))


# --- concrete containers, and whether items describe them ----------------------------------------

small = st.integers(0, 3)
lists = st.lists(small, max_size=4)
dicts = st.dictionaries(st.sampled_from("abc"), small, max_size=3)
entries = st.one_of(small.map(one), small.map(one).map(unsure), st.just(UNKNOWN), st.just((*UNKNOWN, *UNBOUND)))


def may_be(value: object, values: Values) -> bool:
    return Constant(value) in values or any(known in values for known in UNKNOWN)


def describes(items: Items, concrete: list[int]) -> bool:
    """Whether a list is one of those that items mean."""
    if items.exact:
        return len(items.values) == len(concrete) and all(map(may_be, concrete, items.values))
    covered = all(any(may_be(value, entry) for entry in items.values) for value in concrete)
    there = all(any(may_be(value, entry) for value in concrete) for entry in items.values if is_sure(entry))
    return covered and there


def describes_dict(items: Items, concrete: dict[str, int]) -> bool:
    """Whether a dict is one of those that items mean: each lookup gives what it may give."""
    every = {*concrete, *(key.value for (key,) in map(tuple, items.keys) if isinstance(key, Constant))}
    for key in every:
        found = looked_up(items, one(key))
        if key in concrete and not may_be(concrete[key], found) and not (not found and not items.exact):
            return False
        if key not in concrete and is_sure(found):
            return False
    return not items.exact or len(items.keys) == len(concrete)


@given(lists)
def test_a_list_of_literals_is_described_by_its_items(concrete: list[int]) -> None:
    assert describes(rows(*concrete), concrete)
    assert describes(rows(*concrete).blurred(), concrete)
    assert describes(maybe(rows(*concrete)), concrete)
    assert describes(havocked(rows(*concrete), keyed=False), concrete)
    assert describes(ANYTHING, concrete)


@given(st.lists(lists, min_size=1, max_size=4))
def test_what_is_joined_describes_each_side(several: list[list[int]]) -> None:
    items = joined([rows(*each) for each in several])
    assert all(describes(items, each) for each in several)


@given(st.lists(dicts, min_size=1, max_size=4))
def test_what_is_joined_describes_each_dict(several: list[dict[str, int]]) -> None:
    items = joined([table(**each) for each in several])
    assert all(describes_dict(items, each) for each in several)


@given(lists, st.lists(entries, max_size=3), st.booleans())
def test_joining_with_anything_keeps_what_was_described(concrete: list[int], other: list[Values], turned: bool) -> None:
    several = [rows(*concrete), Items(tuple(other), exact=False)]
    assert describes(joined(several[::-1] if turned else several), concrete)


@given(lists, lists)
def test_appended_describes_the_longer_list(concrete: list[int], more: list[int]) -> None:
    assert describes(appended(rows(*concrete), rows(*more)), concrete + more)
    assert describes(appended(rows(*concrete).blurred(), rows(*more)), concrete + more)
    assert describes(appended(rows(*concrete), ANYTHING), concrete + more)


@given(lists, st.integers(-4, 3))
def test_without_index_describes_the_shorter_list(concrete: list[int], index: int) -> None:
    items = rows(*concrete)
    if -len(concrete) <= index < len(concrete):
        left = concrete.copy()
        del left[index]
        assert describes(without_index(items, one(index)), left)
        assert describes(without_index(items, UNKNOWN), left)
        assert describes(without_index(items.blurred(), one(index)), left)
        assert positions(items, Constant(index)) == one(concrete[index])


@given(lists, small)
def test_without_value_describes_the_shorter_list(concrete: list[int], value: int) -> None:
    left = concrete.copy()
    if value in left:
        left.remove(value)
    assert describes(without_value(rows(*concrete), one(value)), left)
    assert describes(without_value(rows(*concrete), UNKNOWN), left)


@given(lists)
def test_a_set_has_each_literal_once(concrete: list[int]) -> None:
    assert describes(of_set(rows(*concrete)), list(dict.fromkeys(concrete)))


@given(dicts, st.sampled_from("abcd"), small, st.booleans())
def test_with_item_describes_the_dict_after_it(concrete: dict[str, int], key: str, value: int, known: bool) -> None:
    items = with_item(table(**concrete), one(key) if known else UNKNOWN, one(value))
    assert describes_dict(items, concrete | {key: value}) or (not known and not items.exact)
    if known:
        assert looked_up(items, one(key)) == one(value)
    for held in concrete.keys() - {key}:
        assert may_be(concrete[held], looked_up(items, one(held)))


@given(dicts, st.sampled_from("abcd"), st.booleans())
def test_without_key_describes_the_dict_after_it(concrete: dict[str, int], key: str, known: bool) -> None:
    left = {name: value for name, value in concrete.items() if name != key}
    assert describes_dict(without_key(table(**concrete), one(key) if known else UNKNOWN), left)


@given(dicts, dicts)
def test_merged_describes_the_dict_that_was_updated(concrete: dict[str, int], more: dict[str, int]) -> None:
    assert describes_dict(merged(table(**concrete), table(**more)), concrete | more)
    assert describes_dict(merged(table(**concrete), maybe(table(**more))), concrete | more)
    assert describes_dict(merged(table(**concrete), maybe(table(**more))), concrete)


# --- what is sure --------------------------------------------------------------------------------


def test_an_item_that_may_be_missing_is_not_sure() -> None:
    assert is_sure(one(1)) and not is_sure(unsure(one(1))) and not is_sure(())
    assert bound(unsure(one(1))) == one(1)
    assert unsure(unsure(one(1))) == unsure(one(1))


def test_items_that_may_be_missing_may_leave_nothing() -> None:
    assert rows().may_be_empty and ANYTHING.may_be_empty and ANY_DICT.may_be_empty
    assert maybe(rows(1)).may_be_empty and some(one(1)).may_be_empty
    assert not rows(1).may_be_empty and not rows(1).blurred().may_be_empty


def test_a_list_that_only_one_path_filled_may_be_empty() -> None:
    items = joined([rows(), rows(1)])
    assert items.may_be_empty and items.all() == one(1) and not items.exact


def test_what_both_paths_put_in_is_sure() -> None:
    assert not joined([rows(1), rows(2, 1)]).may_be_empty


def test_python_holds_true_and_one_for_the_same_key() -> None:
    assert same_key(one(True), one(1)) and same_key(one(1.0), one(1))
    assert same_key(one("a"), one("b")) is False
    assert same_key(UNKNOWN, one(1)) is None
    assert same_key((ExternalName("threading.Lock"),), one(1)) is False


def test_an_unknown_key_may_be_any_that_is_there() -> None:
    items = with_item(table(lock=1), UNKNOWN, one(2))
    assert set(looked_up(items, one("lock"))) == {Constant(1), Constant(2)}
    assert not is_sure(looked_up(without_key(table(lock=1), UNKNOWN), one("lock")))


def test_a_key_that_is_surely_not_there_gives_nothing() -> None:
    assert looked_up(table(lock=1), one("rows")) == ()
    assert looked_up(ANY_DICT, one("rows")) != ()


def test_what_is_too_long_to_be_kept_apart_says_less() -> None:
    assert of_list([one(1)] * MOST_ITEMS).exact and not of_list([one(1)] * (MOST_ITEMS + 1)).exact
    many = of_list([one(number) for number in range(MOST_ITEMS + 1)])
    assert len(many.values) == 1 and many.may_be_empty
    few = joined([rows(number) for number in range(MOST_ENTRIES)])
    assert all(describes(few, [number]) for number in range(MOST_ENTRIES))
