"""Attributes: what `value.name` is, by the rules of Python's data model, and what setting or deleting one does."""

from __future__ import annotations

import ast
import builtins

from picklecheck.semantics.domain.facts import OPEN, REPLACED, accessor
from picklecheck.semantics.domain.items import Items, is_sure, unsure
from picklecheck.semantics.domain.mro import METACLASS, OBJECT, is_plain, outside_base, resolution_order, tuple_fields
from picklecheck.semantics.domain.values import (
    NONE,
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
    Function,
    Here,
    Instance,
    Partial,
    ProjectModule,
    Super,
    Suspended,
    Unbound,
    Unknown,
    Value,
    Values,
    Wrapper,
    join,
    text_of,
)
from picklecheck.semantics.kinds import builtin_types, version_info
from picklecheck.semantics.kinds.containers import namespace_of
from picklecheck.semantics.kinds.declared import declared
from picklecheck.semantics.kinds.following import havoc
from picklecheck.semantics.machine import Machine

# Methods of a named tuple, beside those of a tuple.
ROW_METHODS = ("_replace", "_asdict")
NAMED_TUPLE = "collections.namedtuple"


def get(run: Machine, owners: Values, name: str, here: Here) -> Values:
    """`owner.name` for each alternative of the owner. Raises `Abrupt` where the attribute is surely missing."""
    if owners == NONE and run.mode.strict and not hasattr(None, name):
        raise run.fail("AttributeError", here)
    if len(owners) == 1:
        values = of_value(run, owners[0], name, here)
    else:
        found = run.branches([lambda one=one: of_value(run, one, name, here) for one in owners]) if owners else []  # type: ignore[misc]
        values = join(*found) if found else UNKNOWN
    if values:
        if any(isinstance(owner, Unknown) for owner in owners):
            run.may_raise()
        return values
    run.may_raise()
    if run.mode.strict or all(isinstance(owner, Function) for owner in owners):
        raise run.fail("AttributeError", here)
    return UNKNOWN


def of_value(run: Machine, owner: Value, name: str, here: Here) -> Values:
    """The attribute of one value; empty where it surely has none."""
    match owner:
        case Instance():
            return of_instance(run, owner, name, here)
        case Class():
            return of_class(run, owner, name, here)
        case ProjectModule(module=module):
            return run.of_module(module, name)
        case ExternalName():
            return of_external(run, owner, name, here)
        case Super(cls=cls, receiver=receiver):
            return of_super(run, cls, receiver, name, here)
        case ExternalObject():
            return of_made(run, owner, name, here)
        case Function():
            return of_function(run, owner, name, here)
        case BoundMethod(function=function, receiver=receiver):
            if name == "__self__":
                return (receiver,)
            return (function,) if name == "__func__" else of_function(run, function, name, here)
        case Partial(function=function):
            own = run.store.values(owner, name)
            return own or (function if name == "func" else (ExternalMethod("functools.partial", name, owner),))
        case Wrapper():
            own = run.store.values(owner, name)
            return own or (owner.function if name == "__wrapped__" else (ExternalMethod(WRAPPED, name, owner),))
        case Constant(value=None) if not hasattr(None, name):
            return ()
        case Container() | Constant() if builtin_types.lacks(run, owner, name):
            return ()
        case Container(kind=kind):
            return (ExternalMethod(f"builtins.{kind}", name, owner),)
        case Constant(value=value):
            return (ExternalMethod(f"builtins.{type(value).__name__}", name, owner),)
        case Suspended():
            return (ExternalMethod("builtins.generator", name, owner),)
        case Descriptor(kind="property"):
            return (ExternalMethod("builtins.property", name, owner),)
        case ExternalMethod(type="pytest_mock.MockerFixture", receiver=mocker):
            return (ExternalMethod(owner.dotted, name, mocker),)
    return UNKNOWN


# The type of what `lru_cache` and `singledispatch` make, as knowledge names it.
WRAPPED = "functools.wrapper"


# --- objects of the project ----------------------------------------------------------------------


