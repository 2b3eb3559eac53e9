"""`__reduce__` for an exception whose `__init__` takes other arguments than it passes to its base."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from picklecheck.fixes.class_state import (
    OWN_PICKLING,
    assigned_attributes,
    base_names,
    class_at,
    descendants,
    is_set_elsewhere,
    kept_parameters,
    methods_of,
    refuse_own_pickling,
    with_methods,
)
from picklecheck.fixes.imports import imported
from picklecheck.fixes.placement import block_end, joined
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes, parameters
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix
from picklecheck.source.place import Place

# The words of annotations that only plain data has.
_PLAIN = {"str", "bytes", "int", "float", "bool", "None", "Optional", "Union", "Literal", "typing"}


@refusable
def rewrite(tree: Tree, subject: Subject, owner: Place) -> Fix | NoFix:
    """Safe where every parameter is kept in an attribute: the exception is rebuilt by calling the class with
    them, and the rest of its attributes comes along. Unsafe where a subclass has an `__init__`
    of its own, or such an attribute of an object is set elsewhere. Refused where a parameter is not kept,
    or a method sets its attribute.

    `owner` is the place of the exception class.
    """
    node, init, instance = _class(tree, owner)
    params = [*init.params.posonly_params, *init.params.params]
    scopes = Scopes.of(tree)
    kept = kept_parameters(tree, scopes, init)
    used = ["args", *(kept.get(param.name.value, "") for param in parameters(init)[1:])]
    changed = [name for name in used if is_set_elsewhere(tree, node, init, name)]
    if init.params.star_kwarg:
        raise Refused(f"`{init.params.star_kwarg.name.value}` may hold anything")
    values = [_value(param, kept, instance) for param in params[1:]]
    if isinstance(init.params.star_arg, cst.Param):
        values.append("*" + _value(init.params.star_arg, kept, instance))
    maker = f"type({instance})"
    edits: tuple[Edit, ...] = ()
    if init.params.kwonly_params:
        maker, edits = _with_keywords(tree, scopes, node, init, kept, instance)
    arguments = f"({', '.join(values)}{',' if len(values) == 1 else ''})"
    edit = _with_reduce(tree, node, init, instance, f"{maker}, {arguments}")
    title = f"add a `__reduce__` to `{node.name.value}`"
    derived = _family(tree, node)
    changed += [part.name.value for _, part in derived if "__init__" in methods_of(part)]
    unsafe = changed or _differs(node, derived)
    return Fix("unsafe" if unsafe else "safe", title, joined([*edits, edit]))


@refusable
def rewrite_kept(tree: Tree, subject: Subject, owner: Place) -> Fix | NoFix:
    """The same for parameters that are not kept: `__init__` keeps them too, each in an attribute of its name.

    Safe where these are annotated as plain data, which can be sent; unsafe else, in the same cases, and where an
    attribute of that name holds what `__init__` made of the parameter, and is given instead. Refused where the class
    or one that derives from it uses the name otherwise.
    """
    node, init, instance = _class(tree, owner)
    scopes, params = Scopes.of(tree), parameters(init)[1:]
    if init.params.star_kwarg or isinstance(init.params.star_arg, cst.Param) or init.params.kwonly_params:
        raise Refused("`__init__` takes any arguments")
    kept = kept_parameters(tree, scopes, init)
    names = [param.name.value for param in params]
    missing = [name for name in names if name not in kept and not _holds(tree, init, name)]
    if len(kept) == len(names):
        raise Refused("`__init__` keeps its parameters already")
    derived = _family(tree, node)
    for name in missing:
        if hasattr(Exception, name) or is_set_elsewhere(tree, node, init, name):
            raise Refused(f"`{name}` is an attribute already")
        if any(name in _bound_in(part) for part in [node, *(part for _, part in derived)]):
            raise Refused(f"`{name}` is an attribute of the class")
    arguments = ", ".join(f"{instance}.{kept.get(name, name)}" for name in names)
    made = f"type({instance}), ({arguments}{',' * (len(names) == 1)})"
    edits = [_keeping(tree, scopes, init, instance, missing)] if missing else []
    edits.append(_with_reduce(tree, node, init, instance, made))
    changed = [name for name in ("args", *kept.values()) if is_set_elsewhere(tree, node, init, name)]
    unsafe = changed or _differs(node, derived) or len(missing) + len(kept) < len(names)
    unsafe = unsafe or any("__init__" in methods_of(part) for _, part in derived)
    unsafe = unsafe or not all(_is_plain(tree, param) for param in params if param.name.value in missing)
    words = " and ".join(f"`{name}`" for name in missing)
    title = f"add a `__reduce__` to `{node.name.value}`" + (f", and keep {words}" if missing else "")
    return Fix("unsafe" if unsafe else "safe", title, joined(edits))


@refusable
def rewrite_bare(tree: Tree, subject: Subject, owner: Place) -> Fix | NoFix:
    """Safe: the exception is made again without its `__init__`, with the same `args` and attributes.

    Unsafe where somebody sets `args`, of which `__init__` made others again. Refused where a subclass has bases of
    its own, which may have another `__new__`, or a pickling of its own. For classes whose builtin bases keep nothing
    else, and that have no `__slots__`. Measured with Python 3.6 to 3.15 and all protocols.

    `owner` is the place of the exception class.
    """
    node, init, instance = _class(tree, owner)
    if "Exception" in Scopes.of(tree).module.bindings:
        raise Refused("`Exception` means something else in this file")
    made = f"Exception.__new__, (type({instance}), *{instance}.args)"
    edit = _with_reduce(tree, node, init, instance, made)
    if _differs(node, _family(tree, node)):
        raise Refused(f"a class that derives from `{node.name.value}` is made in another way")
    unsafe = is_set_elsewhere(tree, node, init, "args")
    return Fix(
        "unsafe" if unsafe else "safe",
        f"add a `__reduce__` to `{node.name.value}` that does not call `__init__`",
        (edit,),
    )


def _is_plain(tree: Tree, param: cst.Param) -> bool:
    """Whether the annotation of a parameter says that it takes texts, numbers or nothing."""
    words = set(re.findall(r"\w+", tree.source(param.annotation.annotation))) if param.annotation else set()
    return bool(words) and words <= _PLAIN


def _holds(tree: Tree, init: cst.FunctionDef, name: str) -> bool:
    """Whether `__init__` surely sets the attribute to the parameter of that name, which it may have changed before."""
    match assigned_attributes(tree, init).get(name):
        case [(cst.Name(value=value), True)]:
            return value == name
    return False


def _bound_in(node: cst.ClassDef) -> set[str]:
    """The names that the body of a class binds."""
    targets = {
        target.target.value
        for line in node.body.body
        if isinstance(line, cst.SimpleStatementLine)
        for part in line.body
        if isinstance(part, cst.Assign)
        for target in part.targets
        if isinstance(target.target, cst.Name)
    }
    if "__slots__" in targets:
        raise Refused("the class has `__slots__`")
    return targets | methods_of(node).keys()


def _keeping(tree: Tree, scopes: Scopes, init: cst.FunctionDef, instance: str, names: Sequence[str]) -> Edit:
    """Set the attributes where others are set first; at the top, where the parameters change."""
    body = list(init.body.body) if isinstance(init.body, cst.IndentedBlock) else []
    start = 1 if init.get_docstring() is not None else 0
    if len(body) <= start:
        raise Refused("`__init__` has no statements")
    others = [part for part in body[start:] if tree.source(part).startswith(f"{instance}.")]
    changes = any(len(scopes.bindings_of(scopes.by_node[init], name)) > 1 for name in names)
    leaves = any(isinstance(node, cst.Return) for node in tree.under(init.body))
    first = body[start] if changes or leaves else next(iter(others), None)
    at = block_end(tree, body[-1]) if first is None else tree.line_start(tree.whole(first)[0])
    margin = tree.margin(tree.whole(body[-1])[0])
    gap = "" if tree.text[:at].endswith(("\n", "\r")) else tree.newline
    return tree.edit(at, at, gap + "".join(f"{margin}{instance}.{name} = {name}{tree.newline}" for name in names))


def _family(tree: Tree, node: cst.ClassDef) -> list[tuple[Tree, cst.ClassDef]]:
    """The classes that derive from this one, with their files."""
    return [(one, derived) for one in tree.everywhere(node.name.value) for derived in descendants(one, node)]


def _differs(node: cst.ClassDef, derived: Sequence[tuple[Tree, cst.ClassDef]]) -> bool:
    """Whether a class that derives from this one is rebuilt in a way of its own, by itself or by another base."""
    names = {node.name.value, *(part.name.value for _, part in derived)}
    return any(OWN_PICKLING & methods_of(part).keys() or set(base_names(one, part)) - names for one, part in derived)


def _class(tree: Tree, owner: Place) -> tuple[cst.ClassDef, cst.FunctionDef, str]:
    """The exception class, its `__init__`, and what that calls the instance."""
    node = class_at(tree, owner)
    refuse_own_pickling(tree, node)
    init = methods_of(node).get("__init__")
    if init is None:
        raise Refused(f"`{node.name.value}` has no `__init__`", "write a `__reduce__`")
    params = [*init.params.posonly_params, *init.params.params]
    if not params:
        raise Refused("`__init__` takes no instance")
    return node, init, params[0].name.value


def _with_reduce(tree: Tree, node: cst.ClassDef, init: cst.FunctionDef, instance: str, made: str) -> Edit:
    lines = [f"def __reduce__({instance}):", f"{tree.indent}return {made}, {instance}.__dict__"]
    return with_methods(tree, node, init, [lines])


def _with_keywords(
    tree: Tree, scopes: Scopes, node: cst.ClassDef, init: cst.FunctionDef, kept: dict[str, str], instance: str
) -> tuple[str, tuple[Edit, ...]]:
    partial, edits = imported(tree, scopes, "functools", "partial", [init])
    words = [f"{param.name.value}={_value(param, kept, instance)}" for param in init.params.kwonly_params]
    return f"{partial}(type({instance}), {', '.join(words)})", edits


def _value(param: cst.Param, kept: dict[str, str], instance: str) -> str:
    name = param.name.value
    if name not in kept:
        raise Refused(f"`{name}` is not kept in an attribute")
    return f"{instance}.{kept[name]}"
