"""Which callables of the outside have a model: a function that does what calling them does."""

from __future__ import annotations

import ast
from collections.abc import Callable

from picklecheck.semantics.run import Run
from picklecheck.semantics.values import Arguments, Frame, Values

Model = Callable[[Run, Arguments, ast.AST, Frame], Values]
MODELS: dict[str, Model] = {}


def models(*names: str) -> Callable[[Model], Model]:
    """Register a model for callables of the outside, by dotted name."""

    def register(model: Model) -> Model:
        MODELS.update(dict.fromkeys(names, model))
        return model

    return register
