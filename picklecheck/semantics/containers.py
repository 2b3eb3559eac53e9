"""Lists, tuples, dicts and sets: what they hold, and what their methods do to it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Literal

from picklecheck.semantics import calls, classes
from picklecheck.semantics.run import Event, Run
from picklecheck.semantics.store import ITEMS, OPEN, Items
from picklecheck.semantics.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    Container,
    ExternalMethod,
    Frame,
    Instance,
    Made,
    Site,
    Suspended,
    Unbound,
    Value,
    Values,
    join,
)

Kind = Literal["list", "tuple", "dict", "set"]

# Literal lists longer than this are kept as one entry for all items.
MOST_ITEMS = 64


def make(run: Run, kind: Kind, items: Items, site: Site) -> Container:
    made = Container(kind, site)
    if items.exact and len(items.values) > MOST_ITEMS:
        items = items.blurred()
    run.store.set(made, ITEMS, items)
    return made


def tuple_of(run: Run, values: Sequence[Values], site: Site) -> Container:
    return make(run, "tuple", Items(tuple(values)), site)


def namespace_of(run: Run, owner: Instance, site: Site) -> Container:
    """`owner.__dict__`: a dict whose items are the attributes; writes to it reach the object."""
    made = Container("dict", site, owner)
    names = run.store.names(owner)
    keys, values = [], []
    for name, held in names.items():
        if not name.startswith("["):
            keys.append((Constant(name),))
            values.append(tuple(value for value in held if not isinstance(value, Unbound)))
    items = Items(tuple(values), tuple(keys))
    if run.store.values(owner, OPEN):
        items = appended(items, Items((UNKNOWN,), (UNKNOWN,))).blurred()
    run.store.set(made, ITEMS, items)
    return made


# --- reading -------------------------------------------------------------------------------------


def items_of(run: Run, values: Values, node: ast.AST, frame: Frame) -> Items:
    """What iterating over a value gives; one entry for all where number and order are not known."""
    if len(values) == 1:
        return _items_of_one(run, values[0], node, frame)
    found = join(*(_items_of_one(run, value, node, frame).all() for value in values)) if values else UNKNOWN
    return Items((found,) if found else (), exact=False)


def _items_of_one(run: Run, value: Value, node: ast.AST, frame: Frame) -> Items:
    match value:
        case Container(kind="dict"):
            items = run.store.items(value)
            return Items(items.keys, exact=items.exact) if not items.exact or items.keys else Items(exact=items.exact)
        case Container():
            return run.store.items(value)
        case Suspended(function=None, yields=yields):
            return Items((yields or UNKNOWN,), exact=False)
        case Suspended():
            return Items((calls.yielded(run, value, node, frame),), exact=False)
        case Constant(value=str() as text):
            if len(text) <= MOST_ITEMS:
                return Items(tuple((Constant(letter),) for letter in text))
            return Items(((Made("builtins.str", Site(frame.module, node)),),), exact=False)
        case Made(type=kind, receiver=Container() as owner) if kind.startswith("builtins.dict_"):
            items = run.store.items(owner)
            if "key" in kind:
                return Items(items.keys, exact=items.exact)
            if "value" in kind:
                return Items(items.values, exact=items.exact)
            pairs = tuple(
                (tuple_of(run, [key, held], Site(frame.module, node)),)
                for key, held in zip(items.keys, items.values, strict=False)
            )
            return Items(pairs, exact=items.exact)
        case Made(type="builtins.range", arguments=Arguments(positional=bounds)):
            return _counted(bounds)
        case Made(arguments=Arguments() as arguments, type=name) if name in PASSING_ITERATORS:
            return _passed_on(run, name, arguments, node, frame)
        case Class() if members := classes.members(run, value):
            return Items(tuple((member,) for member in members))
        case Instance() if (fields := _fields(run, value)) is not None:
            return Items(tuple(run.store.values(value, name) or UNKNOWN for name in fields))
        case Instance():
            iterator = calls.call_method(run, value, "__iter__", [], node, frame)
            if iterator and iterator != UNKNOWN and value not in iterator:
                return items_of(run, iterator, node, frame)
        case Made(receiver=Made(), type=name):
            run.tell(Event(f"{name}.__iter__", value, Arguments(), node, frame, UNKNOWN))
    return Items((UNKNOWN,), exact=False)


def _fields(run: Run, value: Instance) -> tuple[str, ...] | None:
    """The fields that iterating over a named tuple gives."""
    return None if classes.find(run, value.cls, "__iter__") else classes.tuple_fields(value.cls)


def _counted(bounds: Sequence[Values]) -> Items:
    """The numbers of a `range`, where they are known and few."""
    numbers = [
        one[0].value
        for one in bounds
        if len(one) == 1 and isinstance(one[0], Constant) and isinstance(one[0].value, int)
    ]
    if not numbers or len(numbers) != len(bounds) or 0 in numbers[2:]:
        return Items((UNKNOWN,), exact=False)
    counted = range(*numbers)
    if len(counted) > MOST_ITEMS:
        return Items((UNKNOWN,), exact=False)
    return Items(tuple((Constant(number),) for number in counted))


PASSING_ITERATORS = {
    "builtins.zip": "zip",
    "builtins.enumerate": "pair",
    "builtins.map": "call",
    "builtins.filter": "second",
    "builtins.reversed": "backwards",
    "builtins.list_iterator": "all",
    "itertools.chain": "every",
    "itertools.islice": "first",
    "itertools.cycle": "first",
    "itertools.repeat": "itself",
    "itertools.product": "product",
    "collections.deque": "first",
    "builtins.frozenset": "all",
    "tqdm.tqdm": "all",
    "tqdm.auto.tqdm": "all",
}


def _passed_on(run: Run, name: str, arguments: Arguments, node: ast.AST, frame: Frame) -> Items:
    """The items of an iterator or collection made of other iterables."""
    site = Site(frame.module, node)
    each = [items_of(run, one, node, frame) for one in arguments.positional]
    if not each:
        return Items(exact=False)
    every = [items.all() or UNKNOWN for items in each]
    exact = all(items.exact for items in each)
    match PASSING_ITERATORS[name]:
        case "zip" if exact:
            return Items(
                tuple((tuple_of(run, row, site),) for row in zip(*(items.values for items in each), strict=False))
            )
        case "zip" | "product":
            found: Values = (tuple_of(run, every, site),)
        case "pair":
            number: Values = (Made("builtins.int", site),)
            held = each[0].values if each[0].exact else (every[0],)
            return Items(tuple((tuple_of(run, [number, one], site),) for one in held), exact=each[0].exact)
        case "call":
            found = calls.call(run, arguments.positional[0], calls.plain(every[1:]), node, frame)
        case "second":
            found = every[-1]
        case "every" if exact:
            return Items(tuple(one for items in each for one in items.values))
        case "every":
            found = join(*every)
        case "itself":
            found = arguments.positional[0]
        case "backwards" if exact:
            return Items(each[0].values[::-1])
        case "all" if exact:
            return each[0]
        case _:
            found = every[0]
    return Items((found,), exact=False)


def elements(run: Run, values: Values, node: ast.AST, frame: Frame) -> Values:
    """Any item that iterating can give."""
    return items_of(run, values, node, frame).all() or UNKNOWN


def flat(run: Run, values: Values) -> Values:
    """The values, with the items of tuples in their place (`except (A, B)`, `isinstance(x, (A, B))`)."""
    found: list[Values] = []
    for value in values:
        if isinstance(value, Container) and value.kind == "tuple":
            found.append(flat(run, run.store.items(value).all()))
        else:
            found.append((value,))
    return join(*found) if found else ()


def is_empty(run: Run, values: Values) -> bool:
    """Whether iterating surely gives nothing."""
    return bool(values) and all(
        isinstance(value, Container) and (items := run.store.items(value)).exact and not items.values
        for value in values
    )


def unpack(run: Run, values: Values, targets: Sequence[ast.expr], frame: Frame) -> list[Values]:
    """The parts of `a, *b, c = value`."""
    starred = next((index for index, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
    parts: list[list[Values]] = [[] for _ in targets]
    for value in values:
        items = _items_of_one(run, value, frame.scope.node, frame)
        if items.exact and starred is None and len(items.values) == len(targets):
            for part, held in zip(parts, items.values, strict=True):
                part.append(held)
        elif items.exact and starred is not None and len(items.values) >= len(targets) - 1:
            after = len(targets) - starred - 1
            end = len(items.values) - after
            middle = make(run, "list", Items(items.values[starred:end]), Site(frame.module, targets[starred]))
            spread = [*items.values[:starred], (middle,), *items.values[end:]]
            for part, held in zip(parts, spread, strict=True):
                part.append(held)
        else:
            held = items.all() or UNKNOWN
            for index, part in enumerate(parts):
                if index == starred:
                    site = Site(frame.module, targets[index])
                    part.append((make(run, "list", Items((held,), exact=False), site),))
                else:
                    part.append(held)
    return [join(*part) if part else UNKNOWN for part in parts]


def get_item(run: Run, owner: Container, keys: Values) -> Values:
    """`owner[key]`."""
    items = run.store.items(owner)
    key = keys[0] if len(keys) == 1 else None
    if owner.kind == "dict":
        if items.exact and isinstance(key, Constant):
            for known, held in reversed(list(zip(items.keys, items.values, strict=True))):
                if known == (key,):
                    return held
        return items.all() or UNKNOWN
    if isinstance(key, Made) and key.type == "builtins.slice":
        return (make(run, owner.kind, _sliced(run, items, key), owner.site),)
    if items.exact and isinstance(key, Constant) and isinstance(key.value, int):
        if -len(items.values) <= key.value < len(items.values):
            return items.values[key.value]
    return items.all() or UNKNOWN


def _sliced(run: Run, items: Items, key: Made) -> Items:
    """`items[first:end:step]`, in order where the bounds are known."""
    bounds = [values[0] for values in key.arguments.positional if len(values) == 1] if key.arguments else []
    known = [bound.value for bound in bounds if isinstance(bound, Constant) and isinstance(bound.value, int | None)]
    if not items.exact or len(known) != 3 or known[2] == 0:
        return items.blurred()
    return Items(items.values[slice(*known)])


def is_missing(run: Run, owner: Value, keys: Values) -> str:
    """The name of the exception that `owner[key]` surely raises; empty where it may be there."""
    items = run.store.items(owner)
    match owner, keys:
        case Container(kind="dict"), (Constant() as key,) if items.exact:
            known = all(len(one) == 1 and isinstance(one[0], Constant) for one in items.keys)
            return "KeyError" if known and (key,) not in items.keys else ""
        case Container(kind="list" | "tuple"), (Constant(value=int(index)),) if items.exact:
            return "" if -len(items.values) <= index < len(items.values) else "IndexError"
    return ""


def made_item(run: Run, owner: Made, keys: Values, node: ast.AST, frame: Frame) -> Values:
    """`owner[key]` for a collection of another type, such as a `defaultdict` or a manager's list."""
    stored = run.store.get((owner, ITEMS))
    items = stored if isinstance(stored, Items) else Items()
    found = _dict_lookup(items, keys)
    if found or (items.values and owner.type != "collections.defaultdict"):
        return found or items.all()
    if owner.type == "builtins.memoryview" and any(
        isinstance(key, Made) and key.type == "builtins.slice" for key in keys
    ):
        return (owner,)
    if owner.type == "collections.defaultdict" and owner.arguments and owner.arguments.positional:
        made = calls.call(run, owner.arguments.positional[0], Arguments(), node, frame)
        set_item(run, (owner,), keys, made, Site(frame.module, node))
        return made
    return UNKNOWN


