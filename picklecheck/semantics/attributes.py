"""Attributes: what `value.name` is, by the rules of Python's data model, and what assigning one does."""

from __future__ import annotations

import ast

from picklecheck.semantics import calls, classes, containers, imports, literals, records
from picklecheck.semantics.run import Run
from picklecheck.semantics.store import OPEN, Items
from picklecheck.semantics.values import (
    NONE,
    UNKNOWN,
    Arguments,
    BoundMethod,
    Class,
    Constant,
    Container,
    Descriptor,
    External,
    ExternalMethod,
    Frame,
    Function,
    Instance,
    Made,
    ProjectModule,
    Site,
    Super,
    Suspended,
    Unbound,
    Unknown,
    Value,
    Values,
    join,
)


def get(run: Run, owners: Values, name: str, node: ast.AST, frame: Frame) -> Values:
    """`owner.name` for each alternative of the owner. Raises `Abrupt` where the attribute is surely missing."""
    if owners == NONE and run.strict and not hasattr(None, name):
        raise run.fail("AttributeError", node, frame)
    found = [of_value(run, owner, name, node, frame) for owner in owners]
    values = join(*found) if found else UNKNOWN
    if values:
        return values
    if run.strict:
        raise run.fail("AttributeError", node, frame)
    return UNKNOWN


def of_value(run: Run, owner: Value, name: str, node: ast.AST, frame: Frame) -> Values:
    """The attribute of one value; empty where it surely has none."""
    site = Site(frame.module, node)
    match owner:
        case Instance():
            return of_instance(run, owner, name, node, frame)
        case Class():
            return of_class(run, owner, name, node, frame)
        case ProjectModule(module=module):
            return imports.of_module(run, module, name, frame)
        case External():
            return of_external(run, owner, name, frame)
        case Super(cls=cls, receiver=receiver):
            return of_super(run, cls, receiver, name, node, frame)
        case Made():
            return of_made(run, owner, name, site)
        case Function():
            return of_function(run, owner, name, site)
        case BoundMethod(function=function, receiver=receiver):
            if name == "__self__":
                return (receiver,)
            return (function,) if name == "__func__" else of_function(run, function, name, site)
        case Container(kind=kind):
            return (ExternalMethod(f"builtins.{kind}", name, owner),)
        case Constant(value=None) if not hasattr(None, name):
            return ()
        case Constant(value=value):
            return (ExternalMethod(f"builtins.{type(value).__name__}", name, owner),)
        case Suspended():
            return (ExternalMethod("builtins.generator", name, owner),)
        case Descriptor(kind="property", function=function):
            return (ExternalMethod("builtins.property", name, owner),)
        case _:
            return UNKNOWN


def of_instance(run: Run, owner: Instance, name: str, node: ast.AST, frame: Frame) -> Values:
    """Data descriptors of the class, then the instance, then the class, then `__getattr__`."""
    in_class = classes.find(run, owner.cls, name)
    if any(is_data_descriptor(run, value) for value in in_class):
        return bound(run, in_class, owner, owner.cls, node, frame)
    if name == "__class__":
        return (owner.cls,)
    if name == "__dict__":
        return (containers.namespace_of(run, owner, Site(frame.module, node)),)
    own = run.store.values(owner, name)
    sure = own and not any(isinstance(value, Unbound) for value in own)
    own = tuple(value for value in own if not isinstance(value, Unbound))
    if sure:
        return own
    if in_class and not (owner.generic and in_class == NONE):
        return (
            join(own, bound(run, in_class, owner, owner.cls, node, frame))
            if own
            else bound(run, in_class, owner, owner.cls, node, frame)
        )
    declared = classes.declared(run, owner.cls, name)
    if declared:
        return join(own, declared, in_class) if own or in_class else declared
    if in_class:
        return join(own, in_class)
    outside = classes.outside_base(run, owner.cls)
    if outside is None and (inherited := of_object(run, owner.cls, name, owner)):
        return join(own, inherited)
    fallback = classes.find(run, owner.cls, "__getattr__")
    if fallback:
        if (owner, name) in run.getting:
            raise run.fail("RecursionError", node, frame)
        run.getting.append((owner, name))
        try:
            getters = bound(run, fallback, owner, owner.cls, node, frame)
            return join(own, calls.call(run, getters, calls.plain([(Constant(name),)]), node, frame))
        finally:
            run.getting.pop()
    if outside is not None:
        return join(own, of_base(run, outside, name, owner, Site(frame.module, node)))
    if own:
        return own
    if name in records.METHODS and classes.tuple_fields(owner.cls) is not None:
        return (ExternalMethod(records.NAMED_TUPLE, name, owner),)
    return UNKNOWN if owner.generic or run.store.values(owner, OPEN) else ()


