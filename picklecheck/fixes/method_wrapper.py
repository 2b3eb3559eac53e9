"""A bound method is sent as a module-level function that is given the instance and the method's name."""

from __future__ import annotations

import ast
import textwrap

import libcst as cst

from picklecheck.fixes.imports import imported
from picklecheck.fixes.names import choose
from picklecheck.fixes.placement import insertion, joined, site
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix

_IN_TUPLE = {"apply": 1, "apply_async": 1, "Process": 3}


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe for Python 2, which cannot pickle a bound method at all.

    Unsafe elsewhere: it changes nothing about the instance, which still is sent. Refused for `super()`
    and where the method is not written at the use.
    """
    method = tree.node_at(subject.use, cst.Attribute)
    call = tree.node_at(subject.call, cst.Call)
    if method is None or call is None:
        raise Refused("the method is not written where it is sent")
    if isinstance(method.value, cst.Call) and tree.source(method.value.func) == "super":
        raise Refused("`super()` names no instance")
    scopes = Scopes.of(tree)
    start, end = tree.whole(method.value)
    front = [tree.text[start:end], f'"{mangled(tree, method)}"']
    wrapper, added = _wrapper(tree, scopes, subject, method)
    edits = _passing(tree, scopes, subject, call, method, wrapper, front)
    title = f"pass `{wrapper}` with the instance and the name of `{tree.source(method)}`"
    return Fix("safe" if subject.python2 else "unsafe", title, joined([*edits, *added]))


def mangled(tree: Tree, attribute: cst.Attribute) -> str:
    """The name under which the attribute is found from outside its class."""
    name = attribute.attr.value
    around = tree.nearest(attribute, cst.ClassDef)
    private = name.startswith("__") and not name.endswith("__")
    return f"_{around.name.value.lstrip('_')}{name}" if private and around else name


def _wrapper(tree: Tree, scopes: Scopes, subject: Subject, method: cst.Attribute) -> tuple[str, list[Edit]]:
    """The name of the wrapper function, and the edit that adds it where the file has none yet."""
    mark = "" if subject.python2 else ", /"
    template = f"""\
        def {{name}}(instance, name{mark}, *args, **kwargs):
        {tree.indent}return getattr(instance, name)(*args, **kwargs)"""
    template = textwrap.dedent(template)
    for statement in tree.module.body:
        if isinstance(statement, cst.FunctionDef):
            name = statement.name.value
            same = ast.dump(ast.parse(template.format(name=name))) == ast.dump(ast.parse(tree.source(statement)))
            if same and scopes.around(tree, method).owner(name) is scopes.module:
                return name, []
    name = choose(tree, scopes, ["call_method"], tree.module)
    text = template.format(name=name).replace("\n", tree.newline)
    return name, [insertion(tree, site(tree, [method]), [text])]


def _passing(
    tree: Tree,
    scopes: Scopes,
    subject: Subject,
    call: cst.Call,
    method: cst.Attribute,
    wrapper: str,
    front: list[str],
) -> list[Edit]:
    """The edits at the call: the instance and the name go first among the arguments."""
    given = ", ".join(front)
    argument = tree.parents[method]
    direct = isinstance(argument, cst.Arg) and argument in call.args and not any(arg.star for arg in call.args)
    verb = subject.boundary.rpartition(".")[2]
    start, end = tree.whole(method)
    if direct and verb in ("submit", "run_in_executor"):
        return [tree.edit(start, end, f"{wrapper}, {given}")]
    if not direct or not isinstance(argument, cst.Arg) or verb not in _IN_TUPLE:
        partial, edits = imported(tree, scopes, "functools", "partial", [method])
        return [*edits, tree.edit(start, end, f"{partial}({wrapper}, {given})")]
    args = _args(call, _IN_TUPLE[verb])
    if args is None:
        name = "args=" if argument.keyword or len(call.args) > 1 else ""
        return [tree.edit(start, end, f"{wrapper}, {name}({given})")]
    low, high = tree.whole(args)
    if isinstance(args, cst.Tuple | cst.List) and tree.text[low] in "([":
        rest = ", " if args.elements else ""
        handed = [tree.edit(start, end, wrapper), tree.edit(low + 1, low + 1, given + rest)]
        if len(args.elements) == 1 and tree.text[low:high].endswith(",)"):
            handed.append(tree.edit(high - 2, high - 1, ""))  # the comma that made it a tuple
        return handed
    text = f"({given}) + tuple({tree.text[low:high]})"
    return [tree.edit(start, end, wrapper), tree.edit(low, high, text)]


def _args(call: cst.Call, index: int) -> cst.BaseExpression | None:
    for arg in call.args:
        if arg.keyword and arg.keyword.value == "args":
            return arg.value
    positional = [arg for arg in call.args if not arg.keyword]
    return positional[index].value if len(positional) > index else None
