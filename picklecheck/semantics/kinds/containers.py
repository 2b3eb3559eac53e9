"""Lists, tuples, dicts and sets, and what iterates over them: reading, writing and deleting items."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from picklecheck.semantics.domain.facts import ITEMS, OPEN
from picklecheck.semantics.domain.items import (
    ANY_DICT,
    ANYTHING,
    MOST_ITEMS,
    Items,
    appended,
    bound,
    entries,
    havocked,
    is_key,
    is_sure,
    joined,
    looked_up,
    merged,
    of_set,
    positions,
    some,
    unsure,
    with_item,
    without_index,
    without_key,
)
from picklecheck.semantics.domain.mro import tuple_fields
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    Container,
    ExternalName,
    ExternalObject,
    Frame,
    Here,
    Instance,
    Kind,
    Site,
    Suspended,
    Unknown,
    Value,
    Values,
    join,
)
from picklecheck.semantics.kinds import version_info
from picklecheck.semantics.kinds.enums import members
from picklecheck.semantics.machine import Machine


def namespace_of(run: Machine, owner: Instance, site: Site) -> Container:
    """`owner.__dict__`: a dict whose items are the attributes; writes to it reach the object."""
    made = Container("dict", site, owner)
    names = run.store.names(owner)
    items = Items(tuple(names.values()), tuple((Constant(name),) for name in names))
    if run.store.values(owner, OPEN):
        items = entries(zip((*items.keys, UNKNOWN), (*items.values, *ANY_DICT.values), strict=True), keyed=True)
    elif not all(map(is_sure, items.values)):
        items = Items(items.values, items.keys, exact=False)
    run.store.set(made, ITEMS, items)
    return made


# --- iterating -----------------------------------------------------------------------------------


def items_of(run: Machine, values: Values, here: Here) -> Items:
    """What iterating over a value gives."""
    if not values:
        return ANYTHING
    return joined([items_of_one(run, value, here) for value in values])


def items_of_one(run: Machine, value: Value, here: Here) -> Items:
    match value:
        case Container(kind="dict"):
            return keys_of(run.store.items(value))
        case Container():
            return run.store.items(value)
        case Suspended():
            return run.yielded(value, here)
        case Constant(value=str() as text):
            if len(text) <= MOST_ITEMS:
                return Items(tuple((Constant(letter),) for letter in text))
            return Items(((ExternalObject("builtins.str", here.site),),), exact=False)
        case ExternalObject() | ExternalName() if version_info.is_whole(value):
            return version_info.parts(here.site)
        case ExternalObject(type=kind, receiver=Container() as owner) if kind.startswith("builtins.dict_"):
            return items_of_view(run, kind, run.store.items(owner), here)
        case ExternalObject(type="builtins.range", arguments=Arguments(positional=numbers)):
            return counted(numbers, here)
        case ExternalObject(type="builtins.callable_iterator", arguments=Arguments(positional=(callee, sentinel))):
            called = run.call(callee, Arguments(), here)
            given = tuple(one for one in called if sentinel != (one,))
            return some(given) if given else Items()
        case ExternalObject(arguments=Arguments() as arguments, type=name) if name in PASSING_ITERATORS:
            stored = run.store.own_items(value)
            return stored if stored is not None else passed_on(run, name, arguments, here)
        case Class() if names := members(run, value):
            return Items(tuple((member,) for member in names))
        case Instance() if (fields := fields_of_row(run, value)) is not None:
            return Items(tuple(bound(run.store.values(value, name)) or UNKNOWN for name in fields))
        case Instance():
            iterator = run.call_method(value, "__iter__", [], here)
            if iterator and iterator != UNKNOWN and value not in iterator:
                return items_of(run, iterator, here)
            stored = run.store.own_items(value)
            if stored is not None and not run.find(value.cls, "__iter__"):
                return keys_of(stored) if stored.keys else stored
        case ExternalObject(type=name) if not name.startswith("builtins."):
            run.tell(f"{name}.__iter__", value, Arguments(), here, UNKNOWN)
    run.may_raise()
    return ANYTHING


def keys_of(items: Items) -> Items:
    """The keys of a dict, as iterating gives them; each is there where its value is."""
    keys = tuple(key if is_sure(value) else unsure(key) for key, value in zip(items.keys, items.values, strict=False))
    return Items(keys, exact=items.exact)


def pairs_of(run: Machine, items: Items, site: Site) -> Items:
    """The pairs of a dict."""
    pairs: list[Values] = []
    for key, value in zip(items.keys, items.values, strict=False):
        pair: Values = (run.tuple_of([key, bound(value)], site),)
        pairs.append(pair if is_sure(value) else unsure(pair))
    return Items(tuple(pairs), exact=items.exact)


def items_of_view(run: Machine, kind: str, items: Items, here: Here) -> Items:
    """What iterating over `keys()`, `values()` or `items()` gives."""
    if "key" in kind:
        return keys_of(items)
    if "value" in kind:
        return Items(items.values, exact=items.exact)
    return pairs_of(run, items, here.site)


def fields_of_row(run: Machine, value: Instance) -> tuple[str, ...] | None:
    """The fields that iterating over a named tuple gives."""
    return None if run.find(value.cls, "__iter__") else tuple_fields(value.cls)


def counted(bounds: Sequence[Values], here: Here) -> Items:
    """The numbers of a `range`, one by one where they are known and few; numbers they are in any case."""
    numbered = range_of(bounds)
    if numbered is None:
        return some((ExternalObject("builtins.int", here.site),))
    if not numbered:
        return Items()
    # `len` has no answer for more numbers than a machine word counts.
    if numbered[MOST_ITEMS - 1 : MOST_ITEMS]:
        return Items(((ExternalObject("builtins.int", here.site),),), exact=False)
    return Items(tuple((Constant(number),) for number in numbered))


def range_of(bounds: Sequence[Values]) -> range | None:
    """The range with these bounds, where they are known."""
    numbers = [
        one[0].value
        for one in bounds
        if len(one) == 1 and isinstance(one[0], Constant) and isinstance(one[0].value, int)
    ]
    if not numbers or len(numbers) != len(bounds) or 0 in numbers[2:]:
        return None
    return range(*numbers)


def length_of(run: Machine, iterable: Values) -> int:
    """How many items iterating surely gives; 1 where that is not known."""
    match iterable:
        case (ExternalObject(type="builtins.range", arguments=Arguments(positional=numbers)),):
            numbered = range_of(numbers)
            return numbered.stop - numbered.start if numbered and numbered.step == 1 else 1
        case (Container() as one,) if (items := run.store.items(one)).exact:
            return max(len(items.values), 1)
    return 1


PASSING_ITERATORS = {
    "builtins.zip": "zip",
    "builtins.enumerate": "pair",
    "builtins.map": "call",
    "builtins.filter": "chosen",
    "builtins.reversed": "backwards",
    **dict.fromkeys((f"builtins.{kind}_iterator" for kind in ("list", "tuple", "set")), "all"),
    **dict.fromkeys((f"builtins.dict_{part}iterator" for part in ("key", "value", "item")), "all"),
    "itertools.chain": "every",
    "itertools.islice": "slice",
    "itertools.cycle": "first",
    "itertools.repeat": "itself",
    "itertools.product": "product",
    "collections.deque": "all",
    "builtins.frozenset": "all",
    "tqdm.tqdm": "all",
    "tqdm.auto.tqdm": "all",
}


def passed_on(run: Machine, name: str, arguments: Arguments, here: Here) -> Items:
    """The items of an iterator or collection made of other iterables."""
    how = PASSING_ITERATORS[name]
    if not arguments.positional:
        return Items(exact=not arguments.is_open)
    if how == "itself":
        return Items((arguments.positional[0],), exact=False)
    if how == "chosen":
        return chosen(run, arguments, here)
    if how == "slice":
        return part_of(run.items_of(arguments.positional[0], here), arguments.positional[1:])
    iterables = arguments.positional[1:] if how == "call" else arguments.positional
    each = [items_of(run, one, here) for one in iterables]
    every = [items.all() or UNKNOWN for items in each]
    exact = all(items.exact for items in each)
    empty = any(items.may_be_empty for items in each)
    match how:
        case "zip" if exact:
            rows = zip(*(items.values for items in each), strict=False)
            return Items(tuple((run.tuple_of(row, here.site),) for row in rows))
        case "zip" | "product":
            found: Values = (run.tuple_of(every, here.site),)
        case "pair":
            return numbered(run, each[0], arguments.get(1, "start"), here)
        case "call" if exact and len(each) == 1:
            return Items(tuple(run.call(arguments.positional[0], Arguments([one]), here) for one in each[0].values))
        case "call":
            found = run.call(arguments.positional[0], Arguments(list(every)), here)
        case "every":
            together = Items()
            for items in each:
                together = appended(together, items)
            return together
        case "backwards" if exact:
            return Items(each[0].values[::-1])
        case "all":
            return each[0]
        case _:  # `cycle`
            found = every[0]
    return some(found) if empty else Items((found,), exact=False)


def part_of(items: Items, bounds: Sequence[Values]) -> Items:
    """What `islice(iterable, end)`, or `islice(iterable, first, end, step)`, gives."""
    known = [one[0].value for one in bounds if len(one) == 1 and isinstance(one[0], Constant)]
    numbers = [one for one in known if one is None or isinstance(one, int)]
    if not items.exact or not numbers or len(numbers) != len(bounds) or len(numbers) > 3 or 0 in numbers[2:]:
        return some(items.all()) if items.values else items
    return Items(items.values[slice(*numbers)])


def numbered(run: Machine, items: Items, start: Values, here: Here) -> Items:
    """The pairs that `enumerate(values, start)` gives."""
    first: int | None = None
    match start or (Constant(0),):
        case (Constant(value=int(number)),) if items.exact:
            first = number
    pairs: list[Values] = []
    for at, one in enumerate(items.values):
        place: Values = (ExternalObject("builtins.int", here.site),) if first is None else (Constant(first + at),)
        pair: Values = (run.tuple_of([place, bound(one)], here.site),)
        pairs.append(pair if is_sure(one) else unsure(pair))
    return Items(tuple(pairs), exact=items.exact)


def chosen(run: Machine, arguments: Arguments, here: Here) -> Items:
    """The items of `filter(test, iterable)`: those that the test lets through."""
    test = arguments.get(0, "")
    items = items_of(run, arguments.get(1, "") or UNKNOWN, here)
    kept: list[Values] = []
    exact = items.exact
    for one in items.values:
        outcome = run.call(test, Arguments([bound(one)]), here) if test != (Constant(None),) else bound(one)
        truth = run.truth(outcome, here)
        if truth is False:
            continue
        exact = exact and truth is True
        kept.append(one if truth else unsure(one))
    return Items(tuple(kept), exact=exact)


def unpack(run: Machine, values: Values, targets: Sequence[ast.expr], here: Here) -> list[Values]:
    """The parts of `a, *b, c = value`."""
    starred = next((index for index, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
    parts: list[list[Values]] = [[] for _ in targets]
    for value in values:
        items = items_of_one(run, value, here)
        if items.exact and starred is None and len(items.values) == len(targets):
            spread = list(items.values)
        elif items.exact and starred is not None and len(items.values) >= len(targets) - 1:
            end = len(items.values) - (len(targets) - starred - 1)
            middle = run.make("list", Items(items.values[starred:end]), Site(here.frame.module, targets[starred]))
            spread = [*items.values[:starred], (middle,), *items.values[end:]]
        else:
            run.may_raise()
            held = items.all() or UNKNOWN
            spread = [held for _ in targets]
            if starred is not None:
                spread[starred] = (run.make("list", some(held), Site(here.frame.module, targets[starred])),)
        for part, one in zip(parts, spread, strict=True):
            part.append(one)
    return [join(*part) if part else UNKNOWN for part in parts]


# --- reading -------------------------------------------------------------------------------------


def get_item(run: Machine, owner: Container, keys: Values) -> Values:
    """`owner[key]`, where the key may be there."""
    items = run.store.items(owner)
    key = keys[0] if len(keys) == 1 else None
    if isinstance(owner.owner, Frame) and not all(isinstance(one, Constant) for one in keys):
        return UNKNOWN  # of `globals()[kind]` few of the variables are meant
    if owner.kind == "dict":
        return bound(looked_up(items, keys)) or UNKNOWN
    if isinstance(key, ExternalObject) and key.type == "builtins.slice":
        return (run.make(owner.kind, sliced(items, key), owner.site),)
    return bound(positions(items, key) if key is not None else items.all()) or items.all() or UNKNOWN


def sliced(items: Items, key: ExternalObject) -> Items:
    """`items[first:end:step]`, in order where the bounds are known."""
    bounds = slice_of(key)
    if not items.exact or bounds is None:
        return items if not items.values else some(items.all())
    return Items(items.values[bounds])


def slice_of(key: ExternalObject) -> slice | None:
    """The slice itself, where its bounds are known."""
    bounds = [values[0] for values in key.arguments.positional if len(values) == 1] if key.arguments else []
    known = [bound.value for bound in bounds if isinstance(bound, Constant) and isinstance(bound.value, int | None)]
    return slice(*known) if len(known) == 3 and known[2] != 0 else None


def is_missing(run: Machine, owner: Value, keys: Values) -> str:
    """The name of the exception that `owner[key]` surely raises; empty where it may be there."""
    items = run.store.items(owner)
    match owner, keys:
        case Container(kind="dict"), (Constant(),) if items.exact:
            return "" if looked_up(items, keys) else "KeyError"
        case Container(kind="list" | "tuple"), (Constant(value=int(index)),) if items.exact:
            return "" if -len(items.values) <= index < len(items.values) else "IndexError"
    return ""


def may_lack(run: Machine, owner: Value, keys: Values) -> bool:
    """Whether `owner[key]` may raise."""
    items = run.store.items(owner)
    match owner:
        case Container(kind="dict"):
            return not is_sure(looked_up(items, keys))
        case Container():
            return not items.exact or bool(is_missing(run, owner, keys)) or not is_key(keys)
    return True


def is_missed(owners: Values, keys: Values) -> bool:
    """Whether the only thing that can go wrong at `del owner[key]` is that a dict has no such key, before and after."""
    match owners, keys:
        case (Container(kind="dict"),), (Constant(),):
            return True
    return False


def made_item(run: Machine, owner: ExternalObject, keys: Values, here: Here) -> Values:
    """`owner[key]` for a collection of another type, such as a `defaultdict` or a manager's list."""
    if owner.type == "builtins.memoryview" and any(
        isinstance(key, ExternalObject) and key.type == "builtins.slice" for key in keys
    ):
        return (owner,)
    items = run.store.own_items(owner) or Items()
    found = bound(looked_up(items, keys))
    if found or (items.values and owner.type != "collections.defaultdict"):
        return found or items.all()
    if owner.type == "collections.defaultdict" and owner.arguments and owner.arguments.positional:
        made = run.call(owner.arguments.positional[0], Arguments(), here)
        set_item(run, (owner,), keys, made, here.site)
        return made
    run.may_raise()
    match run.world.returned(f"{owner.type}.__getitem__"):
        case (type_name,):
            return (ExternalObject(type_name, here.site, owner, Arguments([keys])),)
    return UNKNOWN