def of_instance(run: Machine, owner: Instance, name: str, here: Here) -> Values:
    """`owner.name`: by its class's own `__getattribute__`, if that has one."""
    getter = run.find(owner.cls, "__getattribute__")
    if not getter or (owner, name) in run.control.getting:
        return looked_up(run, owner, name, here)
    run.control.getting.append((owner, name))
    try:
        return run.call(run.bound(getter, owner, owner.cls, here), Arguments([(Constant(name),)]), here)
    finally:
        run.control.getting.pop()


def looked_up(run: Machine, owner: Instance, name: str, here: Here, falls_back: bool = True) -> Values:
    """`object.__getattribute__`: data descriptors of the class, then the object, then the class, then `__getattr__`."""
    in_class = run.find(owner.cls, name)
    if any(is_data_descriptor(run, value) for value in in_class):
        return run.bound(in_class, owner, owner.cls, here)
    if name == "__class__":
        return (owner.cls,)
    if name == "__dict__":
        return (namespace_of(run, owner, here.site),)
    own = run.store.values(owner, name)
    if is_sure(own):
        return own
    own = tuple(value for value in own if not isinstance(value, Unbound))
    is_open = bool(run.store.values(owner, OPEN))
    if in_class and not (is_open and in_class == NONE):
        inherited = run.bound(in_class, owner, owner.cls, here)
        return join(own, inherited)
    if said := declared(run, owner.cls, name):
        return join(own, said, in_class)
    if in_class:
        return join(own, in_class)
    outside = outside_base(owner.cls)
    if outside is None and (inherited := of_object(run, owner.cls, name, owner)):
        return join(own, inherited)
    # `object.__getattribute__(self, name)`, called as that, asks no `__getattr__`.
    fallback = run.find(owner.cls, "__getattr__") if falls_back else ()
    of_outside = None if outside is None else base_has(run, outside, name)
    if fallback and of_outside is not True:
        ways = [lambda: own] if own else []
        if outside is not None and of_outside is None:
            ways.append(lambda: of_base(run, outside, name, owner, here))
        if is_open:
            ways.append(lambda: UNKNOWN)
        return join(*run.branches([*ways, lambda: by_getattr(run, owner, fallback, name, here)]))
    if outside is not None:
        return join(own, of_base(run, outside, name, owner, here))
    if own:
        return own
    if name in ROW_METHODS and tuple_fields(owner.cls) is not None:
        return (ExternalMethod(NAMED_TUPLE, name, owner),)
    return UNKNOWN if is_open else ()


def base_has(run: Machine, base: Value, name: str) -> bool | None:
    """Whether a base class outside the project has an attribute, which comes before `__getattr__`; None if unknown."""
    return run.world.has_attribute(base.name, name) if isinstance(base, ExternalName) else None


def by_getattr(run: Machine, owner: Instance, fallback: Values, name: str, here: Here) -> Values:
    """`__getattr__`, which is called for what is not there."""
    if (owner, name) in run.control.getting:
        raise run.fail("RecursionError", here)
    run.control.getting.append((owner, name))
    run.control.lacking.append((owner, name))
    try:
        return run.call(run.bound(fallback, owner, owner.cls, here), Arguments([(Constant(name),)]), here)
    finally:
        run.control.getting.pop()
        run.control.lacking.pop()


def may_lack(run: Machine, owner: Value, name: str) -> bool:
    """Whether an object has got an attribute of its own on some ways only, and its class has none for the others."""
    unsure_ = any(isinstance(value, Unbound) for value in run.store.values(holder(owner), name))
    return unsure_ and not (isinstance(owner, Instance) and run.find(owner.cls, name))


def is_data_descriptor(run: Machine, value: Value) -> bool:
    """Whether a class attribute comes before what an object itself has under its name."""
    match value:
        case Descriptor(kind="property"):
            return True
        case Instance(cls=cls):
            return bool(run.find(cls, "__get__") and run.find(cls, "__set__"))
    return False


