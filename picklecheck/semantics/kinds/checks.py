"""`isinstance`, `callable`, `is`, `bool`: what can be told of a value without running anything."""

from __future__ import annotations

import builtins
import collections.abc
import numbers
import types

from picklecheck.semantics.domain.items import are_apart
from picklecheck.semantics.domain.mro import is_plain, is_subtype, outside_base, outside_bases, resolution_order
from picklecheck.semantics.domain.values import (
    NONE,
    BoundMethod,
    Class,
    Constant,
    Container,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Function,
    Instance,
    Partial,
    ProjectModule,
    Suspended,
    Value,
    Values,
    Wrapper,
    join,
)
from picklecheck.semantics.machine import Machine

# The types that the program's own functions and classes are of, as programs name them.
KINDS: dict[type, frozenset[str]] = {
    Function: frozenset({"types.FunctionType", "types.LambdaType", "builtins.object", "builtins.function"}),
    BoundMethod: frozenset({"types.MethodType", "builtins.object", "builtins.method"}),
    Class: frozenset({"builtins.type", "builtins.object"}),
}


# Types of Python's own that have no name in `builtins`.
_UNNAMED: tuple[object, ...] = ({}.keys(), {}.values(), {}.items(), iter([]), iter(()), iter({}), iter(set()))
UNNAMED = {f"builtins.{type(one).__name__}": type(one) for one in _UNNAMED}


def is_instance(run: Machine, value: Value, kind: Value) -> bool | None:
    """`isinstance(value, kind)`, where the source tells."""
    match value, kind:
        case Instance(cls=cls), Class() | ExternalName():
            return is_subclass(cls, kind)
        case Function() | BoundMethod() | Class(), ExternalName(name=name) if name.startswith(("builtins.", "types.")):
            return name in KINDS[type(value)]
        case Function() | BoundMethod(), ExternalName(name=name) if found := abstract(name):
            return issubclass(types.FunctionType, found)
        case ExternalObject(type=name), ExternalName(name=other):
            if is_subtype(name, other) or run.world.derives(name, other):
                return True
            if builtin_type(name) and builtin_type(other):
                return False
            if found := abstract(other):
                known = builtin_type(name) or UNNAMED.get(name)
                return issubclass(known, found) if known else None
            return False if run.world.is_type(name) and run.world.is_type(other) else None
        case Constant() | Container() | Function() | BoundMethod() | Suspended(), Class():
            return None if outside_base(kind) else False
        case ExternalName(name=name), ExternalName(name=other) if builtin_type(other) and is_known_type(run, name):
            return None if other in KINDS[Class] else False
        case ExternalObject(type=name, arguments=made), Class():
            # What is only declared may be of a subclass.
            outside = made is not None and run.world.is_type(name) and not is_protocol(kind)
            return False if outside or name.startswith("builtins.") else None
        case Constant(value=literal), ExternalName(name=name):
            found = getattr(builtins, name.removeprefix("builtins."), None) or abstract(name)
            return isinstance(literal, found) if isinstance(found, type) else None
        case Container(kind=kind_), ExternalName(name=name):
            found = getattr(builtins, name.removeprefix("builtins."), None) or abstract(name)
            return issubclass(getattr(builtins, kind_), found) if isinstance(found, type) else None
    return None


# Classes that take objects of any class with the right methods, or that was registered with them.
BY_METHODS = ("collections.abc.", "typing.", "numbers.", "contextlib.Abstract", "os.PathLike", "importlib.abc.")
ABSTRACT = {"collections.abc": collections.abc, "typing": collections.abc, "numbers": numbers}
PROTOCOLS = (ExternalName("typing.Protocol"), ExternalName("typing_extensions.Protocol"))


def is_protocol(cls: Class) -> bool:
    return any(base in PROTOCOLS for base in cls.bases)


def abstract(name: str) -> type | None:
    """The abstract class of a name: of `collections.abc`, of which `typing` has aliases, or of `numbers`."""
    module, _, kind = name.rpartition(".")
    found = getattr(ABSTRACT.get(module), kind, None)
    return found if isinstance(found, type) else None


def is_known_type(run: Machine, name: str) -> bool:
    """Whether a name of the standard library surely is a class; some builtin ones have no name in `builtins`."""
    owner, _, last = name.rpartition(".")
    unnamed = owner == "builtins" and not hasattr(builtins, last)
    return unnamed or bool(run.world.has_attribute(name, "__class__"))


def builtin_type(name: str) -> type | None:
    found = getattr(builtins, name.removeprefix("builtins."), None) if name.startswith("builtins.") else None
    return found if isinstance(found, type) else None


def is_instance_of_any(run: Machine, value: Value, kinds: Values) -> bool | None:
    """`isinstance(value, (A, B))`."""
    known = [is_instance(run, value, kind) for kind in kinds]
    return True if True in known else None if None in known else False


def is_subclass_of_any(cls: Value, kinds: Values) -> bool | None:
    """`issubclass(cls, (A, B))`."""
    known = [is_subclass(cls, kind) for kind in kinds]
    return True if True in known else None if None in known else False