def may_lack(run: Run, owner: Value, name: str) -> bool:
    """Whether an object has got an attribute of its own on some ways only, and its class has none for the others."""
    unsure = any(isinstance(value, Unbound) for value in run.store.values(holder(owner), name))
    return unsure and not (isinstance(owner, Instance) and classes.find(run, owner.cls, name))


def is_data_descriptor(run: Run, value: Value) -> bool:
    """Whether a class attribute comes before what an object itself has under its name."""
    match value:
        case Descriptor(kind="property"):
            return True
        case Instance(cls=cls):
            return bool(classes.find(run, cls, "__get__") and classes.find(run, cls, "__set__"))
    return False


def of_base(run: Run, base: Value, name: str, receiver: Value, site: Site) -> Values:
    """An attribute that only a base class outside the project can have."""
    if not isinstance(base, External):
        return UNKNOWN
    dotted = f"{base.name}.{name}"
    type_name = run.world.attribute(dotted)
    if type_name is not None:
        return (run.known_once(dotted, type_name, site),)
    return (ExternalMethod(base.name, name, receiver),)


def bound(run: Run, values: Values, receiver: Value, cls: Class, node: ast.AST, frame: Frame) -> Values:
    """What a class attribute becomes when it is read through `receiver` (an instance, or the class itself)."""
    site = Site(frame.module, node)
    through_class = isinstance(receiver, Class)
    found: list[Values] = []
    for value in values:
        match value:
            case Function() if not through_class:
                name = node.attr if isinstance(node, ast.Attribute) else value.name
                found.append((BoundMethod(value, receiver, site, name=name),))
            case Instance(cls=descriptor) if classes.find(run, descriptor, "__get__"):
                given: Values = NONE if through_class else (receiver,)
                found.append(calls.call_method(run, value, "__get__", [given, (cls,)], node, frame))
            case Descriptor(kind="staticmethod", function=function):
                found.append(function)
            case Descriptor(kind="classmethod", function=function):
                owner = receiver if through_class else cls
                found.append(
                    tuple(BoundMethod(one, owner, site) if isinstance(one, Function) else Unknown() for one in function)
                )
            case Descriptor(kind="property" | "cached_property" as kind, function=function) if not through_class:
                values_ = calls.call(run, function, calls.plain([(receiver,)]), node, frame)
                if kind == "cached_property" and isinstance(node, ast.Attribute):
                    run.store.set(receiver, node.attr, values_)
                    run.assigned[receiver, node.attr] = site
                found.append(values_)
            case Made(type="functools.wrapper", arguments=Arguments() as held) if not through_class:
                found.append(bound(run, held.get(0, "func"), receiver, cls, node, frame))
            case Made(type="contextlib.contextmanager", arguments=Arguments() as held) if not through_class:
                inner = bound(run, held.get(0, "func"), receiver, cls, node, frame)
                found.append((Made(value.type, site, None, Arguments([inner])),))
            case Made(type="functools.partialmethod", arguments=arguments) if not through_class and arguments:
                found.append((Made("functools.partial", site, receiver, calls.with_receiver(arguments, receiver)),))
            case _:
                found.append((value,))
    return join(*found) if found else ()