# --- writing -------------------------------------------------------------------------------------


def put(run: Machine, owner: Value, items: Items, surely: bool) -> None:
    """The items that a container has from now on, if it surely is the one that is meant."""
    before = run.store.own_items(owner)
    if isinstance(owner, Container) and owner.kind == "set":
        items = of_set(items)
    run.store.set(owner, ITEMS, items if surely or before is None else joined([before, items]))


def set_item(run: Machine, owners: Values, keys: Values, values: Values, site: Site) -> None:
    """`owner[key] = value`: where there are several owners, each may have got it.

    A class of the project that has its own `__setitem__` keeps what that keeps.
    """
    for owner in owners:
        if not (isinstance(owner, Instance) and run.find(owner.cls, "__setitem__")):
            keep_item(run, owner, keys, values, site, surely=len(owners) == 1)


def keep_item(run: Machine, owner: Value, keys: Values, values: Values, site: Site, surely: bool = True) -> None:
    """`dict.__setitem__(owner, key, value)`, and that of the other collections."""
    match owner:
        case Container(kind="dict"):
            put(run, owner, with_item(run.store.items(owner), keys, values), surely)
            if owner.owner is not None:
                set_variable(run, owner.owner, keys, values, site, surely)
        case Container():
            put(run, owner, with_index(run, run.store.items(owner), keys, values), surely)
        case ExternalObject() | Instance():
            items = run.store.own_items(owner) or Items()
            made = with_index(run, items, keys, values) if is_list(items, keys) else with_item(items, keys, values)
            put(run, owner, made, surely)


