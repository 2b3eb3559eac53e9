"""What a container holds: its items in order, or those that it surely has and those that it may have."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from picklecheck.semantics.domain.values import (
    UNBOUND,
    UNKNOWN,
    Class,
    Constant,
    ExternalName,
    ExternalObject,
    Function,
    Kind,
    Unbound,
    Unknown,
    Value,
    Values,
    join,
)

# Literal lists longer than this keep their different items only, without order.
MOST_ITEMS = 64
# More different items of a list or set than this say no more than one item that may be any of them.
MOST_ENTRIES = 12


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a container, one entry for each.

    Where `exact`, these are all items, in order. Else each entry means one item or more, in any order; the
    container surely has an item of an entry unless `Unbound` is among its alternatives. A dict has the key of each
    entry in `keys`; other containers leave `keys` empty.
    """

    values: tuple[Values, ...] = ()
    keys: tuple[Values, ...] = ()
    exact: bool = True

    def all(self) -> Values:
        """Any item that is, or may be, in the container; empty where there is none."""
        return bound(join(*self.values)) if self.values else ()

    def all_keys(self) -> Values:
        return bound(join(*self.keys)) if self.keys else ()

    @property
    def may_be_empty(self) -> bool:
        return not any(is_sure(one) for one in self.values)

    def blurred(self) -> Items:
        """The same items without order or number."""
        if not self.exact:
            return self
        return entries(zip(self.keys or [()] * len(self.values), self.values, strict=True), bool(self.keys))


class Later(Items):
    """The items of a table that nobody has looked into yet: `fill` gives them when somebody does."""

    __slots__ = ("fill",)
    fill: Callable[[], Items]

    def __init__(self, fill: Callable[[], Items]) -> None:
        object.__setattr__(self, "fill", fill)

    def __getattr__(self, name: str) -> object:
        """Called for the fields as long as they have no value."""
        self._become(Items(exact=False))  # for who asks for them to fill it
        self._become(self.fill())
        return object.__getattribute__(self, name)

    def _become(self, items: Items) -> None:
        for name in Items.__slots__:
            object.__setattr__(self, name, getattr(items, name))


# What may hold anything, or nothing.
ANYTHING = Items(((*UNKNOWN, *UNBOUND),), exact=False)
ANY_DICT = Items(((*UNKNOWN, *UNBOUND),), (UNKNOWN,), exact=False)


def bound(values: Values) -> Values:
    """Values without the possibility that there is none."""
    return tuple(value for value in values if not isinstance(value, Unbound))


def is_sure(values: Values) -> bool:
    """Whether there surely is a value."""
    return bool(values) and Unbound not in map(type, values)


def unsure(values: Values) -> Values:
    """The same values, or none."""
    return join(values, UNBOUND)


def some(values: Values, *, keys: Values = ()) -> Items:
    """Any number of items, each one of these values; also none."""
    if not values:
        return Items(exact=False)
    return Items((unsure(values),), (keys,) if keys else (), exact=False)


def maybe(items: Items) -> Items:
    """The same items, each of which may also be missing."""
    if not items.values:
        return items
    return Items(tuple(map(unsure, items.values)), items.keys, exact=False)


def entries(pairs: Iterable[tuple[Values, Values]], keyed: bool) -> Items:
    """Items without order: equal entries once, and one entry for all where there are too many."""
    found = dict.fromkeys((key, value) for key, value in pairs)
    if len(found) <= (MOST_ITEMS if keyed else MOST_ENTRIES):
        return Items(tuple(value for _, value in found), tuple(key for key, _ in found) if keyed else (), exact=False)
    value = unsure(join(*(value for _, value in found)))
    return Items((value,), (join(*(key for key, _ in found)),) if keyed else (), exact=False)


def of_list(values: Sequence[Values], exact: bool = True) -> Items:
    """The items of a list of known length, unless it is too long to keep them apart."""
    items = Items(tuple(values))
    return items if exact and len(items.values) <= MOST_ITEMS else items.blurred()


def kept_by(kind: Kind, items: Items) -> Items:
    """What a new container of a kind has of these items."""
    items = of_set(items) if kind == "set" else items
    return of_list(items.values) if items.exact and not items.keys else items


