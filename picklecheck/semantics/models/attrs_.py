"""Models of `attrs`: records whose fields are annotated, or made by `attr.ib` and `attrs.field`."""

from __future__ import annotations

from picklecheck.semantics.domain.mro import resolution_order
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Here,
    Values,
)
from picklecheck.semantics.kinds.declared import own_fields
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import methods, models

FIELD, FACTORY = "dataclasses.field", "attr.Factory"
MAKERS = (
    *("attr.s", "attr.attrs", "attr.dataclass", "attr.define", "attr.mutable", "attr.frozen"),
    *("attrs.define", "attrs.mutable", "attrs.frozen"),
)


@models(*MAKERS)
def _record(run: Machine, arguments: Arguments, here: Here) -> Values:
    if not arguments.positional:
        return (ExternalName("attrs.define"),)
    for value in arguments.positional[0]:
        if isinstance(value, Class):
            order = [base for base in reversed(resolution_order(value)) if isinstance(base, Class)]
            value.fields = tuple(dict.fromkeys(name for base in order for name in fields_of(run, base)))
            for name in value.fields:
                complete(run, value, name, here)
    return arguments.positional[0]


def fields_of(run: Machine, cls: Class) -> tuple[str, ...]:
    """The fields that a class body declares: all that are annotated, or where some are not, those made by a call."""
    made = tuple(
        name
        for name, values in run.store.names(cls).items()
        if any(isinstance(one, ExternalObject) and one.type == FIELD for one in values)
    )
    annotated = own_fields(run, cls)
    return annotated if set(made) <= set(annotated) else made


def complete(run: Machine, cls: Class, name: str, here: Here) -> None:
    """Say of a field what `attrs` knows of it without being told: `lock` is given for `_lock`, a factory is called."""
    default = run.find(cls, name)
    match default:
        case (ExternalObject(type="dataclasses.field", arguments=Arguments() as options),):
            options.keywords.setdefault("alias", (Constant(name.lstrip("_")),))
        case (ExternalObject(type="attr.Factory"),):
            run.store.set(cls, name, _field(run, Arguments([default]), here) or UNKNOWN)
            complete(run, cls, name, here)
        case _ if name.startswith("_"):
            run.store.set(cls, name, _field(run, Arguments([default] if default else []), here) or UNKNOWN)
            complete(run, cls, name, here)


@models("attr.ib", "attr.attrib", "attr.field", "attrs.field")
def _field(run: Machine, arguments: Arguments, here: Here) -> Values:
    keywords = dict(arguments.keywords)
    if arguments.positional:
        keywords["default"] = arguments.positional[0]
    if "factory" in keywords:
        keywords["default_factory"] = keywords.pop("factory")
    match keywords.get("default"):
        case (ExternalObject(type="attr.Factory", arguments=Arguments() as made),):
            del keywords["default"]
            keywords["default_factory"] = made.get(0, "factory")
    if {"converter", "convert", "takes_self"}.intersection(keywords) or arguments.more_keywords:
        keywords = {name: values for name, values in keywords.items() if name in ("init", "alias")}
        keywords["converted"] = UNKNOWN
    return (ExternalObject(FIELD, here.site, None, Arguments([], keywords)),)


@models("attr.Factory", "attrs.Factory")
def _factory(run: Machine, arguments: Arguments, here: Here) -> Values:
    if arguments.get(1, "takes_self"):
        return UNKNOWN
    return (ExternalObject(FACTORY, here.site, None, arguments),)


@methods(FIELD, "default")
def _default_by_method(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """`@lock.default` before a method that makes the value."""
    if isinstance(method.receiver, ExternalObject) and method.receiver.arguments is not None:
        method.receiver.arguments.keywords["default"] = UNKNOWN
    return arguments.get(0, "meth")
