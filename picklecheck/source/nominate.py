"""Which files that only pickle or copy can have findings: told from the few statements around each call."""

# A file that starts processes is worth a full run. One that only pickles is mostly a test or a cache, whose value
# is made a few lines before. So the value is traced backwards, by names alone, over the statements that bind them;
# only these are parsed. Whatever cannot be traced is left to the run.

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from picklecheck.source.observed import is_file, read, remembered

_SINKS = frozenset({"dump", "dumps", "deepcopy", "asdict", "astuple"})
_VALUE = frozenset({"obj", "x"})  # what these call the parameter that is sent

# Column 0 begins a statement, unless it closes a bracket or goes on with an `if` or a `try`.
_BEGINS = re.compile(r"^(?!(?:else|elif|except|finally)\b)[^\s#)\]}]", re.MULTILINE)
_WORD = re.compile(r"\w+")
_DEFINITION = re.compile(r"(?:@.*\n(?:[\s)\]}].*\n|\n)*)*(?:async\s+)?(?P<kind>def|class)\s+(?P<name>\w+)")
_CHANGE = re.compile(
    r"\bglobal\s+([\w, ]+)|(\w+)(?:\.\w+|\[.*\])\s*=[^=]|(\w+)\.(?:append|add|extend|insert|update|setdefault)\("
)

Uses: TypeAlias = tuple[list[ast.AST], dict[str, list[ast.Call]], dict[str, list[ast.AST]]]

# Builtins whose result holds nothing but what they were given, and modules whose functions and objects all pickle.
_CARRYING = (
    "abs ascii bool bytearray bytes callable chr complex dict dir divmod enumerate float format frozenset getattr"
    " hasattr hash hex id int isinstance issubclass len list max min oct ord pow range repr reversed round set sorted"
    " str sum tuple zip"
)
_HARMLESS = (
    "cmath collections.Counter collections.OrderedDict collections.deque copy datetime decimal.Decimal fractions math"
    " pickle typing.Any typing.Dict typing.Iterable typing.List typing.Literal typing.Mapping typing.Optional"
    " typing.Sequence typing.Set typing.Tuple typing.Union uuid"
)
_BUILTINS, _MODULES = frozenset(_CARRYING.split()), frozenset(_HARMLESS.split())

# What pickle and copy call or read in the class of an object.
_ASKED = ("__reduce", "__getstate__", "__setstate__", "__getnewargs", "__new__", "__slots__", "__getattr", "copy__")

# Of a function or class of another file only the text is read: what it returns, what its instances are given.
_INNER = re.compile(r"^\s+(?:async\s+)?(?:def|class)\s+(\w+)", re.MULTILINE)
_ATTRIBUTE = re.compile(r"^\s+self\.\w+\b[^=\n]*=.*\b(?:lambda|open)\b", re.MULTILINE)
_OWNING = re.compile(
    r"(?:import|from)\s+(?:_thread|argparse|asyncio|bz2|codecs|concurrent|contextvars|cProfile|csv|ctypes|dbm|ftplib|gzip"
    r"|hashlib|hmac|http|imaplib|io|logging|lzma|mailbox|mmap|multiprocessing|poplib|queue|sched|select|selectors|smtplib"
    r"|socket|socketserver|sqlite3|ssl|struct|subprocess|tarfile|tempfile|threading|urllib|weakref|wsgiref|xmlrpc|zipfile"
    r"|zlib)\b"
)
_MOST_FOLDERS = 4  # a file's own and those above it, in which `conftest.py` is looked for
_MOST_IMPORTED = 16  # names that are followed into other files


def nominated(path: str, data: bytes) -> bool:
    """Whether a file that only pickles or copies must be run; `data` is its content."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python has to say of a text is for those who run it
            return Trace(path, statements(data.decode())).leads_to_refusal()
    except (SyntaxError, ValueError, RecursionError):
        return True


def statements(text: str) -> list[str]:
    """The statements at module level, decorators with what they decorate."""
    begins = [match.start() for match in _BEGINS.finditer(text)]
    found, piece = [], ""
    for at, end in zip(begins, [*begins[1:], len(text)], strict=True):
        decorator = text[at] == "@"
        piece += text[at:end]
        # A string over several lines may have some at column 0.
        if not decorator and not piece.count('"""') % 2 and not piece.count("'''") % 2:
            found.append(piece)
            piece = ""
    return [*found, piece] if piece else found