# --- writing -------------------------------------------------------------------------------------


def with_item(items: Items, key: Values, value: Values) -> Items:
    """A dict's items after `d[key] = value`."""
    if not items.exact or len(key) != 1 or not isinstance(key[0], Constant):
        blurred = items.blurred()
        return Items((join(blurred.all(), value),), (join(blurred.all_keys(), key),), exact=False)
    keys, values = list(items.keys), list(items.values)
    if key in keys:
        values[keys.index(key)] = value
    else:
        keys.append(key)
        values.append(value)
    return Items(tuple(values), tuple(keys))


def merged_dicts(items: Items, more: Items) -> Items:
    if not (items.exact and more.exact):
        values, keys = join(items.all(), more.all()), join(items.all_keys(), more.all_keys())
        return Items((values,) if values else (), (keys,) if keys else (), exact=False)
    for key, value in zip(more.keys, more.values, strict=False):
        items = with_item(items, key, value)
    return items


def appended(items: Items, more: Items) -> Items:
    if items.exact and more.exact and len(items.values) + len(more.values) <= MOST_ITEMS:
        return Items(items.values + more.values)
    found = join(items.all(), more.all())
    return Items((found,) if found else (), exact=False)


def set_item(run: Run, owners: Values, keys: Values, values: Values, site: Site) -> None:
    for owner in owners:
        match owner:
            case Container(kind="dict", owner=Instance() | Frame() as namespace):
                for key in keys:
                    if isinstance(key, Constant) and isinstance(key.value, str):
                        run.store.set(namespace, key.value, values)
                        run.assigned[namespace, key.value] = site
                run.store.set(owner, ITEMS, with_item(run.store.items(owner), keys, values))
            case Container(kind="dict"):
                run.store.set(owner, ITEMS, with_item(run.store.items(owner), keys, values))
            case Container():
                items = run.store.items(owner)
                index = keys[0] if len(keys) == 1 else None
                if items.exact and isinstance(index, Constant) and isinstance(index.value, int):
                    if -len(items.values) <= index.value < len(items.values):
                        changed = list(items.values)
                        changed[index.value] = values
                        run.store.set(owner, ITEMS, Items(tuple(changed)))
                        continue
                run.store.set(owner, ITEMS, appended(items.blurred(), Items((values,))))
            case Made() | Instance():
                stored = run.store.get((owner, ITEMS))
                items = stored if isinstance(stored, Items) else Items()
                run.store.set(owner, ITEMS, with_item(items, keys, values))
            case _:
                pass


