"""`__getstate__` and `__setstate__` as they are written: new ones, or more lines in those that a class has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from picklecheck.fixes.class_state import methods_of, refuse_own_pickling, with_methods
from picklecheck.fixes.placement import first_line
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit

_STATE = ("__getstate__", "__setstate__")
_PLACES = ("__dict__", "__weakref__")


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """How the objects of a class keep and restore their state now.

    `slots` are the names of its `__slots__`, None without them; `getstate` and `setstate` are its own methods.
    """

    node: cst.ClassDef
    instance: str
    slots: tuple[str, ...] | None
    getstate: cst.FunctionDef | None
    setstate: cst.FunctionDef | None


def state_of(tree: Tree, node: cst.ClassDef, instance: str, derived: Sequence[cst.ClassDef]) -> State:
    """Raises Refused for a class, or one of its bases in the file, whose pickling cannot be added to."""
    refuse_own_pickling(tree, node, but=_STATE)
    methods = methods_of(node)
    slots = _slots(tree, node)
    getstate, setstate = (methods.get(name) for name in _STATE)
    if slots is not None and (node.bases or derived or getstate or setstate):
        raise Refused(f"`{node.name.value}` has `__slots__`")
    for method in (getstate, setstate):
        if method is not None and method.decorators:
            raise Refused(f"`{node.name.value}` has `{method.name.value}` already")
    return State(node, instance, slots, getstate, setstate)


def _slots(tree: Tree, node: cst.ClassDef) -> tuple[str, ...] | None:
    for part in node.body.body:
        match part:
            case cst.SimpleStatementLine(
                body=[
                    cst.Assign(
                        targets=[cst.AssignTarget(target=cst.Name(value="__slots__"))],
                        value=cst.Tuple(elements=elements) | cst.List(elements=elements),
                    )
                ]
            ) if all(isinstance(one.value, cst.SimpleString) for one in elements):
                names = tuple(str(one.value.raw_value) for one in elements if isinstance(one.value, cst.SimpleString))
                if not set(names) & set(_PLACES) and not any(name.startswith("__") for name in names):
                    return names
        if tree.source(part).startswith("__slots__"):
            raise Refused(f"`{node.name.value}` has `__slots__`")
    return None


def written(
    tree: Tree,
    state: State,
    after: cst.BaseStatement,
    left_out: Sequence[str],
    made_anew: Sequence[str],
    always: bool = True,
) -> list[Edit]:
    """The edits that leave attributes out of the state, by lines with `state`, and make them again.

    `always` says that every slot is set.
    """
    edits: list[Edit] = []
    new: list[list[str]] = []
    if state.getstate is None:
        new.append(_getstate(tree, state, left_out, always))
    elif left_out:
        edits.append(_before_return(tree, state.getstate, left_out))
    if state.setstate is not None:
        edits += _appended(tree, state, left_out, made_anew)
    elif made_anew or state.slots is not None:  # by default only `__dict__` is filled
        new.append(_setstate(tree, state, made_anew))
    if new:
        edits.append(with_methods(tree, state.node, state.getstate or after, new))
    return edits


def _getstate(tree: Tree, state: State, left_out: Sequence[str], always: bool) -> list[str]:
    instance, step = state.instance, tree.indent
    names = f"{instance}.__slots__"
    lines = [f"state = {instance}.__dict__.copy()"]
    if state.slots is not None:
        lines = [f"state = {{name: getattr({instance}, name) for name in {names}}}"]
        if not always:
            lines = [
                f"names = [name for name in {names} if hasattr({instance}, name)]",
                lines[0].replace(names, "names"),
            ]
    lines += [*left_out, "return state"]
    kept = _annotation(tree, state.node)
    return [f"def __getstate__({instance}){f' -> {kept}' if kept else ''}:", *(step + line for line in lines)]


def _setstate(tree: Tree, state: State, made_anew: Sequence[str]) -> list[str]:
    instance, step = state.instance, tree.indent
    restore = [f"{instance}.__dict__.update(state)"]
    if state.slots is not None:
        restore = ["for name, value in state.items():", f"{step}setattr({instance}, name, value)"]
    kept = _annotation(tree, state.node)
    head = f"def __setstate__({instance}, state: {kept}) -> None:" if kept else f"def __setstate__({instance}, state):"
    return [head, *(step + line for line in [*restore, *made_anew])]


def _annotation(tree: Tree, node: cst.ClassDef) -> str:
    """The type of the state, where all methods of the class say what they return; `__init__` need not."""
    methods = [method for name, method in methods_of(node).items() if name != "__init__"]
    if not methods or not all(method.returns for method in methods):
        return ""
    return "dict[str, object]" if _subscripts_builtins(tree) else "dict"


def _subscripts_builtins(tree: Tree) -> bool:
    """Whether the file has annotations such as `list[int]`, which older Pythons cannot evaluate, or evaluates none."""
    for node in tree.spans:
        match node:
            case cst.Subscript(value=cst.Name(value="dict" | "list" | "tuple" | "set")):
                return True
            case cst.ImportFrom(module=cst.Name(value="__future__"), names=[*names]):
                if any(alias.name.value == "annotations" for alias in names):
                    return True
    return False


def _before_return(tree: Tree, method: cst.FunctionDef, left_out: Sequence[str]) -> Edit:
    """More lines above `return state`, where `state` is a copy of `self.__dict__`."""
    refused = Refused("`__getstate__` does not return a copy of `__dict__`")
    returns = [part for part in tree.under(method.body) if isinstance(part, cst.Return)]
    match method.body.body[-1], returns:
        case (
            cst.SimpleStatementLine(body=[cst.Return(value=cst.Name(value=name))]) as last,
            [_],
        ):
            pass
        case _:
            raise refused
    if not any(_copies_state(tree, method, part, name) for part in method.body.body):
        raise refused
    start = first_line(tree, last)
    margin = tree.margin(tree.spans[last][0])
    lines = [line.replace("state", name, 1) for line in left_out]
    return tree.edit(start, start, "".join(f"{margin}{line}{tree.newline}" for line in lines))


def _copies_state(tree: Tree, method: cst.FunctionDef, part: cst.CSTNode, name: str) -> bool:
    match part:
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=bound))], value=value)]
        ):
            own = f"{_first(method)}.__dict__"
            return bound == name and tree.source(value) in (f"{own}.copy()", f"dict({own})", f"{{**{own}}}")
    return False


def _first(method: cst.FunctionDef) -> str:
    params = [*method.params.posonly_params, *method.params.params]
    return params[0].name.value if params else ""


def _appended(tree: Tree, state: State, left_out: Sequence[str], made_anew: Sequence[str]) -> list[Edit]:
    """More lines at the end of `__setstate__`, but those that it has; it must not read what is left out."""
    method = state.setstate
    assert method is not None
    body = method.body
    if _first(method) != state.instance or not isinstance(body, cst.IndentedBlock):
        raise Refused("`__setstate__` is written in another way")
    if any(isinstance(part, cst.Return) for part in tree.under(body)):
        raise Refused("`__setstate__` returns early")
    text = tree.source(method)
    if any(line.partition('"')[2].partition('"')[0] in _strings(tree, method) for line in left_out):
        raise Refused("`__setstate__` reads what is excluded")
    missing = [line for line in made_anew if line not in text]
    if not missing:
        return []
    last = body.body[-1]
    at = tree.line_end(tree.spans[last][1])
    margin = tree.margin(tree.spans[last][0])
    gap = "" if tree.text[:at].endswith(("\n", "\r")) else tree.newline
    return [tree.edit(at, at, gap + "".join(f"{margin}{line}{tree.newline}" for line in missing))]


def _strings(tree: Tree, method: cst.FunctionDef) -> set[str]:
    return {str(part.raw_value) for part in tree.under(method) if isinstance(part, cst.SimpleString)}
