"""Classes: the `class` statement, bases and resolution order, making instances."""

from __future__ import annotations

import ast
import builtins

from picklecheck.semantics import attributes, calls, containers, expressions, literals, typehints
from picklecheck.semantics.run import Event, Run
from picklecheck.semantics.store import ITEMS
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
    Suspended,
    Unknown,
    Value,
    Values,
    join,
)

OBJECT = External("builtins.object")
METACLASS = External("metaclass")  # stands among the bases of a class that has one


def define(run: Run, node: ast.ClassDef, frame: Frame) -> None:
    """A `class` statement: run its body in a namespace of its own, then its decorators."""
    from picklecheck.semantics import statements

    bases: list[Value] = []
    givers: list[Value] = []
    for written in node.bases:
        values = expressions.evaluate(run, written, frame)
        base = values[0] if len(values) == 1 else Unknown()
        if isinstance(base, ExternalMethod):
            # A class that an object of another library has, as `context.Process` of multiprocessing.
            types = run.world.returned(base.dotted) or ()
            givers.append(base.receiver)
            base = External(types[0]) if len(types) == 1 else Unknown()
        bases.append(base)
    options = Arguments()
    for keyword in node.keywords:
        value = expressions.evaluate(run, keyword.value, frame)
        if keyword.arg == "metaclass":
            bases.append(METACLASS)
        elif keyword.arg is not None:
            options.keywords[keyword.arg] = value
        else:
            options.more_keywords = UNKNOWN
    cls = Class(node.name, calls.qualified(node.name, frame), frame.module, Site(frame.module, node), tuple(bases))
    if givers:
        run.store.set(cls, "[giver]", tuple(givers))
    inherited = [base.fields for base in bases if isinstance(base, Class) and base.fields is not None]
    if inherited:
        cls.fields = tuple(dict.fromkeys(name for fields in inherited for name in fields))
    if any(isinstance(base, External) and base.name == "typing.NamedTuple" for base in bases):
        cls.made_by, cls.fields = "namedtuple", ()
    inner = Frame(frame.module, frame.module.scope(node), frame, frame.function, cls, frame.depth, caller=frame)
    statements.run_body(run, node.body, inner, statements.Activation(run.store))
    cls.slots = bool(run.store.values(cls, "__slots__"))
    if any(is_enum(base) for base in resolution_order(cls)):
        make_members(run, cls)
    announce(run, cls, options, node, frame)
    values_: Values = (cls,)
    for decorator in reversed(node.decorator_list):
        callee = expressions.evaluate(run, decorator, frame)
        values_ = calls.call(run, callee, Arguments([values_], nodes={0: node}), decorator, frame)
    run.hide(cls, values_, frame)
    statements.bind_name(run, expressions.mangled(node.name, frame), values_, frame)


def announce(run: Run, cls: Class, options: Arguments, node: ast.ClassDef, frame: Frame) -> None:
    """Tell the attributes of a new class their names, and its bases that it is there (PEP 487)."""
    for name, values in run.store.names(cls).items():
        for value in values:
            calls.call_method(run, value, "__set_name__", [(cls,), (Constant(name),)], node, frame)
    for base in resolution_order(cls)[1:]:
        hook = run.store.values(base, "__init_subclass__")
        for value in hook:
            functions = value.function if isinstance(value, Descriptor) else (value,)
            calls.call(run, functions, calls.with_receiver(options, cls), node, frame)
        if hook:
            return


def make_members(run: Run, cls: Class) -> None:
    """In the class of an enumeration, names that are bound to plain values become its members."""
    for name, values in run.store.names(cls).items():
        match values:
            case (Made(type="enum.member", arguments=Arguments() as given),):
                values = given.get(0, "value")
            case (Made(type="enum.nonmember", arguments=Arguments() as given),):
                run.store.set(cls, name, given.get(0, "value"))
                continue
            case _ if any(isinstance(value, Function | Descriptor) for value in values):
                continue
        if name.startswith(("_", "[")):
            continue
        member = Instance(cls, cls.site)
        run.store.set(cls, name, (member,))
        if not find(run, cls, "__new__"):
            run.store.set(member, "value", values)


