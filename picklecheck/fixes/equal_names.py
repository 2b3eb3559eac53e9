"""`Pair = namedtuple("Couple", …)`: string and variable are made equal, because pickle looks up the string."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.names import unused
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

_SHOWING = {"print", "pprint", "repr", "str", "format", "write"}
_SHOWING |= {"log", "debug", "info", "warning", "error", "exception", "critical"}


@refusable
def rewrite(tree: Tree, subject: Subject, variable: str, name: str = "") -> Fix | NoFix:
    """Safe where nothing shows the old name: the string becomes the variable.

    Where the old name may be shown, here or in another file, it becomes a second variable, which is safe too. Unsafe
    where that variable is taken: then the string changes all the same.

    Refused inside classes and functions, where the name is not found at module level, and for names bound
    more than once.

    `variable` is the module-level name that the class is assigned to, `name` its own, if that is known.
    """
    scopes = Scopes.of(tree)
    bindings = scopes.bindings_of(scopes.module, variable)
    if len(bindings) != 1:
        raise Refused(f"`{variable}` is not bound once at module level")
    string = _string(tree, bindings[0])
    if string is None:
        raise Refused(f"`{variable}` is not created by a call with its name")
    old = string.raw_value
    if string.prefix or not old.isidentifier() or (name and name != old):
        raise Refused("the name is not a plain string")
    start, _ = tree.spans[string]
    start += len(string.quote)
    others = tree.text.count(old) > 1 or any(tree.elsewhere(old))
    shown = others or _is_shown(tree, variable) or any(tree.elsewhere(variable))
    line = tree.statement(bindings[0])
    if shown and tree.parents[line] is tree.module and unused(tree, scopes, old, bindings[0]):
        tree.claimed[old] = bindings[0]
        end = tree.line_end(tree.spans[line][1])
        text = f"{old} = {variable}{tree.newline}"
        text = text if tree.text[:end].endswith(("\r", "\n")) else tree.newline + text
        return Fix("safe", f"assign the class to a second variable `{old}`", (tree.edit(end, end, text),))
    edit = tree.edit(start, start + len(old), variable)
    return Fix("unsafe" if shown else "safe", f"name the class `{variable}`", (edit,))


def _is_shown(tree: Tree, variable: str) -> bool:
    """Whether the name of the class may be seen: it is asked for, or an object is turned into text."""
    scopes = Scopes.of(tree)
    for node in tree.under(tree.module):
        match node:
            case cst.Attribute(attr=cst.Name(value="__name__" | "__qualname__")):
                return True
            case cst.Name(value=name) if node in scopes.read_in and _is_written_out(tree, node, name == variable):
                return True
    return False


def _is_written_out(tree: Tree, node: cst.CSTNode, is_class: bool) -> bool:
    """Whether an object goes as it is into a text or a call that shows it; of a class, one it makes or has."""
    match tree.parents[node]:
        case cst.Call(func=func) | cst.Attribute(value=func) as made if func is node:
            return is_class and _is_written_out(tree, made, False)
        case cst.FormattedStringExpression():
            return True
        case cst.BinaryOperation(left=cst.SimpleString(), operator=cst.Modulo()):
            return True
        case cst.Arg() as arg:
            match tree.parents[arg]:
                case cst.Call(func=cst.Name(value=verb) | cst.Attribute(attr=cst.Name(value=verb))):
                    return verb in _SHOWING
        case cst.Element() | cst.Tuple() | cst.List() as around:
            return _is_written_out(tree, around, False)
    return False


def _string(tree: Tree, binding: cst.CSTNode) -> cst.SimpleString | None:
    match tree.parents[binding]:
        case cst.AnnAssign(value=cst.Call() as call):
            pass
        case cst.AssignTarget() as target:
            assign = tree.parents[target]
            if not isinstance(assign, cst.Assign) or not isinstance(assign.value, cst.Call):
                return None
            if len(assign.targets) > 1:
                return None
            call = assign.value
        case _:
            return None
    for index, arg in enumerate(call.args):
        keyword = arg.keyword.value if arg.keyword else ""
        if isinstance(arg.value, cst.SimpleString) and (
            (index == 0 and not keyword) or keyword in ("typename", "cls_name", "value")
        ):
            return arg.value
    return None
