"""Which scope of a file binds a name, and where that scope's names are bound and read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import libcst as cst

from picklecheck.fixes.tree import Tree, children

Comprehension = cst.ListComp | cst.SetComp | cst.DictComp | cst.GeneratorExp
Function = cst.FunctionDef | cst.Lambda


@dataclass(slots=True, eq=False)
class Scope:
    """One block: `bindings` and `reads` map a name to the nodes at which the block binds or reads it.

    A binding is the `Name` bound, or the `def`, `class`, `Param` or `ImportAlias` that binds.
    """

    node: cst.CSTNode
    parent: Scope | None
    bindings: dict[str, list[cst.CSTNode]] = field(default_factory=dict)
    reads: dict[str, list[cst.Name]] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    yields: bool = False

    def chain(self) -> Iterator[Scope]:
        """This scope and those around it, the module last."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def owner(self, name: str) -> Scope | None:
        """The scope that binds the name as seen from here; None for builtins and unknown names."""
        *inner, module = self.chain()
        for scope in inner:
            if name in scope.globals:
                break
            if scope is not self and isinstance(scope.node, cst.ClassDef):
                continue
            if name in scope.bindings and name not in scope.nonlocals:
                return scope
        return module if name in module.bindings else None


@dataclass(slots=True, eq=False)
class Scopes:
    """All scopes of a file, by the node that opens them; in which scope each name is read.

    By name also: its reads, and the scopes that use it in any way.
    """

    module: Scope
    by_node: dict[cst.CSTNode, Scope]
    read_in: dict[cst.Name, Scope]
    reading: dict[str, list[cst.Name]] = field(default_factory=dict)
    using: dict[str, list[Scope]] = field(default_factory=dict)

    @classmethod
    @lru_cache(maxsize=4)
    def of(cls, tree: Tree) -> Scopes:
        """The scopes of the file, kept for as long as its tree is in use."""
        module = Scope(tree.module, None)
        scopes = cls(module, {tree.module: module}, {})
        for statement in tree.module.body:
            scopes._visit(statement, module)
        for read in scopes.read_in:
            scopes.reading.setdefault(read.value, []).append(read)
        for scope in scopes.by_node.values():
            for name in {*scope.bindings, *scope.reads, *scope.globals}:
                scopes.using.setdefault(name, []).append(scope)
        return scopes

    def around(self, tree: Tree, node: cst.CSTNode) -> Scope:
        """The scope in which the node itself is evaluated: for a definition, the one that binds it."""
        for inner, outer in _steps(tree, node):
            scope = self.by_node.get(outer)
            if scope and not _evaluated_outside(outer, inner):
                return scope
        return self.module

    def reads_of(self, owner: Scope, name: str) -> list[cst.Name]:
        """Every read of the name, in any scope, that leads to `owner`."""
        return [read for read in self.reading.get(name, ()) if self.read_in[read].owner(name) is owner]

    def bindings_of(self, owner: Scope, name: str) -> list[cst.CSTNode]:
        """Every binding of the owner's name, also through `global` and `nonlocal`."""
        found = []
        for scope in self.using.get(name, ()):
            if name not in scope.bindings:
                continue
            if scope is owner or (name in scope.globals | scope.nonlocals and scope.owner(name) is owner):
                found += scope.bindings[name]
        return found

    def _bind(self, name: str, node: cst.CSTNode, scope: Scope) -> None:
        scope.bindings.setdefault(name, []).append(node)

    def _target(self, node: cst.CSTNode, scope: Scope) -> None:
        match node:
            case cst.Name(value=name):
                self._bind(name, node, scope)
            case cst.Tuple() | cst.List():
                for element in node.elements:
                    self._target(element.value, scope)
            case cst.StarredElement(value=value):
                self._target(value, scope)
            case _:
                self._visit(node, scope)

    def _visit(self, node: cst.CSTNode, scope: Scope) -> None:
        match node:
            case cst.Name(value=name):
                scope.reads.setdefault(name, []).append(node)
                self.read_in[node] = scope
            case cst.FunctionDef() | cst.Lambda():
                self._function(node, scope)
            case cst.ClassDef(name=name):
                self._bind(name.value, node, scope)
                self._all((*node.decorators, *node.bases, *node.keywords), scope)
                self._visit(node.body, self._open(node, scope))
            case cst.ListComp() | cst.SetComp() | cst.GeneratorExp():
                self._comprehension((node.elt,), node.for_in, self._open(node, scope), scope)
            case cst.DictComp():
                self._comprehension((node.key, node.value), node.for_in, self._open(node, scope), scope)
            case cst.Attribute(value=value):
                self._visit(value, scope)
            case cst.Arg(value=value) | cst.NamedExpr(value=value):
                if isinstance(node, cst.NamedExpr):
                    self._target(node.target, _walrus_scope(scope))
                self._visit(value, scope)
            case cst.AssignTarget(target=target):
                self._target(target, scope)
            case cst.AugAssign(target=target, value=value):
                self._target(target, scope)
                if isinstance(target, cst.Name):
                    self._visit(target, scope)
                self._visit(value, scope)
            case cst.AnnAssign(target=target):
                self._target(target, scope)
                self._all([part for part in (node.annotation, node.value) if part], scope)
            case cst.For():
                self._target(node.target, scope)
                self._all([part for part in (node.iter, node.body, node.orelse) if part], scope)
            case cst.Del(target=target):
                self._target(target, scope)
            case cst.AsName(name=target):
                self._target(target, scope)
            case cst.ImportAlias():
                if bound := imported_name(node):
                    self._bind(bound, node, scope)
            case cst.ImportFrom(names=names):
                if not isinstance(names, cst.ImportStar):
                    self._all(names, scope)
            case cst.Global(names=names):
                scope.globals.update(item.name.value for item in names)
            case cst.Nonlocal(names=names):
                scope.nonlocals.update(item.name.value for item in names)
            case cst.MatchAs(name=cst.Name() as name) | cst.MatchStar(name=cst.Name() as name):
                self._target(name, scope)
                if isinstance(node, cst.MatchAs) and node.pattern:
                    self._visit(node.pattern, scope)
            case cst.MatchMapping(elements=elements, rest=rest):
                self._all(elements, scope)
                if rest:
                    self._target(rest, scope)
            case cst.MatchKeywordElement(pattern=pattern):
                self._visit(pattern, scope)
            case cst.TypeAlias(name=name, value=value):
                self._target(name, scope)
                self._visit(value, scope)
            case cst.TypeVar(name=name) | cst.TypeVarTuple(name=name) | cst.ParamSpec(name=name):
                self._target(name, scope)
            case _:
                scope.yields |= isinstance(node, cst.Yield)
                self._all(children(node), scope)

    def _all(self, nodes: Iterable[cst.CSTNode], scope: Scope) -> None:
        for node in nodes:
            self._visit(node, scope)

    def _open(self, node: cst.CSTNode, parent: Scope) -> Scope:
        self.by_node[node] = scope = Scope(node, parent)
        return scope

    def _function(self, node: Function, scope: Scope) -> None:
        inner = self._open(node, scope)
        if isinstance(node, cst.FunctionDef):
            self._bind(node.name.value, node, scope)
            self._all([*node.decorators, *([node.returns] if node.returns else [])], scope)
            if node.type_parameters:
                self._visit(node.type_parameters, inner)
        for param in parameters(node):
            self._bind(param.name.value, param, inner)
            self._all([part for part in (param.annotation, param.default) if part], scope)
        self._visit(node.body, inner)

    def _comprehension(
        self, results: Sequence[cst.BaseExpression], loop: cst.CompFor, inner: Scope, outer: Scope
    ) -> None:
        self._visit(loop.iter, outer)
        following: cst.CompFor | None = loop
        while following:
            self._target(following.target, inner)
            self._all([*following.ifs, *([following.iter] if following is not loop else [])], inner)
            following = following.inner_for_in
        self._all(results, inner)


