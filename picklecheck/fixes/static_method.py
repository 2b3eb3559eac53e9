"""A method that never uses its instance becomes a `@staticmethod`, which is sent without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from functools import lru_cache

import libcst as cst

from picklecheck.fixes.captures import written
from picklecheck.fixes.class_state import descendants, is_class, is_named_by_text, names_of
from picklecheck.fixes.lambda_text import first_parameter
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe where no class of the project derives from its class, which goes nowhere as a value, and no text names
    the method.

    Unsafe otherwise, as a subclass may override it. Refused for decorated and special methods, for uses
    through the class or in its body, for a method that is replaced, and for Python 2, which cannot pickle
    a static method either.

    The subject's definition is the method.
    """
    method = tree.node_at(subject.definition, cst.FunctionDef) if subject.definition else None
    if method is None:
        raise Refused("the method is not in this file")
    name = method.name.value
    owner = tree.nearest(method, (cst.FunctionDef, cst.ClassDef))
    if not isinstance(owner, cst.ClassDef):
        raise Refused(f"`{name}` is no method")
    if subject.python2:
        raise Refused("Python 2 cannot pickle a static method")
    if method.decorators:
        raise Refused(f"`{name}` is decorated")
    if name.startswith("__") and name.endswith("__"):
        raise Refused(f"`{name}` is called by Python itself")
    _refuse_use(tree, method)
    scopes = Scopes.of(tree)
    if scopes.reads_of(scopes.by_node[owner], name):
        raise Refused(f"`{name}` is used in the body of its class")
    for one in tree.everywhere(name):
        _refuse_use_through_class(one, names_of(one, owner.name.value), name)
    derived = any(is_named_by_text(one, name) for one in tree.everywhere(name))
    derived |= any(
        has_subclass(one, owner) or _goes_as_value(one, owner.name.value) for one in tree.everywhere(owner.name.value)
    )
    start = tree.line_start(tree.spans[method][0])
    margin = tree.text[start : tree.spans[method][0]]
    begin, end, _ = first_parameter(tree, method)
    edits = (tree.edit(start, start, f"{margin}@staticmethod{tree.newline}"), tree.edit(begin, end, ""))
    return Fix("unsafe" if derived else "safe", f"make `{name}` a static method", edits, mends_all=True)


def has_subclass(tree: Tree, owner: cst.ClassDef) -> bool:
    """Whether a class of the file names this class as a base, or a call of `type` does."""
    return bool(descendants(tree, owner)) or owner.name.value in _bases_of_types(tree)


@lru_cache(maxsize=4)
def _bases_of_types(tree: Tree) -> Set[str]:
    """What calls of `type` name as bases."""
    found: set[str] = set()
    for node in tree.under(tree.module):
        match node:
            case cst.Call(func=cst.Name(value="type"), args=[_, cst.Arg(value=bases), _]):
                found.update(part.value for part in tree.under(bases) if isinstance(part, cst.Name))
    return found


def _refuse_use(tree: Tree, method: cst.FunctionDef) -> None:
    first = next(iter((*method.params.posonly_params, *method.params.params)), None)
    if first is None:
        raise Refused(f"`{method.name.value}` takes no instance")
    scopes = Scopes.of(tree)
    scope = scopes.by_node[method]
    name = first.name.value
    if scopes.reads_of(scope, name) or scopes.bindings_of(scope, name) != [first]:
        raise Refused(f"`{method.name.value}` uses `{name}`")
    for node in tree.under(method.body):
        match node:
            case cst.Name(value="__class__") | cst.Call(func=cst.Name(value="super"), args=[]):
                raise Refused(f"`{method.name.value}` uses `{tree.source(node)}`")
            case cst.Name(value="locals" | "vars" | "eval" | "exec") if node in scopes.read_in:
                raise Refused(f"`{method.name.value}` reads names through `{tree.source(node)}()`")


def _refuse_use_through_class(tree: Tree, classes: set[str], name: str) -> None:
    for node in _mentions(tree).get(name, ()):
        match node:
            case cst.Attribute(value=value):
                if written(tree, node):
                    raise Refused(f"`{name}` is replaced")
                if is_class(value, classes):
                    raise Refused(f"`{tree.source(node)}` is used through its class")


def _goes_as_value(tree: Tree, name: str) -> bool:
    """Whether the class goes where its methods may be looked up: anywhere but to be made, named or compared."""
    for node in _mentions(tree).get(name, ()):
        if node in Scopes.of(tree).read_in or isinstance(node, cst.Attribute):
            if _is_looked_into(tree, node):
                return True
    return False


@lru_cache(maxsize=4)
def _mentions(tree: Tree) -> Mapping[str, Sequence[cst.CSTNode]]:
    """The names and attributes of a file, by what they are called."""
    found: dict[str, list[cst.CSTNode]] = {}
    for node in tree.under(tree.module):
        match node:
            case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
                found.setdefault(name, []).append(node)
    return found


def _is_looked_into(tree: Tree, node: cst.CSTNode) -> bool:
    match tree.parents[node]:
        case cst.Call(func=func) | cst.Attribute(value=func) if func is node:
            return False
        case (
            cst.Annotation()
            | cst.Subscript()
            | cst.Index()
            | cst.BinaryOperation()
            | cst.ComparisonTarget()
            | cst.Comparison()
        ):
            return False
        case cst.Arg() as arg:
            match tree.parents[arg]:
                case cst.Call(func=cst.Name(value="isinstance" | "issubclass")) | cst.ClassDef():
                    return False
    return True
