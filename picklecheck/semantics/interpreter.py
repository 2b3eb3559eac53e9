"""The interpreter: binds the operations of the machine to the code that knows each rule of Python."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import (
    Arguments,
    Class,
    Frame,
    Here,
    Instance,
    PendingImport,
    Suspended,
    Value,
    Values,
)
from picklecheck.semantics.forms import (
    assignment,
    comprehensions,
    conditions,
    expressions,
    imports,
    names,
    narrowing,
    statements,
    typehints,
    with_blocks,
)
from picklecheck.semantics.kinds import attributes, callables, containers, functions, instances, out_of_sight
from picklecheck.semantics.machine import Machine, Yields
from picklecheck.semantics.models import (  # noqa: F401  each registers its models
    argparse_,
    asyncio_,
    attrs_,
    builtins_,
    collections_,
    contextlib_,
    copy_,
    dataclasses_,
    enum_,
    files,
    functools_,
    library,
    mock,
    multiprocessing_,
    platform_,
    threading_,
    visitors,
)
from picklecheck.semantics.syntax.module import Module


class Interpreter(Machine):
    """A machine that can run programs. It is told what to run by those who ask."""

    def evaluate(self, node: ast.expr, frame: Frame) -> Values:
        return expressions.evaluate(self, node, frame)

    def load(self, name: str, frame: Frame) -> Values:
        return names.load(self, name, frame)

    def test(self, node: ast.expr, frame: Frame) -> conditions.Test:
        return conditions.test(self, node, frame)

    def truth(self, values: Values, here: Here) -> bool | None:
        return conditions.truth(self, values, here)

    def narrow(self, node: ast.expr, frame: Frame, outcome: bool) -> None:
        narrowing.narrow(self, node, frame, outcome)

    def run_body(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        statements.run_body(self, body, frame)

    def assign(self, target: ast.expr, values: Values, frame: Frame, node: ast.AST) -> None:
        assignment.assign(self, target, values, frame, node)

    def bind_name(self, name: str, values: Values, frame: Frame) -> None:
        names.bind_name(self, name, values, frame)

    def call(self, callees: Values, arguments: Arguments, here: Here) -> Values:
        return callables.call(self, callees, arguments, here)

    def call_method(self, owner: Value, name: str, positional: Sequence[Values], here: Here) -> Values:
        return callables.call_method(self, owner, name, positional, here)

    def run_suspended(self, value: Suspended, here: Here, yields: Yields | None = None) -> Values:
        return functions.run_suspended(self, value, here, yields)

    def resume(self, value: Value, here: Here) -> Values:
        return functions.resume(self, value, here)

    def yielded(self, value: Suspended, here: Here) -> Items:
        if value.function is None:
            return comprehensions.items_of(self, value)
        return functions.yielded(self, value, here)

    def instantiate(self, cls: Class, arguments: Arguments, here: Here) -> Values:
        return instances.instantiate(self, cls, arguments, here)

    def generic_instance(self, cls: Class, here: Here, arguments: Arguments | None = None) -> Instance:
        return out_of_sight.generic_instance(self, cls, here, arguments)

    def instance_of(self, annotation: ast.expr, frame: Frame) -> Values:
        return typehints.instance_of(self, annotation, frame)

    def attribute(self, owners: Values, name: str, here: Here) -> Values:
        return attributes.get(self, owners, name, here)

    def attribute_of(self, owner: Value, name: str, here: Here) -> Values:
        return attributes.of_value(self, owner, name, here)

    def bound(self, values: Values, receiver: Value, cls: Class, here: Here) -> Values:
        return attributes.bound(self, values, receiver, cls, here)

    def set_attribute(self, owners: Values, name: str, values: Values, here: Here) -> None:
        attributes.assign(self, owners, name, values, here)

    def delete_attribute(self, owners: Values, name: str, here: Here) -> None:
        attributes.delete(self, owners, name, here)

    def items_of(self, values: Values, here: Here) -> Items:
        return containers.items_of(self, values, here)

    def enter(self, managers: Values, here: Here) -> Values:
        return with_blocks.enter(self, managers, here)

    def leave(self, managers: Values, raised: Values, here: Here) -> bool | None:
        return with_blocks.leave(self, managers, raised, here)

    def resolve(self, imported: PendingImport, frame: Frame) -> Values:
        return imports.resolve(self, imported, frame)

    def of_module(self, module: Module, name: str) -> Values:
        return imports.of_module(self, module, name)

    def namespace(self, module: Module) -> Frame:
        return imports.namespace(self, module)

    def demand(self, module: Module, name: str) -> None:
        imports.demand(self, module, name)
