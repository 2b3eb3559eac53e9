"""What a class of the file sets on its instances, who derives from it, and where a method can be added to it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from functools import lru_cache

import libcst as cst

from picklecheck.fixes.captures import is_method_self, written
from picklecheck.fixes.placement import block_end
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit
from picklecheck.source.place import Place

_NAMESPACE = re.compile(r"__dict__|\bvars\(")
_BY_TEXT = {"getattr", "setattr", "delattr", "object", "patch", "methodcaller", "attrgetter"}
ANY_CLASS = "type(...)"
OWN_PICKLING = {
    "__getstate__",
    "__setstate__",
    "__reduce__",
    "__reduce_ex__",
    "__getnewargs__",
    "__getnewargs_ex__",
}


def class_at(tree: Tree, place: Place) -> cst.ClassDef:
    node = tree.node_at(place, cst.ClassDef)
    if node is None:
        raise Refused("the class is not in this file")
    return node


def classes_called(tree: Tree, name: str) -> Iterator[tuple[Tree, cst.ClassDef]]:
    """The classes of this name in all files, each with the tree of its file."""
    for one in tree.everywhere(name):
        for part in one.of_kind(cst.ClassDef):
            if part.name.value == name:
                yield one, part


def methods_of(node: cst.ClassDef) -> dict[str, cst.FunctionDef]:
    return {part.name.value: part for part in node.body.body if isinstance(part, cst.FunctionDef)}


def descendants(tree: Tree, node: cst.ClassDef) -> list[cst.ClassDef]:
    """The classes of a file that derive from this one, at any distance, going by the names of their bases."""
    derived = _derived(tree)
    found: dict[cst.ClassDef, None] = {}
    names, asked = [*names_of(tree, node.name.value)], set[str]()
    for name in names:  # grows by the names of the classes that are found
        new = [part for part in derived.get(name, ()) if part not in found and part is not node and name not in asked]
        asked.add(name)
        found.update(dict.fromkeys(new))
        names += [part.name.value for part in new]
    return list(found)


@lru_cache(maxsize=4)
def _derived(tree: Tree) -> Mapping[str, Sequence[cst.ClassDef]]:
    """The classes of a file by the names of their bases."""
    derived: dict[str, list[cst.ClassDef]] = {}
    for part in tree.of_kind(cst.ClassDef):
        for name in base_names(tree, part):
            derived.setdefault(name, []).append(part)
    return derived


def descendants_elsewhere(tree: Tree, node: cst.ClassDef) -> list[cst.ClassDef]:
    """The classes of the other files that derive from this one."""
    return [derived for other in tree.elsewhere(node.name.value) for derived in descendants(other, node)]


def names_of(tree: Tree, name: str) -> set[str]:
    """The names that a file has for a class: its own, those it is imported by, and variables that it is assigned to."""
    named = _named(tree)
    return {name, *named.get(name, ()), *named.get(ANY_CLASS, ())}


@lru_cache(maxsize=4)
def _named(tree: Tree) -> Mapping[str, Set[str]]:
    """By the name of a class, what it is imported as and assigned to."""
    found: dict[str, set[str]] = {}
    for node in tree.under(tree.module):
        match node:
            case cst.ImportAlias(name=cst.Name(value=original), asname=cst.AsName(name=cst.Name(value=bound))):
                found.setdefault(original, set()).add(bound)
            case cst.Assign(targets=targets, value=value) if name := class_named(value):
                bound_here = {tree.source(target.target).rpartition(".")[2] for target in targets}
                found.setdefault(name, set()).update(bound_here)
    return found


def class_named(node: cst.BaseExpression) -> str:
    """The name of the class that an expression may be; `ANY_CLASS` for that of some object; empty for no class."""
    match node:
        case cst.Name(value="cls") | cst.Attribute(attr=cst.Name(value="__class__")):
            return ANY_CLASS
        case cst.Call(func=cst.Name(value="type"), args=[_]):
            return ANY_CLASS
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name
    return ""


def is_class(node: cst.BaseExpression, names: Collection[str]) -> bool:
    """Whether an expression is one of the classes of these names, or the class of some object."""
    return class_named(node) in (ANY_CLASS, *names)


def base_names(tree: Tree, node: cst.ClassDef) -> Iterator[str]:
    """The last names of the bases."""
    for base in node.bases:
        inner = base.value.value if isinstance(base.value, cst.Subscript) else base.value
        yield tree.source(inner).rpartition(".")[2]


def class_of_self(scopes: Scopes, attribute: cst.Attribute) -> cst.CSTNode | None:
    """The class in whose method this is an attribute of `self`; None for one of anything else."""
    match attribute.value:
        case cst.Name(value=name) as read if read in scopes.read_in:
            owner = scopes.read_in[read].owner(name)
            if owner and owner.parent and is_method_self(owner, name):
                return owner.parent.node
    return None


@lru_cache(maxsize=8)
def owners_in(tree: Tree) -> Mapping[cst.Attribute, cst.CSTNode | None]:
    """For each attribute in a file, the class in a method of which it is one of `self`; None for other objects'."""
    scopes = Scopes.of(tree)
    return {node: class_of_self(scopes, node) for nodes in attributes_in(tree).values() for node in nodes}


def settings_of(tree: Tree, name: str) -> Iterator[tuple[Tree, cst.Attribute]]:
    """Where an attribute of this name is set or deleted, whatever has it, in any file."""
    for one in tree.everywhere(name):
        for node in attributes_in(one).get(name, ()):
            if written(one, node):
                yield one, node


@lru_cache(maxsize=8)
def attributes_in(tree: Tree) -> Mapping[str, Sequence[cst.Attribute]]:
    """The attributes of a file by their names."""
    found: dict[str, list[cst.Attribute]] = {}
    for node in tree.of_kind(cst.Attribute):
        found.setdefault(node.attr.value, []).append(node)
    return found


