"""Models of `dataclasses` and `namedtuple`: records, and how their objects are copied."""

from __future__ import annotations

from picklecheck.semantics.domain.items import Items, bound
from picklecheck.semantics.domain.mro import tuple_fields
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    Container,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Here,
    Instance,
    Site,
    Value,
    Values,
    text_of,
)
from picklecheck.semantics.kinds import classes
from picklecheck.semantics.kinds.attributes import NAMED_TUPLE
from picklecheck.semantics.kinds.declared import declared_fields
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import methods, models


def names_in(run: Machine, values: Values) -> list[str]:
    """Names that are written as one text, as a list of texts or of tuples that begin with them, or as keys."""
    found: list[str] = []
    for value in values:
        if isinstance(value, Constant) and isinstance(value.value, str):
            found = value.value.replace(",", " ").split()
        elif isinstance(value, Container):
            items = run.store.items(value)
            for one in items.keys if value.kind == "dict" else items.values:
                inner = one[0] if one else None
                if isinstance(inner, Container):
                    parts = run.store.items(inner).values
                    one = parts[0] if parts else ()
                found.append(text_of(one) or "?")
    return found


@models("collections.namedtuple", "typing.NamedTuple")
def _namedtuple(run: Machine, arguments: Arguments, here: Here) -> Values:
    name = text_of(arguments.get(0, "typename"))
    if name is None:
        return UNKNOWN
    fields = names_in(run, arguments.get(1, "field_names") or arguments.get(1, "fields"))
    made = Class(name, name, here.frame.module, here.site, (), "namedtuple", tuple(fields))
    if (module := arguments.get(None, "module")) and module != NONE:
        run.store.set(made, "__module__", module)
    return (made,)


@models("dataclasses.make_dataclass")
def _make_dataclass(run: Machine, arguments: Arguments, here: Here) -> Values:
    name = text_of(arguments.get(0, "cls_name"))
    if name is None:
        return UNKNOWN
    fields = names_in(run, arguments.get(1, "fields"))
    made = Class(name, name, here.frame.module, here.site, (), "make_dataclass", tuple(fields))
    classes.fill(run, made, arguments.get(None, "namespace"))
    if module := arguments.get(None, "module"):
        run.store.set(made, "__module__", module)
    return (made,)


@models("dataclasses.dataclass")
def _dataclass(run: Machine, arguments: Arguments, here: Here) -> Values:
    for value in arguments.get(0, ""):
        if isinstance(value, Class):
            value.fields = declared_fields(run, value)
    if arguments.positional:
        return arguments.positional[0]
    return (ExternalName("dataclasses.dataclass"),)


@models("dataclasses.field")
def _field(run: Machine, arguments: Arguments, here: Here) -> Values:
    return (ExternalObject("dataclasses.field", here.site, None, arguments),)


# --- copies --------------------------------------------------------------------------------------


@methods(NAMED_TUPLE, "_replace")
def _replace_row(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    match method.receiver:
        case Instance(cls=cls) as owner:
            return changed(run, owner, tuple_fields(cls) or (), arguments, here)
    return None


@methods(NAMED_TUPLE, "_asdict")
def _row_as_dict(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    match method.receiver:
        case Instance(cls=cls) as owner:
            return (as_dict(run, owner, tuple_fields(cls) or (), here.site),)
    return None


@models("dataclasses.replace", "copy.replace", "attr.evolve", "attrs.evolve")
def _replace(run: Machine, arguments: Arguments, here: Here) -> Values:
    match arguments.get(0, "obj"):
        case (Instance(cls=cls) as owner,) if cls.fields is not None:
            return changed(run, owner, cls.fields, arguments, here)
    return UNKNOWN


@models("dataclasses.asdict")
def _asdict(run: Machine, arguments: Arguments, here: Here) -> Values:
    match arguments.get(0, "obj"):
        case (Instance(cls=cls) as owner,) if cls.fields is not None:
            return (as_dict(run, owner, cls.fields, here.site),)
    return UNKNOWN


def changed(run: Machine, owner: Instance, fields: tuple[str, ...], arguments: Arguments, here: Here) -> Values:
    """A new object with the fields of another, some of them replaced."""
    made = {name: bound(run.store.values(owner, name)) or UNKNOWN for name in fields}
    given = Arguments([], made | arguments.keywords, dict(arguments.nodes), (), arguments.more_keywords)
    return run.instantiate(owner.cls, given, here)


def as_dict(run: Machine, owner: Instance, fields: tuple[str, ...], site: Site) -> Container:
    """The fields by name; those of records inside as dicts too."""

    def plain(value: Value) -> Value:
        if isinstance(value, Instance) and value.cls.fields is not None:
            return as_dict(run, value, value.cls.fields, site)
        return value

    values = [bound(run.store.values(owner, name)) or UNKNOWN for name in fields]
    held = tuple(tuple(plain(value) for value in one) for one in values)
    return run.make("dict", Items(held, tuple((Constant(name),) for name in fields)), site)
