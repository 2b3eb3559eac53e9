"""What the methods of lists, sets, dicts and other collections do to the items; a method not known may do anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from picklecheck.semantics.domain.facts import ITEMS
from picklecheck.semantics.domain.items import (
    ANY_DICT,
    ANYTHING,
    Items,
    appended,
    bound,
    havocked,
    is_sure,
    looked_up,
    maybe,
    merged,
    some,
    unsure,
    with_item,
    without_key,
    without_value,
)
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Constant,
    Container,
    ExternalMethod,
    ExternalObject,
    Here,
    Instance,
    Value,
    Values,
    join,
)
from picklecheck.semantics.kinds import containers
from picklecheck.semantics.machine import Machine


@dataclass(frozen=True, slots=True)
class MethodCall:
    """A call of a method of a collection."""

    run: Machine
    owner: Value
    kind: str
    name: str
    arguments: Arguments
    here: Here

    @property
    def items(self) -> Items:
        return self.run.store.items(self.owner)

    @property
    def given(self) -> list[Values]:
        return self.arguments.positional

    def set(self, items: Items) -> Values:
        """Give the collection these items."""
        containers.put(self.run, self.owner, items, surely=True)
        return NONE


Method = Callable[[MethodCall], Values | None]


def call(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """A method of a collection; None where it is not one that is known."""
    owner = method.receiver
    kind = kind_of(run, owner, method.type)
    if kind is None:
        return None
    called = MethodCall(run, owner, kind, method.name, arguments, here)
    known = METHODS.get((kind, method.name))
    result = known(called) if known is not None else None
    if result is None and method.name not in READING and isinstance(owner, Container):
        run.store.set(owner, ITEMS, havocked(called.items, kind == "dict"))
    return result


def kind_of(run: Machine, owner: Value, type_name: str) -> str | None:
    """Which collection's methods an object has; None where it is no collection."""
    match owner:
        case Container(kind=kind):
            return kind
        case ExternalObject(type=name) if name in LIKE:
            return LIKE[name]
        case ExternalObject() | Instance() if (items := run.store.own_items(owner)) is not None or type_name in LIKE:
            return LIKE.get(type_name, "dict" if items is not None and items.keys else "list")
    return None


# Collections of other types whose methods are those of a builtin one.
LIKE = {
    "collections.deque": "deque",
    "collections.defaultdict": "dict",
    "collections.OrderedDict": "dict",
    "collections.UserDict": "dict",
    "collections.UserList": "list",
    "collections.Counter": "counter",
    "collections.ChainMap": "dict",
    "builtins.list": "list",
    "builtins.dict": "dict",
    "builtins.set": "set",
}

# Methods that change nothing.
READING = {
    *("count", "index", "__contains__", "__len__", "__iter__", "__getitem__", "__eq__", "__repr__", "__str__"),
    *("issubset", "issuperset", "isdisjoint", "__reversed__", "__class__", "__reduce__", "__reduce_ex__", "__sizeof__"),
}


# --- lists and sets ------------------------------------------------------------------------------


def append(call: MethodCall) -> Values | None:
    return call.set(limited(call, appended(call.items, Items((call.given[0],))))) if call.given else None


def append_left(call: MethodCall) -> Values | None:
    return call.set(limited(call, appended(Items((call.given[0],)), call.items), left=True)) if call.given else None


def limited(call: MethodCall, items: Items, left: bool = False) -> Items:
    """What a deque with `maxlen` keeps: an item that is put in pushes one out at the other end."""
    made = call.owner.arguments if call.kind == "deque" and isinstance(call.owner, ExternalObject) else None
    match made.get(1, "maxlen") if made is not None else ():
        case () | (Constant(value=None),):
            return items
        case (Constant(value=int(most)),) if items.exact and most >= 0:
            kept = items.values[:most] if left else items.values[max(len(items.values) - most, 0) :]
            return Items(kept)
    return maybe(items)


def insert(call: MethodCall) -> Values | None:
    if len(call.given) < 2:
        return None
    items = call.items
    match call.given[0]:
        case (Constant(value=int(index)),) if items.exact:
            values = list(items.values)
            values.insert(index, call.given[1])
            return call.set(Items(tuple(values)))
    return call.set(appended(items.blurred(), Items((call.given[1],))))


def extend(call: MethodCall) -> Values | None:
    items = call.items
    for one in call.given:
        items = appended(items, call.run.items_of(one, call.here))
    return call.set(items)


def clear(call: MethodCall) -> Values | None:
    return call.set(Items())


def remove(call: MethodCall) -> Values | None:
    return call.set(without_value(call.items, call.given[0])) if call.given else None


