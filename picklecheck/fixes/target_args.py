"""`Process(target=lambda: f(a, b))` becomes `target=f, args=(a, b)`, and likewise for other boundaries."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.callee import check_callee, lambda_of
from picklecheck.fixes.captures import Taken, check_moment
from picklecheck.fixes.definition import is_constant
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes, parameters
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

_TUPLES = {"target": "args", "initializer": "initargs"}
_SENDING = {"apply": "args", "apply_async": "args", "submit": "", "run_in_executor": ""}
# How many arguments a call has that ends with the callable, if not one.
_PLACES = {"run_in_executor": 2}


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe where `f` is a module-level function bound once, and the arguments are constants or names that do
    not change between the construction and the start. Unsafe for a loop variable that does, for a method of a
    captured object, for a name whose value is not known, and, in a program that runs today, for an attribute.
    Refused for other arguments, whose evaluation would move from the child to the parent.
    """
    scopes = Scopes.of(tree)
    node = lambda_of(tree, subject)
    call = tree.node_at(subject.call, cst.Call)
    argument = tree.parents[node]
    if call is None or not isinstance(argument, cst.Arg) or argument not in call.args:
        raise Refused("the lambda is not written in the call", "write a function at module level instead of it")
    if not isinstance(node.body, cst.Call):
        raise Refused("the lambda does not just call a function", "write a function for it at module level")
    keyword = _keyword(call, argument)
    defaults = _defaults(node)
    func = node.body.func
    unsafe = _check_func(tree, scopes, subject, node, func)
    values, named = [], []
    for given in node.body.args:
        if given.star:
            raise Refused("the lambda spreads its arguments", "write a function for it at module level")
        value, same = _value(tree, scopes, subject, node, given.value, defaults)
        unsafe |= (
            not same or not subject.knows(value) or (subject.runs_today and isinstance(given.value, cst.Attribute))
        )
        if given.keyword:
            named.append((given.keyword.value, value))
        else:
            values.append(value)
    if named and subject.boundary.endswith(".run_in_executor"):
        raise Refused("the call takes no keyword arguments for the callable")
    more = _more(keyword, argument, values, named)
    edits = [tree.edit(*tree.whole(node), tree.source(func))]
    if more:
        end = tree.whole(node)[1]
        edits = [tree.edit(tree.whole(node)[0], end, tree.source(func) + more)]
    title = f"pass `{tree.source(func)}` and its arguments"
    return Fix("unsafe" if unsafe else "safe", title, tuple(edits))


def _keyword(call: cst.Call, argument: cst.Arg) -> str:
    """The parameter that takes the arguments of the callable, empty where they follow it one by one."""
    if argument.keyword and argument.keyword.value in _TUPLES:
        wanted = _TUPLES[argument.keyword.value]
        taken = {"args", "kwargs"} if wanted == "args" else {wanted}
        if any(other.keyword and other.keyword.value in taken for other in call.args):
            raise Refused("the call has arguments for the callable already")
        if any(other.star for other in call.args):
            raise Refused("the call spreads its arguments", "write them one by one")
        return wanted
    match call.func:
        case cst.Attribute(attr=cst.Name(value=verb)) if verb in _SENDING and not argument.keyword:
            place = _PLACES.get(verb, 1)
            behind = call.args[place:]
            named = {arg.keyword.value for arg in behind if arg.keyword}
            if len(call.args) >= place and argument is call.args[place - 1] and len(named) == len(behind):
                if not behind or (_SENDING[verb] and not named & {"args", "kwds"}):
                    return _SENDING[verb]
    raise Refused("the call takes no arguments for the callable")


def _more(keyword: str, argument: cst.Arg, values: list[str], named: list[tuple[str, str]]) -> str:
    if not keyword:
        return "".join(f", {part}" for part in [*values, *(f"{name}={value}" for name, value in named)])
    text = ""
    if values:
        text += f", {keyword}=({', '.join(values)}{',' if len(values) == 1 else ''})"
    if named:
        if keyword == "initargs":
            raise Refused("an initializer takes no keyword arguments")
        name = "kwargs" if argument.keyword and argument.keyword.value == "target" else "kwds"
        pairs = [f'"{key}": {value}' for key, value in named]
        text += f", {name}={{{', '.join(pairs)}}}"
    return text


def _defaults(node: cst.Lambda) -> dict[str, cst.BaseExpression]:
    """What the parameters mean: the callable is called without arguments, so all need a default."""
    params = parameters(node)
    found = {param.name.value: param.default for param in params if param.default}
    if len(found) != len(params):
        raise Refused("the lambda takes arguments", "write a function for it at module level")
    return found


def _check_func(tree: Tree, scopes: Scopes, subject: Subject, node: cst.Lambda, func: cst.BaseExpression) -> bool:
    match func:
        case cst.Attribute(value=cst.Name() as root) if _is_local(scopes, root):
            _check_name(tree, scopes, subject, node, root, root.value)
            return True
    check_callee(tree, scopes, func)
    return False


def _value(
    tree: Tree,
    scopes: Scopes,
    subject: Subject,
    node: cst.Lambda,
    value: cst.BaseExpression,
    defaults: dict[str, cst.BaseExpression],
) -> tuple[str, bool]:
    """The text of a value that is passed on, and whether it is the same that the lambda would have seen."""
    if isinstance(value, cst.Name) and value.value in defaults:
        default = defaults[value.value]
        if not is_constant(default):
            raise Refused(f"the default of `{value.value}` is not a constant or a name")
        return tree.source(default), True
    if not is_constant(value):
        raise Refused(f"`{tree.source(value)}` is evaluated in the child", "evaluate it first, and pass the value")
    same = True
    for name in tree.under(value):
        if isinstance(name, cst.Name) and name in scopes.read_in:
            whole = tree.source(value) if isinstance(value, cst.Attribute) else name.value
            same &= _check_name(tree, scopes, subject, node, name, whole)
    start, end = tree.whole(value)
    return tree.text[start:end], same


def _check_name(
    tree: Tree, scopes: Scopes, subject: Subject, node: cst.Lambda, name: cst.Name, expression: str
) -> bool:
    """Refuse what cannot be read already where the call is, or cannot be sent."""
    owner = scopes.read_in[name].owner(name.value)
    if owner is None:
        return True
    for capture in subject.captures:
        if capture.refused and capture.name == expression:
            raise Refused(f"`{capture.name}` cannot be pickled either ({capture.refused})", "pass what is needed of it")
    return check_moment(tree, scopes, subject, Taken(name.value, name.value, name.value, owner), node, each_round=True)


def _is_local(scopes: Scopes, name: cst.Name) -> bool:
    owner = scopes.read_in[name].owner(name.value)
    return owner is not None and owner is not scopes.module
