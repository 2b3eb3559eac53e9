"""Which names a function, class or module binds itself, and which it takes from outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from picklecheck.semantics.syntax.nodes import children, walk

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
ScopeNode = FunctionNode | ast.ClassDef | ast.Module | Comprehension


@dataclass(eq=False, slots=True)
class Scope:
    """The names of one block: bound here, declared `global`, declared `nonlocal`; and whether it yields."""

    node: ast.AST
    bound: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    yields: bool = False
    is_class: bool = field(init=False)
    is_module: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_class = isinstance(self.node, ast.ClassDef)
        self.is_module = isinstance(self.node, ast.Module)


def scope_of(node: ScopeNode) -> Scope:
    """The scope of a block, without those inside it."""
    scope = Scope(node)
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            scope.bound.update(argument.arg for argument in parameters(node))
    for inner in within(node):
        match inner:
            case ast.Name(id=name, ctx=context):
                if not isinstance(context, ast.Load):
                    scope.bound.add(name)
            case ast.Yield() | ast.YieldFrom():
                scope.yields = True
            case ast.expr():
                pass  # no other expression binds a name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                scope.bound.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                scope.bound.update(alias.asname or alias.name.split(".")[0] for alias in names)
            case ast.ExceptHandler(name=str(name)):
                scope.bound.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                scope.bound.add(name)
            case ast.Global(names=names):
                scope.globals.update(names)
            case ast.Nonlocal(names=names):
                scope.nonlocals.update(names)
    scope.bound -= scope.globals | scope.nonlocals
    return scope


def parameters(node: FunctionNode) -> list[ast.arg]:
    """All parameters of a function, `*args` and `**kwargs` included."""
    given = node.args
    found = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return found + [extra for extra in (given.vararg, given.kwarg) if extra]


def within(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run in the scope of `node`: not the bodies of functions and classes inside it.

    A walrus in a comprehension binds outside of it, so comprehensions yield their walrus targets.
    """
    todo: list[ast.AST] = list(_own(node))
    while todo:
        inner = todo.pop()
        yield inner
        match inner:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                todo.extend(inner.decorator_list)
                if isinstance(inner, ast.ClassDef):
                    todo.extend(inner.bases)
                    todo.extend(keyword.value for keyword in inner.keywords)
                else:
                    todo.extend(_defaults(inner))
            case ast.Lambda():
                todo.extend(_defaults(inner))
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                todo.append(inner.generators[0].iter)
                todo.extend(walrus.target for walrus in walk(inner) if isinstance(walrus, ast.NamedExpr))
            case _:
                todo.extend(children(inner))


def _own(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Lambda(body=body):
            yield body
        case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body) | ast.ClassDef(body=body):
            yield from body
        case _:
            yield from children(node)


def _defaults(node: FunctionNode) -> list[ast.expr]:
    return [*node.args.defaults, *(default for default in node.args.kw_defaults if default)]