def of_base(run: Machine, base: Value, name: str, receiver: Value, here: Here) -> Values:
    """An attribute that only a base class outside the project can have."""
    if not isinstance(base, ExternalName):
        return UNKNOWN
    dotted = f"{base.name}.{name}"
    type_name = run.world.attribute(dotted)
    if type_name is not None:
        return (run.known_once(dotted, type_name, here.site),)
    return (ExternalMethod(base.name, name, receiver),)


def bound(run: Machine, values: Values, receiver: Value, cls: Class, here: Here) -> Values:
    """What a class attribute becomes when it is read through `receiver` (an instance, or the class itself)."""
    found = [bound_value(run, value, receiver, cls, here) for value in values]
    return join(*found) if found else ()


def bound_value(run: Machine, value: Value, receiver: Value, cls: Class, here: Here) -> Values:
    site, node = here.site, here.node
    through_class = isinstance(receiver, Class)
    match value:
        case Function() if not through_class:
            name = node.attr if isinstance(node, ast.Attribute) else value.name
            return (BoundMethod(value, receiver, site, name=name),)
        case Instance(cls=descriptor) if run.find(descriptor, "__get__"):
            given: Values = NONE if through_class else (receiver,)
            return run.call_method(value, "__get__", [given, (cls,)], here)
        case Descriptor(kind="staticmethod", function=function):
            return function
        case Descriptor(kind="classmethod", function=function):
            owner = receiver if through_class else cls
            return tuple(BoundMethod(one, owner, site) if isinstance(one, Function) else Unknown() for one in function)
        case Descriptor(kind="property" | "cached_property" as kind, function=function) if not through_class:
            values = run.call(function, Arguments([(receiver,)]), here)
            if kind == "cached_property" and isinstance(node, ast.Attribute):
                run.store.set(receiver, node.attr, values)
                run.origins.assigned[receiver, node.attr] = site
            return values
        case Descriptor(kind="partialmethod", function=function, arguments=Arguments() as held) if not through_class:
            return (Partial(function, held.with_receiver(receiver), site),)
        case Wrapper(kind="cached" | "generic", function=function) if not through_class:
            return run.bound(function, receiver, cls, here)
        case Wrapper(kind="contextmanager" | "managed" as made, function=function) if not through_class:
            return (Wrapper(made, run.bound(function, receiver, cls, here), site, value.receiver),)
    return (value,)


# In place of the name of an attribute that the program computes.
SOME_NAME = "[computed]"


def of_some_name(run: Machine, owner: Value) -> Values:
    """`getattr(owner, name)` by a name that is not known: anything, or a method, where an object has little else."""
    if not isinstance(owner, Instance) or run.find(owner.cls, "__getattr__"):
        return UNKNOWN
    classes = [one for one in resolution_order(owner.cls) if isinstance(one, Class)]
    held = [value for one in (owner, *classes) for values in run.store.names(one).values() for value in values]
    methods = any(isinstance(value, Function) for value in held)
    others = any(isinstance(value, Descriptor | Partial | Wrapper | ExternalName) for value in held)
    if not methods or others or any(isinstance(value, Function) for value in _own(run, owner)):
        return UNKNOWN
    return (ExternalMethod(OBJECT.name, SOME_NAME, owner), *UNKNOWN)


def _own(run: Machine, owner: Instance) -> Values:
    return tuple(value for values in run.store.names(owner).values() for value in values)


# --- classes -------------------------------------------------------------------------------------


def of_class(run: Machine, cls: Class, name: str, here: Here) -> Values:
    match name:
        case "__name__" | "__qualname__":
            set_by_hand = run.store.values(cls, name)
            return set_by_hand or (Constant(cls.name if name == "__name__" else cls.qualname),)
        case "__module__":
            return run.store.values(cls, name) or (Constant(cls.module.name),)
        case "__dict__":
            names = run.store.names(cls)
            items = Items(tuple(names.values()), tuple((Constant(one),) for one in names))
            return (run.make("dict", items, here.site),)
        case "__bases__":
            return (run.tuple_of([(base,) for base in cls.bases], here.site),) if cls.bases else UNKNOWN
    values = run.find(cls, name)
    if values:
        return run.bound(values, cls, cls, here)
    meta = cls.metaclass if name not in _OF_OBJECT else None  # what `object` has, each class has before its metaclass
    if meta is not None and (of_metaclass := run.find(meta, name)):
        return tuple(BoundMethod(one, cls, here.site) if isinstance(one, Function) else one for one in of_metaclass)
    outside = outside_base(cls)
    if isinstance(outside, ExternalName):
        return (ExternalName(f"{outside.name}.{name}"),)
    if outside is not None or METACLASS in resolution_order(cls) or name in _OF_TYPE:
        return UNKNOWN
    return of_object(run, cls, name)


