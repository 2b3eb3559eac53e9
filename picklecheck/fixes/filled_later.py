"""Whether what an attribute holds is put there after it is created, so that a new one would silently hold less."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from picklecheck.fixes.captures import written
from picklecheck.fixes.class_state import (
    attributes_in,
    classes_called,
    descendants,
    methods_of,
    owners_in,
)
from picklecheck.fixes.imports import qualified
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scopes, parameters
from picklecheck.fixes.subject import Subject
from picklecheck.fixes.tree import Tree

_OF_CONTAINERS = {"append", "appendleft", "extend", "extendleft", "insert", "add", "update", "setdefault", "put"}
_OF_CONTAINERS |= {"put_nowait", "push"}
_OF_SIGNALS = {"connect", "register", "subscribe", "attach"}
# What they return is still a part of the container.
_READING = {"setdefault", "get"}


def refuse_filled_later(tree: Tree, subject: Subject, node: cst.ClassDef, name: str, value: cst.BaseExpression) -> None:
    """Refuse an attribute into which others put what the worker would miss; a cache may begin empty.

    `value` is what the attribute is created by. What the task itself puts there, it puts there again.
    """
    made = _class_of(tree, value)
    for one, attribute in _attributes(tree, node, name):
        filler = one.nearest(attribute, cst.FunctionDef)
        if (filler and filler.name.value in _tasks(tree, subject)) or not _fills(one, attribute, made):
            continue
        if filler is None or not _is_cache(one, filler, attribute, made):
            where = f"what `{filler.name.value}` puts into it" if filler else "what is put into it later"
            raise Refused(f"a new `{name}` would lack {where}", _instead(tree, value, made))


def refuse_given_later(tree: Tree, subject: Subject, node: cst.ClassDef, name: str) -> None:
    """Refuse an attribute, None at first, that is set to what somebody gives: the worker would do without it."""
    for one, attribute in _attributes(tree, node, name):
        match one.parents[one.parents[attribute]], one.nearest(attribute, cst.FunctionDef):
            case cst.Assign(value=cst.Name(value=given)), cst.FunctionDef() as setter:
                if given in {param.name.value for param in parameters(setter)} and written(one, attribute):
                    raise Refused(
                        f"the worker would do without the `{name}` that `{setter.name.value}` sets",
                        "set it to what can be pickled, such as a function at module level",
                    )


def _attributes(tree: Tree, node: cst.ClassDef, name: str) -> Iterator[tuple[Tree, cst.Attribute]]:
    """The attributes of this name, in any file, that may be those of an object of the class."""
    for one in tree.everywhere(name):
        family = [node, *descendants(one, node)]
        for part in attributes_in(one).get(name, ()):
            owner = owners_in(one)[part]
            if owner is None or owner in family:
                yield one, part


def _tasks(tree: Tree, subject: Subject) -> set[str]:
    """The methods that the worker is known to run."""
    sent = tree.node_at(subject.use, cst.Attribute)
    return ({sent.attr.value} if sent else set()) | ({"run"} if subject.slot == "self" else set())


def _fills(tree: Tree, attribute: cst.Attribute, made: cst.ClassDef | None) -> bool:
    """Whether something is put into it: `self.hooks[kind].append(hook)`, `self.rows[key] = row`."""
    at: cst.CSTNode = attribute
    while True:
        match tree.parents[at]:
            case cst.Subscript(value=inner) as part if inner is at:
                if written(tree, part) and not isinstance(tree.parents[part], cst.Del):
                    return True
                at = part
            case cst.Attribute(value=inner, attr=cst.Name(value=verb)) as method if inner is at:
                call = tree.parents[method]
                if not isinstance(call, cst.Call) or call.func is not method or not call.args:
                    return False
                if verb not in _READING or not isinstance(tree.parents[call], cst.Attribute | cst.Subscript):
                    return _keeps(made, verb) if made and at is attribute else verb in _OF_CONTAINERS | _OF_SIGNALS
                at = call
            case _:
                return False


def _keeps(made: cst.ClassDef, verb: str) -> bool:
    """Whether a method of the class keeps what it is given in its object."""
    method = methods_of(made).get(verb)
    if method is None:
        return verb in _OF_SIGNALS
    params = [param.name.value for param in parameters(method)]
    kept = _Kept(params[1:], params[0] if params else "")
    method.body.visit(kept)
    return kept.found


class _Kept(cst.CSTVisitor):
    """Looks for a parameter that is put into an attribute of the object: `self.receivers.append(receiver)`."""

    def __init__(self, given: list[str], instance: str) -> None:
        self.given, self.instance, self.found = given, instance, False

    def visit_Call(self, node: cst.Call) -> None:
        match node.func:
            case cst.Attribute(value=holder, attr=cst.Name(value=verb)) if verb in _OF_CONTAINERS:
                self.found |= self._is_own(holder) and any(self._is_given(arg.value) for arg in node.args)

    def visit_Assign(self, node: cst.Assign) -> None:
        own = any(self._is_own(target.target) for target in node.targets)
        self.found |= own and self._is_given(node.value)

    def _is_own(self, node: cst.BaseExpression) -> bool:
        while isinstance(node, cst.Attribute | cst.Subscript):
            node = node.value
        return isinstance(node, cst.Name) and node.value == self.instance

    def _is_given(self, node: cst.BaseExpression) -> bool:
        match node:
            case cst.Tuple(elements=elements):
                return any(self._is_given(one.value) for one in elements)
        return isinstance(node, cst.Name) and node.value in self.given


def _is_cache(tree: Tree, filler: cst.FunctionDef, attribute: cst.Attribute, made: cst.ClassDef | None) -> bool:
    """Whether the function looks into the attribute before, and puts there what it computes, not what it is given.

    What the constructor fills, nobody fills again.
    """
    if filler.name.value in ("__init__", "__post_init__", "__new__"):
        return False
    name = attribute.attr.value
    reads = [
        part
        for part in tree.under(filler.body)
        if isinstance(part, cst.Attribute) and part.attr.value == name and not _fills(tree, part, made)
    ]
    given = {param.name.value for param in parameters(filler)}
    match tree.nearest(attribute, (cst.Assign, cst.Expr)):
        case cst.Assign(value=value):
            stored = [value]
        case cst.Expr(value=cst.Call(args=args)):
            stored = [arg.value for arg in args]
        case _:
            stored = []
    return bool(reads) and not any(isinstance(one, cst.Name) and one.value in given for one in stored)


def _class_of(tree: Tree, value: cst.BaseExpression) -> cst.ClassDef | None:
    """The class, in any file, of which the expression makes an object."""
    match value:
        case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
            return next((made for _, made in classes_called(tree, name)), None)
    return None


def _instead(tree: Tree, value: cst.BaseExpression, made: cst.ClassDef | None) -> str:
    if made is not None:
        return f"leave out of `{made.name.value}` what cannot be pickled"
    if isinstance(value, cst.Call) and not qualified(tree, Scopes.of(tree), value.func).startswith(
        ("builtins.", "collections.")
    ):
        return "fill it in the worker"
    return "put only what can be pickled into it, such as functions at module level"
