"""`Pair = namedtuple("Couple", …)`: the string is made equal to the variable, by which pickle looks it up."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject, variable: str) -> Fix | NoFix:
    """Safe where the old string stands nowhere else in the file; unsafe otherwise.

    Refused inside classes and functions, where the name is not found at module level, and for names bound
    more than once.

    `variable` is the module-level name that the class is assigned to.
    """
    scopes = Scopes.of(tree)
    bindings = scopes.bindings_of(scopes.module, variable)
    if len(bindings) != 1:
        raise Refused(f"`{variable}` is not bound once at module level")
    string = _string(tree, bindings[0])
    if string is None:
        raise Refused(f"`{variable}` is not made by a call that names it")
    old = string.raw_value
    if string.prefix or not old.isidentifier():
        raise Refused("the name is not a plain string")
    start, _ = tree.spans[string]
    start += len(string.quote)
    others = tree.text.count(old) - tree.text[start : start + len(old)].count(old)
    edit = tree.edit(start, start + len(old), variable)
    return Fix("unsafe" if others else "safe", f"name the class `{variable}`", (edit,))


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