# What any object has, and what any class also has, without a line of the program.
_OF_OBJECT = frozenset(dir(object))
_OF_TYPE = frozenset(dir(type)) - _OF_OBJECT


def of_object(run: Machine, cls: Class, name: str, receiver: Instance | None = None) -> Values:
    """What a class, or an instance of it, inherits from `object`; empty where that has no such attribute."""
    if name == "__getstate__" and any(version < (3, 11) for version in run.versions):
        return UNKNOWN if any(version >= (3, 11) for version in run.versions) else ()
    match name:
        case "__module__":
            return run.store.values(cls, name) or (Constant(cls.module.name),)
        case "__class__":
            return (ExternalName("builtins.type"),)
        case "__doc__" | "__weakref__" | "__annotations__":
            return UNKNOWN
    if name not in _OF_OBJECT:
        return ()
    if receiver is None:
        return (ExternalName(f"{OBJECT.name}.{name}"),)
    return (ExternalMethod(OBJECT.name, name, receiver),)


def of_super(run: Machine, cls: Class, receiver: Value, name: str, here: Here) -> Values:
    """The next definition after `cls` in the receiver's resolution order; bases that only describe are passed over."""
    start = receiver.cls if isinstance(receiver, Instance) else receiver if isinstance(receiver, Class) else cls
    if isinstance(start, Class) and start.metaclass is not None and cls not in resolution_order(start):
        start = start.metaclass
    order = resolution_order(start)
    after = order[order.index(cls) + 1 :] if cls in order else order
    for base in after:
        if isinstance(base, Class):
            if values := run.store.values(base, name):
                return super_bound(run.bound(values, receiver, start, here), here)
        elif not is_plain(base) and has_own(base, name):
            return of_base(run, base, name, receiver, here)
    return (ExternalMethod("builtins.object", name, receiver),)


def super_bound(values: Values, here: Here) -> Values:
    """Methods as `super()` gives them."""
    return tuple(
        BoundMethod(one.function, one.receiver, here.site, through_super=True) if isinstance(one, BoundMethod) else one
        for one in values
    )


def has_own(base: Value, name: str) -> bool:
    """Whether a class outside the project may have an attribute that `object` has not; builtin ones are known."""
    if not isinstance(base, ExternalName) or not base.name.startswith("builtins."):
        return True
    known = getattr(builtins, base.name.removeprefix("builtins."), None)
    return not isinstance(known, type) or getattr(known, name, None) is not getattr(object, name, None)


# --- the outside ---------------------------------------------------------------------------------


def of_external(run: Machine, owner: ExternalName, name: str, here: Here) -> Values:
    """A variable of a module outside the project, or an attribute of a class there."""
    if owner == version_info.WHOLE and name in version_info.FIELDS:
        return version_info.part(version_info.FIELDS.index(name), here.site)
    dotted = run.world.canonical(f"{owner.name}.{name}")
    if own := replaced(run, dotted):
        return own
    type_name = run.world.attribute(dotted)
    module = here.frame.module
    if type_name is not None:
        return (run.known_once(dotted, type_name, Here(here.frame, module.tree).site),)
    if owner.is_module and (found := run.program.find(dotted, module)) is not None:
        return (ProjectModule(found),)
    return (ExternalName(dotted, is_module=owner.is_module and dotted in SUBMODULES),)


def replaced(run: Machine, dotted: str) -> Values:
    """What the program put in the place of a name outside the project; empty where it did not."""
    return run.store.values(ExternalName(dotted), REPLACED) if run.control.replaces else ()


