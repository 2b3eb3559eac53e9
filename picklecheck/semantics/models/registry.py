"""Which callables of the outside have a model: a function that does what calling them does."""

from __future__ import annotations

from collections.abc import Callable

from picklecheck.semantics.domain.values import Arguments, ExternalMethod, Here, Values
from picklecheck.semantics.machine import Machine

# What a call gives; None where the model has no answer, and what is known of the name counts.
Model = Callable[[Machine, Arguments, Here], Values | None]
MethodModel = Callable[[Machine, ExternalMethod, Arguments, Here], Values | None]

MODELS: dict[str, Model] = {}
METHOD_MODELS: dict[tuple[str, str], MethodModel] = {}
ANY_TYPE = "*"


def models(*names: str) -> Callable[[Model], Model]:
    """Register a model for callables of the outside, by dotted name."""

    def register(model: Model) -> Model:
        MODELS.update(dict.fromkeys(names, model))
        return model

    return register


def methods(type_name: str, *names: str) -> Callable[[MethodModel], MethodModel]:
    """Register a model for methods of a type outside the project, or of `ANY_TYPE`."""

    def register(model: MethodModel) -> MethodModel:
        METHOD_MODELS.update({(type_name, name): model for name in names})
        return model

    return register
