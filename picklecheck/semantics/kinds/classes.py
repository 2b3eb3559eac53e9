"""Classes: what a `class` statement or `type(…)` makes, and what subscribing a class gives."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.facts import GIVERS
from picklecheck.semantics.domain.mro import METACLASS, MOST_ABOVE, is_enum, resolution_order
from picklecheck.semantics.domain.values import (
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
    Unknown,
    Value,
    Values,
    join,
    text_of,
)
from picklecheck.semantics.kinds.enums import make_members, members
from picklecheck.semantics.kinds.functions import qualified
from picklecheck.semantics.machine import Machine


def define(run: Machine, node: ast.ClassDef, frame: Frame) -> None:
    """A `class` statement: run its body in a namespace of its own, then its decorators."""
    here = Here(frame, node)
    decorators = [run.evaluate(decorator, frame) for decorator in node.decorator_list]
    bases, givers = bases_of(run, node, frame)
    cls = Class(node.name, qualified(node.name, frame), frame.module, here.site, tuple(bases))
    options = options_of(run, node, cls, frame)
    if givers:
        run.store.set(cls, GIVERS, tuple(givers))
    inherited = [base.fields for base in bases if isinstance(base, Class) and base.fields is not None]
    if inherited:
        cls.fields = tuple(dict.fromkeys(name for fields in inherited for name in fields))
    if ExternalName("typing.NamedTuple") in bases:
        cls.made_by, cls.fields = "namedtuple", ()
    inner = Frame(frame.module, frame.module.scope(node), frame, frame.function, cls, frame.depth, caller=frame)
    run.run_body(node.body, inner)
    cls.slots = bool(run.store.values(cls, "__slots__"))
    if is_enum(cls):
        make_members(run, cls)
    announce(run, cls, options, here)
    values: Values = (cls,)
    for decorator, callee in reversed(list(zip(node.decorator_list, decorators, strict=True))):
        values = run.call(callee, Arguments([values], nodes={0: node}), Here(frame, decorator))
    hide(run, cls, values, frame)
    run.bind_name(node.name, values, frame)


def hide(run: Machine, cls: Class, values: Values, frame: Frame) -> None:
    """Remember a class that a decorator has made something else of, with the class that it is in."""
    if cls not in values and frame.function is None:
        run.origins.hidden.append((cls, frame.owner if frame.scope.is_class else None))


def bases_of(run: Machine, node: ast.ClassDef, frame: Frame) -> tuple[list[Value], list[Value]]:
    """The bases of a class, and the objects whose attributes some of them are, as in `context.Process`."""
    bases: list[Value] = []
    givers: list[Value] = []
    for written in node.bases:
        if isinstance(written, ast.Starred):
            bases.append(Unknown())
            continue
        values = run.evaluate(written, frame)
        base = values[0] if len(values) == 1 else Unknown()
        if isinstance(base, ExternalMethod):
            types = run.world.returned(base.dotted) or ()
            givers.append(base.receiver)
            base = ExternalName(types[0]) if len(types) == 1 else Unknown()
        bases.append(base)
    return bases, givers


def options_of(run: Machine, node: ast.ClassDef, cls: Class, frame: Frame) -> Arguments:
    """The keywords of a class, without `metaclass`, which the class remembers."""
    options = Arguments()
    for keyword in node.keywords:
        value = run.evaluate(keyword.value, frame)
        if keyword.arg == "metaclass":
            set_metaclass(cls, value)
        elif keyword.arg is not None:
            options.keywords[keyword.arg] = value
        else:
            options.more_keywords = UNKNOWN
    inherited = next((one.metaclass for one in cls.bases if isinstance(one, Class) and one.metaclass), None)
    cls.metaclass = cls.metaclass or inherited
    return options


def set_metaclass(cls: Class, value: Values) -> None:
    """`metaclass=…`: one of the project, one that changes nothing, or one that is not known."""
    match value:
        case (Class() as metaclass,):
            cls.metaclass = metaclass
        case (ExternalName(name="abc.ABCMeta" | "builtins.type"),):
            pass
        case _:
            cls.bases = (*cls.bases, METACLASS)


def announce(run: Machine, cls: Class, options: Arguments, here: Here) -> None:
    """Tell the attributes of a new class their names, and its bases that it is there (PEP 487)."""
    for name, values in run.store.names(cls).items():
        for value in values:
            run.call_method(value, "__set_name__", [(cls,), (Constant(name),)], here)
    order = resolution_order(cls)
    if len(order) > MOST_ABOVE + 1:
        run.meet("MOST_ABOVE", cut=True)
    for base in order[1:]:
        hook = run.store.values(base, "__init_subclass__")
        for value in hook:
            functions = value.function if isinstance(value, Descriptor) else (value,)
            run.call(functions, options.with_receiver(cls), here)
        if hook:
            return


def from_type(run: Machine, arguments: Arguments, here: Here) -> Values:
    """`type(name, bases, namespace)`; what a namespace has that is not seen, it may as well have from another base."""
    name = text_of(arguments.get(0, ""))
    if name is None:
        return UNKNOWN
    bases = tuple(base for one in run.items_of(arguments.positional[1], here).values for base in one)
    if not all(is_seen(run, value) for value in arguments.positional[2]):
        bases += UNKNOWN
    cls = Class(name, name, here.frame.module, here.site, bases, "type")
    fill(run, cls, arguments.positional[2])
    return (cls,)


def is_seen(run: Machine, namespace: Value) -> bool:
    """Whether all names in a namespace are known."""
    items = run.store.items(namespace) if isinstance(namespace, Container) else None
    return items is not None and items.exact and all(text_of(key) is not None for key in items.keys)


def fill(run: Machine, cls: Class, namespace: Values) -> None:
    """Give a class the attributes that a dict holds."""
    for value in namespace:
        items = run.store.items(value)
        for key, held in zip(items.keys, items.values, strict=False):
            if (name := text_of(key)) is not None:
                run.store.set(cls, name, held)


def subscripted(run: Machine, cls: Class, keys: Values, here: Here) -> Values:
    """`Class[…]`: a member of an enumeration, what the class makes of it, or the class with its type parameters."""
    if is_enum(cls):
        name = text_of(keys)
        return (run.store.values(cls, name) if name is not None else members(run, cls)) or UNKNOWN
    if METACLASS in resolution_order(cls):
        return UNKNOWN
    hook = run.find(cls, "__class_getitem__")
    if not hook:
        return (cls,)
    functions = join(*(value.function if isinstance(value, Descriptor) else (value,) for value in hook))
    return run.call(functions, Arguments([keys]).with_receiver(cls), here)


def type_of(value: Value) -> Values:
    """`type(value)`."""
    match value:
        case Instance(cls=cls):
            return (cls,)
        case ExternalObject(type=name):
            return (ExternalName(name),)
        case Container(kind=kind):
            return (ExternalName(f"builtins.{kind}"),)
        case Constant(value=literal) if literal is not None:
            return (ExternalName(f"builtins.{type(literal).__name__}"),)
        case Class(metaclass=metaclass):
            return (metaclass or ExternalName("builtins.type"),)
        case Function():
            return (ExternalName("builtins.function"),)
        case BoundMethod():
            return (ExternalName("builtins.method"),)
    return UNKNOWN