def delete_item(run: Run, owners: Values, keys: Values) -> None:
    for owner in owners:
        if isinstance(owner, Made | Instance):
            take_out(run, owner, "pop", [keys])
        if not isinstance(owner, Container):
            continue
        key = keys[0] if len(keys) == 1 else None
        items = run.store.items(owner)
        if owner.owner is not None and isinstance(key, Constant):
            run.store.unset(owner.owner, str(key.value))
        if items.exact and (key,) in items.keys:
            index = items.keys.index((key,))
            kept = [pair for at, pair in enumerate(zip(items.keys, items.values, strict=True)) if at != index]
            run.store.set(owner, ITEMS, Items(tuple(v for _, v in kept), tuple(k for k, _ in kept)))
        elif items.exact and isinstance(key, Constant) and isinstance(key.value, int) and owner.kind == "list":
            kept_values = list(items.values)
            if -len(kept_values) <= key.value < len(kept_values):
                del kept_values[key.value]
            run.store.set(owner, ITEMS, Items(tuple(kept_values)))


def _without(items: Items, value: Values) -> Items:
    """The items of a list or set after one equal to `value` was taken out; each may be it where that is not known."""
    if items.exact and len(value) == 1 and value in items.values:
        index = items.values.index(value)
        return Items(items.values[:index] + items.values[index + 1 :])
    left = items.blurred()
    return Items(tuple(join(held, (Unbound(),)) for held in left.values), exact=False)


