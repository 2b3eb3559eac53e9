"""Models of the builtins that make, wrap or reach into the program's own objects."""

from __future__ import annotations

from typing import get_args

from picklecheck.semantics.domain.facts import ITEMS, YIELDED, accessor
from picklecheck.semantics.domain.items import Items, bound, is_sure
from picklecheck.semantics.domain.values import (
    NONE,
    UNBOUND,
    UNKNOWN,
    Arguments,
    BoundMethod,
    Class,
    Constant,
    Container,
    Descriptor,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Frame,
    Function,
    Here,
    Instance,
    Kind,
    PendingImport,
    Suspended,
    Unknown,
    Value,
    Values,
    join,
    text_of,
)
from picklecheck.semantics.exits import Exit
from picklecheck.semantics.forms import comprehensions, texts
from picklecheck.semantics.forms.handlers import takes
from picklecheck.semantics.kinds import attributes, checks, classes, containers, version_info
from picklecheck.semantics.kinds.callables import returned
from picklecheck.semantics.kinds.container_methods import call_key, keyed
from picklecheck.semantics.kinds.following import havoc
from picklecheck.semantics.kinds.functions import gone_on, started
from picklecheck.semantics.kinds.instances import construct_instance
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import ANY_TYPE, Model, methods, models

# Texts that are longer are not read as numbers.
MOST_DIGITS = 20

# --- collections ---------------------------------------------------------------------------------


def collection(kind: Kind) -> Model:
    def made(run: Machine, arguments: Arguments, here: Here) -> Values:
        return (containers.construct(run, kind, arguments, here),)

    return made


for kind in get_args(Kind):
    models(f"builtins.{kind}")(collection(kind))


@models("builtins.sorted")
def _sorted(run: Machine, arguments: Arguments, here: Here) -> Values:
    made = containers.construct(run, "list", Arguments(arguments.positional[:1]), here)
    items = run.store.items(made)
    call_key(run, items, arguments, here)
    return (run.make("list", items if len(items.values) < 2 else items.blurred(), here.site),)


@models("builtins.list.append", "builtins.list.extend", "builtins.dict.update", "builtins.set.add")
def _unbound(run: Machine, arguments: Arguments, here: Here) -> Values | None:
    """`list.append(rows, row)`: what it does to the first argument is not followed."""
    for value in arguments.get(0, ""):
        havoc(run, value, None)
    return None


# Types of which `iter` gives the very object back, apart from those of `itertools`.
ITERATORS = {f"builtins.{name}" for name in ("generator", "map", "zip", "filter", "enumerate", "reversed")}


VIEWS = {"builtins.dict_keys": "key", "builtins.dict_values": "value", "builtins.dict_items": "item"}


@models("builtins.iter")
def _iter(run: Machine, arguments: Arguments, here: Here) -> Values:
    if len(arguments.positional) == 2:
        return (ExternalObject("builtins.callable_iterator", here.site, None, arguments),)
    found: list[Values] = []
    for value in arguments.get(0, "") or UNKNOWN:
        match value:
            case Suspended():
                found.append((value,))
            case ExternalObject(type=name) if name in VIEWS:
                found.append((ExternalObject(f"builtins.dict_{VIEWS[name]}iterator", here.site, None, arguments),))
            case ExternalObject(type=name):
                itself = (value,) if name.startswith("itertools.") or name in ITERATORS else UNKNOWN
                made = returned(run, f"{name}.__iter__", value, arguments, here)
                if not name.startswith("builtins."):
                    run.tell(f"{name}.__iter__", value, Arguments(), here, made)
                found.append(itself if made == UNKNOWN else made)
            case Container(kind=kind):
                iterator = {"list": "list_iterator", "tuple": "tuple_iterator", "dict": "dict_keyiterator"}.get(kind)
                found.append((ExternalObject(f"builtins.{iterator or 'set_iterator'}", here.site, None, arguments),))
            case Constant(value=str()):
                found.append((ExternalObject("builtins.str_iterator", here.site, None, arguments),))
            case Instance():
                found.append(run.call_method(value, "__iter__", [], here))
            case _:
                found.append(UNKNOWN)
    return join(*found)