# Modules of the standard library that programs use as attributes of their package.
SUBMODULES = {
    *("os.path", "concurrent.futures", "concurrent.futures.process", "concurrent.futures.thread"),
    *(f"multiprocessing.{name}" for name in ("pool", "dummy", "managers", "context", "queues", "connection")),
    *("multiprocessing.shared_memory", "logging.handlers", "urllib.request", "urllib.parse"),
    *("xml.etree", "xml.etree.ElementTree", "http.client", "importlib.util"),
}

# Types of another library whose objects have the attributes that the program gives them, and no others.
BUNCHES = frozenset({"types.SimpleNamespace", "argparse.Namespace"})


def is_bunch(value: Value) -> bool:
    """Whether the program made such an object itself, and from names that are known."""
    match value:
        case ExternalObject(type=name, receiver=None, arguments=Arguments(open=False)):
            return name in BUNCHES
    return False


def of_made(run: Machine, owner: ExternalObject, name: str, here: Here) -> Values:
    own = run.store.values(owner, name)
    if own:
        return tuple(value for value in own if not isinstance(value, Unbound))
    if owner.type == "builtins.module":
        return UNKNOWN
    if builtin_types.lacks(run, owner, name):
        return ()
    if owner.type in BUNCHES:
        return () if is_bunch(owner) and not name.startswith("__") else UNKNOWN
    if version_info.is_whole(owner) and name in version_info.FIELDS:
        return version_info.part(version_info.FIELDS.index(name), here.site)
    dotted = f"{owner.type}.{name}"
    if own := replaced(run, dotted):
        return own
    if dotted == "multiprocessing.process.BaseProcess.name" and run.process_name:
        run.asked_process = True
        return (Constant(run.process_name),)  # the child, which has a name before it imports the main module
    type_name = run.world.attribute(dotted)
    if type_name is not None:
        made = ExternalObject(type_name, here.site, owner)
        run.store.set(owner, name, (made,))
        return (made,)
    return (ExternalMethod(owner.type, name, owner),)


def of_function(run: Machine, function: Function, name: str, here: Here) -> Values:
    own = run.store.values(function, name)
    if own:
        return own
    match name:
        case "__name__":
            return (Constant(function.name),)
        case "__qualname__":
            return (Constant(function.qualname),)
        case "__module__":
            return (Constant(function.module.name),)
        case "__dict__":
            run.store.set(function, OPEN, UNKNOWN)
            return (run.make("dict", Items(), here.site),)
    set_somewhere = name in function.module.set_later or name in here.frame.module.set_later
    return () if never_set(run, function, name) and not set_somewhere else UNKNOWN


def never_set(run: Machine, function: Function, name: str) -> bool:
    """Whether a function has no such attribute: Python gives it none, and none is seen to be set."""
    own = run.store.values(function, name) or run.store.values(function, OPEN)
    return not (own or hasattr(never_set, name) or name.startswith("func_"))  # `func_name`: in Python 2


# --- setting and deleting ------------------------------------------------------------------------


def holder(owner: Value) -> object:
    """Who keeps the attributes of a value in the store."""
    match owner:
        case ProjectModule(module=module):
            return module
        case BoundMethod(function=function):
            return function
    return owner


def assign(run: Machine, owners: Values, name: str, values: Values, here: Here) -> None:
    """`owner.name = values`: by the `__setattr__` or the data descriptor of its class, if it has one."""
    for owner in owners:
        if not (isinstance(owner, Instance) and set_by_class(run, owner, name, values, here)):
            put(run, owner, name, values, here, surely=len(owners) == 1)