def is_subclass(cls: Value, kind: Value) -> bool | None:
    match cls, kind:
        case Class(), Class():
            if kind in resolution_order(cls):
                return True
            # A class outside derives from none of the project; what a protocol takes, its methods decide.
            return False if isinstance(outside_base(cls), ExternalName | None) and not is_protocol(kind) else None
        case Class(), ExternalName(name=name):
            if any(is_subtype(base.name, name) for base in outside_bases(cls)):
                return True
            known = all(builtin_type(base.name) or is_plain(base) for base in outside_bases(cls))
            told = outside_base(cls) is None or (builtin_type(name) and known)
            return False if told and not name.startswith(BY_METHODS) else None
        case ExternalName(name=name), ExternalName(name=other) if builtin_type(name) and builtin_type(other):
            return is_subtype(name, other)
        case ExternalName(name=name), Class():
            return False if builtin_type(name) else None
    return None


def is_callable(run: Machine, value: Value) -> bool | None:
    """`callable(value)`, where the source tells."""
    match value:
        case Function() | BoundMethod() | Class() | ExternalMethod() | Partial() | Wrapper():
            return True
        case Constant() | Container() | Suspended() | ProjectModule():
            return False
        case Instance(cls=cls):
            return bool(run.find(cls, "__call__")) or (None if outside_base(cls) else False)
        case ExternalName(name=name) if name.startswith("builtins."):
            found = getattr(builtins, name.removeprefix("builtins."), None)
            return callable(found) if found is not None else None
    return None


def is_same(one: Value, other: Value) -> bool | None:
    """`one is other`; None and other objects are told apart, equal literals are the same."""
    solid = Constant | Function | Class | Instance | Container | BoundMethod | Suspended | ProjectModule | Partial
    if isinstance(one, Constant) and isinstance(other, Constant):
        return one == other
    if isinstance(one, Class) and isinstance(other, Class):
        return one is other
    if isinstance(one, ExternalName) and isinstance(other, ExternalName):
        return is_same_builtin(one, other)
    if isinstance(one, ExternalName) and isinstance(other, Constant):
        return False if one.is_module or is_builtin(one) else None
    if isinstance(one, solid | ExternalObject) and isinstance(other, Constant):
        return False if not (isinstance(one, ExternalObject) and one.type == "builtins.NoneType") else None
    if isinstance(other, solid | ExternalObject | ExternalName) and isinstance(one, Constant):
        return is_same(other, one)
    return None


def is_same_builtin(one: ExternalName, other: ExternalName) -> bool | None:
    """Whether two names mean the same, where one is of a builtin: others may be aliases, or types of which more
    is known only when they run.
    """
    if not (one.name.startswith("builtins.") or other.name.startswith("builtins.")):
        return None
    found = [getattr(builtins, name.name.removeprefix("builtins."), None) for name in (one, other)]
    if one == other or None not in found:
        return one == other or found[0] is found[1]
    return False if are_apart(one.name, other.name) and not is_exception(one) and not is_exception(other) else None


def is_exception(value: ExternalName) -> bool:
    """Whether a name is a builtin exception, for which modules have other names too (`socket.error`)."""
    found = builtin_type(value.name)
    return found is not None and issubclass(found, BaseException)


def is_builtin(value: ExternalName) -> bool:
    """Whether a name is a builtin function or class."""
    owner, _, name = value.name.rpartition(".")
    return owner == "builtins" and callable(getattr(builtins, name, None))


def is_called(run: Machine, value: ExternalName) -> bool:
    """Whether a name of a library is a function or class that is known."""
    return run.world.is_type(value.name) or run.world.returned(value.name) is not None


def truth_of_one(run: Machine, value: Value) -> bool | None:
    """`bool(value)`, as far as that needs no call."""
    match value:
        case Constant(value=literal):
            return bool(literal)
        case Container():
            items = run.store.items(value)
            if items.exact:
                return bool(items.values)
            return None if items.may_be_empty else True
        case Function() | Class() | BoundMethod() | Partial() | Wrapper():
            return True
        case ExternalName():
            return True if value.is_module or is_builtin(value) or is_called(run, value) else None
        case Instance(cls=cls):
            if run.find(cls, "__bool__") or run.find(cls, "__len__") or outside_base(cls):
                return None
            return True
    return None


# Objects of the outside that are never false: what gives one gives None instead, as `re.match` may.
NEVER_FALSE = ("re.Match", "io.", "threading.", "socket.socket", "sqlite3.Con", "sqlite3.Cur", "subprocess.Popen")


def when_false(run: Machine, values: Values) -> Values:
    """What values are where they are false."""
    never = tuple(value for value in values if isinstance(value, ExternalObject) and value.type.startswith(NEVER_FALSE))
    false = tuple(value for value in values if value not in never and truth_of_one(run, value) is not True)
    return join(false, NONE) if never else false


def when_true(run: Machine, values: Values) -> Values:
    """What values are where they are true."""
    return tuple(value for value in values if truth_of_one(run, value) is not False)