@models("builtins.next")
def _next(run: Machine, arguments: Arguments, here: Here) -> Values:
    run.may_raise()
    default = arguments.positional[1] if len(arguments.positional) > 1 else ()
    return join(*(next_of(run, one, default, here) for one in arguments.get(0, "") or UNKNOWN))


def next_of(run: Machine, iterator: Value, default: Values, here: Here) -> Values:
    """What an iterator gives next, or the default where it may be at its end."""
    match iterator:
        case Instance():
            return join(run.call_method(iterator, "__next__", [], here), default)
        case Suspended(function=Function()):
            if not run.store.values(iterator, YIELDED):
                return started(run, iterator, here)
            if exits := gone_on(run, iterator, here, sent=NONE):
                return taken(run, exits, default, here)
            run.store.set(iterator, YIELDED, UNKNOWN)
    items = run.items_of((iterator,), here)
    if items.exact and not items.values and default:
        return default
    found = items.all() or UNKNOWN
    return join(found, default) if items.may_be_empty else found


def taken(run: Machine, exits: list[Exit], default: Values, here: Here) -> Values:
    """What `next` or `send` gives; where the generator has ended, the default, or `StopIteration` is raised."""
    stopped: Values = (ExternalObject("builtins.StopIteration", here.site),)
    ended = [one for one in exits if one.way == "returns"]
    given = [one.values for one in exits if one.way == "falls"] + [default for _ in ended if default]
    others = [one.going("falls") if default else Exit("raises", one.changes, stopped) for one in ended]
    run.take([*(one for one in exits if one.way != "returns"), *others])
    return join(*given)


