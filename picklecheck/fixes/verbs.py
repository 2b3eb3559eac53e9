"""What a lambda does, as the name that a person would give to a function with its body."""

from __future__ import annotations

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
# Names of parameters that say nothing.
_DULL = {"arg", "args", "kwargs", "item", "obj", "self", "val", "value", "var", "elem", "element", "data", "param"}
_MAKERS = ("make_", "get_", "create_", "build_", "new_")


def verbs(node: cst.Lambda) -> Iterator[str]:
    """Names for the function, best first: what is called, or done, and to what."""
    verb = _verb(node.body)
    if not verb:
        return
    params = [*node.params.posonly_params, *node.params.params]
    told = next((param.name.value for param in params if not param.default), "") or _object(node.body)
    if len(told) > 2 and told not in _DULL and told not in verb:
        yield f"{verb}_{told.strip('_')}"
    yield verb
    if isinstance(node.body, cst.Call):
        yield f"call_{verb}"


def _object(body: cst.BaseExpression) -> str:
    """The variable to which a call in the body is done."""
    match body:
        case cst.Call(args=[cst.Arg(value=cst.Name(value=name)), *_]):
            return name
        case cst.BinaryOperation(left=cst.Call() as call):
            return _object(call)
    return ""


def product(maker: str) -> str:
    """What a function is named after that makes another one: `make_adder`, `adder`; empty for other names."""
    return next((maker.removeprefix(prefix) for prefix in _MAKERS if maker.startswith(prefix)), "")


def _verb(body: cst.BaseExpression) -> str:
    match body:
        case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))):
            return name.strip("_").lower() if name.isidentifier() else ""
        case cst.Attribute(attr=cst.Name(value=name)):
            return f"get_{name.strip('_')}"
        case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Slice(step=step))]):
            return "reverse" if isinstance(step, cst.UnaryOperation) else "cut"
        case cst.Subscript():
            return "pick"
        case cst.Await(expression=inner) | cst.IfExp(body=inner):
            return _verb(inner)
        case cst.BinaryOperation(left=cst.Call() as call):
            return _verb(call)
        case cst.BinaryOperation(operator=cst.Multiply(), left=cst.Name(value=one), right=cst.Name(value=other)):
            return "square" if one == other else "multiply"
        case cst.BinaryOperation(operator=cst.Power(), right=cst.Integer(value="2")):
            return "square"
        case cst.BinaryOperation(operator=cst.Multiply(), right=cst.Integer(value="2")):
            return "double"
        case cst.BinaryOperation(operator=operator) | cst.UnaryOperation(operator=operator):
            return _OPERATIONS.get(type(operator), "")
    return _OPERATIONS.get(type(body), "")
