"""How a parameter is set: by an argument of the call, or of the one that made its object, or by a setting around it."""

from __future__ import annotations

from picklecheck.crossings.parameters import given
from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge.boundaries import BoundaryEntry
from picklecheck.semantics.domain.facts import BEFORE, RETURNED, Fact
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    Arguments,
    Constant,
    Container,
    ExternalObject,
    Values,
)
from picklecheck.semantics.events import Event
from picklecheck.semantics.machine import Machine

SETTINGS = Fact("settings")


class Settings:
    """The settings of a program, such as `with parallel_config(…)`; it is in the store for what holds them."""

    def __init__(self, world: KnownWorld) -> None:
        self.world = world

    def heard(self, run: Machine, event: Event) -> None:
        """`with parallel_config(backend="threading"):` sets defaults when it is made, until it is left."""
        factories = self.world.knowledge.factories
        factory = factories.get(event.name)
        if factory is not None and factory.sets:
            run.store.set(RETURNED, factory.sets, event.arguments.get(0, factory.parameters[0]) or UNKNOWN)
        if factory is not None and factory.settings_of:
            key = _of(factory.settings_of)
            for made in event.result:
                run.store.set(made, BEFORE, run.store.values(self, key))
            run.store.set(self, key, event.result)
        elif event.name.endswith(".__exit__") and isinstance(event.receiver, ExternalObject):
            factory = factories.get(event.receiver.type)
            if factory is not None and factory.settings_of:
                run.store.set(self, _of(factory.settings_of), run.store.values(event.receiver, BEFORE))
        elif event.name in self.world.boundaries:
            for made in event.result:
                if isinstance(made, ExternalObject) and (around := run.store.values(self, _of(made.type))):
                    run.store.set(made, SETTINGS, around)

    def argument_or_setting(self, run: Machine, event: Event, entry: BoundaryEntry, name: str) -> Values:
        """The values of a parameter of a call, or of the call that made its object; empty where none is given."""
        arguments, parameters = event.arguments, entry.parameters
        maker = self.world.maker(entry)
        if name not in parameters and maker is not None and isinstance(event.receiver, ExternalObject):
            arguments, parameters = event.receiver.arguments or Arguments(open=True), maker.parameters
        if arguments.open or arguments.rest or arguments.more_keywords:
            return UNKNOWN
        values = tuple(value for values in given(arguments, parameters, name) for value in values)
        if values and values != (Constant(None),):
            return values
        around = run.store.values(event.receiver, SETTINGS) if event.receiver is not None else ()
        around = around or run.store.values(self, _of(entry.package))
        return self._setting(run, around, name) if around else values

    def _setting(self, run: Machine, around: Values, name: str) -> Values:
        """What a setting says of a parameter, or the one around it; unknown where it is not sure which one holds."""
        match around:
            case ():
                return ()
            case (ExternalObject(type=kind, arguments=Arguments() as arguments) as made,) if not (
                arguments.open or arguments.more_keywords
            ):
                factory = self.world.knowledge.factories[kind]
                if values := given(arguments, factory.parameters, name) or _item(run, arguments, name):
                    return values[0]
                if name in factory.settings:
                    return (Constant(factory.settings[name]),)
                return self._setting(run, run.store.values(made, BEFORE), name)
        return UNKNOWN


def _of(name: str) -> Fact:
    """The key for the settings of a call, or of a package for whose calls they are."""
    return Fact("settings of", name)


def _item(run: Machine, arguments: Arguments, name: str) -> list[Values]:
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