@methods("builtins.generator", "close", "throw", "send")
def _resumed(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    """A generator goes on from where it stopped; where that is not known, what it may change is no longer sure."""
    match method.receiver:
        case Suspended(function=Function(node=node, module=module), bound=given) as generator:
            if method.name == "send" and (exits := gone_on(run, generator, here, arguments.get(0, "") or UNKNOWN)):
                return taken(run, exits, (), here)
            stop: Values = (ExternalObject("builtins.GeneratorExit", here.site),)
            if method.name == "close" and (exits := gone_on(run, generator, here, NONE, stop)):
                closed = [one.going("falls") for one in exits if one.way == "returns" or one.values == stop]
                run.take([*closed, *(one for one in exits if one.way == "raises" and one.values != stop)])
                return NONE
            for value in join(*given.values()) if given else ():
                havoc(run, value, module.changed_by(node), surely=True)
            run.store.set(generator, YIELDED, UNKNOWN)
    run.may_raise()
    return UNKNOWN


@models("builtins.min", "builtins.max")
def _extreme(run: Machine, arguments: Arguments, here: Here) -> Values:
    if len(arguments.positional) != 1:
        return join(*arguments.positional) if arguments.positional else UNKNOWN
    items, default = run.items_of(arguments.positional[0], here), arguments.keywords.get("default", ())
    call_key(run, items, arguments, here)
    if not items.values and items.exact:
        return default or UNKNOWN
    found = items.all() or UNKNOWN
    return join(found, default) if default and items.may_be_empty else found


@models("builtins.any")
def _any(run: Machine, arguments: Arguments, here: Here) -> Values:
    return decided(run, arguments, here, by=True)


@models("builtins.all")
def _all(run: Machine, arguments: Arguments, here: Here) -> Values:
    return decided(run, arguments, here, by=False)


def decided(run: Machine, arguments: Arguments, here: Here, by: bool) -> Values:
    """`any(values)`, `all(values)`: the first value that decides is the last that is asked for."""
    outcomes: list[bool | None] = []
    for value in arguments.get(0, "") or UNKNOWN:
        if isinstance(value, Suspended) and value.function is None:
            items = comprehensions.items_of(run, value, until=by)
        else:
            items = run.items_of((value,), here)
        truths = [run.truth(bound(one), here) if is_sure(one) else None for one in items.values]
        outcomes.append(by if by in truths else None if None in truths or not items.exact else not by)
    return (Constant(outcomes[0]),) if len(outcomes) == 1 and outcomes[0] is not None else UNKNOWN


@models("builtins.len")
def _len(run: Machine, arguments: Arguments, here: Here) -> Values | None:
    found: list[Values] = []
    for value in arguments.get(0, ""):
        match value:
            case Container() if (items := run.store.items(value)).exact:
                found.append((Constant(len(items.values)),))
            case Constant(value=str() | bytes() as text):
                found.append((Constant(len(text)),))
            case Instance(cls=cls) if run.find(cls, "__len__"):
                found.append(run.call_method(value, "__len__", [], here))
            case _:
                found.append((ExternalObject("builtins.int", here.site),))
    return join(*found) if found else None


@models("builtins.bool")
def _bool(run: Machine, arguments: Arguments, here: Here) -> Values | None:
    if not arguments.positional:
        return None
    truth = run.truth(arguments.positional[0], here)
    return (ExternalObject("builtins.bool", here.site),) if truth is None else (Constant(truth),)


def number(kind: type[int] | type[float]) -> Model:
    def made(run: Machine, arguments: Arguments, here: Here) -> Values | None:
        """The number that a short text spells; a text that spells none raises."""
        given = arguments.get(0, "")
        if kind is int and len(given) == 1 and (part := version_info.number_of(given[0], here.site)):
            return part
        text = text_of(given)
        if text is None or len(text) > MOST_DIGITS or len(arguments.positional) > 1 or arguments.keywords:
            return None
        try:
            return (Constant(kind(text)),)
        except ValueError:
            raise run.fail("ValueError", here) from None

    return made


models("builtins.int")(number(int))
models("builtins.float")(number(float))


@models("builtins.str", "builtins.repr")
def _text(run: Machine, arguments: Arguments, here: Here) -> Values | None:
    """`str(object)` runs the method of its class; a short literal comes out as it is written."""
    for value in arguments.get(0, ""):
        match value:
            case Constant(value=str() as text) if len(arguments.positional[0]) == 1:
                return (Constant(text),)
            case Instance(cls=cls) if name := next((one for one in ("__str__", "__repr__") if run.find(cls, one)), ""):
                run.call_method(value, name, [], here)
    return None


@models("dict.fromkeys", "builtins.dict.fromkeys")
def _from_keys(run: Machine, arguments: Arguments, here: Here) -> Values:
    keys = run.items_of(arguments.get(0, "") or UNKNOWN, here)
    return (run.make("dict", keyed(keys, arguments.get(1, "value") or NONE), here.site),)


# --- attributes by name --------------------------------------------------------------------------


@models("builtins.getattr")
def _getattr(run: Machine, arguments: Arguments, here: Here) -> Values:
    name = text_of(arguments.get(1, ""))
    if name is None:
        return join(*(attributes.of_some_name(run, owner) for owner in arguments.get(0, "") or UNKNOWN))
    if not arguments.positional:
        return UNKNOWN
    if len(arguments.positional) < 3:
        return run.attribute(arguments.positional[0], name, here)
    found = []
    for owner in arguments.positional[0]:
        if isinstance(owner, Function) and attributes.never_set(run, owner, name):
            found.append(arguments.positional[2])
            continue
        values = attribute_or_none(run, owner, name, here)
        found.append(values if is_sure(values) else join(bound(values), arguments.positional[2]))
    return join(*found)


def attribute_or_none(run: Machine, owner: Value, name: str, here: Here) -> Values:
    """An attribute as `getattr` asks for it, with `Unbound` where there may be none: `__getattr__` may say so."""
    got: list[Values] = []
    exits = run.exits_of(lambda: got.append(run.attribute_of(owner, name, here)))
    missing = [one for one in exits if one.way == "raises" and takes(run, MISSING, one.values) is not False]
    run.take([*(one for one in exits if one not in missing), *(one.going("falls") for one in missing)])
    values = join(*got) if got else UNBOUND
    return join(values, UNBOUND) if missing or not values or attributes.may_lack(run, owner, name) else values


MISSING: Values = (ExternalName("builtins.AttributeError"),)


@models("builtins.setattr")
def _setattr(run: Machine, arguments: Arguments, here: Here) -> Values:
    if len(arguments.positional) < 3:
        return NONE
    owners, names, values = arguments.positional[:3]
    name = text_of(names)
    if name is not None:
        run.set_attribute(owners, name, values, here)
        return NONE
    attributes.open_up(run, owners)
    for owner in owners:
        for known in run.store.names(owner) if isinstance(owner, Instance) else ():
            run.store.set(owner, known, join(run.store.values(owner, known), values))
    return NONE


@models("builtins.exec")
def _exec(run: Machine, arguments: Arguments, here: Here) -> Values:
    """The text is not read: it may give any item to its namespaces, and any attribute to what the block names."""
    for namespace in (*arguments.get(1, "globals"), *arguments.get(2, "locals")):
        havoc(run, namespace, None)
    attributes.open_up(run, join(NONE, *run.store.names(here.frame).values()))
    return NONE


@models("builtins.object.__setattr__")
def _object_setattr(run: Machine, arguments: Arguments, here: Here) -> Values:
    name = text_of(arguments.get(1, ""))
    if len(arguments.positional) < 3:
        return NONE
    owners = arguments.positional[0]
    for owner in owners:
        if name is None:
            attributes.open_up(run, (owner,))
        elif not (
            isinstance(owner, Instance)
            and attributes.set_by_descriptor(run, owner, name, arguments.positional[2], here)
        ):
            attributes.put(run, owner, name, arguments.positional[2], here, surely=len(owners) == 1)
    return NONE


@models("builtins.delattr")
def _delattr(run: Machine, arguments: Arguments, here: Here) -> Values:
    name = text_of(arguments.get(1, ""))
    if name is not None:
        run.delete_attribute(arguments.positional[0], name, here)
    else:
        for owner in arguments.get(0, ""):
            havoc(run, owner, None)
    return NONE


@models("builtins.object.__delattr__")
def _object_delattr(run: Machine, arguments: Arguments, here: Here) -> Values:
    name = text_of(arguments.get(1, ""))
    owners = arguments.get(0, "")
    for owner in owners:
        if name is not None:
            attributes.remove(run, owner, name, surely=len(owners) == 1)
    return NONE


@models("builtins.object.__getattribute__")
def _object_getattribute(run: Machine, arguments: Arguments, here: Here) -> Values:
    name = text_of(arguments.get(1, ""))
    if name is None:
        return UNKNOWN
    owners = arguments.get(0, "")
    found = [
        attributes.looked_up(run, owner, name, here, falls_back=False) if isinstance(owner, Instance) else UNKNOWN
        for owner in owners
    ]
    # `__getattr__` is only asked for what this lookup has not found.
    lacks = bool(owners) and all((owner, name) in run.control.lacking for owner in owners)
    if lacks or (run.mode.strict and found and not any(found)):
        raise run.fail("AttributeError", here)
    return join(*found) or UNKNOWN if found else UNKNOWN


@models("builtins.hasattr")
def _hasattr(run: Machine, arguments: Arguments, here: Here) -> Values:
    name = text_of(arguments.get(1, ""))
    owners = arguments.get(0, "")
    if name is None or len(owners) != 1:
        return UNKNOWN
    match owners[0]:
        case Constant(value=literal):
            return (Constant(hasattr(literal, name)),)
        case Container(kind=kind):
            return (Constant(hasattr({"list": [], "tuple": (), "dict": {}, "set": set()}[kind], name)),)
        case ExternalObject(type=type_name) if run.world.returned(f"{type_name}.{name}") is not None:
            return (Constant(True),)
        case ExternalObject(type=type_name) if not run.store.values(owners[0], name):
            known = run.world.has_attribute(type_name, name)
            return UNKNOWN if known is None else (Constant(known),)
        case ExternalName(name=module, is_module=True):
            known = run.world.module_has(f"{module}.{name}", run.versions)
            return UNKNOWN if known is None else (Constant(known),)
        case Function() | BoundMethod() if hasattr(_hasattr, name):
            return (Constant(True),)
        case Instance() as owner:
            pass
        case owner if attributes.is_bunch(owner):
            pass
        case _:
            return UNKNOWN
    values = attribute_or_none(run, owner, name, here)
    if any(isinstance(value, Unknown) for value in values) or (bound(values) and not is_sure(values)):
        return UNKNOWN
    return (Constant(is_sure(values)),)


@models("builtins.vars", "builtins.locals")
def _locals(run: Machine, arguments: Arguments, here: Here) -> Values:
    if arguments.positional:
        return join(*(run.attribute_of(one, "__dict__", here) for one in arguments.positional[0])) or UNKNOWN
    return variables(run, here.frame, None, here)


@models("builtins.globals")
def _globals(run: Machine, arguments: Arguments, here: Here) -> Values:
    namespace = run.namespace(here.frame.module)
    return variables(run, namespace, namespace, here)


def variables(run: Machine, frame: Frame, owner: Frame | None, here: Here) -> Values:
    """The variables of a frame as a dict; writes to it reach `owner`, if there is one."""
    names = run.store.names(frame)
    values = tuple(
        join(*(run.resolve(one, here.frame) if isinstance(one, PendingImport) else (one,) for one in held))
        for held in names.values()
    )
    keys: tuple[Values, ...] = tuple((Constant(name),) for name in names)
    made = Container("dict", here.site, owner)
    run.store.set(made, ITEMS, Items(values, keys, exact=all(map(is_sure, values))))
    return (made,)


# --- checks --------------------------------------------------------------------------------------


def agreed(outcomes: set[bool | None]) -> Values:
    """What a check gives: the answer, where it is known for all alternatives and the same."""
    return (Constant(outcomes.pop()),) if len(outcomes) == 1 and None not in outcomes else UNKNOWN


@models("builtins.isinstance")
def _isinstance(run: Machine, arguments: Arguments, here: Here) -> Values:
    if len(arguments.positional) < 2:
        return UNKNOWN
    kinds = run.flat(arguments.positional[1])
    outcomes = {checks.is_instance_of_any(run, value, kinds) for value in arguments.positional[0]}
    return agreed(outcomes)


@models("builtins.issubclass")
def _issubclass(run: Machine, arguments: Arguments, here: Here) -> Values:
    if len(arguments.positional) < 2:
        return UNKNOWN
    kinds = run.flat(arguments.positional[1])
    outcomes = {checks.is_subclass_of_any(value, kinds) for value in arguments.positional[0]}
    return agreed(outcomes)


@models("builtins.callable")
def _callable(run: Machine, arguments: Arguments, here: Here) -> Values:
    outcomes = {checks.is_callable(run, value) for value in arguments.get(0, "")}
    return agreed(outcomes)


# --- classes and functions -----------------------------------------------------------------------


@models("builtins.type")
def _type(run: Machine, arguments: Arguments, here: Here) -> Values:
    if len(arguments.positional) == 1:
        return join(*(classes.type_of(value) for value in arguments.positional[0]))
    return classes.from_type(run, arguments, here) if len(arguments.positional) == 3 else UNKNOWN


def descriptor(kind: str) -> Model:
    def made(run: Machine, arguments: Arguments, here: Here) -> Values:
        found = Descriptor(kind, arguments.get(0, "fget") or UNKNOWN, here.site)  # type: ignore[arg-type]
        for accessing, at, name in (("setter", 1, "fset"), ("deleter", 2, "fdel")):
            if kind == "property" and (function := arguments.get(at, name)) and function != NONE:
                run.store.set(found, accessor(accessing, ""), function)
        return (found,)

    return made


for name, kind in {
    "builtins.property": "property",
    "builtins.staticmethod": "staticmethod",
    "builtins.classmethod": "classmethod",
    "functools.cached_property": "cached_property",
    "abc.abstractproperty": "property",
}.items():
    models(name)(descriptor(kind))


@methods("builtins.property", "setter", "deleter", "getter")
def _accessor(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    """`@name.setter`: the property, which keeps the function."""
    run.store.set(method.receiver, accessor(method.name, ""), arguments.get(0, "fset") or UNKNOWN)
    return (method.receiver,)


@models("builtins.method")
def _method(run: Machine, arguments: Arguments, here: Here) -> Values:
    """`types.MethodType(function, object)`."""
    found = list[Values]()
    for function in arguments.get(0, ""):
        if not isinstance(function, Function):
            return UNKNOWN
        found.append(tuple(BoundMethod(function, one, here.site, name=function.name) for one in arguments.get(1, "")))
    return join(*found) if found else UNKNOWN


@models("builtins.super")
def _super(run: Machine, arguments: Arguments, here: Here) -> Values:
    return UNKNOWN


# Types whose `__new__` makes a plain object of the class that it is given.
MAKERS = {
    *("builtins.object", "builtins.int", "builtins.float", "builtins.complex", "builtins.str", "builtins.bytes"),
    *("builtins.tuple", "builtins.list", "builtins.dict", "builtins.set", "builtins.frozenset"),
}


@models(*(f"{base}.__new__" for base in MAKERS))
def _object_new(run: Machine, arguments: Arguments, here: Here) -> Values | None:
    for value in arguments.get(0, "cls"):
        if isinstance(value, Class):
            return (Instance(value, here.site),)
    return UNKNOWN


# --- methods of `object`, `type` and `str` -------------------------------------------------------


def _new(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    return _object_new(run, arguments, here)


for base in MAKERS:
    methods(base, "__new__")(_new)


@methods("builtins.object", "__reduce_ex__", "__reduce__", "__getstate__")
def _reduce(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values:
    """`object.__getstate__` gives the attributes, or None where there are none (3.11)."""
    if method.name == "__getstate__" and isinstance(method.receiver, Instance):
        cls, receiver = method.receiver.cls, method.receiver
        if not cls.slots and run.store.names(receiver):
            items = run.store.items(containers.namespace_of(run, receiver, here.site))
            return (run.make("dict", items, here.site),)
    return UNKNOWN


@methods("builtins.object", "__getattribute__")
def _getattribute(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    return _object_getattribute(run, arguments.with_receiver(method.receiver), here)


@methods("builtins.object", "__delattr__")
def _delete(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    return _object_delattr(run, arguments.with_receiver(method.receiver), here)


@methods(ANY_TYPE, "__setattr__")
def _set(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    if not isinstance(method.receiver, Instance):
        return None
    return _object_setattr(run, arguments.with_receiver(method.receiver), here)


@methods("builtins.object", "__call__")
@methods("builtins.type", "__call__")
def _type_call(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """`super().__call__(…)` in a metaclass makes an object of the class."""
    return construct_instance(run, method.receiver, arguments, here) if isinstance(method.receiver, Class) else None


def _text_method(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    match method.receiver:
        case Constant(value=str(text)):
            computed = texts.call_text(run, text, method.name, arguments, here.site)
            if computed is not None:
                return computed
    return (ExternalObject("builtins.str", here.site),) if method.name in TEXT_RESULTS else None


TEXT_RESULTS = {"format", "join", "upper", "lower", "strip", "replace"}
methods("builtins.str", *texts.TEXT_METHODS, *TEXT_RESULTS)(_text_method)
