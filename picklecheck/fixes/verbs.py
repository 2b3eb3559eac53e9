"""What a lambda does, as the name that a person would give to a function with its body."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

_OPERATIONS: dict[type[cst.CSTNode], str] = {
    cst.Add: "add",
    cst.Subtract: "subtract",
    cst.Multiply: "multiply",
    cst.Divide: "divide",
    cst.FloorDivide: "divide",
    cst.Modulo: "remainder",
    cst.Power: "power",
    cst.MatrixMultiply: "multiply",
    cst.BitAnd: "combine",
    cst.BitOr: "combine",
    cst.BitXor: "combine",
    cst.LeftShift: "shift",
    cst.RightShift: "shift",
    cst.Minus: "negate",
    cst.Not: "negate",
    cst.BitInvert: "invert",
    cst.Comparison: "compare",
    cst.BooleanOperation: "choose",
    cst.FormattedString: "format",
    cst.ConcatenatedString: "format",
    cst.ListComp: "collect",
    cst.SetComp: "collect",
    cst.DictComp: "collect",
    cst.List: "make_list",
    cst.Set: "make_set",
    cst.Dict: "make_dict",
    cst.Tuple: "make_tuple",
    cst.Lambda: "make_function",
}
# Builtins whose names are no verbs.
_BUILTINS = {"len": "count", "sorted": "sort", "reversed": "reverse", "print": "report"}
_TYPES = {"int", "float", "str", "bytes", "list", "tuple", "dict", "set", "frozenset", "bool"}
# Names of parameters that say nothing.
_DULL = {"arg", "args", "kwargs", "item", "obj", "self", "val", "value", "var", "elem", "element", "data", "param"}
_MAKERS = ("make_", "get_", "create_", "build_", "new_")


def verbs(node: cst.Lambda, word: str = "") -> Iterator[str]:
    """Names for the function, best first: what is called, or done, and to what; `word` is said beside it."""
    params = [*node.params.posonly_params, *node.params.params]
    if isinstance(node.body, cst.Name) and node.body.value in {param.name.value for param in params}:
        yield "identity"
        return
    verb, called = _verb(node.body)
    first = next((param.name.value for param in params if not param.default), "").strip("_")
    told = first or _object(node.body)
    telling = len(told) > 2 and told not in _DULL and told not in verb
    if word and verb in ("", word):
        yield word
    elif word and not called:
        yield f"{verb}_{word}"
    if verb in _TYPES:
        yield f"{told}_to_{verb}" if telling else f"to_{verb}"
    if not verb:
        return
    if telling and verb != "do_nothing":
        yield f"{verb}_{told.strip('_')}"
    if word:
        yield f"{verb}_{word}"
    yield verb
    if constant := _constant(node.body):
        yield f"{verb}_{constant}"
    if called:
        yield f"call_{verb}"


def _object(body: cst.BaseExpression) -> str:
    """The variable to which a call in the body is done."""
    match body:
        case cst.Call(args=[cst.Arg(value=cst.Name(value=name)), *_]):
            return name
        case cst.Call(func=cst.Attribute(value=cst.Name(value=name))):
            return name
        case cst.BinaryOperation(left=left):
            return _object(left)
    return ""


def _constant(body: cst.BaseExpression) -> str:
    """The constant that tells a call from others of the same function: `90` in `rotate(image, 90)`."""
    match body:
        case cst.Call(args=args):
            values = [arg.value for arg in args]
        case cst.BinaryOperation(right=right):
            values = [right]
        case _:
            return ""
    words = [one.value if isinstance(one, cst.Integer) else _word(one) for one in values]
    return next((word for word in words if re.fullmatch(r"[a-z0-9]\w*", word)), "")


def _word(value: cst.BaseExpression) -> str:
    return str(value.raw_value).lower() if isinstance(value, cst.SimpleString) and not value.prefix else ""


def product(maker: str) -> str:
    """What a function is named after that makes another one: `make_adder`, `adder`; empty for other names."""
    return next((maker.removeprefix(prefix) for prefix in _MAKERS if maker.startswith(prefix)), "")


def _verb(body: cst.BaseExpression) -> tuple[str, bool]:
    """What is done, and whether that is the name of what is called."""
    match body:
        case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
            verb = name.strip("_").lower() if name.isidentifier() else ""
            return _BUILTINS.get(verb, verb), True
        case cst.Await(expression=inner) | cst.IfExp(body=inner):
            return _verb(inner)
        case cst.BinaryOperation(left=left) if (done := _verb(left))[1]:
            return done
        case cst.ListComp(elt=inner) | cst.SetComp(elt=inner) if (done := _verb(inner))[0]:
            return done
    return _operation(body), False


def _operation(body: cst.BaseExpression) -> str:
    match body:
        case cst.SimpleString(raw_value=text) if str(text).isidentifier():
            return f"get_{text.lower()}"
        case cst.SimpleString() | cst.Integer() | cst.Float():
            return "constant"
        case cst.Name(value="None"):
            return "do_nothing"
        case cst.Name(value=name):
            return f"get_{name.strip('_').lower()}" if name not in ("True", "False") else ""
        case cst.Attribute(attr=cst.Name(value=name)):
            return f"get_{name.strip('_')}"
        case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Slice(step=step))]):
            return "reverse" if isinstance(step, cst.UnaryOperation) else "cut"
        case cst.Subscript():
            return "pick"
        case cst.BinaryOperation(operator=cst.Multiply(), left=cst.Name(value=one), right=cst.Name(value=other)):
            return "square" if one == other else "multiply"
        case cst.BinaryOperation(operator=cst.Power(), right=cst.Integer(value="2")):
            return "square"
        case cst.BinaryOperation(operator=cst.Multiply(), right=cst.Integer(value="2")):
            return "double"
        case cst.BinaryOperation(operator=operator) | cst.UnaryOperation(operator=operator):
            return _OPERATIONS.get(type(operator), "")
    return _OPERATIONS.get(type(body), "")