def of_set(items: Items) -> Items:
    """The items of a set: equal literals are one, and what may be equal has no number."""
    if not items.exact or len(items.values) < 2:
        return items
    if len(items.values) > MOST_ITEMS:
        return items.blurred()
    alike = {same_key(one, other) for place, one in enumerate(items.values) for other in items.values[:place]}
    if None in alike:
        return items.blurred()
    kept: list[Values] = []
    for one in items.values if True in alike else ():
        if not any(same_key(one, other) for other in kept):
            kept.append(one)
    return Items(tuple(kept)) if kept else items


def appended(items: Items, more: Items) -> Items:
    """A list's items with others behind them."""
    if items.exact and more.exact and len(items.values) + len(more.values) <= MOST_ITEMS:
        return Items(items.values + more.values)
    if not more.values and not more.exact:
        return items.blurred()
    both = [*items.blurred().values, *more.blurred().values]
    return entries((((), one) for one in both), keyed=False)


def same_key(one: Values, other: Values) -> bool | None:
    """Whether two keys of a dict are equal; None where that is not known."""
    if len(one) == len(other) == 1:
        return _same(one[0], other[0])
    differ = one and other and all(_same(first, second) is False for first in one for second in other)
    return False if differ else None


def _same(one: Value, other: Value) -> bool | None:
    """Whether two objects are equal; Python holds `True == 1 == 1.0`."""
    match one, other:
        case Constant(value=first), Constant(value=second):
            return bool(first == second)
        case (Unknown() | Unbound(), _) | (_, Unknown() | Unbound()):
            return None
        case (Constant(value=value), ExternalObject()) | (ExternalObject(), Constant(value=value)):
            return False if value is None else None  # a number that is not known may be any
        case Function() | Class(), Function() | Class():
            return one is other
        case ExternalName(name=name), ExternalName(name=second):
            return name == second or (False if are_apart(name, second) else None)
    return True if one is other else None if type(one) is type(other) else False


def are_apart(name: str, other: str) -> bool:
    """Whether two names of the standard library surely mean different things.

    Names of one module may be aliases (`types.LambdaType`), and so may equal names of several (`typing.Callable`).
    """
    module, _, last = name.rpartition(".")
    other_module, _, other_last = other.rpartition(".")
    known = all(one.partition(".")[0] in sys.stdlib_module_names for one in (module, other_module))
    return known and last != other_last and (module != other_module or module == "builtins")


def is_key(key: Values) -> bool:
    """Whether a key is a single literal, or one type or function: these are told apart from others."""
    return len(key) == 1 and isinstance(key[0], Constant | Class | Function | ExternalName)


def position_of(items: Items, key: Values) -> int | None:
    """Where a dict has the entry of a key."""
    return next((at for at, one in enumerate(items.keys) if same_key(one, key)), None)


def with_item(items: Items, key: Values, value: Values) -> Items:
    """A dict's items after `d[key] = value`: an unknown key may be any of those that are there."""
    if items.exact and not all(is_key(one) for one in items.keys):
        items = items.blurred()
    at = position_of(items, key)
    if at is not None:
        return Items((*items.values[:at], value, *items.values[at + 1 :]), items.keys, items.exact)
    doubtful = [same_key(one, key) is None for one in items.keys]
    if not any(doubtful):
        exact = items.exact and is_key(key) and len(items.values) < MOST_ITEMS
        made = Items((*items.values, value), (*items.keys, key), exact=True)
        return made if exact else entries(zip(made.keys, made.values, strict=True), keyed=True)
    weak = [join(held, value) if doubt else held for held, doubt in zip(items.values, doubtful, strict=True)]
    return entries(zip((*items.keys, key), (*weak, value), strict=True), keyed=True)


def without_key(items: Items, key: Values) -> Items:
    """A dict's items after `del d[key]`, or `d.pop(key, None)`: an unknown key may be any of those that are there."""
    at = position_of(items, key)
    if at is not None and is_key(key):
        kept = Items(_cut(items.values, at), _cut(items.keys, at), items.exact)
        return kept if items.exact else weakened(kept, key)
    return weakened(items, key)


def weakened(items: Items, key: Values) -> Items:
    """A dict's items of which the one with this key may be gone."""
    doubtful = [same_key(one, key) is None for one in items.keys]
    if not any(doubtful):
        return items
    values = tuple(unsure(held) if doubt else held for held, doubt in zip(items.values, doubtful, strict=True))
    return Items(values, items.keys, exact=False)