def is_list(items: Items, keys: Values) -> bool:
    """Whether items without keys are those of a list, or are treated as such: `self[1:] = rows`."""
    sliced = any(isinstance(key, ExternalObject) and key.type == "builtins.slice" for key in keys)
    return sliced or len(items.keys) < len(items.values)


def set_variable(run: Machine, owner: Instance | Frame, keys: Values, values: Values, site: Site, surely: bool) -> None:
    """An item of `__dict__` or `globals()` is an attribute or a variable."""
    for key in keys:
        if isinstance(key, Constant) and isinstance(key.value, str):
            before = run.store.values(owner, key.value)
            strong = surely and len(keys) == 1
            run.store.set(owner, key.value, values if strong else join(before or unsure(values), values))
            run.origins.assigned[owner, key.value] = site
        else:
            run.store.set(owner, OPEN, UNKNOWN)


def with_index(run: Machine, items: Items, keys: Values, values: Values) -> Items:
    """A list's items after `rows[index] = value`, or `rows[:] = values`."""
    match keys:
        case (ExternalObject(type="builtins.slice") as key,):
            bounds = slice_of(key)
            several = [run.store.items(value) if isinstance(value, Container) else ANYTHING for value in values]
            more = joined(several) if several else ANYTHING
            if bounds == slice(None, None, None):
                return more
            if bounds is not None and items.exact and more.exact and bounds.step is None:
                changed = list(items.values)
                changed[bounds] = list(more.values)
                return Items(tuple(changed))
            return appended(havocked(items, keyed=False), more)
        case (Constant(value=int(index)),) if items.exact and -len(items.values) <= index < len(items.values):
            at = index % len(items.values)
            return Items((*items.values[:at], values, *items.values[at + 1 :]))
    each = [join(held, values) for held in items.values]
    return entries([((), one) for one in [*each, values]], keyed=False)


