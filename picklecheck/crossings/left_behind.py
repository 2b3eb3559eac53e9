"""Which variables have another value in a spawned child, which only has what importing leaves.

They are those of the main module, those that it sets in other modules (`settings.depth = 3`), and those that functions
of other modules bind (`global client`) or fill (`depths["all"] = 3`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from picklecheck.crossings.child import Child
from picklecheck.semantics.domain.facts import ITEMS
from picklecheck.semantics.domain.items import Items
from picklecheck.semantics.domain.values import UNBOUND, Class, Constant, Container, Frame, Value, Values
from picklecheck.semantics.machine import Machine
from picklecheck.semantics.syntax.module import Module, names_bound
from picklecheck.semantics.syntax.nodes import walk
from picklecheck.semantics.syntax.scopes import within

# A variable of a module or an attribute of a class, by its owner and its name.
Variable: TypeAlias = tuple[Frame | Class, str]


def set_since(run: Machine, child: Child) -> dict[Variable, Values]:
    """What variables of the main module and attributes of its classes are in a spawned child, where that differs."""
    if not child.whole:
        return {}
    namespace = run.imports.namespaces[run.main]
    other, alike = child.run.imports.namespaces[run.main], _never_told_apart(child)
    found: dict[Variable, Values] = {}
    for name in [one for one in run.store.entries(namespace) if one not in alike]:
        if not isinstance(name, str) or not (values := run.store.values(namespace, name)):
            continue
        there = child.run.store.values(other, name)
        if (changed := difference(run, values, child.run, there)) is not None:
            found[namespace, name] = changed
        match values, there:
            case (Class() as cls,), (Class() as same_there,) if cls.site.node is same_there.site.node:
                for attribute, held in run.store.names(cls).items():
                    if not attribute.startswith("["):
                        kept = child.run.store.values(same_there, attribute)
                        if (changed := difference(run, held, child.run, kept)) is not None:
                            found[cls, attribute] = changed
    found.update(set_elsewhere(run, child))
    found.update(set_by_functions(run, child))
    return found


def set_elsewhere(run: Machine, child: Child) -> Iterator[tuple[Variable, Values]]:
    """What the main module set in other modules, and what was filled there, where importing leaves another value."""
    names = attributes_set(run.main.tree)
    for module, namespace in list(run.imports.namespaces.items()):
        if module is run.main:
            continue
        held = run.store.names(namespace)
        for name in [one for one in held if one in names or is_filled(run, module, one, held[one])]:
            there = left_by_importing(child, module, name)
            if there and (changed := difference(run, held[name], child.run, there)) is not None:
                yield (namespace, name), changed


def left_by_importing(child: Child, module: Module, name: str) -> Values:
    """What a variable of a module is once the child has imported it; empty where nothing is known to bind it."""
    child.run.demand(module, name)
    return child.run.store.values(child.run.namespace(module), name)


def is_filled(run: Machine, module: Module, name: str, values: Values) -> bool:
    """Whether a container has items that importing does not give it: it is written empty, and once."""
    match values, module.binding(name):
        case (Container() as one,), [ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value)]:
            return bool(run.store.items(one).values) and is_empty(value)
    return False


def is_empty(node: ast.expr) -> bool:
    """Whether an expression is an empty container: `{}`, `[]`, `set()`."""
    match node:
        case ast.Dict(keys=[]) | ast.List(elts=[]):
            return True
        case ast.Call(func=ast.Name(id="dict" | "list" | "set"), args=[], keywords=[]):
            return True
    return False


def set_by_functions(run: Machine, child: Child) -> Iterator[tuple[Variable, Values]]:
    """What functions of other modules have bound there, where importing calls none of these functions."""
    for module, namespace in list(run.imports.namespaces.items()):
        if module is run.main or not module.declared_global:
            continue
        held = run.store.names(namespace)
        names = module.declared_global & held.keys()
        if not names:
            continue
        by_name, called = functions_binding(module), called_at_import(tuple(run.imports.namespaces), child)
        at_import = bound_at_import(module)
        for name in sorted(names):
            if not called.isdisjoint(by_name.get(name, ())):
                continue
            there = left_by_importing(child, module, name)
            if there or name not in at_import:
                if (changed := difference(run, held[name], child.run, there)) is not None:
                    yield (namespace, name), changed


@lru_cache(maxsize=16)
def functions_binding(module: Module) -> dict[str, set[str]]:
    """The functions of a module that bind each of its variables."""
    found: dict[str, set[str]] = {}
    for function in walk(module.tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in within(function):
                for name in node.names if isinstance(node, ast.Global) else ():
                    found.setdefault(name, set()).add(function.name)
    return found


@lru_cache(maxsize=16)
def bound_at_import(module: Module) -> frozenset[str]:
    """The names that the statements of a module bind; all of them where these import what is not named."""
    found = set[str]()
    for statement in module.tree.body:
        found.update(names_bound(statement))
        found.update(module.declared_global if isinstance(statement, ast.ImportFrom) and has_star(statement) else ())
    return frozenset(found)


def has_star(statement: ast.ImportFrom) -> bool:
    return any(alias.name == "*" for alias in statement.names)


@lru_cache(maxsize=1)
def called_at_import(modules: tuple[Module, ...], child: Child) -> frozenset[str]:
    """The names of all that may be called when modules are imported; what the main module calls, the child has run."""
    fact = child.run.program.fact
    todo = [name for one in modules if one is not child.module for name in fact(one.file, calls_at_import) or ()]
    further: dict[str, list[frozenset[str]]] = {}
    for one in modules:
        for name, called in (fact(one.file, called_by_name) or {}).items():
            further.setdefault(name, []).append(called)
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += [other for called in further.get(name, ()) for other in called]
    return frozenset(seen)


def calls_at_import(module: Module) -> frozenset[str]:
    """The names of what the statements of a module call, apart from its functions and classes."""
    return frozenset(filter(None, map(name_called, within(module.tree))))


def called_by_name(module: Module) -> dict[str, frozenset[str]]:
    """The names of what the functions and classes of a module call, by their own names."""
    return {
        name: frozenset().union(*(module.called(node) for node in nodes)) for name, nodes in definitions(module).items()
    }


@lru_cache(maxsize=32)
def definitions(module: Module) -> dict[str, list[ast.AST]]:
    """The functions and classes of a module by their names."""
    found: dict[str, list[ast.AST]] = {}
    for node in walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.setdefault(node.name, []).append(node)
    return found


def name_called(node: ast.AST) -> str:
    """The last name of what a call calls; empty for all other nodes."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name
    return ""


