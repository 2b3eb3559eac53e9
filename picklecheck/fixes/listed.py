"""A view or iterator is sent as what it gives: `d.keys()` as `list(d.keys())`, a generator as a list."""

from __future__ import annotations

from typing import Literal

import libcst as cst

from picklecheck.fixes.imports import qualified
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes, assigned
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

# What each type becomes.
FORMS = {
    "os.environ": "dict({})",
    "builtins.dict_values": "list({})",
    "builtins.dict_keys": "list({})",
    "builtins.dict_items": "list({})",
    "builtins.memoryview": "bytes({})",
    "types.MappingProxyType": "dict({})",
    **{
        f"builtins.{kind}": "list({})"
        for kind in ("generator", "map", "filter", "zip", "enumerate", "reversed", "tuple_iterator", "dict_keyiterator")
    },
    **{
        f"itertools.{kind}": "list({})"
        for kind in ("accumulate", "batched", "chain", "combinations", "compress", "dropwhile", "filterfalse")
    },
    **{
        f"itertools.{kind}": "list({})"
        for kind in ("groupby", "islice", "pairwise", "permutations", "product", "starmap", "takewhile", "zip_longest")
    },
}
_SETS = {"builtins.dict_keys", "builtins.dict_items"}
# What is done with it, as far as that is seen.
Used = Literal["somehow", "iterated", "stepped", "as a set"]
# What `next` can be called on, as cannot on a list.
_STEPPED = {kind for kind, form in FORMS.items() if form == "list({})"} - {
    f"builtins.dict_{view}" for view in ("values", "keys", "items")
}


@refusable
def rewrite(tree: Tree, subject: Subject, kind: str, alone: bool = False, used: Used = "somehow") -> Fix | NoFix:
    """A list, or what iterates over it where the task calls `next` on what it gets (`stepped`), or a set (`as a set`).

    Safe for the values of a dict that go to a task, as a list can all that these can, and where the task does nothing
    with what it gets but what it can do with plain data (`iterated`).

    Unsafe otherwise: the other views know operations of sets, an iterator is used up before the work
    begins, and what works today, a fork, would get something else. Refused where the value is not written
    in the call and not in a variable that is bound once.
    """
    if kind not in FORMS:
        raise Refused("there is no plain data like it", "pass what it is made of")
    node = _told(tree, subject, kind) or written_item(tree, subject, alone)
    start, end = tree.whole(node)
    if isinstance(node, cst.GeneratorExp):
        text = tree.text[start:end]
        form = f"[{text[1:-1] if node.lpar else text}]"
    else:
        form = FORMS[kind].format(tree.text[start:end])
    if used == "as a set" and kind in _SETS:
        form = f"set({tree.text[start:end]})"
    if used == "stepped" and (isinstance(node, cst.GeneratorExp) or kind in _STEPPED):
        form = f"iter({form})"
    safe = (used == "iterated" or kind == "builtins.dict_values") and not subject.runs_today
    return Fix("safe" if safe else "unsafe", f"pass `{form}`", (tree.edit(start, end, form),))


def _told(tree: Tree, subject: Subject, kind: str) -> cst.BaseExpression | None:
    """The expression in what is sent that names the value itself, such as `os.environ`."""
    use, scopes = tree.node_at(subject.use, cst.BaseExpression), Scopes.of(tree)
    if use is None:
        return None
    for node in tree.under(use):
        if isinstance(node, cst.Attribute | cst.Name) and _is_item(tree, use, node):
            if qualified(tree, scopes, node) == kind:
                return node
    return None


def written_item(tree: Tree, subject: Subject, alone: bool = False) -> cst.BaseExpression:
    """The expression inside what is sent that means the value; what is sent, if that is all."""
    if not subject.goes_straight:
        raise Refused("it is passed to another function first")
    use = tree.node_at(subject.use, cst.BaseExpression)
    if use is None:
        raise Refused("the value was not found")
    made = tree.node_at(subject.definition, cst.BaseExpression) if subject.definition else None
    if made is not None and tree.contains(use, made):
        return made
    scopes = Scopes.of(tree)
    for name in tree.under(use):
        if isinstance(name, cst.Name) and name in scopes.read_in and _is_item(tree, use, name):
            owner = scopes.read_in[name].owner(name.value)
            match scopes.bindings_of(owner, name.value) if owner else []:
                case [cst.ImportAlias()] if subject.definition is None:
                    return name
                case [cst.Name() as binding] if made is not None and assigned(tree, binding) is made:
                    return name
    if alone and not isinstance(use, cst.Tuple | cst.List | cst.Dict | cst.Set):
        return use
    raise Refused("the value is not in a variable where it is sent")


def _is_item(tree: Tree, use: cst.CSTNode, name: cst.CSTNode) -> bool:
    """Whether the name is what is sent, or an item of its displays, and not a part of an operation."""
    above = name
    while above is not use:
        above = tree.parents[above]
        if not isinstance(above, cst.Element | cst.DictElement | cst.Tuple | cst.List | cst.Dict):
            return False
    return True