def members(run: Run, cls: Class) -> tuple[Instance, ...]:
    """The members of an enumeration, in the order of their names; none of any other class."""
    if not any(is_enum(base) for base in resolution_order(cls)):
        return ()
    values = (value for held in run.store.names(cls).values() for value in held)
    return tuple(value for value in values if isinstance(value, Instance) and value.cls is cls)


def declared(run: Run, cls: Class, name: str) -> Values:
    """What the annotation of an attribute in a class body says that it is; empty where that is nothing."""
    for base in resolution_order(cls):
        if isinstance(base, Class) and name in base.declared:
            values = typehints.instance_of(run, *base.declared[name])
            return () if values == UNKNOWN else values
    return ()


def declare_field(run: Run, cls: Class, name: str, node: ast.AnnAssign) -> None:
    """An annotated name in a class body: a field, should the class be a dataclass or a named tuple."""
    if "ClassVar" in ast.unparse(node.annotation):
        return
    declared = run.store.values(cls, "[declared]")
    names = declared[0].value if declared and isinstance(declared[0], Constant) else ()
    assert isinstance(names, tuple)
    if name not in names:
        run.store.set(cls, "[declared]", (Constant((*names, name)),))
    if cls.made_by == "namedtuple":
        cls.fields = (*(cls.fields or ()), name)


def is_passed_on(run: Run, cls: Class, name: str) -> bool:
    """Whether a field is an `InitVar`, which no attribute is made of: `__post_init__` gets it."""
    owner = next((base for base in resolution_order(cls) if isinstance(base, Class) and name in base.declared), None)
    if owner is None:
        return False
    annotation, frame = owner.declared[name]
    named = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return expressions.evaluate(run, named, frame) == (External("dataclasses.InitVar"),)


def declared_fields(run: Run, cls: Class) -> tuple[str, ...]:
    """The annotated names of a class, bases first."""
    names: dict[str, None] = {}
    for base in reversed(resolution_order(cls)):
        if isinstance(base, Class):
            values = run.store.values(base, "[declared]")
            if values and isinstance(values[0], Constant) and isinstance(values[0].value, tuple):
                names.update(dict.fromkeys(values[0].value))
    return tuple(names)


# --- bases ---------------------------------------------------------------------------------------


def resolution_order(cls: Class) -> tuple[Value, ...]:
    """The method resolution order (C3), with names outside the project where bases are there; it is kept."""
    if not cls.order:
        cls.order = tuple(_order(cls, ()))
    return cls.order


def _order(cls: Value, inside: tuple[Value, ...]) -> list[Value]:
    if not isinstance(cls, Class) or cls in inside:
        return [cls]
    lists = [_order(base, (*inside, cls)) for base in cls.bases] + [list(cls.bases)]
    merged: list[Value] = [cls]
    while any(lists):
        lists = [one for one in lists if one]
        for one in lists:
            if not any(one[0] in other[1:] for other in lists):
                head = one[0]
                break
        else:
            head = lists[0][0]
        merged.append(head)
        lists = [[value for value in one if value != head] for one in lists]
    return merged


def find(run: Run, cls: Class, name: str) -> Values:
    """A class attribute by resolution order; empty where no class of the project has it."""
    for base in resolution_order(cls):
        if isinstance(base, Class):
            values = run.store.values(base, name)
            if values:
                return values
    return ()


def subscripted(run: Run, cls: Class, keys: Values, node: ast.AST, frame: Frame) -> Values:
    """`Class[…]`: a member of an enumeration, what the class makes of it, or the class with its type parameters."""
    order = resolution_order(cls)
    if any(is_enum(base) for base in order):
        name = literals.text_of(keys)
        return (run.store.values(cls, name) if name is not None else ()) or UNKNOWN
    if METACLASS in order:
        return UNKNOWN
    hook = find(run, cls, "__class_getitem__")
    if not hook:
        return (cls,)
    functions = join(*(value.function if isinstance(value, Descriptor) else (value,) for value in hook))
    return calls.call(run, functions, calls.with_receiver(calls.plain([keys]), cls), node, frame)


def outside_base(run: Run, cls: Class) -> Value | None:
    """The first base outside the project that may bring attributes of its own."""
    for base in resolution_order(cls):
        if isinstance(base, Class):
            continue
        if isinstance(base, External) and base.name in PLAIN_BASES:
            continue
        return base
    return None


