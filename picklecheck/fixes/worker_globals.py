"""What the workers of a pool keep in globals from their start on: the initializer that does it, found or made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import libcst as cst

from picklecheck.fixes.names import choose
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scopes, parameters
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit

# Variables that a function is named after; of more of them only these.
MOST_NAMED = 2


def kept_by(tree: Tree, scopes: Scopes, pool: cst.Call, before: int) -> dict[str, str] | None:
    """The globals in which an initializer that the pool has keeps variables; None where it has none."""
    given = {arg.keyword.value: arg.value for arg in pool.args if arg.keyword}
    if any(arg.star for arg in pool.args) or len(pool.args) - len(given) > before:
        raise Refused(
            "the pool has an initializer already", "set it there, and read it in the task as a global variable"
        )
    match given.get("initializer"), given.get("initargs"):
        case None, None:
            return None
        case cst.Name(value=initializer), cst.Tuple(elements=elements):
            match scopes.bindings_of(scopes.module, initializer):
                case [cst.FunctionDef() as function]:
                    variables = [tree.source(element.value) for element in elements]
                    stored = zip(variables, _stored(function).values(), strict=False)
                    return {variable: name for variable, name in stored if name}
    return {}


def keeper(
    tree: Tree, scopes: Scopes, variables: list[str], pool: cst.Call, definitions: list[str]
) -> tuple[str, dict[str, str]]:
    """A function that keeps these variables in globals, and these: one that the file has, or one more definition."""
    keepers = {part: _stored(part) for part in tree.module.body if isinstance(part, cst.FunctionDef)}
    known: dict[str, str] = {}
    for function, stored in keepers.items():
        only = [name for name in stored.values() if _only_kept(tree, scopes, name, keepers)]
        if list(stored) == variables and len(only) == len(variables):
            return function.name.value, stored
        known |= {one: name for one, name in stored.items() if name in only}
    name = choose(tree, scopes, ["init_worker", f"init_worker_with_{named(variables[:MOST_NAMED])}"], pool)
    kept = {one: known.get(one) or choose(tree, scopes, [f"worker_{one.strip('_')}"], pool) for one in variables}
    lines = [f"def {name}({', '.join(kept)}):", f"{tree.indent}global {', '.join(kept.values())}"]
    lines += [f"{tree.indent}{stored} = {one}" for one, stored in kept.items()]
    definitions.append(tree.newline.join(lines))
    return name, kept


def _only_kept(tree: Tree, scopes: Scopes, name: str, keepers: Mapping[cst.FunctionDef, Mapping[str, str]]) -> bool:
    """Whether a global is set by functions alone that do nothing else, as workers do when they start."""
    setting = [function for function, stored in keepers.items() if name in stored.values()]
    bindings = scopes.bindings_of(scopes.module, name)
    return bool(name) and all(any(tree.contains(one, binding) for one in setting) for binding in bindings)


def _stored(function: cst.FunctionDef) -> dict[str, str]:
    """The parameters of a function that only stores them in globals, with these; empty for one that is not stored."""
    stored: dict[str, str] = {}
    declared: set[str] = set()
    for line in function.body.body:
        match line:
            case cst.SimpleStatementLine(body=[cst.Global(names=names)]):
                declared |= {item.name.value for item in names}
            case cst.SimpleStatementLine(
                body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=cst.Name(value=one))]
            ) if name in declared:
                stored[one] = name
            case _:
                return {}
    return {name: stored.get(name, "") for name in _plain_names(function)}


def named(names: Iterable[str]) -> str:
    return "_and_".join(name.strip("_") for name in names)


def _plain_names(function: cst.FunctionDef) -> list[str]:
    """The parameters of a function that has plain ones alone."""
    names = [param.name.value for param in function.params.params]
    return names if len(names) == len(parameters(function)) else []


def started_with(tree: Tree, pool: cst.Call, arguments: Sequence[str]) -> Edit:
    """The call that makes the pool, with more arguments: in lines of their own where its last one has that."""
    if not pool.args:
        end = tree.spans[pool][1] - 1
        return tree.edit(end, end, ", ".join(arguments))
    begin, end = tree.spans[pool.args[-1]][0], tree.whole(pool.args[-1].value)[1]
    margin = tree.margin(begin)
    if margin.strip():
        return tree.edit(end, end, "".join(f", {argument}" for argument in arguments))
    below = tree.line_end(end)
    if isinstance(pool.args[-1].comma, cst.Comma) and below < tree.spans[pool][1]:
        return tree.edit(below, below, "".join(f"{margin}{argument},{tree.newline}" for argument in arguments))
    return tree.edit(end, end, "".join(f",{tree.newline}{margin}{argument}" for argument in arguments))