def without_index(items: Items, index: Values) -> Items:
    """A list's items after `del rows[index]`."""
    match index:
        case (Constant(value=int(number)),) if items.exact and -len(items.values) <= number < len(items.values):
            return Items(_cut(items.values, number % len(items.values)))
    return maybe(items)


def without_value(items: Items, value: Values) -> Items:
    """A list's or set's items after one equal to `value` was taken out; each may be it where that is not known."""
    if items.exact and len(value) == 1 and value in items.values:
        return Items(_cut(items.values, items.values.index(value)))
    if items.exact and is_key(value) and all(same_key(one, value) is False for one in items.values):
        return items
    return maybe(items)


def _cut(parts: tuple[Values, ...], at: int) -> tuple[Values, ...]:
    return parts[:at] + parts[at + 1 :]


def merged(items: Items, more: Items) -> Items:
    """A dict's items after those of another were written over them."""
    keys = more.keys or (UNKNOWN,) * len(more.values)
    for key, value in zip(keys, more.values, strict=True):
        if is_sure(value):
            items = with_item(items, key, value)
            continue
        at = position_of(items, key)
        before = items.values[at] if at is not None else UNBOUND
        items = with_item(items, key, join(bound(value), before)) if bound(value) else items
    return items if more.exact else Items(items.values, items.keys, exact=False)


def looked_up(items: Items, key: Values) -> Values:
    """What a dict has under a key, with `Unbound` where it may lack it; empty where it surely does."""
    at = position_of(items, key)
    found = [items.values[at]] if at is not None else []
    if at is not None and is_sure(items.values[at]):
        return items.values[at]
    doubtful = [held for one, held in zip(items.keys, items.values, strict=False) if same_key(one, key) is None]
    found += [unsure(held) for held in doubtful]
    if not items.keys and items.values:  # a container whose keys are not told
        found = [unsure(held) for held in items.values]
    return join(*found) if found else ()


def joined(several: Sequence[Items]) -> Items:
    """The items of a container after one of several paths."""
    first = several[0]
    if all(one == first for one in several[1:]):
        return first
    if any(one.keys for one in several):
        return _joined_dicts(several)
    if all(one.exact and len(one.values) == len(first.values) for one in several):
        return Items(tuple(join(*each) for each in zip(*(one.values for one in several), strict=True)))
    blurred = [one.blurred() for one in several]
    every = dict.fromkeys(held for one in blurred for held in one.values)
    if not any(one.may_be_empty for one in blurred) and not any(_everywhere(held, blurred) for held in every):
        return Items((bound(join(*every)),), exact=False)  # some item is there on each path, though not the same
    return entries((((), held if _everywhere(held, blurred) else unsure(held)) for held in every), keyed=False)


def _everywhere(held: Values, several: Sequence[Items]) -> bool:
    return all(held in one.values for one in several)


def _joined_dicts(several: Sequence[Items]) -> Items:
    known = all(all(is_key(key) for key in one.keys) for one in several)
    exact = all(one.exact for one in several) and known
    if not known:
        blurred = [one.blurred() for one in several]
        pairs = [list(zip(one.keys, one.values, strict=False)) for one in blurred]
        every = dict.fromkeys(pair for one in pairs for pair in one)
        found = [(key, value if all((key, value) in one for one in pairs) else unsure(value)) for key, value in every]
        return entries(found, keyed=True)
    keys = list(dict.fromkeys(key for one in several for key in one.keys))
    values = tuple(join(*(looked_up(one, key) or UNBOUND for one in several)) for key in keys)
    return Items(values, tuple(keys), exact and all(map(is_sure, values)))


def havocked(items: Items, keyed: bool) -> Items:
    """Items of which nothing is sure any more: each may be gone or another, and there may be more."""
    more = ANY_DICT if keyed else ANYTHING
    each = maybe(items)
    pairs = zip(each.keys or [()] * len(each.values), each.values, strict=True)
    return entries([*pairs, *zip(more.keys or [()], more.values, strict=True)], keyed)


def positions(items: Items, index: Value) -> Values:
    """`rows[index]` of an ordered container, by a known index; empty where the index is out of range."""
    match index:
        case Constant(value=int(number)) if items.exact:
            return items.values[number] if -len(items.values) <= number < len(items.values) else ()
    return items.all()
