"""Attributes that cannot cross are left out by `__getstate__` and made anew by `__setstate__`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from picklecheck.fixes.class_state import (
    assigned_attributes,
    class_at,
    descendants,
    descendants_elsewhere,
    is_set_elsewhere,
    kept_parameters,
    methods_of,
    refuse_own_pickling,
    with_methods,
)
from picklecheck.fixes.placement import Replacement, replaced
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.remaking import is_silent
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix
from picklecheck.source.place import Place

_OWN_ATTRIBUTES = {"__setattr__", "__getattr__", "__getattribute__"}
_COPIES = re.compile(r"\b(?:copy\.copy|deepcopy)\(|^\s*from\s+copy\s+import\b", re.MULTILINE)


@refusable
def rewrite(
    tree: Tree, subject: Subject, owner: Place, attributes: Sequence[str], used_in_worker: bool = True
) -> Fix | NoFix:
    """Safe where the worker does not use them, making them has no effect, and nothing copies such instances.

    Unsafe otherwise: a lock made anew excludes nobody else. Refused where the expression of `__init__`
    needs something that is gone or changed by then, or would empty a file, where a method sets or deletes
    them too, and for classes with `__slots__` or a pickling of their own.

    `attributes` are those of the class at `owner` that refuse; they are made anew in the order of `__init__`.
    """
    node = class_at(tree, owner)
    refuse_own_pickling(tree, node)
    methods = methods_of(node)
    if "__init__" not in methods:
        raise Refused(f"`{node.name.value}` has no `__init__`")
    for part in node.body.body:
        if tree.source(part).startswith("__slots__"):
            raise Refused(f"`{node.name.value}` has `__slots__`")
    init = methods["__init__"]
    attributes = [_as_written(node, name) for name in attributes]
    params = [*init.params.posonly_params, *init.params.params]
    if not params:
        raise Refused("`__init__` takes no instance")
    instance = params[0].name.value
    made = {name: _made(tree, node, init, name) for name in attributes}
    scopes = Scopes.of(tree)
    made = dict(sorted(made.items(), key=lambda one: tree.spans[one[1]]))
    silent = all(is_silent(tree, scopes, value) for value in made.values())
    rebuilt = [_rebuilt(tree, node, init, name, value, list(made), instance) for name, value in made.items()]
    keys = [_key(node, name) for name in made]
    step = tree.indent
    getstate = [
        f"def __getstate__({instance}):",
        f"{step}state = {instance}.__dict__.copy()",
        *(f'{step}del state["{key}"]' for key in keys),
        f"{step}return state",
    ]
    setstate = [
        f"def __setstate__({instance}, state):",
        f"{step}{instance}.__dict__.update(state)",
        *(f"{step}{line}" for line in rebuilt),
    ]
    changed = [name for name in made if is_set_elsewhere(tree, node, init, name)]
    family = [node, *descendants(tree, node), *descendants_elsewhere(tree, node)]
    plain = all(tree.source(base.value) == "object" for base in node.bases)
    plain &= not any("__init__" in methods_of(derived) for derived in family[1:])
    plain &= not any(_OWN_ATTRIBUTES & methods_of(one).keys() or one.decorators or one.keywords for one in family)
    copied = any(_COPIES.search(one.text) for one in tree.everywhere(node.name.value))
    unsafe = used_in_worker or changed or not silent or not plain or copied or subject.runs_today
    names = ", ".join(f"`{name}`" for name in made)
    edit = with_methods(tree, node, init, [getstate, setstate])
    title = f"leave {names} out and make {'them' if len(made) > 1 else 'it'} anew in the child"
    return Fix("unsafe" if unsafe else "safe", title, (edit,))


def _key(node: cst.ClassDef, name: str) -> str:
    private = name.startswith("__") and not name.endswith("__")
    return f"_{node.name.value.lstrip('_')}{name}" if private else name


def _as_written(node: cst.ClassDef, name: str) -> str:
    """An attribute as the class itself calls it: `__lock`, which others know as `_Job__lock`."""
    prefix = f"_{node.name.value.lstrip('_')}"
    return name.removeprefix(prefix) if name.startswith(f"{prefix}__") else name


def _made(tree: Tree, node: cst.ClassDef, init: cst.FunctionDef, name: str) -> cst.BaseExpression:
    """What `__init__` sets the attribute to, always, and nothing else does."""
    match assigned_attributes(tree, init).get(name):
        case [(value, True)]:
            return value
    raise Refused(f"`{name}` is not set once in `__init__`")


def _rebuilt(
    tree: Tree,
    node: cst.ClassDef,
    init: cst.FunctionDef,
    name: str,
    value: cst.BaseExpression,
    dropped: Sequence[str],
    instance: str,
) -> str:
    """The line of `__setstate__` that sets the attribute as `__init__` did."""
    scopes = Scopes.of(tree)
    kept = kept_parameters(tree, scopes, init)
    cuts: list[Replacement] = []
    for read in tree.under(value):
        if not isinstance(read, cst.Name) or read not in scopes.read_in:
            continue
        owner = scopes.read_in[read].owner(read.value)
        if owner is None or owner is scopes.module or tree.contains(value, owner.node):
            continue
        if read.value == instance:
            match tree.parents[read]:
                case cst.Attribute(attr=cst.Name(value=other)) if other not in dropped[dropped.index(name) :]:
                    _refuse_changing(tree, node, init, other)
                    continue
            raise Refused(f"`{name}` is made of what is not there yet")
        if read.value not in kept:
            raise Refused(f"`{name}` is made of `{read.value}`, which the instance does not keep")
        if kept[read.value] in dropped[dropped.index(name) :]:
            raise Refused(f"`{name}` is made of `{read.value}`, which goes with it")
        _refuse_changing(tree, node, init, kept[read.value])
        cuts.append((*tree.spans[read], f"{instance}.{kept[read.value]}"))
    start, end = tree.whole(value)
    text = replaced(tree, start, end, cuts)
    if "\n" in text or isinstance(value, cst.Await | cst.Yield):
        raise Refused(f"`{name}` is not made in one line")
    return f"{instance}.{name} = {text}"


def _refuse_changing(tree: Tree, node: cst.ClassDef, init: cst.FunctionDef, name: str) -> None:
    if is_set_elsewhere(tree, node, init, name):
        raise Refused(f"`{name}`, which it is made of, is set elsewhere")
