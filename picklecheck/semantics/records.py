"""Records: classes that a call makes (named tuples, enumerations, dataclasses), and how their objects are copied."""

from __future__ import annotations

import ast

from picklecheck.semantics import classes, containers, literals
from picklecheck.semantics.models import models
from picklecheck.semantics.run import Run
from picklecheck.semantics.store import Items
from picklecheck.semantics.values import (
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    Container,
    External,
    Frame,
    Instance,
    Made,
    Site,
    Value,
    Values,
)


@models("collections.namedtuple", "typing.NamedTuple")
def _namedtuple(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    name = literals.text_of(arguments.get(0, "typename"))
    if name is None:
        return UNKNOWN
    fields: list[str] = []
    for value in arguments.get(1, "field_names") or arguments.get(1, "fields"):
        if isinstance(value, Constant) and isinstance(value.value, str):
            fields = value.value.replace(",", " ").split()
        elif isinstance(value, Container):
            for one in run.store.items(value).values:
                inner = one[0] if one else None
                if isinstance(inner, Container):
                    one = run.store.items(inner).values[0] if run.store.items(inner).values else ()
                fields.append(literals.text_of(one) or "?")
    module = literals.text_of(arguments.get(None, "module"))
    made = Class(name, name, frame.module, Site(frame.module, node), (), "namedtuple", tuple(fields))
    if module is not None:
        run.store.set(made, "__module__", (Constant(module),))
    return (made,)


@models("enum.Enum", "enum.IntEnum", "enum.Flag", "enum.StrEnum", "enum.IntFlag")
def _enum(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    name = literals.text_of(arguments.get(0, "value"))
    if name is None or (len(arguments.positional) < 2 and "names" not in arguments.keywords):
        return UNKNOWN
    cls = Class(name, name, frame.module, Site(frame.module, node), (External("enum.Enum"),), "enum")
    members: list[str] = []
    for value in arguments.get(1, "names"):
        if isinstance(value, Constant) and isinstance(value.value, str):
            members = value.value.replace(",", " ").split()
        elif isinstance(value, Container):
            members = [text for one in run.store.items(value).values if (text := literals.text_of(one))]
    for member in members:
        run.store.set(cls, member, (Instance(cls, Site(frame.module, node)),))
    return (cls,)


@models("enum.member")
def _member(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    return (Made("enum.member", Site(frame.module, node), None, arguments),)


@models("enum.nonmember")
def _nonmember(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    return (Made("enum.nonmember", Site(frame.module, node), None, arguments),)


@models("dataclasses.make_dataclass")
def _make_dataclass(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    name = literals.text_of(arguments.get(0, "cls_name"))
    if name is None:
        return UNKNOWN
    fields: list[str] = []
    for value in arguments.get(1, "fields"):
        if isinstance(value, Container):
            for one in run.store.items(value).values:
                inner = one[0] if one else None
                if isinstance(inner, Container) and run.store.items(inner).values:
                    one = run.store.items(inner).values[0]
                fields.append(literals.text_of(one) or "?")
    made = Class(name, name, frame.module, Site(frame.module, node), (), "make_dataclass", tuple(fields))
    for value in arguments.get(None, "namespace"):
        items = run.store.items(value) if isinstance(value, Container) else Items()
        for key, held in zip(items.keys, items.values, strict=True):
            if (attribute := literals.text_of(key)) is not None:
                run.store.set(made, attribute, held)
    if module := arguments.get(None, "module"):
        run.store.set(made, "__module__", module)
    return (made,)


@models("dataclasses.dataclass", "attr.s", "attrs.define", "attr.define", "attrs.frozen", "attr.attrs")
def _dataclass(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    for value in arguments.get(0, ""):
        if isinstance(value, Class):
            value.fields = classes.declared_fields(run, value)
    if arguments.positional:
        return arguments.positional[0]
    return (External("dataclasses.dataclass"),)


@models("dataclasses.field")
def _field(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    return (Made("dataclasses.field", Site(frame.module, node), None, arguments),)


# --- their methods -------------------------------------------------------------------------------

NAMED_TUPLE = "collections.namedtuple"
METHODS = ("_replace", "_asdict")


def call_method(
    run: Run, owner: Instance, name: str, arguments: Arguments, node: ast.AST, frame: Frame
) -> Values | None:
    """A method of a named tuple."""
    if name == "_replace":
        return changed(run, owner, classes.tuple_fields(owner.cls) or (), arguments, node, frame)
    return (as_dict(run, owner, classes.tuple_fields(owner.cls) or (), Site(frame.module, node)),)


@models("dataclasses.replace", "copy.replace")
def _replace(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    match arguments.get(0, "obj"):
        case (Instance(cls=cls) as owner,) if cls.fields is not None:
            return changed(run, owner, cls.fields, arguments, node, frame)
    return UNKNOWN


@models("dataclasses.asdict")
def _asdict(run: Run, arguments: Arguments, node: ast.AST, frame: Frame) -> Values:
    match arguments.get(0, "obj"):
        case (Instance(cls=cls) as owner,) if cls.fields is not None:
            return (as_dict(run, owner, cls.fields, Site(frame.module, node)),)
    return UNKNOWN


def changed(
    run: Run, owner: Instance, fields: tuple[str, ...], arguments: Arguments, node: ast.AST, frame: Frame
) -> Values:
    """A new object with the fields of another, some of them replaced."""
    made = {name: run.store.values(owner, name) or UNKNOWN for name in fields}
    given = Arguments([], made | arguments.keywords, dict(arguments.nodes), (), arguments.more_keywords)
    return classes.instantiate(run, owner.cls, given, node, frame)


def as_dict(run: Run, owner: Instance, fields: tuple[str, ...], site: Site) -> Container:
    """The fields by name; those of records inside as dicts too."""

    def plain(value: Value) -> Value:
        if isinstance(value, Instance) and value.cls.fields is not None:
            return as_dict(run, value, value.cls.fields, site)
        return value

    values = [run.store.values(owner, name) or UNKNOWN for name in fields]
    held = tuple(tuple(plain(value) for value in one) for one in values)
    return containers.make(run, "dict", Items(held, tuple((Constant(name),) for name in fields)), site)