def of_class(run: Run, cls: Class, name: str, node: ast.AST, frame: Frame) -> Values:
    match name:
        case "__name__" | "__qualname__":
            set_by_hand = run.store.values(cls, name)
            return set_by_hand or (Constant(cls.name if name == "__name__" else cls.qualname),)
        case "__module__":
            return (Constant(cls.module.name),)
    values = classes.find(run, cls, name)
    if values:
        return bound(run, values, cls, cls, node, frame)
    outside = classes.outside_base(run, cls)
    if isinstance(outside, External):
        return (External(f"{outside.name}.{name}"),)
    if outside is not None or classes.METACLASS in classes.resolution_order(cls) or name in _OF_TYPE - _OF_OBJECT:
        return UNKNOWN
    return of_object(run, cls, name)


# What any object has, and what any class has besides, without a line of the program.
_OF_OBJECT = frozenset(dir(object))
_OF_TYPE = frozenset(dir(type))


def of_object(run: Run, cls: Class, name: str, receiver: Instance | None = None) -> Values:
    """What a class, or an instance of it, inherits from `object`; empty where that has no such attribute."""
    if name == "__getstate__" and any(version < (3, 11) for version in run.versions):
        return UNKNOWN if any(version >= (3, 11) for version in run.versions) else ()
    match name:
        case "__module__":
            return (Constant(cls.module.name),)
        case "__class__":
            return (External("builtins.type"),)
        case "__doc__" | "__weakref__" | "__annotations__":
            return UNKNOWN
    if name not in _OF_OBJECT:
        return ()
    if receiver is None:
        return (External(f"{classes.OBJECT.name}.{name}"),)
    return (ExternalMethod(classes.OBJECT.name, name, receiver),)


def of_external(run: Run, owner: External, name: str, frame: Frame) -> Values:
    """A variable of a module outside the project, or an attribute of a class there."""
    dotted = run.world.canonical(f"{owner.name}.{name}")
    type_name = run.world.attribute(dotted)
    if type_name is not None:
        return (run.known_once(dotted, type_name, Site(frame.module, frame.module.tree)),)
    if owner.is_module and run.program.find(dotted, frame.module) is not None:
        module = run.program.find(dotted, frame.module)
        return (ProjectModule(module),) if module else UNKNOWN
    return (External(dotted, is_module=owner.is_module and is_submodule(dotted)),)


def is_submodule(dotted: str) -> bool:
    """Whether a dotted name is a module: known ones of the standard library that are used as attributes."""
    return dotted in {
        "os.path",
        "concurrent.futures",
        "multiprocessing.pool",
        "multiprocessing.dummy",
        "multiprocessing.managers",
        "multiprocessing.context",
        "multiprocessing.queues",
        "multiprocessing.connection",
        "multiprocessing.shared_memory",
        "concurrent.futures.process",
        "concurrent.futures.thread",
        "logging.handlers",
        "urllib.request",
        "urllib.parse",
        "xml.etree",
        "xml.etree.ElementTree",
        "http.client",
        "importlib.util",
    }


def of_super(run: Run, cls: Class, receiver: Value, name: str, node: ast.AST, frame: Frame) -> Values:
    """The next definition after `cls` in the receiver's resolution order."""
    start = receiver.cls if isinstance(receiver, Instance) else receiver if isinstance(receiver, Class) else cls
    order = classes.resolution_order(start)
    after = order[order.index(cls) + 1 :] if cls in order else order
    site = Site(frame.module, node)
    for base in after:
        if not isinstance(base, Class):
            return of_base(run, base, name, receiver, site)
        values = run.store.values(base, name)
        if values:
            found = bound(run, values, receiver, start, node, frame)
            return tuple(
                BoundMethod(one.function, one.receiver, site, through_super=True)
                if isinstance(one, BoundMethod)
                else one
                for one in found
            )
    return (ExternalMethod("builtins.object", name, receiver),)


# Types of another library whose objects have the attributes that the program gives them, and no others.
BUNCHES = frozenset({"types.SimpleNamespace", "argparse.Namespace"})


def is_bunch(value: Value) -> bool:
    """Whether the program made such an object itself, and from names that are known."""
    match value:
        case Made(type=name, receiver=None, arguments=Arguments(open=False)):
            return name in BUNCHES
    return False


