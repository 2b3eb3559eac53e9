"""What an expression is for, by the words beside it: a variable, an attribute, a key, a parameter or a label."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.scopes import Scopes, parameters
from picklecheck.fixes.tree import Tree

# Parameters whose names say nothing of what is given for them.
_GENERIC = {"func", "fn", "f", "function", "target", "initializer", "callable", "callback", "default_factory", "value"}
_GENERIC |= {"task", "obj", "object", "item", "args", "x"}
_HOLDERS = {"args", "initargs"}


def assigned_name(tree: Tree, node: cst.BaseExpression) -> str:
    """The variable, attribute, key or parameter that the expression is for, empty where that says nothing."""
    match tree.parents[node]:
        case cst.Arg(keyword=cst.Name(value="default")) as argument:  # `stop: Callable = field(default=lambda …)`
            return _default(assigned_name(tree, whole)) if isinstance(whole := tree.parents[argument], cst.Call) else ""
        case cst.Arg(keyword=cst.Name(value=parameter)):
            return _telling(parameter)
        case cst.Arg() as argument:
            return _parameter_of(tree, argument)
        case cst.Element() as element:
            return _parameter_of_task(tree, element) or _named_beside(tree, element)
        case cst.Param(name=cst.Name(value=parameter), default=default) if default is node:
            return _default(parameter)
        case cst.DictElement(key=cst.SimpleString(raw_value=key)) if str(key).isidentifier():
            return str(key)
        case cst.BooleanOperation(operator=cst.Or(), right=right) as whole if right is node:
            return _default(assigned_name(tree, whole))
        case cst.IfExp(body=body, orelse=orelse) as whole if node in (body, orelse):
            return _default(assigned_name(tree, whole))
        case cst.Assign(targets=[cst.AssignTarget(target=target)]) | cst.AnnAssign(target=target):
            match target:
                case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
                    return name
                case cst.Subscript(
                    slice=[cst.SubscriptElement(slice=cst.Index(value=cst.SimpleString(raw_value=key)))]
                ):
                    return str(key) if str(key).isidentifier() else ""
    return ""


def label(tree: Tree, node: cst.BaseExpression) -> str:
    """The word that a call gives along with the expression: `add("upper", lambda: …)`, `on(Kind.SAVED, lambda: …)`."""
    argument = tree.parents[node]
    call = tree.parents.get(argument)
    if not isinstance(argument, cst.Arg) or not isinstance(call, cst.Call):
        return ""
    match call.args:
        case [cst.Arg(value=cst.SimpleString(raw_value=word), star=""), *_] if str(word).isidentifier():
            return str(word).lower() if len(word) > 2 else ""
        case [cst.Arg(value=cst.Attribute(attr=cst.Name(value=word)), star=""), *_] if word.isupper():
            return word.lower() if len(word) > 2 else ""
    return ""


def _telling(parameter: str) -> str:
    return "" if parameter in _GENERIC else parameter


def _default(name: str) -> str:
    name = _telling(name.strip("_"))
    return f"default_{name}" if name and not name.startswith("default") else name


def _parameter_of(tree: Tree, argument: cst.Arg) -> str:
    """The parameter of a function or class of the file that gets a positional argument."""
    call = tree.parents[argument]
    if not isinstance(call, cst.Call):
        return ""
    at = list(call.args).index(argument)
    match call:
        case cst.Call(func=cst.Attribute(attr=cst.Name(value="submit")), args=[first, *_]) if at:
            return _parameter(tree, first.value, at - 1)
    return "" if any(one.star for one in call.args[:at]) else _parameter(tree, call.func, at)


def _parameter_of_task(tree: Tree, element: cst.Element) -> str:
    """The parameter of a task whose arguments are written as a tuple: `args=(…)`, `apply_async(task, (…))`."""
    written = tree.parents[element]
    argument = tree.parents[written]
    call = tree.parents.get(argument)
    if not isinstance(written, cst.Tuple) or not isinstance(argument, cst.Arg) or not isinstance(call, cst.Call):
        return ""
    tasks = [one.value for one in call.args if one.keyword and one.keyword.value in ("target", "initializer", "func")]
    match call.func:
        case cst.Attribute(attr=cst.Name(value="apply" | "apply_async")) if not call.args[0].keyword:
            tasks.append(call.args[0].value)
        case _ if argument.keyword is None or argument.keyword.value not in _HOLDERS:
            return ""
    return _parameter(tree, tasks[0], list(written.elements).index(element)) if len(tasks) == 1 else ""


def _named_beside(tree: Tree, element: cst.Element) -> str:
    """The name in a pair of a name and a value, as a dict has it: `("half", lambda n: n // 2)`."""
    match tree.parents[element]:
        case cst.Tuple(elements=[cst.Element(value=cst.SimpleString(raw_value=name)), second]) if second is element:
            return str(name) if str(name).isidentifier() else ""
    return ""


def _parameter(tree: Tree, callee: cst.BaseExpression, at: int) -> str:
    """The name of a parameter of what a name of the module leads to."""
    scopes = Scopes.of(tree)
    if not isinstance(callee, cst.Name) or scopes.read_in[callee].owner(callee.value) is not scopes.module:
        return ""
    match scopes.module.bindings.get(callee.value):
        case [cst.FunctionDef() as function]:
            names = [param.name.value for param in parameters(function)]
        case [cst.ClassDef() as made]:
            names = _of_class(made)
        case _:
            return ""
    return _telling(names[at]) if at < len(names) else ""


def _of_class(made: cst.ClassDef) -> list[str]:
    """The parameters of its `__init__`, else its annotated fields, as a data class has them."""
    for part in made.body.body:
        match part:
            case cst.FunctionDef(name=cst.Name(value="__init__")):
                return [param.name.value for param in parameters(part)][1:]
    lines = [part for part in made.body.body if isinstance(part, cst.SimpleStatementLine)]
    fields = [part.target for line in lines for part in line.body if isinstance(part, cst.AnnAssign)]
    return [one.value for one in fields if isinstance(one, cst.Name)] if made.decorators else []
