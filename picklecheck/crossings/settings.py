"""What a call was told: by its own arguments, by those of the call that made its object, by a setting around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from picklecheck.crossings.judge import given
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.run import Event, Run
from picklecheck.semantics.values import UNKNOWN, Arguments, Constant, Container, Made, Values

if TYPE_CHECKING:
    from picklecheck.crossings.examiner import Examiner


def observe(examiner: Examiner, run: Run, event: Event) -> None:
    """`with parallel_config(backend="threading"):` sets defaults when it is made, until it is left."""
    factories = examiner.world.knowledge.factories
    factory = factories.get(event.name)
    if factory is not None and factory.settings_of:
        key = f"[settings of {factory.settings_of}]"
        for made in event.result:
            run.store.set(made, "[before]", run.store.values(examiner.program, key))
        run.store.set(examiner.program, key, event.result)
    elif event.name.endswith(".__exit__") and isinstance(event.receiver, Made):
        factory = factories.get(event.receiver.type)
        if factory is not None and factory.settings_of:
            key = f"[settings of {factory.settings_of}]"
            run.store.set(examiner.program, key, run.store.values(event.receiver, "[before]"))
    elif event.name in examiner.world.boundaries:
        for made in event.result:
            if isinstance(made, Made) and (around := run.store.values(examiner.program, f"[settings of {made.type}]")):
                run.store.set(made, "[settings]", around)


def told(
    examiner: Examiner, run: Run, event: Event, entry: BoundaryEntry, maker: BoundaryEntry | None, name: str
) -> Values:
    """The values of a parameter of a call, or of the call that made its object (`maker`); empty where nothing is."""
    arguments, parameters = event.arguments, entry.parameters
    if name not in entry.parameters and maker is not None and isinstance(event.receiver, Made):
        arguments, parameters = event.receiver.arguments or Arguments(open=True), maker.parameters
    if arguments.open or arguments.rest or arguments.more_keywords:
        return UNKNOWN
    values = tuple(value for values in given(arguments, parameters, name) for value in values)
    if values and values != (Constant(None),):
        return values
    around = run.store.values(event.receiver, "[settings]") if event.receiver is not None else ()
    around = around or run.store.values(examiner.program, f"[settings of {entry.package}]")
    return _set(examiner, run, around, name) if around else values


def _set(examiner: Examiner, run: Run, around: Values, name: str) -> Values:
    """What a setting says of a parameter, or the one around it; unknown where it is not sure which one holds."""
    match around:
        case ():
            return ()
        case (Made(type=kind, arguments=Arguments() as arguments) as made,) if not (
            arguments.open or arguments.more_keywords
        ):
            factory = examiner.world.knowledge.factories[kind]
            if values := given(arguments, factory.parameters, name) or _item(run, arguments, name):
                return values[0]
            if name in factory.settings:
                return (Constant(factory.settings[name]),)
            return _set(examiner, run, run.store.values(made, "[before]"), name)
    return UNKNOWN


def _item(run: Run, arguments: Arguments, name: str) -> list[Values]:
    """What is set of a parameter by its name in a dict: `config.set({"scheduler": "threads"})`."""
    for value in arguments.positional[0] if arguments.positional else ():
        if isinstance(value, Container) and value.kind == "dict":
            items = run.store.items(value)
            held = dict(zip(items.keys, items.values, strict=False))
            if (Constant(name),) in held:
                return [held[(Constant(name),)]]
            if not items.exact:
                return [UNKNOWN]
        elif not isinstance(value, Constant):
            return [UNKNOWN]
    return []
