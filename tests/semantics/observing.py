"""Run a program and compare what its marked expressions really give with what their marks say they may give."""

from __future__ import annotations

import ast
import functools
import re
import sys
import types
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from picklecheck.dev.reveal import marks, standing_alone

OBSERVE = "_observe"
OPENING, CLOSING = "[{(", "]})"


def observe(path: Path) -> list[str]:
    """Run a program in this process; gives a line for each value that is none of those its mark has."""
    text = path.read_text("utf-8")
    tree, said, wrong = ast.parse(text), marks(text), list[str]()

    def seen(line: int, value: object) -> object:
        if not any(fits(value, one) for one in split(said[line], " | ")):
            wrong.append(f"{path.name}:{line}: gives {value!r}, marked {said[line]}")
        return value

    alone = {id(node): line for line, node in standing_alone(tree).items() if line in said}
    program = ast.fix_missing_locations(_Observed(alone).visit(tree))
    main = types.ModuleType("__main__")
    main.__dict__.update({OBSERVE: seen, "__file__": str(path)})
    sys.modules["__main__"], sys.argv = main, [str(path)]
    exec(compile(program, str(path), "exec", dont_inherit=True), main.__dict__)
    return wrong


class _Observed(ast.NodeTransformer):
    """Hands the value of each marked expression, with its line, to the observer."""

    def __init__(self, lines: dict[int, int]) -> None:
        self.lines = lines

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        if id(node.value) in self.lines:
            line = ast.Constant(self.lines[id(node.value)])
            return ast.Expr(ast.Call(ast.Name(OBSERVE, ast.Load()), [line, node.value], []))
        return node


def fits(value: object, said: str) -> bool:
    """Whether a value is one that an alternative of a mark means."""
    if said in ("unknown", "list", "dict", "tuple", "set"):
        return said == "unknown" or type(value).__name__ == said
    try:
        literal = ast.literal_eval(said)
        return type(value) is type(literal) and value == literal
    except (ValueError, SyntaxError):
        pass
    for pattern, fit in FORMS.items():
        if match := re.fullmatch(pattern, said, re.DOTALL):
            return fit(value, *match.groups())
    return value is resolve(said)


def split(text: str, separator: str) -> Iterator[str]:
    """The parts of a text between separators that are outside of brackets and quotes."""
    depth, quoted, start, at = 0, False, 0, 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == '"':
            quoted = not quoted
        elif not quoted:
            depth += (text[at] in OPENING) - (text[at] in CLOSING)
            if not depth and text.startswith(separator, at):
                yield text[start:at]
                start = at + len(separator)
        at += 1
    if text[start:]:
        yield text[start:]


def resolve(dotted: str) -> object:
    """What a dotted name of the outside means; a builtin has no module before its name."""
    parts = dotted.split(".") if "." in dotted else ["builtins", dotted]
    for end in range(len(parts) - 1, 0, -1):
        try:
            return functools.reduce(getattr, parts[end:], import_module(".".join(parts[:end])))
        except (ImportError, AttributeError):
            continue
    return None


# --- the forms of marks --------------------------------------------------------------------------


def is_row(value: object, kind: str, inside: str) -> bool:
    return type(value).__name__ == kind and have(list(value), inside, any_of)  # type: ignore[call-overload]


def is_dict(value: object, inside: str) -> bool:
    return isinstance(value, dict) and have(list(value.items()), inside, is_pair)


def have(items: list[object], inside: str, fit: Callable[[object, str], bool]) -> bool:
    """Whether items are those that a mark has between its brackets, in order, or open as it says."""
    said = list(split(inside, ", "))
    if "..." not in said:
        return len(items) == len(said) and all(map(fit, items, said))
    said.remove("...")
    entries = {one.removesuffix("?"): not one.endswith("?") for one in said}
    known = all(any(fit(item, entry) for entry in entries) for item in items)
    return known and all(any(fit(item, entry) for item in items) for entry, sure in entries.items() if sure)


def is_pair(pair: object, said: str) -> bool:
    key, value = split(said, ": ")
    return isinstance(pair, tuple) and any_of(pair[0], key) and any_of(pair[1], value)


def any_of(value: object, said: str) -> bool:
    inside = said[1:-1] if said.startswith("(") else said
    return any(fits(value, one) for one in split(inside, " | "))


def is_object(value: object, name: str) -> bool:
    """`Job(...)`, `threading.Lock(...)`: by the class, or where that is no class, by the name of what it makes."""
    if any(one.__qualname__ == name for one in type(value).__mro__):
        return True
    made = resolve(name)
    return (
        isinstance(value, made)
        if isinstance(made, type)
        else name.split(".")[-1].lower() == type(value).__name__.lower()
    )


def is_function(value: object, qualname: str) -> bool:
    return isinstance(value, types.FunctionType) and value.__qualname__ == qualname


def is_method(value: object, name: str) -> bool:
    """A method of the program by its function; one of the outside by its last name."""
    own = getattr(getattr(value, "__func__", None), "__qualname__", "")
    return callable(value) and (own == name or getattr(value, "__name__", "") == name.split(".")[-1])


def is_partial(value: object, inside: str) -> bool:
    function, *given = split(inside, ", ")
    if not isinstance(value, functools.partial) or not any_of(value.func, function):
        return False
    return "..." in given or len(given) == len(value.args) + len(value.keywords)


FORMS: dict[str, Callable[..., bool]] = {
    r"(list|tuple)\[(.*)\]": is_row,
    r"(set)\{(.*)\}": is_row,
    r"dict\{(.*)\}": is_dict,
    r"partial\((.*)\)": is_partial,
    r"(?:cached|generic|contextmanager)\((.*)\)": lambda value, of: any_of(getattr(value, "__wrapped__", None), of),
    r"(property|cached_property|staticmethod|classmethod)\(.*\)": lambda value, kind: type(value).__name__ == kind,
    r"([\w.<>]+)\(\.\.\.\)": is_object,
    r"lambda": lambda value: getattr(value, "__name__", "") == "<lambda>",
    r"function ([\w.<>]+)": is_function,
    r"method ([\w.<>]+)": is_method,
    r"class ([\w.<>]+)": lambda value, name: isinstance(value, type) and value.__qualname__ == name,
    r"module ([\w.]+)": lambda value, name: value is sys.modules.get(name),
    r"(generator|coroutine)(?: [\w.<>]+)?": lambda value, kind: type(value).__name__ == kind,
    r"super [\w.<>]+": lambda value: isinstance(value, super),
}


if __name__ == "__main__":
    misfits = observe(Path(sys.argv[1]))
    print("\n".join(misfits))
    sys.exit(bool(misfits))