def is_set_elsewhere(tree: Tree, node: cst.ClassDef, init: cst.BaseStatement, name: str) -> bool:
    """Whether an object that may be of the class has the attribute set outside `__init__`, in any file.

    Refused where a method of the class or of one that derives from it does so, and where it is deleted.
    """
    found = False
    families: dict[Tree, list[cst.CSTNode | None]] = {}
    for one, target in settings_of(tree, name) if name else ():
        family = families.get(one) or families.setdefault(one, [None, node, *descendants(one, node)])
        owner = owners_in(one)[target]
        if owner not in family or one.contains(init, target):
            continue
        method = one.nearest(target, cst.FunctionDef)
        if owner is node and method and method.name.value == "__setstate__":
            continue  # it makes the attribute again too
        if owner is not None and method:
            raise Refused(
                f"`{name}` is also set in `{method.name.value}`",
                "exclude it in a `__getstate__`, and create it in the worker",
            )
        if isinstance(one.parents[target], cst.Del):
            raise Refused(f"`{name}` is deleted elsewhere")
        found = True
    return found


def is_named_by_text(tree: Tree, name: str) -> bool:
    """Whether a string says an attribute's name to something that gets or sets it by that, as a namespace does."""
    return name in _said(tree)


@lru_cache(maxsize=4)
def _said(tree: Tree) -> Set[str]:
    """The names that strings say to what gets or sets attributes by them."""
    found: set[str] = set()
    texts_in: dict[cst.CSTNode, list[str]] = {}
    for node in tree.under(tree.module):
        match node:
            case cst.Call(func=cst.Name(value=verb) | cst.Attribute(attr=cst.Name(value=verb)), args=args):
                texts = [arg.value.raw_value for arg in args if isinstance(arg.value, cst.SimpleString)]
                found.update(text.rpartition(".")[2] for text in texts if verb in _BY_TEXT)
            case cst.SimpleString(raw_value=text):
                texts_in.setdefault(tree.statement(node), []).append(text)
    for statement, texts in texts_in.items():
        found.update(texts if _NAMESPACE.search(tree.source(statement)) else ())
    return found


def refuse_own_pickling(tree: Tree, node: cst.ClassDef, but: Collection[str] = ()) -> None:
    """Refuse a class that says itself how it is pickled, or has a base in the file that does.

    Methods of the class itself called as one of `but` are no reason.
    """
    names = {base.value.value for base in node.bases if isinstance(base.value, cst.Name)}
    for part in tree.of_kind(cst.ClassDef):
        if part is node or part.name.value in names:
            for name in sorted(OWN_PICKLING & methods_of(part).keys()):
                if part is not node or name not in but:
                    raise Refused(f"`{part.name.value}` has `{name}` already")


def assigned_attributes(tree: Tree, method: cst.FunctionDef) -> dict[str, list[tuple[cst.BaseExpression, bool]]]:
    """Each `self.name = value` of the method: the value, and whether it is set on every run."""
    params = [*method.params.posonly_params, *method.params.params]
    returns = [part for part in tree.under(method.body) if isinstance(part, cst.Return)]
    left = min((tree.spans[part][0] for part in returns if tree.nearest(part, cst.FunctionDef) is method), default=None)
    found: dict[str, list[tuple[cst.BaseExpression, bool]]] = {}
    for node in tree.under(method.body):
        match node:
            case cst.Assign(targets=targets, value=cst.BaseExpression() as value):
                pairs = [pair for target in targets for pair in _pairs(target.target, value)]
            case cst.AnnAssign(target=one, value=cst.BaseExpression() as value):
                pairs = [(one, value)]
            case _:
                continue
        for target, value in pairs:
            match target:
                case cst.Attribute(value=cst.Name(value=instance), attr=cst.Name(value=name)):
                    if params and instance == params[0].name.value:
                        always = tree.nearest(node, cst.BaseSuite) is method.body
                        always &= left is None or tree.spans[node][0] < left
                        found.setdefault(name, []).append((value, always))
    return found


def _pairs(
    target: cst.BaseExpression, value: cst.BaseExpression
) -> list[tuple[cst.BaseExpression, cst.BaseExpression]]:
    if isinstance(target, cst.Tuple) and isinstance(value, cst.Tuple):
        return [(left.value, right.value) for left, right in zip(target.elements, value.elements, strict=False)]
    return [(target, value)]


def kept_parameters(tree: Tree, scopes: Scopes, init: cst.FunctionDef) -> dict[str, str]:
    """The parameters that an attribute holds as they came in, and that attribute."""
    scope = scopes.by_node[init]
    kept: dict[str, str] = {}
    for attribute, values in assigned_attributes(tree, init).items():
        match values:
            case [(cst.Name(value=name), True)] if name in scope.bindings:
                if isinstance(scope.bindings[name][0], cst.Param) and len(scopes.bindings_of(scope, name)) == 1:
                    kept.setdefault(name, attribute)
    return kept


def with_methods(tree: Tree, node: cst.ClassDef, after: cst.BaseStatement, methods: Sequence[Sequence[str]]) -> Edit:
    """Add methods, given as lines without the margin, below a statement of the class."""
    start = tree.spans[after][0]
    margin = tree.margin(start)
    at = block_end(tree, after)
    text = "" if tree.text[:at].endswith(("\n", "\r")) else tree.newline
    for lines in methods:
        text += tree.newline + "".join(margin + line + tree.newline for line in lines)
    if tree.text.startswith(margin, at) and tree.text[at : tree.line_end(at)].strip():
        text += tree.newline
    return tree.edit(at, at, text)
