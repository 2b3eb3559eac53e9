"""Inherited methods that are run on objects of a subclass: those that may reach a boundary, where it changes them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from picklecheck.crossings.relays import last_name
from picklecheck.crossings.sinks import Sinks
from picklecheck.semantics.domain.mro import resolution_order
from picklecheck.semantics.domain.values import Class, Function
from picklecheck.semantics.kinds.following import may_reach_sink
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import Module
from picklecheck.semantics.syntax.nodes import walk
from picklecheck.semantics.syntax.own_attributes import Access, accesses, reads

# Of the classes that inherit a method so many are taken, and of a file so many inherited methods are run.
MOST_HEIRS = 3
MOST_INHERITED = 4


def heirs(module: Module, sinks: Sinks) -> list[ast.ClassDef]:
    """The classes at module level that derive from a class that leads to a boundary, by the names of their bases."""
    found: list[ast.ClassDef] = []
    names = set(sinks.leading)
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef) and not names.isdisjoint(map(last_name, node.bases)):
            found.append(node)
            names.add(node.name)
    return found


def inherited(run: Machine, classes: Sequence[Class], wanted: Collection[ast.AST]) -> Iterator[tuple[Function, Class]]:
    """Methods with the subclasses to run them for: of a base in this file the `wanted`, else those that call a sink."""
    heirs_of: dict[Function, int] = {}
    for cls in classes:
        found = [one for one in methods_of_bases(run, cls) if one.node in wanted or is_foreign(run, cls, one)]
        called = {name for one in found for name in one.module.called(one.node) if name != one.name}
        for function in sorted(found, key=lambda one: one.name in called):
            if not is_changed(run, cls, function):
                continue
            if heirs_of.setdefault(function, 0) >= MOST_HEIRS:
                run.meet("MOST_HEIRS")
            else:
                heirs_of[function] += 1
                yield function, cls


def methods_of_bases(run: Machine, cls: Class) -> list[Function]:
    """The methods that objects of a class find in its bases."""
    found: list[Function] = []
    seen = set(run.store.names(cls))
    for base in resolution_order(cls)[1:]:
        if not isinstance(base, Class):
            continue
        names = run.store.names(base)
        for name, values in names.items():
            match values:
                case (Function(owner=owner) as function,) if name not in seen and owner is base and not is_hook(name):
                    found.append(function)
        seen.update(names)
    return found


def is_hook(name: str) -> bool:
    """Whether a method is run when an object is made, or for pickling, and so is by other ways."""
    return name in ("__init__", "__new__", "__del__", "__getstate__", "__setstate__", "__reduce__", "__reduce_ex__")


def is_foreign(run: Machine, cls: Class, function: Function) -> bool:
    """Whether a method is in another file, where nobody knows the class, and may reach a boundary."""
    return function.module is not cls.module and may_reach_sink(run, function)


def is_changed(run: Machine, cls: Class, function: Function) -> bool:
    """Whether a class keeps something more in its objects, or has something else that an inherited method reads."""
    order = [one for one in resolution_order(cls) if isinstance(one, Class)]
    if function.owner not in order:
        return False
    between = order[: order.index(function.owner)]
    if function.module is not cls.module:
        # What another file has between them is run from there.
        between = [one for one in between if one.module is cls.module]
    if any(access.changes for one in between for access in accesses(one.site.node).values()):
        return True
    if function.module is not cls.module and not any(makes_something(run, one) for one in between):
        return False
    methods: dict[str, Access] = {}
    for one in reversed(order):
        methods.update(accesses(one.site.node))
    return any(not reads(methods, function.name).isdisjoint(run.store.names(one)) for one in between)


def makes_something(run: Machine, cls: Class) -> bool:
    """Whether a class itself reaches a boundary, or makes a function that has no name of its own."""
    node = cls.site.node
    if not run.sinks.isdisjoint(cls.module.called(node)):
        return True
    inner = (part for method in ast.iter_child_nodes(node) for part in walk(method) if part is not method)
    return any(isinstance(part, ast.Lambda | ast.FunctionDef) for part in inner)