def parameters(node: Function) -> list[cst.Param]:
    """All parameters of a function in the order of their kinds, `*args` and `**kwargs` included."""
    given = node.params
    star = [given.star_arg] if isinstance(given.star_arg, cst.Param) else []
    rest = [given.star_kwarg] if given.star_kwarg else []
    return [*given.posonly_params, *given.params, *star, *given.kwonly_params, *rest]


def imported_name(alias: cst.ImportAlias) -> str:
    """The name that one part of an import statement binds."""
    if alias.asname:
        return alias.asname.name.value if isinstance(alias.asname.name, cst.Name) else ""
    node: cst.BaseExpression = alias.name
    while isinstance(node, cst.Attribute):
        node = node.value
    return node.value if isinstance(node, cst.Name) else ""


def assigned(tree: Tree, binding: cst.Name, entered: bool = False) -> cst.BaseExpression | None:
    """What is assigned to a name, to it alone; with `entered` also what a `with` enters under that name."""
    match tree.parents[binding]:
        case cst.AssignTarget() as target:
            match tree.parents[target]:
                case cst.Assign(targets=[_], value=value):
                    return value
        case cst.AnnAssign(value=value):
            return value
        case cst.AsName() as name if entered:
            match tree.parents[name]:
                case cst.WithItem(item=value):
                    return value
    return None


def _walrus_scope(scope: Scope) -> Scope:
    return next(outer for outer in scope.chain() if not isinstance(outer.node, Comprehension))


def _steps(tree: Tree, node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    for outer in tree.ancestors(node):
        yield node, outer
        node = outer


def _evaluated_outside(opener: cst.CSTNode, part: cst.CSTNode) -> bool:
    """Whether this direct part of a definition is evaluated in the scope around it, as defaults are."""
    match opener:
        case cst.FunctionDef() | cst.ClassDef() | cst.Lambda():
            return part is not opener.body
    return False
