"""Attributes that cannot cross are left out by `__getstate__` and made anew by `__setstate__`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from picklecheck.fixes.class_state import (
    assigned_attributes,
    class_at,
    kept_parameters,
    methods_of,
    refuse_own_pickling,
    with_methods,
)
from picklecheck.fixes.placement import Replacement, replaced
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix
from picklecheck.source.place import Place


@refusable
def rewrite(
    tree: Tree, subject: Subject, owner: Place, attributes: Sequence[str], used_in_worker: bool = True
) -> Fix | NoFix:
    """Safe where the worker does not use them and nothing copies such instances.

    Unsafe otherwise: a lock made anew excludes nobody else. Refused where the expression of `__init__`
    needs something that is gone by then, and for classes with `__slots__` or a pickling of their own.

    `attributes` are those of the class at `owner` that refuse, in the order in which they are set.
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
    params = [*init.params.posonly_params, *init.params.params]
    if not params:
        raise Refused("`__init__` takes no instance")
    instance = params[0].name.value
    rebuilt = [_rebuilt(tree, node, methods, name, attributes, instance) for name in attributes]
    keys = [_key(node, name) for name in attributes]
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
    copies = re.search(r"\b(copy|deepcopy)\(", tree.text.replace(".copy(", "(")) is not None
    plain = all(tree.source(base.value) == "object" for base in node.bases)
    unsafe = used_in_worker or copies or not plain or subject.runs_today
    names = ", ".join(f"`{name}`" for name in attributes)
    edit = with_methods(tree, node, init, [getstate, setstate])
    return Fix("unsafe" if unsafe else "safe", f"leave {names} out and make it anew in the child", (edit,))


def _key(node: cst.ClassDef, name: str) -> str:
    private = name.startswith("__") and not name.endswith("__")
    return f"_{node.name.value.lstrip('_')}{name}" if private else name


def _rebuilt(
    tree: Tree,
    node: cst.ClassDef,
    methods: dict[str, cst.FunctionDef],
    name: str,
    dropped: Sequence[str],
    instance: str,
) -> str:
    """The line of `__setstate__` that sets the attribute as `__init__` did."""
    init = methods["__init__"]
    for title, method in methods.items():
        if title != "__init__" and name in assigned_attributes(tree, method):
            raise Refused(f"`{name}` is also set in `{title}`")
    set_here = assigned_attributes(tree, init)
    match set_here.get(name):
        case [(value, True)]:
            pass
        case _:
            raise Refused(f"`{name}` is not set once in `__init__`")
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
                    continue
            raise Refused(f"`{name}` is made of what is not there yet")
        if read.value not in kept:
            raise Refused(f"`{name}` is made of `{read.value}`, which the instance does not keep")
        cuts.append((*tree.spans[read], f"{instance}.{kept[read.value]}"))
    start, end = tree.whole(value)
    text = replaced(tree, start, end, cuts)
    if "\n" in text or isinstance(value, cst.Await | cst.Yield):
        raise Refused(f"`{name}` is not made in one line")
    return f"{instance}.{name} = {text}"
