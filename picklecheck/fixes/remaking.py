"""Whether an expression can be evaluated once more, in another process, without anybody noticing."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.class_state import methods_of
from picklecheck.fixes.imports import qualified
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.tree import Tree

_SILENT: dict[str, str] = {
    "builtins": "bool bytes compile dict enumerate float frozenset int iter len list memoryview object range set str"
    " tuple zip",
    "threading": "Barrier BoundedSemaphore Condition Event Lock RLock Semaphore local",
    "asyncio": "Event Lock Semaphore",
    "queue": "LifoQueue PriorityQueue Queue SimpleQueue",
    "collections": "Counter OrderedDict defaultdict deque",
    "contextvars": "ContextVar",
    "csv": "writer",
    "functools": "partial",
    "io": "BytesIO StringIO",
    "itertools": "chain count cycle repeat",
    "logging": "getLogger",
    "operator": "attrgetter itemgetter",
    "random": "Random",
    "re": "compile",
    "requests": "Session",
    "socket": "socket",
    "sqlite3": "connect",
    "struct": "Struct",
    "types": "MappingProxyType",
    "weakref": "WeakKeyDictionary WeakSet WeakValueDictionary ref",
}
# What is the same whoever makes it of the same, and keeps nothing of what was done with it.
_SAME = {"builtins.compile", "builtins.memoryview", "csv.writer", "logging.getLogger", "re.compile", "struct.Struct"}
_SAME |= {"types.MappingProxyType", "weakref.ref"}
_PLAIN = {"object", "dict", "list", "set", "frozenset", "tuple"}
_VIEWS = {"keys", "values", "items"}
_LOUD = cst.Await | cst.Yield | cst.NamedExpr
_DEEPEST = 4


def is_silent(tree: Tree, scopes: Scopes, value: cst.CSTNode, depth: int = 0) -> bool:
    """Whether evaluating the expression only makes new objects, or reads.

    Raises Refused for a file that would be emptied.
    """
    if isinstance(value, cst.Lambda):
        return True
    inside = list(tree.under(value))
    calls = [part for part in inside if isinstance(part, cst.Call)]
    return not any(isinstance(part, _LOUD) for part in inside) and all(
        _is_silent_call(tree, scopes, call, depth) for call in calls
    )


def is_same(tree: Tree, scopes: Scopes, value: cst.BaseExpression) -> bool:
    """Whether evaluating the expression again, over equal parts, gives what is as good as the first for any use.

    `math`, `lambda n: n + 1`, `memoryview(self.data)` and `self.data.keys()` do; `Lock()` and `open(path)` do not.
    """
    match value:
        case cst.Lambda():
            return True
        case cst.Name() | cst.Attribute() if qualified(tree, scopes, value):
            return True
        case cst.Call(func=func, args=args) if qualified(tree, scopes, func) in _SAME:
            return all(_is_part(arg.value) for arg in args if not arg.star) and not any(arg.star for arg in args)
        case cst.Call(func=cst.Attribute(value=cst.Attribute(value=cst.Name()), attr=view), args=[]):
            return view.value in _VIEWS
    return False


def _is_part(value: cst.BaseExpression) -> bool:
    """Whether an argument is a constant, or what has a name."""
    match value:
        case cst.Attribute(value=inner):
            return _is_part(inner)
    return isinstance(value, cst.Name | cst.BaseNumber | cst.BaseString) or _is_constant_display(value)


def _is_constant_display(value: cst.BaseExpression) -> bool:
    match value:
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            return all(isinstance(one, cst.Element) and _is_part(one.value) for one in elements)
        case cst.Dict(elements=elements):
            return all(
                isinstance(one, cst.DictElement) and _is_part(one.key) and _is_part(one.value) for one in elements
            )
    return False


def _is_silent_call(tree: Tree, scopes: Scopes, call: cst.Call, depth: int) -> bool:
    if qualified(tree, scopes, call.func) in ("builtins.open", "io.open"):
        return _opens_to_read(tree, call)
    return makes_silently(tree, scopes, call.func, depth)


def makes_silently(tree: Tree, scopes: Scopes, func: cst.BaseExpression, depth: int = 0) -> bool:
    """Whether calling what an expression names only makes a new object."""
    module, _, name = qualified(tree, scopes, func).rpartition(".")
    if module:
        return name in _SILENT.get(module, "").split()
    return depth < _DEEPEST and isinstance(func, cst.Name) and _is_silent_class(tree, scopes, func, depth)


def _opens_to_read(tree: Tree, call: cst.Call) -> bool:
    positional = [arg.value for arg in call.args if not arg.keyword]
    named = [arg.value for arg in call.args if arg.keyword and arg.keyword.value == "mode"]
    match [*named, *positional[1:2]]:
        case []:
            return not any(arg.star for arg in call.args)
        case [cst.SimpleString() as mode]:
            if set(mode.raw_value) & set("wx"):
                raise Refused(f"`{tree.source(call)}` would empty the file", "pass the path, and open it in the worker")
            return not set(mode.raw_value) & set("a+")
    return False


def _is_silent_class(tree: Tree, scopes: Scopes, func: cst.Name, depth: int) -> bool:
    """Whether the name is a class of the file whose `__init__` only sets what is silent."""
    match scopes.bindings_of(scopes.module, func.value):
        case [cst.ClassDef(bases=bases, keywords=[]) as made] if (
            not {"__new__", "__post_init__"} & methods_of(made).keys()
        ):
            if any(tree.source(base.value) not in _PLAIN for base in bases):
                return False
            init = methods_of(made).get("__init__")
            return init is None or all(
                is_silent(tree, scopes, value, depth + 1) if value else _says_nothing(line)
                for line in init.body.body
                for value in [_assigned(line)]
            )
    return False


def _assigned(line: cst.CSTNode) -> cst.BaseExpression | None:
    match line:
        case cst.SimpleStatementLine(
            body=[cst.Assign(value=value) | cst.AnnAssign(value=cst.BaseExpression() as value)]
        ):
            return value
        case cst.Assign(value=value):
            return value
    return None


def _says_nothing(line: cst.CSTNode) -> bool:
    match line:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString()) | cst.Pass()]):
            return True
    return False
