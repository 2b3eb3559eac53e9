"""Calling a method of an object of the outside, by its model."""

from __future__ import annotations

from picklecheck.semantics.domain.values import Arguments, ExternalMethod, Here, Values
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.models.registry import ANY_TYPE, METHOD_MODELS


def call(run: Machine, method: ExternalMethod, arguments: Arguments, here: Here) -> Values | None:
    """What a modelled method gives; None where it has no model, or that has no answer."""
    model = METHOD_MODELS.get((method.type, method.name)) or METHOD_MODELS.get((ANY_TYPE, method.name))
    return None if model is None else model(run, method, arguments, here)
