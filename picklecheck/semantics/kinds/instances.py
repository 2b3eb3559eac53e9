"""Objects of the project's classes: how they are made."""

from __future__ import annotations

from picklecheck.semantics.domain.facts import CALLED_WITH, ITEMS, OPEN
from picklecheck.semantics.domain.items import bound
from picklecheck.semantics.domain.mro import (
    TYPED_DICTS,
    is_enum,
    outside_base,
    outside_bases,
    resolution_order,
)
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    Descriptor,
    ExternalName,
    ExternalObject,
    Here,
    Instance,
    Kind,
    Site,
    Value,
    Values,
    join,
    text_of,
)
from picklecheck.semantics.kinds.containers import construct
from picklecheck.semantics.kinds.declared import is_passed_on
from picklecheck.semantics.kinds.enums import members
from picklecheck.semantics.kinds.out_of_sight import remember
from picklecheck.semantics.machine import Machine

# What the builtin collections fill their objects with, where a class of the program leaves that to them.
KINDS_OF: dict[Value, Kind] = {
    ExternalName("builtins.dict"): "dict",
    ExternalName("collections.OrderedDict"): "dict",
    ExternalName("builtins.list"): "list",
    ExternalName("builtins.set"): "set",
}


def instantiate(run: Machine, cls: Class, arguments: Arguments, here: Here) -> Values:
    """`cls(...)`: by the `__call__` of its metaclass, if it has one of the project."""
    if cls.metaclass is not None and (own := run.find(cls.metaclass, "__call__")):
        functions = join(*(one.function if isinstance(one, Descriptor) else (one,) for one in own))
        if (cls, "__call__") not in run.control.getting:
            run.control.getting.append((cls, "__call__"))
            try:
                return run.call(functions, arguments.with_receiver(cls), here)
            finally:
                run.control.getting.pop()
    return construct_instance(run, cls, arguments, here)


def construct_instance(run: Machine, cls: Class, arguments: Arguments, here: Here) -> Values:
    """`type.__call__(cls, ...)`: `__new__`, then `__init__`, as far as the project defines them."""
    if is_enum(cls):
        # `Enum(name, names)` with names of unknown origin is a class without members that can be seen.
        found = members(run, cls)
        return join(*((member,) for member in found)) if found else UNKNOWN
    if any(base in TYPED_DICTS for base in resolution_order(cls)):
        return (construct(run, "dict", arguments, here),)
    creator = run.find(cls, "__new__")
    if not creator:
        return (initialized(run, Instance(cls, here.site), arguments, here, created=False),)
    function = creator[0].function if isinstance(creator[0], Descriptor) else creator[:1]
    made = run.call(function, arguments.with_receiver(cls), here)
    own = [value for value in made if isinstance(value, Instance) and cls in resolution_order(value.cls)]
    if not own:
        # `__init__` is left out where `__new__` gives an object of another class.
        return made if made != UNKNOWN else (made_unseen(run, cls, arguments, here),)
    for instance in own:
        initialized(run, instance, arguments, here, created=True)
    return made


def made_unseen(run: Machine, cls: Class, arguments: Arguments, here: Here) -> Instance:
    """An object of a `__new__` whose result is not seen, and which may have set any attribute."""
    instance = initialized(run, Instance(cls, here.site), arguments, here, created=True)
    run.store.set(instance, OPEN, UNKNOWN)
    return instance


def initialized(run: Machine, instance: Instance, arguments: Arguments, here: Here, created: bool) -> Instance:
    """An object after its `__init__`, or after that of a record, or of a base outside the project."""
    cls = instance.cls
    initializer = run.find(cls, "__init__")
    if initializer:
        remember(run, cls, initializer[0], arguments)
        run.call(run.bound(initializer, instance, cls, here), arguments, here)
    elif cls.fields is not None:
        set_fields(run, instance, cls.fields, arguments, here)
    elif outside := next((base.name for base in outside_bases(cls)), ""):
        run.tell(f"{run.world.canonical(outside)}.__init__", instance, arguments, here, NONE)
    if outside_base(cls) is not None:
        run.store.set(instance, CALLED_WITH, (run.tuple_of(arguments.positional, instance.site),))
    kind = next((KINDS_OF[base] for base in resolution_order(cls) if base in KINDS_OF), None)
    if kind is not None and not initializer and not created and (arguments.positional or arguments.keywords):
        run.store.set(instance, ITEMS, run.store.items(construct(run, kind, arguments, here)))
    return instance


def set_fields(run: Machine, instance: Instance, fields: tuple[str, ...], arguments: Arguments, here: Here) -> None:
    """The generated `__init__` of a dataclass or named tuple: arguments and defaults into attributes."""
    cls = instance.cls
    position = 0
    passed_on: list[Values] = []
    for name in fields:
        default = run.find(cls, name)
        settings = next(
            (one for one in default if isinstance(one, ExternalObject) and one.type == "dataclasses.field"), None
        )
        options = settings.arguments.keywords if settings is not None and settings.arguments is not None else None
        given: Values = ()
        called = text_of((options or {}).get("alias", ())) or name
        is_parameter = options is None or options.get("init") != (Constant(False),)
        if is_parameter:
            given = arguments.get(position, called)
            written = arguments.nodes.get(called) or arguments.nodes.get(position)
            if written is not None:
                run.origins.given[instance, name] = (written, here.frame)
            position += 1
        if (not given and arguments.open) or (options is not None and "converted" in options):
            given = UNKNOWN
        if not given:
            default = field_default(run, options, here) if options is not None else default or UNKNOWN
            given = perhaps_given(arguments, called, default) if is_parameter else default
            if not given:
                continue
        if is_passed_on(run, cls, name):
            passed_on.append(given)
            continue
        run.store.set(instance, name, given)
        run.origins.assigned[instance, name] = Site(here.frame.module, arguments.nodes.get(called) or here.node)
    if after := run.find(cls, "__post_init__") or run.find(cls, "__attrs_post_init__"):
        run.call(run.bound(after, instance, cls, here), Arguments(passed_on), here)


def perhaps_given(arguments: Arguments, name: str, default: Values) -> Values:
    """The value of a field that no argument is seen for, but that `*rest` or `**options` may give."""
    if arguments.perhaps and not arguments.rest:
        given = bound(arguments.perhaps.get(name, ()))
    else:
        given = join(arguments.rest, arguments.more_keywords)
    return join(given, default)


def field_default(run: Machine, options: dict[str, Values], here: Here) -> Values:
    """What `field(default=…, default_factory=…)` says; empty where it says nothing."""
    factory = options.get("default_factory")
    return run.call(factory, Arguments(), here) if factory else options.get("default", ())