TAKING_OUT = {"pop", "popleft", "popitem", "remove", "discard", "clear"}


def take_out(run: Run, owner: Made | Instance, method: str, given: Sequence[Values]) -> None:
    """A collection of another type, such as a `deque` or a `defaultdict`, after a method that takes something out."""
    items = run.store.get((owner, ITEMS))
    if not isinstance(items, Items) or not items.values:
        return
    match method, given:
        case "clear", _:
            left = Items()
        case "pop", [(Constant(),) as key, *_] if items.exact and key in items.keys:
            at = items.keys.index(key)
            left = Items(items.values[:at] + items.values[at + 1 :], items.keys[:at] + items.keys[at + 1 :])
        case "pop" | "popitem", [] if items.exact:
            left = Items(items.values[:-1], items.keys[:-1])
        case "popleft", [] if items.exact:
            left = Items(items.values[1:])
        case _:
            left = Items(tuple(join(held, (Unbound(),)) for held in items.values), items.keys, items.exact)
    run.store.set(owner, ITEMS, left)


def held_by(run: Run, values: Values) -> Items:
    """What is in a container, with its keys where it is a dict."""
    if len(values) == 1:
        return run.store.items(values[0]) if isinstance(values[0], Container) else Items((UNKNOWN,), exact=False)
    each = [held_by(run, (value,)) for value in values]
    found, keys = join(*(items.all() for items in each)), join(*(items.all_keys() for items in each))
    return Items((found,) if found else (), (keys,) if keys else (), exact=False)


def extend(run: Run, owners: Values, added: Values) -> bool:
    """`owner += added` in place; False where an owner is not a known list, set or dict."""
    if not owners or not all(isinstance(owner, Container) and owner.kind != "tuple" for owner in owners):
        return False
    for owner in owners:
        assert isinstance(owner, Container)
        items = run.store.items(owner)
        for value in added:
            more = held_by(run, (value,))
            items = merged_dicts(items, more) if owner.kind == "dict" else appended(items, more)
        run.store.set(owner, ITEMS, items)
    return True


# --- methods -------------------------------------------------------------------------------------