@lru_cache(maxsize=4)
def attributes_set(tree: ast.Module) -> frozenset[str]:
    """The attributes that a module sets of anything that is a plain name: `settings.depth`."""
    return frozenset(
        node.attr
        for node in walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name)
    )


@lru_cache(maxsize=1)
def _never_told_apart(child: Child) -> frozenset[str]:
    """The variables that the child has, of which nobody can tell whether they differ: most are functions."""
    store, namespace = child.run.store, child.run.imports.namespaces[child.module]
    return frozenset(
        name
        for name, there in store.names(namespace).items()
        if not isinstance(there[0], Class) and not is_plain(child.run, there)
    )


def difference(run: Machine, values: Values, other: Machine, there: Values) -> Values | None:
    """What a variable is in a spawned child; None where it is the same as here, or cannot be told."""
    if not there:
        return UNBOUND
    if is_plain(other, there) and not same(run, values, other, there):
        return tuple(rebuilt(run, other, value) for value in there)
    return None


def is_plain(run: Machine, values: Values, seen: set[Value] | None = None) -> bool:
    """Whether values are literals and containers of them, each known exactly; what was `seen` is looked at once."""
    seen = set() if seen is None else seen
    for value in values:
        if value in seen:
            continue
        seen.add(value)
        match value:
            case Constant():
                continue
            case Container():
                items = run.store.items(value)
                if not items.exact or not all(is_plain(run, one, seen) for one in (*items.values, *items.keys)):
                    return False
            case _:
                return False
    return True


def same(run: Machine, values: Values, other: Machine, there: Values) -> bool:
    if len(values) != 1 or len(there) != 1:
        return values == there
    match values[0], there[0]:
        case Container(kind=kind) as one, Container(kind=kind_there) as two:
            items, more = run.store.items(one), other.store.items(two)
            return kind == kind_there and len(items.values) == len(more.values) and items.exact
    return values == there


def rebuilt(run: Machine, other: Machine, value: Value) -> Value:
    """A plain value of the child's run in this one."""
    if not isinstance(value, Container):
        return value
    items = other.store.items(value)
    made = Container(value.kind, value.site)
    parts = [
        tuple(tuple(rebuilt(run, other, one) for one in held) for held in part) for part in (items.values, items.keys)
    ]
    run.store.set(made, ITEMS, Items(parts[0], parts[1]))
    return made