def pop(call: MethodCall) -> Values | None:
    """`rows.pop()`, `rows.pop(0)`: of a set, any item."""
    index = call.given[0] if call.given else (Constant(-1),)
    return _taken(call, index if call.kind != "set" else UNKNOWN)


def pop_left(call: MethodCall) -> Values | None:
    return _taken(call, (Constant(0),))


def _taken(call: MethodCall, index: Values) -> Values:
    items = call.items
    found = items.all()
    match index:
        case (Constant(value=int(number)),) if items.exact and -len(items.values) <= number < len(items.values):
            found = items.values[number]
    if containers.may_lack(call.run, call.owner, index):
        call.run.may_raise()
    containers.delete_item(call.run, (call.owner,), index)
    return found or UNKNOWN


def copy(call: MethodCall) -> Values | None:
    if isinstance(call.owner, Container):
        return (call.run.make(call.owner.kind, call.items, call.here.site),)
    if not isinstance(call.owner, ExternalObject):
        return None
    made = ExternalObject(call.owner.type, call.here.site, None, call.owner.arguments)
    call.run.store.set(made, ITEMS, call.items)
    return (made,)


def reorder(call: MethodCall) -> Values | None:
    """`rows.sort()`, `queue.rotate()`: the same items, in an order that is not known."""
    items = call.items
    call_key(call.run, items, call.arguments, call.here)
    return call.set(items if len(items.values) < 2 else items.blurred())


def call_key(run: Machine, items: Items, arguments: Arguments, here: Here) -> None:
    """Call the `key` function of `sort`, `sorted`, `min` or `max` on the items, where one is given."""
    function = arguments.keywords.get("key", ())
    if function and function != NONE and items.values:
        run.maybe(lambda: run.call(function, Arguments([items.all() or UNKNOWN]), here))


def reverse(call: MethodCall) -> Values | None:
    items = call.items
    return call.set(Items(items.values[::-1]) if items.exact else items)


def combined(call: MethodCall) -> Values | None:
    """`one.union(other)` and its like: a new set, which may have any of the items."""
    items = call.items
    others = [call.run.items_of(one, call.here) for one in call.given]
    return (call.run.make("set", set_operation(call.name, items, others), call.here.site),)


def set_operation(name: str, items: Items, others: list[Items]) -> Items:
    """The items of a union, intersection, difference or symmetric difference."""
    if name == "union":
        for other in others:
            items = appended(items, other)
        return items
    exact = items.exact and all(one.exact for one in others) and all(map(_is_literal, (items, *others)))
    if not exact:
        return some(items.all()) if name != "symmetric_difference" else maybe(appended(items, *others[:1]))
    values: list[Values] = []
    for one in items.values:
        among = [one in other.values for other in others]
        if (all(among) if name == "intersection" else not any(among)) or not others:
            values.append(one)
    if name == "symmetric_difference":
        values += [one for other in others for one in other.values if one not in items.values]
    return Items(tuple(values))


def _is_literal(items: Items) -> bool:
    return all(len(one) == 1 and isinstance(one[0], Constant) for one in items.values)


# --- dicts ---------------------------------------------------------------------------------------


def view(name: str) -> Method:
    def made(call: MethodCall) -> Values | None:
        return (ExternalObject(f"builtins.{name}", call.here.site, call.owner),)

    return made


def get(call: MethodCall) -> Values | None:
    if not call.given:
        return None
    found = looked_up(call.items, call.given[0])
    default = call.given[1] if len(call.given) > 1 else NONE
    if is_sure(found):
        return found
    return join(bound(found), default) if bound(found) else default if call.items.exact else join(default, UNKNOWN)


def set_item(call: MethodCall) -> Values | None:
    """`super().__setitem__(key, value)`."""
    match call.given:
        case [keys, values]:
            containers.keep_item(call.run, call.owner, keys, values, call.here.site)
            return NONE
    return None


def set_default(call: MethodCall) -> Values | None:
    if not call.given:
        return None
    found = looked_up(call.items, call.given[0])
    default = call.given[1] if len(call.given) > 1 else NONE
    if is_sure(found):
        return found
    value = join(bound(found), default)
    containers.keep_item(call.run, call.owner, call.given[0], value, call.here.site)
    return value


def pop_key(call: MethodCall) -> Values | None:
    if not call.given:
        return None
    found = looked_up(call.items, call.given[0])
    doubtful = not is_sure(found) and len(call.given) < 2
    missed = doubtful and containers.is_missed((call.owner,), call.given[0])
    if doubtful and not missed:
        call.run.may_raise()
    if doubtful and call.run.mode.strict and not found and call.items.exact:
        raise call.run.fail("KeyError", call.here)
    containers.delete_item(call.run, (call.owner,), call.given[0])
    if missed:
        call.run.may_fail("KeyError", call.here)
    if is_sure(found):
        return found
    default = call.given[1] if len(call.given) > 1 else ()
    return join(bound(found), default) or UNKNOWN


