"""`lambda x: x[k]` becomes `operator.itemgetter(k)`, `lambda x: x.a` becomes `operator.attrgetter("a")`."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.callee import lambda_of, plain_parameters
from picklecheck.fixes.definition import is_constant
from picklecheck.fixes.imports import imported
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe with constant keys. Unsafe where something asks for the name or signature, which a getter has not.

    Refused with keys that are variables, slices, mangled attributes, and for the plain `lambda x: x`, for
    which there is nothing that pickles.
    """
    node = lambda_of(tree, subject)
    names = plain_parameters(node)
    if len(names) != 1:
        raise Refused("the lambda does not take one parameter")
    getter, keys = _getter(tree, node.body, names[0])
    text, imports = imported(tree, Scopes.of(tree), "operator", getter, [node])
    text = f"{text}({', '.join(keys)})"
    edits = (*imports, tree.edit(*tree.spans[node], text))
    return Fix("unsafe" if subject.is_asked else "safe", f"pass `{text}`", edits)


def _getter(tree: Tree, body: cst.BaseExpression, name: str) -> tuple[str, list[str]]:
    parts = [element.value for element in body.elements] if isinstance(body, cst.Tuple) else [body]
    items = [_item(tree, part, name) for part in parts]
    if all(items) and (len(items) > 1 or not isinstance(body, cst.Tuple)):
        return "itemgetter", items
    paths = [_path(tree, part, name) for part in parts]
    if all(paths) and (len(paths) > 1 or not isinstance(body, cst.Tuple)):
        return "attrgetter", [f'"{path}"' for path in paths]
    raise Refused("the lambda does more than get an item or attribute")


def _item(tree: Tree, node: cst.BaseExpression, name: str) -> str:
    match node:
        case cst.Subscript(value=cst.Name(value=root), slice=elements) if root == name:
            keys = [part.slice.value for part in elements if isinstance(part.slice, cst.Index) and not part.slice.star]
        case _:
            return ""
    if len(keys) < len(elements) or not all(is_constant(key) for key in keys):
        return ""
    if any(isinstance(part, cst.Name) for key in keys for part in tree.under(key)):
        raise Refused("the key is a variable")
    text = ", ".join(tree.source(key) for key in keys)
    if isinstance(elements[-1].comma, cst.Comma):
        return f"({text},)"
    return f"({text})" if len(keys) > 1 or isinstance(keys[0], cst.Tuple) else text


def _path(tree: Tree, node: cst.BaseExpression, name: str) -> str:
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.insert(0, node.attr.value)
        node = node.value
    if not (isinstance(node, cst.Name) and node.value == name and parts):
        return ""
    mangled = any(part.startswith("__") and not part.endswith("__") for part in parts)
    if mangled and tree.nearest(node, cst.ClassDef):
        raise Refused("a private attribute has another name outside its class")
    return ".".join(parts)