def put(run: Machine, owner: Value, name: str, values: Values, here: Here, surely: bool = True) -> None:
    """`object.__setattr__(owner, name, values)`; not `surely` where another object may be the one that is meant."""
    if isinstance(owner, Unknown | Unbound | Constant):
        return
    if isinstance(owner, ProjectModule):
        run.demand(owner.module, name)  # importing it comes first
    if isinstance(owner, ExternalObject) and not run.world.takes_attribute(owner.type, name):
        return
    if isinstance(owner, ExternalName):
        dotted = run.world.canonical(f"{owner.name}.{name}")
        run.control.replaces = True
        kept = values if surely else join(replaced(run, dotted) or (ExternalName(dotted),), values)
        run.store.set(ExternalName(dotted), REPLACED, kept)
        return
    if name == "__class__" and isinstance(owner, Instance):
        havoc(run, owner, None, surely=True)  # its methods and state hooks are those of another class from now on
        return
    if name == "__dict__" and isinstance(owner, Instance):
        put_all(run, owner, values, here, surely)
        return
    keeper: object = run.namespace(owner.module) if isinstance(owner, ProjectModule) else holder(owner)
    before = run.store.values(keeper, name)
    run.store.set(keeper, name, values if surely else join(before or unsure(values), values))
    run.origins.assigned[keeper, name] = here.site


def put_all(run: Machine, owner: Instance, values: Values, here: Here, surely: bool) -> None:
    """`owner.__dict__ = values`: the keys of that dict are then its attributes, where they are known, and no others."""
    names = run.store.names(owner)
    match values:
        case (Container(kind="dict") as given,) if surely and None not in map(text_of, run.store.items(given).keys):
            items = run.store.items(given)
        case _:
            open_up(run, (owner,))
            for name, held in names.items():
                run.store.set(owner, name, unsure(join(held, UNKNOWN)))
            return
    for name in names:
        run.store.unset(owner, name)
    for key, held in zip(items.keys, items.values, strict=True):
        put(run, owner, text_of(key) or "", held, here)


def open_up(run: Machine, owners: Values) -> None:
    """Something may have given any attribute to these."""
    for owner in owners:
        if isinstance(owner, Instance):
            run.store.set(owner, OPEN, UNKNOWN)


def set_by_class(run: Machine, owner: Instance, name: str, values: Values, here: Here) -> bool:
    """Whether a class has its own way to set an attribute, which is then called."""
    own = run.find(owner.cls, "__setattr__")
    if own and all(isinstance(one, Function) for one in own):
        run.call_method(owner, "__setattr__", [(Constant(name),), values], here)
        return True
    return set_by_descriptor(run, owner, name, values, here)


def set_by_descriptor(run: Machine, owner: Instance, name: str, values: Values, here: Here) -> bool:
    """Whether the class has a property or another data descriptor for an attribute, which is then set."""
    in_class = run.find(owner.cls, name)
    setters = [one for one in in_class if isinstance(one, Instance) and run.find(one.cls, "__set__")]
    for setter in setters:
        run.call_method(setter, "__set__", [(owner,), values], here)
    by_property = accessor_of(run, owner, "setter", name)
    if by_property:
        run.call(by_property, Arguments([(owner,), values]), here)
    return bool(setters or by_property)


def accessor_of(run: Machine, owner: Instance, kind: str, name: str) -> Values:
    """The setter or deleter of a property of an object's class."""
    for value in run.find(owner.cls, name):
        if isinstance(value, Descriptor) and value.kind == "property":
            if found := run.store.values(value, accessor(kind, "")):
                return found
    return ()


def delete(run: Machine, owners: Values, name: str, here: Here) -> None:
    """`del owner.name`: by the `__delattr__` or the data descriptor of its class, if it has one."""
    for owner in owners:
        if isinstance(owner, Instance):
            own = run.find(owner.cls, "__delattr__")
            if own and all(isinstance(one, Function) for one in own):
                run.call_method(owner, "__delattr__", [(Constant(name),)], here)
                continue
            if deleter := accessor_of(run, owner, "deleter", name):
                run.call(deleter, Arguments([(owner,)]), here)
                continue
        remove(run, owner, name, surely=len(owners) == 1)


def remove(run: Machine, owner: Value, name: str, surely: bool = True) -> None:
    """`object.__delattr__(owner, name)`; not `surely` where another object may be the one that is meant."""
    keeper = holder(owner)
    if surely:
        run.store.unset(keeper, name)
    elif before := run.store.values(keeper, name):
        run.store.set(keeper, name, unsure(before))