@remembered
def texts_of(path: str) -> list[str]:
    """The statements of a file that something imports."""
    try:
        return statements(read(path).decode())
    except (OSError, ValueError):
        return []


def mentions(text: str, name: str) -> bool:
    """Whether a name is in a text as a word of its own."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not _WORD.match(text[max(at - 1, 0) : at]) and not _WORD.match(text[end : end + 1]):
            return True
        at = text.find(name, at + 1)
    return False


class Trace:
    """The ways back from the values that one file pickles; `importer` is the file from which it was come to."""

    def __init__(self, path: str, texts: list[str], importer: Trace | None = None) -> None:
        self.path = path
        self.texts = texts
        self.importer = importer
        self.imported = 0  # names that were followed into other files
        self._nodes: dict[str, list[ast.AST]] = {}
        self._bound: dict[str, dict[str, list[ast.AST]]] = {}
        self._uses: dict[str, Uses] = {}
        self._seen: set[tuple[str, str]] = set()
        self._others: dict[str, Trace] = {}

    def leads_to_refusal(self) -> bool:
        """Whether any value that is pickled may refuse. Raises `SyntaxError`."""
        return any(self.in_statement(text) for text in self.texts if any(mentions(text, name) for name in _SINKS))

    def in_statement(self, text: str) -> bool:
        called = []
        for node in self.nodes(text):
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _SINKS:
                    called.append(node.func)
                    values = [*node.args[:1], *(one.value for one in node.keywords if one.arg in _VALUE)]
                    if not values or any(self.doubtful(value, text) for value in values):
                        return True
                case ast.Name(id=name) | ast.Attribute(attr=name) if name in _SINKS and node not in called:
                    if self.given_to(node, text):
                        return True
                case ast.alias(name=name, asname=str()) if name in _SINKS:
                    return True
        return False

    def nodes(self, text: str) -> list[ast.AST]:
        """The nodes of a statement, outer before inner; the first is the module around it."""
        if text not in self._nodes:
            self._nodes[text] = nodes_in(ast.parse(text))
        return self._nodes[text]

    def outermost(self, text: str) -> list[ast.stmt]:
        module = self.nodes(text)[0]
        assert isinstance(module, ast.Module)
        return module.body

    def bindings(self, text: str) -> dict[str, list[ast.AST]]:
        if text not in self._bound:
            self._bound[text] = bindings(self.nodes(text))
        return self._bound[text]

    def mentioning(self, name: str) -> list[str]:
        """The statements in which a name is."""
        return [text for text in self.texts if name in text and mentions(text, name)]

    def doubtful(self, value: ast.AST, text: str) -> bool:
        """Whether an expression in a statement may be a value that refuses."""
        match value:
            case ast.Constant() | ast.JoinedStr() | ast.Compare():
                return False
            case ast.Call(func=ast.Name(id="type"), args=[one]):
                return self.doubtful(one, text)
            case ast.Name(id=name):
                return self.name(name, text)
            case ast.Attribute(value=ast.Name(id=name)) if self.is_harmless_module(name, text):
                return False
            case ast.Lambda() | ast.GeneratorExp() | ast.Await() | ast.Yield() | ast.YieldFrom():
                return True
            case ast.Attribute(value=owner) | ast.Subscript(value=owner):
                return self.doubtful(owner, text)
            case ast.expr() | ast.keyword() | ast.comprehension():
                return any(self.doubtful(part, text) for part in ast.iter_child_nodes(value))
        return False

    def name(self, name: str, text: str) -> bool:
        """Whether a name in a statement may mean a value that refuses, or for what returns one."""
        if (name, text) in self._seen:
            return False
        self._seen.add((name, text))
        if any(self.doubtful(value, text) for value in self.bindings(text).get(f"{name}.", ())):
            return True
        near = self.bindings(text).get(name)
        if near is not None:
            return any(self.bound(node, name, text) for node in near)
        if self.importer is not None:
            return self.exports(name)
        texts = [other for other in self.mentioning(name) if other != text and may_bind(other, name)]
        far = [(node, other) for other in texts for node in self.bindings(other).get(name, ())]
        changes = [(node, other) for other in texts for node in self.bindings(other).get(f"{name}.", ())]
        if any(isinstance(node, ast.ClassDef) for node, _ in far) and len(far + changes) > 1:
            return True  # another class of this name, or what changes how its instances are pickled
        return any(self.bound(node, name, other) for node, other in far + changes) if far else name not in _BUILTINS

    def is_harmless_module(self, name: str, text: str) -> bool:
        """Whether a name in a statement means a module whose functions and objects all pickle."""
        above = [other for other in self.mentioning(name) if other.startswith("import")]
        nodes = self.bindings(text).get(name) or [node for one in above for node in self.bindings(one).get(name, ())]
        imported = [one for node in nodes if isinstance(node, ast.Import) for one in node.names]
        meant = {one.name for one in imported if name == (one.asname or one.name.partition(".")[0])}
        return bool(meant) and meant <= _MODULES and all(isinstance(node, ast.Import) for node in nodes)

    def bound(self, node: ast.AST, name: str, text: str) -> bool:
        """Whether what a node binds a name to may refuse."""
        match node:
            case ast.arg():
                return self.parameter(node, text)
            case ast.FunctionDef(decorator_list=[]) if node in self.outermost(text):
                return self.returns(node, text)
            case ast.ClassDef(decorator_list=[], keywords=[]) if node in self.outermost(text):
                return self.instances(node, text)
            case ast.ImportFrom(module=module, level=level, names=names):
                original = next(one.name for one in names if (one.asname or one.name) == name)
                if module in _MODULES or f"{module}.{original}" in _MODULES:
                    return False
                return self.elsewhere("." * level + (module or ""), original)
            case ast.expr():
                return self.doubtful(node, text)
        return True

    def returns(self, function: ast.stmt, text: str) -> bool:
        """Whether what a call of a function gives may refuse."""
        for node in nodes_in(function):
            match node:
                case ast.Yield() | ast.YieldFrom() | ast.AsyncFunctionDef():
                    return True
                case ast.Return(value=ast.expr() as value) if self.doubtful(value, text):
                    return True
        return False

    def instances(self, owner: ast.ClassDef, text: str) -> bool:
        """Whether an instance of a class may refuse: by a base, what its methods give it, or what pickle calls."""
        if any(name in text for name in _ASKED) or any(self.doubtful(base, text) for base in owner.bases):
            return True
        methods = [one for one in owner.body if isinstance(one, ast.FunctionDef)]
        given = [
            value
            for name in {one.args.args[0].arg for one in methods if one.args.args}
            for value in self.bindings(text).get(f"{name}.", ())
        ]
        return any(self.bound(value, "", text) for value in given)

    def elsewhere(self, module: str, name: str) -> bool:
        """Whether a name of another module may refuse: it may where that is of the standard library.

        What is found in no file is unknown, and so nothing can be said of it; no more is said of many names.
        """
        if module.partition(".")[0] in sys.stdlib_module_names:
            return True
        first = self.importer or self
        first.imported += 1
        file = located(self.path, module) if first.imported <= _MOST_IMPORTED else None
        if file is None:
            return False
        if file not in first._others:
            first._others[file] = Trace(file, texts_of(file), first)
        return first._others[file].exports(name)

    def exports(self, name: str) -> bool:
        """Whether what this file binds a name to at module level may refuse."""
        if (name, "") in self._seen:
            return False
        self._seen.add((name, ""))
        for text in self.mentioning(name):
            match _DEFINITION.match(text):
                case None:
                    if any(self.bound(node, name, text) for node in self.bindings(text).get(name, ())):
                        return True
                case re.Match() as found if found["name"] != name:
                    continue
                case re.Match() as found if found["kind"] == "class":
                    owning = any(_OWNING.match(other) for other in self.texts)
                    return owning or _ATTRIBUTE.search(text) is not None
                case _:
                    inner = "|".join(["lambda", "open", *_INNER.findall(text)])
                    return re.search(rf"\byield\b|\breturn\b.*\b(?:{inner})\b", text) is not None
        return False

    def parameter(self, node: ast.arg, text: str) -> bool:
        """Whether a parameter may be a value that refuses: by its annotation, or as a caller in this file gives it."""
        if node.annotation is not None and self.doubtful(node.annotation, text):
            return True
        for owner in self.nodes(text):
            match owner:
                case ast.FunctionDef(name=name, args=arguments) if node in ast.walk(arguments):
                    around = self.outermost(text)[0]
                    if isinstance(around, ast.ClassDef):
                        return self.of_method(node, owner, around)
                    callers = self.mentioning(name) if owner in self.outermost(text) else [text]
                    return any(self.called(name, other) for other in callers) or self.fixture(node.arg)
                case ast.Lambda(args=arguments) if node in ast.walk(arguments):
                    return self.given_to(owner, text)
        return True

    def of_method(self, node: ast.arg, method: ast.FunctionDef, around: ast.ClassDef) -> bool:
        """Whether a parameter of a method may refuse; Python itself calls those with underlines around their names."""
        name = around.name if method.name == "__init__" else method.name
        if method not in around.body or method.decorator_list:
            return True
        if node in method.args.args[:1]:
            return any(
                self.instances(one, other)
                or any(self.of_class(inner, other) for inner in one.body)
                or self.of_fields(one)
                for other in self.mentioning(around.name)
                for one in self.outermost(other)
                if isinstance(one, ast.ClassDef) and (one is around or derives(one, around.name))
            )
        if name.startswith("__"):
            return True
        return any(self.called(name, other) for other in self.mentioning(name)) or self.fixture(node.arg)

    def of_class(self, statement: ast.stmt, text: str) -> bool:
        """Whether what a statement of a class body gives to its instances may refuse."""
        match statement:
            case ast.FunctionDef(name=name, decorator_list=[]):
                return name.startswith("__") and not name.endswith("__")
            case ast.FunctionDef(decorator_list=[ast.Name(id="property" | "classmethod" | "staticmethod")]):
                return self.returns(statement, text)
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                return self.doubtful(value, text)
            case ast.Expr(value=ast.Constant()) | ast.AnnAssign() | ast.Pass():
                return False
        return True

    def of_fields(self, owner: ast.ClassDef) -> bool:
        """Whether the `__init__` that a decorator makes for a class, as `dataclass` does, may get what refuses."""
        name = owner.name
        return bool(owner.decorator_list) and any(self.called(name, other) for other in self.mentioning(name))

    def fixture(self, name: str) -> bool:
        """Whether pytest may give a parameter what a decorated function of its name returns."""
        folder, near = os.path.dirname(os.path.abspath(self.path)), self.texts
        for _ in range(_MOST_FOLDERS):
            near, folder = [*near, *texts_of(os.path.join(folder, "conftest.py"))], os.path.dirname(folder)
        definitions = (_DEFINITION.match(text) for text in near if text.startswith("@") and mentions(text, name))
        return any(found is not None and found["name"] == name for found in definitions)

    def called(self, name: str, text: str) -> bool:
        """Whether a statement gives a function of this name a value that may refuse, or hands the function on."""
        tested, calls, names = self.uses(text)
        callees: list[ast.AST] = [*tested]
        for call in calls.get(name, ()):
            callees.append(call.func)
            if self.arguments(call, text):
                return True
        return any(node not in callees for node in names.get(name, ()))

    def uses(self, text: str) -> Uses:
        """What a statement names as types, what it calls by which name, and where it has which name."""
        if text not in self._uses:
            tested, calls, names = self._uses[text] = [], {}, {}
            for node in self.nodes(text):
                match node:
                    case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, kinds]):
                        tested += [kinds, *ast.iter_child_nodes(kinds)]
                    case ast.arg(annotation=ast.expr() as hint) | ast.AnnAssign(annotation=hint):
                        tested += ast.walk(hint)
                    case ast.FunctionDef(returns=ast.expr() as hint):
                        tested += ast.walk(hint)
                    case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                        calls.setdefault(name, []).append(node)
                    case ast.Name(id=name) | ast.Attribute(attr=name):
                        names.setdefault(name, []).append(node)
        return self._uses[text]

    def arguments(self, call: ast.Call, text: str) -> bool:
        return any(self.doubtful(one, text) for one in (*call.args, *(one.value for one in call.keywords)))

    def given_to(self, function: ast.AST, text: str) -> bool:
        """Whether a function used as a value may be given what refuses: by what it is given to, or under any name."""
        named = {name for name, nodes in self.bindings(text).items() if any(isinstance(one, ast.expr) for one in nodes)}
        texts = [text] if _DEFINITION.match(text) else self.texts
        everywhere = [(node, where) for where in texts for node in self.nodes(where)]
        for node, where in everywhere:
            match node:
                case ast.Call(args=given) if function in given:
                    if any(self.doubtful(one, text) for one in given if one is not function):
                        return True
                case ast.Call(func=ast.Name(id=name)) if name in named and self.arguments(node, where):
                    return True
                case ast.Call(func=ast.Call() | ast.Subscript()) if self.arguments(node, where):
                    return True
        return False


def derives(node: ast.ClassDef, name: str) -> bool:
    """Whether a class derives from one of that name."""
    return any(getattr(base, "id", getattr(base, "attr", "")) == name for base in node.bases)


_SIGNS = frozenset(("ctx", "op"))


def nodes_in(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a tree but operators and contexts, outer before inner, in less time than `ast.walk` takes."""
    found = [tree]
    for node in found:  # which grows meanwhile
        for name in node._fields:
            inner = getattr(node, name, None)
            if type(inner) is list:
                found += [part for part in inner if isinstance(part, ast.AST)]
            elif name not in _SIGNS and isinstance(inner, ast.AST):
                found.append(inner)
    return found


