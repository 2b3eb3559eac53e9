"""Whether a value is carried: values of every kind, each judged by the module that knows its kind."""

from __future__ import annotations

from picklecheck.crossings import instances, methods, outside, references
from picklecheck.crossings.judging import Judging
from picklecheck.crossings.verdict import CARRIED, Verdict
from picklecheck.semantics.domain.values import (
    BoundMethod,
    Class,
    Constant,
    Container,
    Descriptor,
    ExternalMethod,
    ExternalName,
    ExternalObject,
    Function,
    Instance,
    Partial,
    PendingImport,
    ProjectModule,
    Super,
    Suspended,
    Unbound,
    Unknown,
    Value,
    Wrapper,
)


class Judge(Judging):
    """Judges the values of one call, for one carrier."""

    def of_kind(self, value: Value) -> Verdict:
        if self.carrier == "marshal":
            return self.plain_data(value)
        match value:
            case Unknown() | Unbound() | Constant() | PendingImport() | Super():
                return CARRIED
            case ExternalName(name=name, is_module=True):
                return outside.module(self, value, name)
            case ExternalName():
                return outside.external(self, value)
            case ProjectModule(module=module):
                return outside.module(self, value, module.name)
            case Function():
                return references.function(self, value)
            case Class():
                return references.class_(self, value)
            case Instance():
                return instances.instance(self, value)
            case ExternalObject():
                return outside.made(self, value)
            case Partial():
                return outside.partial(self, value)
            case Wrapper(kind="cached" | "generic") | Wrapper(kind="managed", function=(Function(),)):
                return references.wrapper_object(self, value)
            case Wrapper():
                return CARRIED
            case Container():
                return self.items(self.run.store.items(value), value)
            case BoundMethod():
                return methods.method(self, value)
            case ExternalMethod():
                return methods.external_method(self, value)
            case Suspended(kind=kind):
                return outside.of_type(self, f"builtins.{kind.replace(' ', '_')}", value)
            case Descriptor(kind=kind):
                package = "functools" if kind in ("cached_property", "partialmethod") else "builtins"
                return outside.of_type(self, f"{package}.{kind}", value)

    def plain_data(self, value: Value) -> Verdict:
        """`marshal` takes constants, containers of them and code objects, and nothing else (its documentation)."""
        match value:
            case Container():
                return self.items(self.run.store.items(value), value)
            case Function() | Class() | Instance() | BoundMethod() | Suspended() | ProjectModule():
                return (self.refusal(value, "resource", "`marshal` takes plain data only"),)
            case _:
                return CARRIED