PLAIN_BASES = {
    "builtins.object",
    "abc.ABC",
    "typing.Generic",
    "typing.Protocol",
    "typing_extensions.Protocol",
    METACLASS.name,
    "typing.NamedTuple",
}


def is_instance(run: Run, value: Value, kind: Value) -> bool | None:
    """`isinstance(value, kind)`, where the source tells."""
    match value, kind:
        case Instance(cls=cls), Class():
            return kind in resolution_order(cls) or (None if outside_base(run, cls) else False)
        case Instance(cls=cls), External():
            bases = [base for base in resolution_order(cls) if isinstance(base, External)]
            if any(is_subtype(base.name, kind.name) for base in bases):
                return True
            return None if outside_base(run, cls) else False
        case Function() | BoundMethod() | Class(), External(name=name) if name.startswith(("builtins.", "types.")):
            return name in KINDS[type(value)]
        case Made(type=name), External(name=other):
            if is_subtype(name, other) or run.world.derives(name, other):
                return True
            return False if run.world.is_type(name) and run.world.is_type(other) else None
        case Constant() | Container() | Function() | BoundMethod() | Suspended(), Class():
            return None if outside_base(run, kind) else False
        case Made(type=name), Class():
            return False if name.startswith("builtins.") else None
        case Constant(value=literal), External(name=name):
            found = getattr(builtins, name.removeprefix("builtins."), None)
            return isinstance(literal, found) if isinstance(found, type) else None
        case Container(kind=kind_), External(name=name):
            found = getattr(builtins, name.removeprefix("builtins."), None)
            return issubclass(getattr(builtins, kind_), found) if isinstance(found, type) else None
        case _:
            return None


def is_callable(run: Run, value: Value) -> bool | None:
    """`callable(value)`, where the source tells."""
    match value:
        case Function() | BoundMethod() | Class() | ExternalMethod():
            return True
        case Constant() | Container() | Suspended() | ProjectModule():
            return False
        case Instance(cls=cls):
            return bool(find(run, cls, "__call__")) or (None if outside_base(run, cls) else False)
        case External(name=name) if name.startswith("builtins."):
            found = getattr(builtins, name.removeprefix("builtins."), None)
            return callable(found) if found is not None else None
        case _:
            return None


# The types that the program's own functions and classes are of, as programs name them.
KINDS: dict[type, frozenset[str]] = {
    Function: frozenset({"types.FunctionType", "types.LambdaType", "builtins.object", "builtins.function"}),
    BoundMethod: frozenset({"types.MethodType", "builtins.object", "builtins.method"}),
    Class: frozenset({"builtins.type", "builtins.object"}),
}


def is_subtype(name: str, other: str) -> bool:
    """Whether one type outside the project derives from another, where that needs no import."""
    if name == other:
        return True
    one = getattr(builtins, name.removeprefix("builtins."), None)
    base = getattr(builtins, other.removeprefix("builtins."), None)
    return isinstance(one, type) and isinstance(base, type) and issubclass(one, base)


# --- instances -----------------------------------------------------------------------------------