def may_bind(text: str, name: str) -> bool:
    """Whether a statement at module level that mentions a name may bind it or change what it means."""
    definition = _DEFINITION.match(text)
    if definition is None or definition["name"] == name:
        return True
    if not any(sign in text for sign in (f"{name}.", f"{name}[", "global ")):
        return False
    return name in changed_in(text)


@lru_cache(maxsize=256)
def changed_in(text: str) -> frozenset[str]:
    """The names that a statement declares global, or whose objects it may change."""
    return frozenset(
        word for changes in _CHANGE.findall(text) for change in changes if change for word in _WORD.findall(change)
    )


def bindings(nodes: list[ast.AST]) -> dict[str, list[ast.AST]]:
    """What each name of a statement is bound to: expressions, parameters, definitions, imports and what else binds.

    Under the name with a dot is what its object is given: items, attributes and arguments of its methods.
    """
    found: dict[str, list[ast.AST]] = {}
    for node in nodes:
        if type(node) in _GIVING:
            for name, source in flows(node):
                found.setdefault(name, []).append(source)
    return found


# The nodes of which `flows` knows something.
_GIVING = frozenset(
    [
        *(ast.Assign, ast.Call, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.For, ast.AsyncFor, ast.comprehension),
        *(ast.withitem, ast.Import, ast.ImportFrom, ast.arg, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
        *(ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.Global),
    ]
)


def flows(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What one node gives to which names."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((name, value) for target in targets for name in changed(target))
        case ast.Call(func=ast.Name(id=name)) if name in _BUILTINS:
            return  # it leaves what it is given as it is
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.AugAssign(target=target, value=value)
            | ast.NamedExpr(target=target, value=value)
            | ast.For(target=target, iter=value)
            | ast.AsyncFor(target=target, iter=value)
            | ast.comprehension(target=target, iter=value)
            | ast.withitem(context_expr=value, optional_vars=ast.expr() as target)
        ):
            yield from ((name, value) for name in changed(target))
        case ast.Call(func=target, args=args, keywords=keywords):
            given = [*args, *(one.value for one in keywords)]
            if isinstance(target, ast.Attribute):
                yield from ((name, value) for name in changed(target) for value in given)
            # What is called may put one argument into another.
            names = [one for one in given if isinstance(one, ast.Name)]
            yield from ((f"{one.id}.", value) for one in names for value in given if value is not one)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from ((one.asname or one.name.partition(".")[0], node) for one in names)
        case (
            ast.arg(arg=str() as name)
            | ast.FunctionDef(name=name)
            | ast.AsyncFunctionDef(name=name)
            | ast.ClassDef(name=name)
            | ast.ExceptHandler(name=str() as name)
            | ast.MatchAs(name=str() as name)
            | ast.MatchStar(name=str() as name)
        ):
            yield name, node
        case ast.Global(names=names):
            yield from ((name, node) for name in names)


def changed(target: ast.expr, dot: str = "") -> Iterator[str]:
    """The names that an assignment to a target binds; those whose object it changes have a dot behind."""
    match target:
        case ast.Name(id=name):
            yield name + dot
        case ast.Attribute(value=owner) | ast.Subscript(value=owner):
            yield from changed(owner, ".")
        case ast.Starred(value=owner):
            yield from changed(owner, dot)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            yield from (name for part in parts for name in changed(part, dot))


def located(importer: str, module: str) -> str | None:
    """The file of a module, absolute names looked for in the folders above the importing file."""
    name = module.lstrip(".")
    level = len(module) - len(name)
    folder = os.path.dirname(os.path.abspath(importer))
    for _ in range(level - 1):
        folder = os.path.dirname(folder)
    tail = name.replace(".", os.sep)
    while True:
        for file in (os.path.join(folder, tail, "__init__.py"), os.path.join(folder, tail) + ".py"):
            if is_file(file):
                return file
        above = os.path.dirname(folder)
        if level or above == folder:
            return None
        folder = above
