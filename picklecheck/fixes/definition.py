"""What a local function, lambda or class needs from the functions around it, and whether it can leave."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import libcst as cst

from picklecheck.fixes.captures import Taken, is_method_self, mutated, written
from picklecheck.fixes.placement import under_main_guard
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scope, Scopes, assigned
from picklecheck.fixes.tree import Tree

Hoistable = cst.FunctionDef | cst.ClassDef | cst.Lambda

NAME_READERS = {"locals", "vars", "eval", "exec", "dir"}
MANGLED = re.compile(r"__(?!.*__$).+")
_CONSTANTS = (cst.Integer, cst.Float, cst.Imaginary, cst.SimpleString, cst.ConcatenatedString, cst.Ellipsis)


@dataclass(slots=True, eq=False)
class Member:
    """One definition that moves: `references` are its uses (an inline lambda is its own)."""

    node: Hoistable
    owner: Scope
    name: str
    statement: cst.BaseStatement | None
    references: list[cst.CSTNode]
    taken: dict[str, Taken] = field(default_factory=dict)
    attributes: list[tuple[cst.Attribute, str]] = field(default_factory=list)
    imports: dict[str, cst.ImportAlias] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    early: set[str] = field(default_factory=set)
    companions: set[cst.CSTNode] = field(default_factory=set)
    whole_self: bool = False

    @property
    def title(self) -> str:
        return f"`{self.name}`" if self.name else "the lambda"


def survey(tree: Tree, scopes: Scopes, root: Hoistable, shared: Collection[str] = ()) -> list[Member]:
    """The definition and the local ones it uses, in order of text; what a companion takes, its users take.

    The captures that are `shared` by processes may be changed.
    """
    members: dict[cst.CSTNode, Member] = {}
    todo = [root]
    while todo:
        node = todo.pop()
        if node not in members:
            members[node] = member = _member(tree, scopes, node)
            _refuse_unmovable(tree, scopes, member)
            todo += _sort_reads(tree, scopes, member, shared)
    changed = True
    while changed:
        changed = False
        for member in members.values():
            for companion in member.companions:
                missing = members[companion].taken.keys() - member.taken.keys()
                member.taken |= {key: members[companion].taken[key] for key in missing}
                changed |= bool(missing)
    for member in members.values():
        _refuse_clashes(tree, scopes, member)
        if any(tree.contains(member.node, other) for other in members if other is not member.node):
            raise Refused(f"{member.title} holds another function that would have to move")
    return sorted(members.values(), key=lambda member: tree.spans[member.node][0])


def early(tree: Tree, definition: cst.CSTNode, node: cst.CSTNode) -> bool:
    """Whether the node inside a definition is evaluated when that definition is, not when it is called."""
    inner = node
    for outer in tree.ancestors(node):
        if isinstance(outer, cst.FunctionDef | cst.Lambda) and inner is outer.body:
            return False
        if outer is definition:
            return True
        inner = outer
    return True


def _member(tree: Tree, scopes: Scopes, node: Hoistable) -> Member:
    owner = scopes.around(tree, node)
    if isinstance(node, cst.Lambda):
        match tree.parents[node]:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name) as target)]) as assign:
                pass
            case cst.AnnAssign(target=cst.Name(value=name) as target) as assign:
                pass
            case _:
                return Member(node, owner, "", None, [node])
        line = tree.parents[assign]
        alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1
        if not alone or scopes.bindings_of(owner, name) != [target] or isinstance(owner.node, cst.ClassDef):
            return Member(node, owner, "", None, [node])
        return Member(node, owner, name, tree.statement(line), list(scopes.reads_of(owner, name)))
    name = node.name.value
    if name in owner.globals:
        raise Refused(f"`{name}` is declared global")
    if scopes.bindings_of(owner, name) != [node]:
        raise Refused(f"`{name}` is bound more than once", "give what is sent a name of its own")
    if isinstance(owner.node, cst.ClassDef):
        raise Refused(f"`{name}` belongs to a class")
    return Member(node, owner, name, node, list(scopes.reads_of(owner, name)))


def _refuse_unmovable(tree: Tree, scopes: Scopes, member: Member) -> None:
    """The conditions that do not depend on what is captured."""
    node, title = member.node, member.title
    for above in (scope for scope in member.owner.chain() if scope is not scopes.module):
        for reader in NAME_READERS & above.reads.keys():
            raise Refused(
                f"the function around {title} reads its names through `{reader}()`", "pass what it needs as arguments"
            )
    in_class = tree.nearest(node, cst.ClassDef) is not None
    for inner in tree.under(node):
        nested = any(isinstance(above, cst.ClassDef) for above in _between(tree, node, inner))
        match inner:
            case cst.Name(value=name) if in_class and not nested and MANGLED.fullmatch(name):
                raise Refused(f"{title} uses `{name}`, which means another name outside its class")
            case cst.Call(func=cst.Name(value="super"), args=[]) if not nested:
                raise Refused(f"{title} uses `super()`, which works only inside its class", "name the base class")
            case cst.Name(value="__class__") if not nested and inner in scopes.read_in:
                raise Refused(f"{title} uses `__class__`, which exists only inside its class")
            case cst.Name(value=name) if name in NAME_READERS and inner in scopes.read_in:
                raise Refused(f"{title} reads names through `{name}()`", "pass what it needs as arguments")
            case cst.Param(default=cst.BaseExpression() as default) if early(tree, node, inner):
                if not isinstance(node, cst.ClassDef) and not is_constant(default):
                    raise Refused(f"the default of `{inner.name.value}` is not a constant or a module name")
            case cst.List() | cst.Dict() | cst.Set() | cst.ListComp() | cst.DictComp() | cst.SetComp():
                if isinstance(node, cst.ClassDef) and early(tree, node, inner):
                    raise Refused(f"a class-level value of {title} would be shared by all calls")
    inside = [scope for inner in tree.under(node) if (scope := scopes.by_node.get(inner))]
    for scope in sorted(inside, key=lambda scope: tree.spans[scope.node]):
        for name in scope.nonlocals:
            owner = scope.owner(name)
            if owner is None or not tree.contains(node, owner.node):
                raise Refused(f"{title} writes `{name}` of the function around it", "return the value instead")
        for name in scope.globals & scope.bindings.keys():
            raise Refused(f"{title} writes the global `{name}`", "return the value instead")
    for reference in member.references:
        match tree.parents[reference]:
            case cst.Attribute(attr=cst.Name(value=attribute), value=value) as used if value is reference:
                if written(tree, used) or (attribute not in ("__name__", "__doc__") and not _is_class(member)):
                    raise Refused(f"the attribute `{attribute}` of {title} is used")
    if member.statement and tree.parents[member.statement] is not tree.module:
        block = getattr(tree.parents[member.statement], "body", ())
        if len(block) < 2:
            raise Refused(f"{title} is all there is in its block")


def _sort_reads(tree: Tree, scopes: Scopes, member: Member, shared: Collection[str]) -> list[Hoistable]:
    """Note what the definition reads from around it; the local definitions among it are returned."""
    companions: list[Hoistable] = []
    reads = [node for node in tree.under(member.node) if isinstance(node, cst.Name) and node in scopes.read_in]
    for read in sorted(reads, key=lambda read: tree.spans[read]):
        owner = scopes.read_in[read].owner(read.value)
        if owner is None or tree.contains(member.node, owner.node):
            continue
        now = early(tree, member.node, read)
        bindings = scopes.bindings_of(owner, read.value)
        if owner is scopes.module and not all(under_main_guard(tree, binding) for binding in bindings):
            (member.early if now else member.globals).add(read.value)
            continue
        match bindings:
            case [cst.FunctionDef() | cst.ClassDef() as companion] if not now or isinstance(member.node, cst.ClassDef):
                _note_companion(member, companion, companions)
            case [cst.Name() as target] if not now and isinstance(bound := assigned(tree, target), cst.Lambda):
                _note_companion(member, bound, companions)
            case _ if now:
                raise Refused(f"{member.title} needs the local name `{read.value}` when it is defined")
            case [cst.ImportAlias() as alias]:
                member.imports[read.value] = alias
            case _:
                _take(tree, member, read, owner, shared)
    return companions


def _note_companion(member: Member, companion: Hoistable, companions: list[Hoistable]) -> None:
    if companion is not member.node:
        member.companions.add(companion)
        companions.append(companion)


def _take(tree: Tree, member: Member, read: cst.Name, owner: Scope, shared: Collection[str]) -> None:
    name = read.value
    if is_method_self(owner, name) and _only_attributes(tree, member, name):
        attribute = tree.parents[read]
        assert isinstance(attribute, cst.Attribute)
        if mutated(tree, attribute):
            raise Refused(f"{member.title} changes `{name}.{attribute.attr.value}`")
        plain = attribute.attr.value
        used = {
            node.value for node in tree.under(member.node) if isinstance(node, cst.Name) and _is_variable(tree, node)
        }
        parameter = f"{name}_{plain}" if plain in used else plain
        expression = f"{name}.{plain}"
        member.attributes.append((attribute, parameter))
        member.taken[expression] = Taken(parameter, expression, name, owner)
        return
    if name not in shared and mutated(tree, read):
        raise Refused(
            f"{member.title} changes `{name}`, and a worker would change its own copy", "return the new value instead"
        )
    member.whole_self |= is_method_self(owner, name)
    member.taken[name] = Taken(name, name, name, owner)


def _only_attributes(tree: Tree, member: Member, name: str) -> bool:
    """Whether the instance is only asked for data: no method called or named, nothing set."""
    method = tree.nearest(member.node, cst.ClassDef)
    methods = {part.name.value for part in tree.under(method or member.node) if isinstance(part, cst.FunctionDef)}
    for read in tree.under(member.node):
        if not isinstance(read, cst.Name) or read.value != name or not _is_variable(tree, read):
            continue
        match tree.parents[read]:
            case cst.Attribute(value=value, attr=attr) as used if value is read and attr.value not in methods:
                above = tree.parents[used]
                if isinstance(above, cst.Call) and above.func is used:
                    return False
            case _:
                return False
    return True


def _refuse_clashes(tree: Tree, scopes: Scopes, member: Member) -> None:
    if not member.taken:
        return
    if isinstance(member.node, cst.ClassDef):
        raise Refused(f"the class {member.title} uses `{next(iter(member.taken))}` of the function around it")
    if isinstance(member.node, cst.FunctionDef) and member.node.decorators:
        raise Refused(f"the decorator of {member.title} would see other parameters")
    names = [taken.name for taken in member.taken.values()]
    inside = [scope for node, scope in scopes.by_node.items() if tree.contains(member.node, node)]
    for name in names:
        if names.count(name) > 1 or any(name in scope.bindings for scope in inside):
            raise Refused(f"`{name}` means something else in {member.title}")


def _is_variable(tree: Tree, node: cst.Name) -> bool:
    match tree.parents[node]:
        case cst.Attribute(attr=attr):
            return attr is not node
        case cst.Arg(keyword=keyword):
            return keyword is not node
    return True


def _is_class(member: Member) -> bool:
    return isinstance(member.node, cst.ClassDef)


def is_constant(node: cst.BaseExpression) -> bool:
    """Whether the expression is a literal without parts that can change, or a name."""
    match node:
        case cst.Name():
            return True
        case cst.Attribute(value=value) | cst.UnaryOperation(expression=value):
            return is_constant(value)
        case cst.Tuple(elements=elements):
            return all(is_constant(element.value) for element in elements)
    return isinstance(node, _CONSTANTS)


def _between(tree: Tree, outer: cst.CSTNode, inner: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The ancestors of `inner` up to and including `outer`."""
    if inner is outer:
        return
    for above in tree.ancestors(inner):
        yield above
        if above is outer:
            return