def instantiate(run: Run, cls: Class, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    """`cls(...)`: `__new__`, then `__init__`, as far as the project defines them."""
    site = Site(frame.module, node)
    if any(is_enum(base) for base in resolution_order(cls)):
        return join(*((member,) for member in members(run, cls))) or UNKNOWN
    if any(base in TYPED_DICTS for base in resolution_order(cls)):
        return (containers.construct(run, "dict", arguments, node, frame),)
    instance = Instance(cls, site)
    creator = find(run, cls, "__new__")
    if creator:
        function = creator[0]
        if isinstance(function, Descriptor):
            function = function.function[0]
        made = calls.call(run, (function,), calls.with_receiver(arguments, cls), node, frame)
        for value in made:
            if isinstance(value, Instance) and value.cls is cls:
                instance = value
    fields = cls.fields
    initialiser = find(run, cls, "__init__")
    if initialiser:
        callee = attributes.bound(run, initialiser, instance, cls, node, frame)
        calls.call(run, callee, arguments, node, frame)
    elif fields is not None:
        set_fields(run, instance, fields, arguments, node, frame)
    elif outside := next((base.name for base in resolution_order(cls) if isinstance(base, External)), ""):
        name = f"{run.world.canonical(outside)}.__init__"
        run.tell(Event(name, instance, arguments, node, frame, NONE))
    set_contents(run, instance, arguments)
    kind = next((KINDS_OF[base] for base in resolution_order(cls) if base in KINDS_OF), None)
    if kind is not None and not initialiser and not creator and (arguments.positional or arguments.keywords):
        filled = containers.construct(run, kind, arguments, node, frame)
        run.store.set(instance, ITEMS, run.store.items(filled))
    return (instance,)


# What the builtin collections fill their objects with, where a class of the program leaves that to them.
KINDS_OF: dict[Value, containers.Kind] = {
    External("builtins.dict"): "dict",
    External("collections.OrderedDict"): "dict",
    External("builtins.list"): "list",
    External("builtins.set"): "set",
}


def tuple_fields(cls: Class) -> tuple[str, ...] | None:
    """The fields of a named tuple, in order; None for any other class."""
    order = [base for base in resolution_order(cls) if isinstance(base, Class)]
    return next((base.fields for base in order if base.made_by == "namedtuple"), None)


# A class made of one of these only describes dicts: its instances are dicts.
TYPED_DICTS = (External("typing.TypedDict"), External("typing_extensions.TypedDict"))


def is_enum(base: Value) -> bool:
    return isinstance(base, External) and base.name in {
        "enum.Enum",
        "enum.IntEnum",
        "enum.StrEnum",
        "enum.Flag",
        "enum.IntFlag",
    }


def set_contents(run: Run, instance: Instance, arguments: Arguments) -> None:
    """What a base outside the project (an exception, `dict`, `list`) keeps of the constructor's arguments."""
    if outside_base(run, instance.cls) is None:
        return
    found: list[Values] = [*arguments.positional, *arguments.keywords.values()]
    run.store.set(instance, "[args]", (containers.tuple_of(run, arguments.positional, instance.site),))
    instance.contents = tuple(value for values in found for value in values)


def set_fields(
    run: Run, instance: Instance, fields: tuple[str, ...], arguments: Arguments, node: ast.AST, frame: Frame
) -> None:
    """The generated `__init__` of a dataclass or named tuple: arguments and defaults into attributes."""
    cls = instance.cls
    position = 0
    passed_on: list[Values] = []
    for name in fields:
        default = find(run, cls, name)
        settings = next((v for v in default if isinstance(v, Made) and v.type == "dataclasses.field"), None)
        takes = True
        if settings is not None and settings.arguments is not None:
            takes = settings.arguments.keywords.get("init") != (Constant(False),)
        given: Values = ()
        if takes:
            given = arguments.get(position, name)
            written = arguments.nodes.get(name) or arguments.nodes.get(position)
            if written is not None:
                run.given[instance, name] = (written, frame)
            position += 1
        if not given and arguments.open:
            given = UNKNOWN
        if not given and settings is not None and settings.arguments is not None:
            given = settings.arguments.keywords.get("default", ())
            factory = settings.arguments.keywords.get("default_factory")
            if factory:
                given = calls.call(run, factory, Arguments(), node, frame)
            if not given:
                continue
        elif not given:
            given = default or UNKNOWN
        if is_passed_on(run, cls, name):
            passed_on.append(given)
            continue
        run.store.set(instance, name, given)
        place = arguments.nodes.get(name) or node
        run.assigned[instance, name] = Site(frame.module, place)
    after = find(run, cls, "__post_init__")
    if after:
        callee = attributes.bound(run, after, instance, cls, node, frame)
        calls.call(run, callee, Arguments(passed_on), node, frame)


def generic_instance(run: Run, cls: Class, node: ast.AST, frame: Frame) -> Instance:
    """An instance made in some way that is not seen: by the constructor, with unknown arguments.

    Its methods may have been called since, so that a `self.ready = False` of the constructor may be anything.
    """
    with_open = Arguments(open=True)
    made = instantiate(run, cls, with_open, node, frame)
    instance = next((value for value in made if isinstance(value, Instance)), None)
    if instance is None:
        instance = Instance(cls, Site(frame.module, node))
    instance.generic = True
    later = frozenset().union(*(one.module.set_later for one in resolution_order(cls) if isinstance(one, Class)))
    for name, values in run.store.names(instance).items():
        if name in later and all(isinstance(value, Constant) for value in values):
            run.store.set(instance, name, join(values, UNKNOWN))
    run.pass_time()
    return instance
