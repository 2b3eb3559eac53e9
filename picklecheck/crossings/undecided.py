"""What was judged of each value that crosses, as plain data; of an undecided one the words for what is not known."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from picklecheck.crossings.crossing import ALONE, Crossing, Unseen
from picklecheck.crossings.nesting import parents
from picklecheck.findings import Judged
from picklecheck.semantics.domain.values import Site
from picklecheck.semantics.syntax.scopes import FunctionNode, within
from picklecheck.semantics.syntax.scopes import parameters as all_parameters

# Slots that only tell what is lost or missed of a value that crosses by another one, or that none crosses.
TELLING = ("variables", "state", ALONE)
LONGEST = 40  # characters of an expression


def judged(crossings: Iterable[Crossing]) -> Iterator[Judged]:
    """What was judged of the crossings, in any order."""
    for one in crossings:
        if one.slot in TELLING or " " in one.slot:
            continue
        place = one.value.module.place(one.value.node)
        at = place.path, place.line, place.column, one.entry.short, one.slot
        if one.verdict:
            yield Judged(*at, "refused")
        elif one.unseen is not None:
            yield Judged(*at, "undecided", reason(one.unseen))
        else:
            yield Judged(*at, "fine")


def reason(unseen: Unseen) -> str:
    """What is not known, in words: ``unknown call `requests.Session()` ``."""
    words = [unseen.part] if unseen.part else []
    return ": ".join([*words, unknown(unseen.site)] if unseen.site is not None else words)


def unknown(site: Site) -> str:
    """The expression behind an unknown value: the variable's own, where only one statement gives it a value."""
    around = parents(site.module.tree)
    node = site.node
    if isinstance(node, ast.Name):
        scope = next((one for one in above(around, node) if isinstance(one, FunctionNode | ast.Module)), None)
        if isinstance(scope, FunctionNode) and node.id in {one.arg for one in all_parameters(scope)}:
            return f"parameter `{node.id}`, of which no caller is seen"
        given = list(assigned(scope, node.id)) if scope is not None else []
        if len(given) == 1 and not isinstance(given[0], ast.Name):
            node = given[0]
    match node:
        case ast.Await(value=value):
            return unknown(Site(site.module, value))
        case ast.Call(func=ast.Name(id=name)) if is_own(site, name):
            return f"result of `{name}()`, which is not known"
        case ast.Call(func=function):
            return f"unknown call `{shortened(function)}()`"
        case ast.Name(id=name):
            return f"unknown variable `{name}`"
        case ast.Attribute():
            return f"unknown attribute `{shortened(node)}`"
        case ast.Subscript():
            return f"unknown item `{shortened(node)}`"
        case ast.expr():
            return f"unknown value `{shortened(node)}`"
    return "a value that is not known"


def is_own(site: Site, name: str) -> bool:
    """Whether a name is that of a function which the module defines at its top."""
    return any(
        isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == name for one in site.module.tree.body
    )


def assigned(scope: ast.AST, name: str) -> Iterator[ast.expr]:
    """The expressions that the statements of a function or module assign to a name, or take its items from."""
    for node in within(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                yield value
            case ast.For(target=ast.Name(id=target), iter=value) if target == name:
                yield value
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=target)) if target == name:
                yield value


def above(around: Mapping[ast.AST, ast.AST], node: ast.AST) -> Iterator[ast.AST]:
    while node in around:
        node = around[node]
        yield node


def shortened(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