def delete_item(run: Machine, owners: Values, keys: Values) -> None:
    """`del owner[key]`: where there are several owners, each may have lost it."""
    surely = len(owners) == 1
    for owner in owners:
        items = run.store.own_items(owner)
        if items is None:
            continue
        if items.keys or (isinstance(owner, Container) and owner.kind == "dict"):
            put(run, owner, without_key(items, keys), surely)
            if isinstance(owner, Container) and owner.owner is not None:
                delete_variable(run, owner.owner, keys, surely)
        else:
            put(run, owner, without_part(items, keys), surely)


def without_part(items: Items, keys: Values) -> Items:
    """A list's items after `del rows[index]` or `del rows[first:end]`."""
    match keys:
        case (ExternalObject(type="builtins.slice") as key,):
            bounds = slice_of(key)
            if items.exact and bounds is not None:
                kept = list(items.values)
                del kept[bounds]
                return Items(tuple(kept))
            if bounds == slice(None, None, None):
                return Items()
    return without_index(items, keys)


def delete_variable(run: Machine, owner: Instance | Frame, keys: Values, surely: bool) -> None:
    """`del owner.__dict__[key]`: an unknown key may be any of the names."""
    match keys:
        case (Constant(value=str(name)),) if surely:
            run.store.unset(owner, name)
            return
    named = {key.value for key in keys if isinstance(key, Constant)} if all(map(is_constant, keys)) else None
    for name, values in run.store.names(owner).items():
        if named is None or name in named:
            run.store.set(owner, name, unsure(values))


