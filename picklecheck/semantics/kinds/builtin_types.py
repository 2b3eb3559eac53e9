"""What objects of Python's own types surely cannot do, asked of the running Python: attributes, operators, formats."""

from __future__ import annotations

import ast
import operator
import re
from collections import OrderedDict
from collections.abc import Callable

from picklecheck.semantics.domain.values import Constant, Container, ExternalObject, Value, Values
from picklecheck.semantics.machine import Machine

# An object of each type, in the place of one that is not known; what it is decides nothing that is asked here.
_OF_EACH_TYPE: tuple[object, ...] = (1, 1.5, "text", b"text", True, [], (), {}, set())
EXAMPLES = {type(one).__name__: one for one in _OF_EACH_TYPE}

# `*` and `**` may make something large, and fail by what the numbers are.
OPERATIONS: dict[type[ast.operator], Callable[[object, object], object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}

# `%d`, `%-8s`, `%(name)s`: a width says nothing of what the types must be.
CONVERSION = re.compile(r"%[#0\- +]*\d*(?:\.\d+)?([a-zA-Z%])")


def example(value: Value) -> object:
    """An object of the same type, if that is one of Python's own; else None."""
    match value:
        case Constant(value=literal):
            return EXAMPLES.get(type(literal).__name__)
        case Container(kind=kind):
            return EXAMPLES[kind]
        case ExternalObject(type=name) if name.startswith("builtins."):
            return EXAMPLES.get(name.removeprefix("builtins."))
    return None


def is_known(run: Machine) -> bool:
    """Whether the running Python can tell about the versions in question: types were others in Python 2."""
    return all(version >= (3,) for version in run.versions)


def lacks(run: Machine, value: Value, name: str) -> bool:
    """Whether an object surely has no attribute of a name: those of Python's own types get no others."""
    known = example(value)
    if known is None or not is_known(run) or hasattr(known, name):
        return False
    return not (isinstance(value, Container) and hasattr(OrderedDict, name))  # which a container may be


def refuses(run: Machine, op: ast.operator, left: Values, right: Values) -> bool:
    """Whether `left op right` surely raises `TypeError`, as `"rows: " + 3` does."""
    if len(left) != 1 or len(right) != 1 or not is_known(run):
        return False
    if isinstance(op, ast.Mod):
        return misfills(run, left[0], right[0])
    operation = OPERATIONS.get(type(op))
    one, other = example(left[0]), example(right[0])
    if isinstance(one, dict) or isinstance(other, dict):  # or of a type derived from it
        return False
    if operation is None or one is None or other is None:
        return False
    return raises(TypeError, lambda: operation(one, other))


def misfills(run: Machine, template: Value, given: Value) -> bool:
    """Whether `template % given` surely raises: what is given is not of the types, or not as many, as it names."""
    match template:
        case Constant(value=str(text)) if "%(" not in text:
            kinds = CONVERSION.findall(text)
        case _:
            return False
    values: tuple[Values, ...] = ((given,),)
    if isinstance(given, Container):
        items = run.store.items(given)
        if given.kind != "tuple" or not items.exact:
            return False
        values = items.values
    known = [example(one[0]) if len(one) == 1 else None for one in values]
    if None in known or "c" in kinds or "%" in CONVERSION.sub("", text):
        return False
    return raises(TypeError, lambda: "".join(f"%{kind}" for kind in kinds) % tuple(known))


def misformats(value: Values, written: str) -> bool:
    """Whether `format(value, written)` surely raises, as a text does with `d`."""
    known = example(value[0]) if len(value) == 1 else None
    if not isinstance(known, str | int | float):
        return False
    return raises(ValueError, lambda: format(known, re.sub(r"\d+", "", written)))


def raises(kind: type[Exception], action: Callable[[], object]) -> bool:
    """Whether an action raises an exception of one kind."""
    try:
        action()
    except kind:
        return True
    except Exception:
        return False
    return False