def of_made(run: Run, owner: Made, name: str, site: Site) -> Values:
    own = run.store.values(owner, name)
    if own:
        return tuple(value for value in own if not isinstance(value, Unbound))
    if owner.type in BUNCHES:
        return () if is_bunch(owner) and not name.startswith("__") else UNKNOWN
    dotted = f"{owner.type}.{name}"
    if dotted == "multiprocessing.process.BaseProcess.name" and run.main_name != "__main__":
        return (Constant("SpawnProcess-1"),)  # the child, which has a name before it imports the main module
    type_name = run.world.attribute(dotted)
    if type_name is not None:
        made = Made(type_name, site, owner)
        run.store.set(owner, name, (made,))
        return (made,)
    return (ExternalMethod(owner.type, name, owner),)


def of_function(run: Run, function: Function, name: str, site: Site) -> Values:
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
            return (containers.make(run, "dict", Items(), site),)
    return UNKNOWN


# --- assignment ----------------------------------------------------------------------------------


def holder(owner: Value) -> object:
    """Who keeps the attributes of a value in the store."""
    match owner:
        case ProjectModule(module=module):
            return module
        case BoundMethod(function=function):
            return function
        case _:
            return owner


def assign(run: Run, owners: Values, name: str, values: Values, site: Site, frame: Frame) -> None:
    """`owner.name = values`: by the `__setattr__` or the data descriptor of its class, if it has one."""
    for owner in owners:
        if not (isinstance(owner, Instance) and set_by_class(run, owner, name, values, site.node, frame)):
            put(run, (owner,), name, values, site, len(owners) == 1)


def put(run: Run, owners: Values, name: str, values: Values, site: Site, surely: bool | None = None) -> None:
    """`object.__setattr__(owner, name, values)`; where there are several owners, each may have got it."""
    surely = len(owners) == 1 if surely is None else surely
    for owner in owners:
        if isinstance(owner, Unknown | Unbound | Constant | External):
            continue
        if name == "__dict__" and isinstance(owner, Instance):
            put_all(run, owner, values, site, surely)
            continue
        keeper: object = imports.namespace(run, owner.module) if isinstance(owner, ProjectModule) else holder(owner)
        before = run.store.values(keeper, name)
        run.store.set(keeper, name, values if surely else join(before or values, values))
        run.assigned[keeper, name] = site


def put_all(run: Run, owner: Instance, values: Values, site: Site, surely: bool) -> None:
    """`owner.__dict__ = values`: the keys of that dict are then its attributes, where they are known, and no others."""
    names = [name for name in run.store.names(owner) if not name.startswith("[")]
    items = [run.store.items(value) for value in values if isinstance(value, Container)]
    texts = [literals.text_of(key) for one in items if one.exact for key in one.keys]
    if not surely or len(values) != 1 or not items or not items[0].exact or None in texts:
        run.store.set(owner, OPEN, UNKNOWN)
        for name in names:
            run.store.set(owner, name, join(run.store.values(owner, name), UNKNOWN))
        return
    for name in names:
        run.store.unset(owner, name)
    for text, held in zip(texts, items[0].values, strict=True):
        put(run, (owner,), str(text), held, site)


def open_up(run: Run, owners: Values) -> None:
    """Something may have given any attribute to these."""
    for owner in owners:
        if isinstance(owner, Instance):
            run.store.set(owner, OPEN, UNKNOWN)


def set_by_class(run: Run, owner: Instance, name: str, values: Values, node: ast.AST, frame: Frame) -> bool:
    """Whether a class has its own way to set an attribute, which is then called."""
    own = classes.find(run, owner.cls, "__setattr__")
    if own and all(isinstance(one, Function) for one in own):
        calls.call_method(run, owner, "__setattr__", [(Constant(name),), values], node, frame)
        return True
    in_class = classes.find(run, owner.cls, name)
    setters = [one for one in in_class if isinstance(one, Instance) and classes.find(run, one.cls, "__set__")]
    for setter in setters:
        calls.call_method(run, setter, "__set__", [(owner,), values], node, frame)
    by_property = classes.find(run, owner.cls, f"{name}[setter]")
    if by_property:
        calls.call(run, by_property, calls.plain([(owner,), values]), node, frame)
    return bool(setters or by_property)