def pop_item(call: MethodCall) -> Values | None:
    items = call.items
    last = call.arguments.get(0, "last")
    if items.exact and items.values and last in ((), (Constant(True),), (Constant(False),)):
        at = 0 if last == (Constant(False),) else -1
        key, value = items.keys[at], items.values[at]
        containers.delete_item(call.run, (call.owner,), key)
        return (call.run.tuple_of([key, value], call.here.site),)
    call.run.may_raise()
    containers.delete_item(call.run, (call.owner,), UNKNOWN)
    return (call.run.tuple_of([items.all_keys() or UNKNOWN, items.all() or UNKNOWN], call.here.site),)


def clear_dict(call: MethodCall) -> Values | None:
    if isinstance(call.owner, Container) and call.owner.owner is not None:
        for name in call.run.store.names(call.owner.owner):
            call.run.store.unset(call.owner.owner, name)
    return call.set(Items())


def update(call: MethodCall) -> Values | None:
    """`d.update(other, a=1)`: of a `__dict__`, each item is an attribute."""
    more = Items()
    for one in call.given[:1]:
        more = containers.dict_items(call.run, one, call.here)
    for name, values in call.arguments.keywords.items():
        more = with_item(more, (Constant(name),), values)
    if call.arguments.more_keywords or call.arguments.rest:
        more = merged(more, ANY_DICT)
    call.set(merged(call.items, more))
    if isinstance(call.owner, Container) and call.owner.owner is not None:
        for key, values in zip(more.keys, more.values, strict=False):
            value = bound(values)
            containers.set_variable(call.run, call.owner.owner, key, value, call.here.site, is_sure(values))
    return NONE


def from_keys(call: MethodCall) -> Values | None:
    """`dict.fromkeys(keys, value)`, asked of a dict."""
    keys = call.run.items_of(call.given[0], call.here) if call.given else ANYTHING
    value = call.given[1] if len(call.given) > 1 else NONE
    return (call.run.make("dict", keyed(keys, value), call.here.site),)


def keyed(keys: Items, value: Values) -> Items:
    """A dict with these keys, each of which has the same value."""
    found = Items()
    for key in keys.values:
        found = with_item(found, bound(key), value if is_sure(key) else unsure(value))
    return found if keys.exact else Items(found.values, found.keys, exact=False)


def move_to_end(call: MethodCall) -> Values | None:
    """`OrderedDict.move_to_end(key, last=True)`."""
    items, key = call.items, call.arguments.get(0, "key")
    found = looked_up(items, key)
    if not items.exact or not is_sure(found):
        return call.set(items.blurred())
    rest = without_key(items, key)
    first = call.arguments.get(1, "last") == (Constant(False),)
    pair = Items((found,), (key,))
    return call.set(merged(pair, rest) if first else merged(rest, pair))


def count_more(call: MethodCall) -> Values | None:
    return call.set(havocked(call.items, keyed=True))


_LISTS: dict[str, Method] = {
    "append": append,
    "insert": insert,
    "extend": extend,
    "clear": clear,
    "remove": remove,
    "pop": pop,
    "copy": copy,
    "sort": reorder,
    "reverse": reverse,
    "__iadd__": extend,
    "__setitem__": set_item,
}
_DEQUES: dict[str, Method] = {
    **_LISTS,
    "appendleft": append_left,
    "popleft": pop_left,
    "extendleft": extend,
    "rotate": reorder,
}
_SETS: dict[str, Method] = {
    "add": append,
    "update": extend,
    "clear": clear,
    "remove": remove,
    "discard": remove,
    "pop": pop,
    "copy": copy,
    **dict.fromkeys(("union", "intersection", "difference", "symmetric_difference"), combined),
}
_DICTS: dict[str, Method] = {
    "get": get,
    "setdefault": set_default,
    "pop": pop_key,
    "popitem": pop_item,
    "clear": clear_dict,
    "update": update,
    "copy": copy,
    "fromkeys": from_keys,
    "move_to_end": move_to_end,
    "__setitem__": set_item,
    **{name: view(f"dict_{name}") for name in ("keys", "values", "items")},
    # Python 2
    **{f"view{name}": view(f"dict_view_{name}") for name in ("keys", "values", "items")},
    **{f"iter{name}s": view(f"dict_{name}iterator") for name in ("key", "value", "item")},
}
METHODS: dict[tuple[str, str], Method] = {
    (kind, name): method
    for kind, methods in {
        "list": _LISTS,
        "set": _SETS,
        "dict": _DICTS,
        "deque": _DEQUES,
        "counter": {**_DICTS, "update": count_more},
    }.items()
    for name, method in methods.items()
}
