"""`Lock()` becomes `context.Lock()`: the context that starts the process makes what it is given."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.captures import surely_bound
from picklecheck.fixes.definition import is_constant
from picklecheck.fixes.imports import qualified
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe: a primitive of a context that does not fork may go to forked processes too (measured, 3.8 to 3.15).

    Refused where the context is neither a name that is bound once, above the primitive, nor `get_context` called with
    constants, and where the primitive is not made by one call in the same file.

    The subject's definition is the call that makes the primitive.
    """
    scopes = Scopes.of(tree)
    call = tree.node_at(subject.call, cst.Call)
    made = tree.node_at(subject.definition, cst.Call) if subject.definition else None
    if call is None or made is None:
        raise Refused(
            "the primitive is not created in the file that starts the process", "create it where the process is started"
        )
    context = _context(call)
    if not _is_there(tree, scopes, context, made):
        raise Refused("the context that starts the process is not available where the primitive is created")
    package, _, maker = qualified(tree, scopes, made.func).rpartition(".")
    if isinstance(made.func, cst.Attribute):
        maker = made.func.attr.value
    elif package in ("", "builtins"):
        raise Refused("it is not created by a context")
    text = f"{tree.source(context)}.{maker}"
    return Fix("safe", f"create it with `{text}`", (tree.edit(*tree.whole(made.func), text),))


def _context(call: cst.Call) -> cst.BaseExpression:
    """What the process or the pool is started by: `context` in `context.Process(…)` and in `mp_context=context`."""
    for arg in call.args:
        if arg.keyword and arg.keyword.value == "mp_context":
            return arg.value
    if isinstance(call.func, cst.Attribute):
        return call.func.value
    raise Refused("the process is not started by a context that has a name")


def _is_there(tree: Tree, scopes: Scopes, context: cst.BaseExpression, made: cst.Call) -> bool:
    """Whether the context means the same where the primitive is made."""
    match context:
        case cst.Name(value=name):
            here = scopes.around(tree, made)
            owner = here.owner(name)
            if owner is None or owner is not scopes.read_in[context].owner(name):
                return False
            match scopes.bindings_of(owner, name):
                case [binding]:
                    return owner is not here or surely_bound(tree, binding, made)
        case cst.Call(func=func, args=args):
            name = qualified(tree, scopes, func).rpartition(".")[2]
            return name == "get_context" and all(is_constant(arg.value) and not arg.star for arg in args)
    return False