def is_constant(value: Value) -> bool:
    return isinstance(value, Constant)


def held_by(run: Machine, values: Values) -> Items:
    """What is in a container, with its keys where it is a dict."""
    several = [run.store.items(value) if isinstance(value, Container) else ANY_DICT for value in values]
    return joined(several) if several else ANY_DICT


def extend(run: Machine, owners: Values, added: Values, here: Here) -> bool:
    """`owner += added` in place; False where an owner is not a known list, set or dict."""
    if not owners or not all(isinstance(owner, Container) and owner.kind != "tuple" for owner in owners):
        return False
    for owner in owners:
        assert isinstance(owner, Container)
        items = run.store.items(owner)
        if owner.kind == "dict":
            items = merged(items, dict_items(run, added, here))
        else:
            items = appended(items, items_of(run, added, here))
        put(run, owner, items, len(owners) == 1)
    return True


# --- making --------------------------------------------------------------------------------------


def construct(run: Machine, kind: Kind, arguments: Arguments, here: Here) -> Container:
    """`list(x)`, `tuple(x)`, `set(x)`, `dict(x, a=1)`."""
    items = Items()
    for given in arguments.positional[:1]:
        items = dict_items(run, given, here) if kind == "dict" else items_of(run, given, here)
    for name, values in arguments.keywords.items() if kind == "dict" else ():
        items = with_item(items, (Constant(name),), values)
    if arguments.more_keywords or arguments.rest or arguments.open:
        items = havocked(items, keyed=kind == "dict")
    return run.make(kind, items, here.site)


def dict_items(run: Machine, given: Values, here: Here) -> Items:
    """What `dict(given)`, or `d.update(given)`, puts into a dict: the items of a mapping, or pairs."""
    several = [dict_items_of_one(run, value, here) for value in given]
    return joined(several) if several else ANY_DICT


def dict_items_of_one(run: Machine, value: Value, here: Here) -> Items:
    if isinstance(value, Container) and value.kind == "dict":
        return run.store.items(value)
    stored = run.store.own_items(value) if isinstance(value, ExternalObject | Instance) else None
    if stored is not None and stored.keys:
        return stored
    if isinstance(value, Unknown | ExternalName):
        return ANY_DICT
    found = Items()
    pairs = items_of_one(run, value, here)
    for pair in pairs.values:
        for one in bound(pair):
            parts = run.store.items(one).values if isinstance(one, Container) else ()
            key, held = parts if len(parts) == 2 else (UNKNOWN, UNKNOWN)
            sure = is_sure(pair) and len(bound(pair)) == 1
            found = with_item(found, key, held if sure else unsure(held))
    return found if pairs.exact else Items(found.values, found.keys, exact=False)