def call_method(run: Run, method: ExternalMethod, arguments: Arguments, node: ast.AST, frame: Frame) -> Values | None:
    """A method of a built-in container; None where it is not one that matters."""
    owner = method.receiver
    if isinstance(owner, Made | Instance) and method.name in TAKING_OUT:
        take_out(run, owner, method.name, arguments.positional)
    if not isinstance(owner, Container):
        return None
    given = arguments.positional
    site = Site(frame.module, node)
    items = run.store.items(owner)
    match owner.kind, method.name:
        case "list" | "set", "append" | "add" | "appendleft" if given:
            run.store.set(owner, ITEMS, appended(items, Items((given[0],))))
            return NONE
        case "list", "insert" if len(given) > 1:
            run.store.set(owner, ITEMS, appended(items, Items((given[1],))).blurred())
            return NONE
        case "list" | "set", "extend" | "update" if given:
            for one in given:
                items = appended(items, items_of(run, one, node, frame))
            run.store.set(owner, ITEMS, items)
            return NONE
        case "list" | "set" | "dict", "clear":
            run.store.set(owner, ITEMS, Items())
            return NONE
        case "list" | "set", "remove" | "discard" if given:
            run.store.set(owner, ITEMS, _without(items, given[0]))
            return NONE
        case "list", "pop":
            index = given[0] if given else (Constant(-1),)
            found = get_item(run, owner, index)
            if items.exact and len(index) == 1 and isinstance(index[0], Constant):
                delete_item(run, (owner,), index)
            return found
        case "list" | "set" | "dict" as kind, "copy":
            return (make(run, kind, items, site),)
        case "dict", "keys" | "values" | "items" as view:
            return (Made(f"builtins.dict_{view}", site, owner),)
        case "dict", "viewkeys" | "viewvalues" | "viewitems" as view:  # Python 2
            return (Made(f"builtins.dict_view_{view[4:]}", site, owner),)
        case "dict", "iterkeys" | "itervalues" | "iteritems" as view:  # Python 2
            return (Made(f"builtins.dict_{view.removeprefix('iter').removesuffix('s')}iterator", site, owner),)
        case "dict", "get" | "setdefault" | "pop" as lookup if given:
            found = _dict_lookup(items, given[0])
            default = given[1] if len(given) > 1 else NONE
            if lookup == "setdefault" and not found:
                set_item(run, (owner,), given[0], default, site)
            if lookup == "pop":
                delete_item(run, (owner,), given[0])
            if found and items.exact and len(given[0]) == 1 and isinstance(given[0][0], Constant):
                return found
            return join(found, default) if found else default if items.exact else UNKNOWN
        case "dict", "update":
            for one in given:
                more = Items(exact=False)
                for value in one:
                    if isinstance(value, Container) and value.kind == "dict":
                        more = run.store.items(value)
                items = merged_dicts(items, more)
            for name, values in arguments.keywords.items():
                items = with_item(items, (Constant(name),), values)
            run.store.set(owner, ITEMS, items)
            if owner.owner is not None:
                for key, values in zip(items.keys, items.values, strict=False):
                    for one_key in key:
                        if isinstance(one_key, Constant) and isinstance(one_key.value, str):
                            run.store.set(owner.owner, one_key.value, values)
            return NONE
        case "list", "reverse" | "sort":
            run.store.set(owner, ITEMS, items.blurred())
            return NONE
    return None


def _dict_lookup(items: Items, key: Values) -> Values:
    if items.exact and len(key) == 1 and isinstance(key[0], Constant):
        if key in items.keys:
            return items.values[items.keys.index(key)]
        return () if all(len(known) == 1 and isinstance(known[0], Constant) for known in items.keys) else items.all()
    return items.all()


def construct(run: Run, kind: Kind, arguments: Arguments, node: ast.AST, frame: Frame) -> Container:
    """`list(x)`, `tuple(x)`, `set(x)`, `dict(x, a=1)`."""
    site = Site(frame.module, node)
    items = Items()
    for given in arguments.positional[:1]:
        if kind == "dict":
            items = _dict_items(run, given, node, frame)
        else:
            items = items_of(run, given, node, frame)
    for name, values in arguments.keywords.items():
        items = with_item(items, (Constant(name),), values)
    return make(run, kind, items, site)


def _dict_items(run: Run, given: Values, node: ast.AST, frame: Frame) -> Items:
    found = Items()
    for value in given:
        if isinstance(value, Container) and value.kind == "dict":
            found = merged_dicts(found, run.store.items(value))
            continue
        for pair in _items_of_one(run, value, node, frame).values:
            for one in pair:
                parts = run.store.items(one).values if isinstance(one, Container) else ()
                if len(parts) == 2:
                    found = with_item(found, parts[0], parts[1])
                else:
                    found = with_item(found, UNKNOWN, UNKNOWN)
    return found
