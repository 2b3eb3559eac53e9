"""Move a lambda, local function or local class to module level; what it captures is bound first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import libcst as cst

from picklecheck.fixes.bound_lambda import in_place
from picklecheck.fixes.captures import Taken, check_moment, is_sent
from picklecheck.fixes.class_state import settings_of
from picklecheck.fixes.definition import Hoistable, Member, survey
from picklecheck.fixes.imports import imported, qualified
from picklecheck.fixes.into_arguments import given_before
from picklecheck.fixes.lambda_text import lambda_text, leading_parameters, needs_mark
from picklecheck.fixes.names import can_rise, choose_global, is_test, wishes_for
from picklecheck.fixes.placement import (
    Replacement,
    bound_above,
    comments_above,
    forks_workers,
    insertion,
    joined,
    moved,
    removal,
    site,
)
from picklecheck.fixes.purpose import assigned_name, label
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Safe where defaults are constants or module names, and captured names have their final value.

    They are given as arguments of the boundary call where it has a place for them, else by a `functools.partial`.
    Unsafe: a captured name whose value is not known, a captured attribute of `self` that is set again or in a
    program that runs today, the whole `self`, or a function with captures that goes elsewhere too (it becomes a
    partial there, which has no name or signature). Refused: what means something else outside the function, as
    `nonlocal`, zero-argument `super()`, mangled names, generators, local decorators, and captures that change.
    """
    scopes = Scopes.of(tree)
    root = _definition(tree, subject)
    _refuse_generator(scopes, root)
    _refuse_in_member(tree, scopes, root)
    if edits := in_place(tree, scopes, root):
        return Fix("safe", "turn the lambda into a function", edits)
    shared = {capture.name for capture in subject.captures if capture.shared}
    members = survey(tree, scopes, root, shared)
    for member in members:
        for taken in member.taken.values():
            _refuse_uncrossable(subject, taken)
    return _Hoist(tree, scopes, subject, members).fix(root)


def _definition(tree: Tree, subject: Subject) -> Hoistable:
    if subject.definition is None:
        raise Refused("its definition is not in this file")
    node = tree.node_at(subject.definition, (cst.Lambda, cst.FunctionDef, cst.ClassDef))
    if not isinstance(node, Hoistable):
        raise Refused("its definition was not found")
    return node


def _refuse_generator(scopes: Scopes, node: Hoistable) -> None:
    if isinstance(node, cst.ClassDef):
        return
    if isinstance(node, cst.FunctionDef) and node.asynchronous:
        raise Refused("a coroutine cannot be sent back from a worker", "run it in the worker with `asyncio.run`")
    if scopes.by_node[node].yields:
        raise Refused("a generator cannot be sent back from a worker", "return a list")


def _refuse_in_member(tree: Tree, scopes: Scopes, node: Hoistable) -> None:
    """A member of an enumeration is sent by its value, and found again by an equal one; a `partial` equals no other."""
    holder = tree.nearest(node, (cst.Call, cst.ClassDef, cst.FunctionDef, cst.Lambda))
    match holder, tree.nearest(holder, (cst.ClassDef, cst.FunctionDef)) if holder is not None else None:
        case cst.Call(func=func), cst.ClassDef(bases=bases) if qualified(tree, scopes, func) != "enum.member":
            if any(qualified(tree, scopes, base.value).startswith("enum.") for base in bases):
                raise Refused(
                    f"a worker finds a member by its value, and `{tree.source(holder)}` equals no other",
                    "give the members plain values, and keep what they do in a dict",
                )


def _refuse_uncrossable(subject: Subject, taken: Taken) -> None:
    """An attribute may be sent even where the instance that has it may not."""
    for capture in subject.captures:
        if capture.refused and capture.name == taken.expression:
            raise Refused(f"`{capture.name}` cannot be pickled either ({capture.refused})", "pass what is needed of it")


class _Hoist:
    """The texts and edits of one move."""

    def __init__(self, tree: Tree, scopes: Scopes, subject: Subject, members: list[Member]) -> None:
        self.tree, self.scopes, self.subject, self.members = tree, scopes, subject, members
        self.by_reference = {reference: member for member in members for reference in member.references}
        self.names: dict[Member, str] = {}
        self.partial = ""
        self.imports: tuple[Edit, ...] = ()
        self.unsafe = False

    def fix(self, root: Hoistable) -> Fix:
        tree = self.tree
        at = self._site()
        equal = self._equal(at)
        for member in self.members:
            self.names[member] = equal[member].name.value if member in equal else self._name(member)
            renamed = bool(member.name) and self.names[member] != member.name
            self.unsafe |= renamed and any(".__name__" in one.text for one in tree.everywhere("__name__"))
        outside = [reference for reference in self.by_reference if not self._inside(reference)]
        self._import_partial()
        for reference in outside:
            self._check(reference)
        edits = list(self.imports)
        if new := [self._text(member) for member in self.members if member not in equal]:
            edits.append(insertion(tree, at, new))
        edits += [tree.edit(*cut) for cut in self._cuts(outside)]
        for member in self.members:
            if member.statement:
                edits.append(tree.edit(*removal(tree, member.statement), ""))
        same = next((one.name.value for member, one in equal.items() if member.node is root), "")
        title = f"pass `{same}`, which does the same" if same else self._title(root)
        return Fix("unsafe" if self.unsafe else "safe", title, joined(edits))

    def _equal(self, at: int) -> dict[Member, cst.FunctionDef]:
        """Functions of the module, above, that are to the letter what members would become."""
        self.names = {member: member.name for member in self.members}
        found: dict[Member, cst.FunctionDef] = {}
        for member in self.members:
            purpose = member.name
            match member.node:
                case cst.Lambda() as node if len(self.members) == 1:
                    purpose = assigned_name(self.tree, node)
                case cst.ClassDef() | cst.Lambda():
                    continue
            wanted = (one for one in self._like(member, at) if purpose in ("", one.name.value))
            found.update((member, function) for function in wanted)
        self.names.clear()
        return found

    def _like(self, member: Member, at: int) -> Iterator[cst.FunctionDef]:
        self.names[member] = member.name
        for function in _by_last_line(self.tree).get(self._text(member).rstrip().rpartition("\n")[2], ()):
            self.names[member] = name = function.name.value
            texts = {self.tree.source(function).rstrip(), moved(self.tree, function, ())}
            if self._text(member).rstrip() in texts and bound_above(self.tree, self.scopes, name, at):
                yield function

    def _title(self, root: Hoistable) -> str:
        main = next(member for member in self.members if member.node is root)
        name = f"`{self.names[main]}`"
        title = f"turn the lambda into {name}" if isinstance(root, cst.Lambda) else f"move {name}"
        title += " at module level" if isinstance(root, cst.Lambda) else " to module level"
        if not main.taken:
            return title
        names = ", ".join(f"`{taken.expression}`" for taken in main.taken.values())
        return f"{title}, with {names} as {'arguments' if len(main.taken) > 1 else 'an argument'}"

    def _site(self) -> int:
        uses: list[cst.CSTNode] = [member.node for member in self.members]
        uses += [reference for reference in self.by_reference if not self._inside(reference)]
        at = site(self.tree, uses)
        top = next(part for part in self.tree.module.body if self.tree.spans[part][0] >= at)
        moving = {member.name for member in self.members}
        for member in self.members:
            if member.node is top:
                raise Refused(f"{member.title} is at module level already")
            # A pool that starts here gives its workers only what is above.
            needed = member.early | (member.globals if forks_workers(self.tree, top) else set())
            for name in sorted(needed - moving):
                if not bound_above(self.tree, self.scopes, name, at):
                    raise Refused(
                        f"{member.title} would be defined above `{name}`, which it needs",
                        "move that above the first process",
                    )
        return at

    def _name(self, member: Member) -> str:
        movable = member.name and (isinstance(member.node, cst.ClassDef) or not is_test(member.name))
        if movable and can_rise(self.tree, self.scopes, member.name, member.owner, member.node):
            self.tree.claimed[member.name] = member.node
            return member.name
        if movable and self._takes_turns(member):
            return member.name
        bound_to, purpose, word = member.name, "", ""
        if not bound_to and isinstance(member.node, cst.Lambda):
            bound_to = purpose = assigned_name(self.tree, member.node)
            word = label(self.tree, member.node)
            if purpose and word:
                bound_to = purpose = f"{word}_{purpose}"
            if (twin := self._twin(member.node)) and purpose in ("", twin):
                return twin
        wishes = wishes_for(self.tree, member.node, self.subject.slot, bound_to, word)
        name = choose_global(self.tree, self.scopes, "" if is_test(purpose) else purpose, wishes, member.node)
        if isinstance(member.node, cst.Lambda):
            _by_text(self.tree).setdefault(self.tree.source(member.node), {})[name] = member.node
        return name

    def _takes_turns(self, member: Member) -> bool:
        """Whether another local function that is to the letter the same will have the name: this one finds it then."""
        node, other = member.node, self.tree.claimed.get(member.name)
        if not isinstance(node, cst.FunctionDef) or not isinstance(other, cst.FunctionDef):
            return False
        return moved(self.tree, node, ()) == moved(self.tree, other, ())

    def _twin(self, node: cst.Lambda) -> str:
        """The name that another lambda of the same text will have, where both read the same variables.

        They take turns, since both bring the name; the second one then finds the function.
        """
        scope = self.scopes.by_node[node]
        owners = {name: scope.owner(name) for name in scope.reads if name not in scope.bindings}
        for name, other in _by_text(self.tree).get(self.tree.source(node), {}).items():
            if other is not node and all(self.scopes.by_node[other].owner(one) is owners[one] for one in owners):
                return name
        return ""

    def _inside(self, reference: cst.CSTNode) -> bool:
        """Whether the reference moves along with a member."""
        above = self.tree.ancestors(reference)
        return any(node is member.node for node in above for member in self.members)

    def _import_partial(self) -> None:
        bound = [
            reference
            for reference, member in self.by_reference.items()
            if member.taken and not self._is_called(reference) and not self._given(reference)
        ]
        if bound:
            self.partial, self.imports = imported(self.tree, self.scopes, "functools", "partial", bound)

    def _given(self, reference: cst.CSTNode) -> list[Replacement] | None:
        """How the boundary call gives the reference what is captured, if it can."""
        values = [taken.expression for taken in self.by_reference[reference].taken.values()]
        inside = self._inside(reference)
        return given_before(self.tree, self.subject, reference, values) if values and not inside else None

    def _is_called(self, reference: cst.CSTNode) -> bool:
        parent = self.tree.parents[reference]
        return isinstance(parent, cst.Call) and parent.func is reference

    def _check(self, reference: cst.CSTNode) -> None:
        member = self.by_reference[reference]
        self._refuse_shadowed(member, reference)
        if not member.taken:
            return
        self.unsafe |= member.whole_self or (self.subject.is_asked and not self._is_called(reference))
        call = self.tree.node_at(self.subject.call, cst.Call)
        stays = not self._is_called(reference) and not is_sent(self.tree, call, reference)
        for taken in member.taken.values():
            scope = self.scopes.around(self.tree, reference)
            if scope.owner(taken.root) is not taken.owner:
                raise Refused(f"`{taken.root}` means something else where {member.title} is used")
            if not self._is_called(reference):
                check_moment(self.tree, self.scopes, self.subject, taken, reference)
            self.unsafe |= not self.subject.knows(taken.expression)
            if taken.root != taken.expression:
                self.unsafe |= self.subject.runs_today or (stays and self._may_change(taken, reference))
        self.unsafe |= bool(member.name) and stays

    def _may_change(self, taken: Taken, reference: cst.CSTNode) -> bool:
        """Whether the attribute of an object is set, anywhere, other than above the place where it is read now."""
        attribute = taken.expression.rpartition(".")[2]
        return any(
            not self.tree.contains(taken.owner.node, node) or tree.spans[node][0] > tree.spans[reference][0]
            for tree, node in settings_of(self.tree, attribute)
        )

    def _refuse_shadowed(self, member: Member, reference: cst.CSTNode) -> None:
        name = self.names[member]
        for scope in self.scopes.around(self.tree, reference).chain():
            if scope in (member.owner, self.scopes.module):
                continue
            if name in scope.bindings and not isinstance(scope.node, cst.ClassDef):
                raise Refused(f"`{name}` means something else where it is used")

    def _cuts(self, references: Iterable[cst.CSTNode]) -> list[Replacement]:
        """What the references become: another name, a call with more arguments, or a partial."""
        cuts: list[Replacement] = []
        for reference in references:
            member = self.by_reference[reference]
            name = self.names[member]
            inside = self._inside(reference)
            values = [taken.name if inside else taken.expression for taken in member.taken.values()]
            if values and self._is_called(reference):
                call = self.tree.parents[reference]
                assert isinstance(call, cst.Call)
                opening = self.tree.text.index("(", self.tree.whole(reference)[1]) + 1
                cuts.append((opening, opening, ", ".join(values) + (", " if call.args else "")))
            elif given := self._given(reference):
                cuts += given
            elif values:
                name = f"{self.partial}({', '.join([name, *values])})"
            start, end = self._stretch(reference)
            if self.tree.text[start:end] != name:
                cuts.append((start, end, name))
        return cuts

    def _stretch(self, reference: cst.CSTNode) -> tuple[int, int]:
        """The span of the reference, with the parentheses around a lambda where they are not needed."""
        start, end = self.tree.whole(reference)
        low, high = self.tree.spans[reference]
        around = self.tree.text[start:low] + self.tree.text[high:end]
        if isinstance(reference, cst.Lambda) and "#" not in around and not self.tree.text[start - 1 : start].isalnum():
            return start, end
        return low, high

    def _text(self, member: Member) -> str:
        tree, node = self.tree, member.node
        inside = [reference for reference in self.by_reference if tree.contains(node, reference)]
        cuts = self._cuts(reference for reference in inside if reference is not node)
        cuts += [(*tree.spans[attribute], parameter) for attribute, parameter in member.attributes]
        names = [taken.name for taken in member.taken.values()]
        if isinstance(node, cst.Lambda):
            lines = self._import_lines(member)
            text = lambda_text(tree, node, self.names[member], "", cuts, names, lines, self.subject.python2)
            return comments_above(tree, member.statement) + text if member.statement else text
        if node.name.value != self.names[member]:
            cuts.append((*tree.spans[node.name], self.names[member]))
        if isinstance(node, cst.FunctionDef) and names:
            opening = tree.text.index("(", tree.spans[node.type_parameters or node.name][1]) + 1
            alone = tree.text[opening:].lstrip().startswith(")")
            # Where it needs a look anyway, a mark that no other parameter has is left out.
            marked = needs_mark(node.params, self.subject.python2) and not (self.unsafe and node.params.params)
            text = leading_parameters(names, marked, alone)
            cuts.append((opening, opening, text.rstrip() if tree.text[opening] in "\r\n" else text))
        if member.imports:
            cuts.append(self._imports_below(node, self._import_lines(member)))
        return moved(tree, node, cuts)

    def _import_lines(self, member: Member) -> list[str]:
        """The imports of the function around, which the moved function does for itself."""
        lines = []
        for alias in member.imports.values():
            statement = self.tree.parents[alias]
            if isinstance(statement, cst.ImportFrom):
                start = self.tree.spans[statement][0]
                head = self.tree.text[start : self.tree.text.index("import", start)].rstrip()
                lines.append(f"{head} import {_bare(self.tree.source(alias))}")
            else:
                lines.append(f"import {_bare(self.tree.source(alias))}")
        return lines

    def _imports_below(self, node: Hoistable, lines: list[str]) -> Replacement:
        if not isinstance(node, cst.FunctionDef) or not isinstance(node.body, cst.IndentedBlock):
            raise Refused("it needs an import of the function around it")
        tree = self.tree
        statements = list(node.body.body)
        first = statements[1] if node.get_docstring() is not None and len(statements) > 1 else statements[0]
        start = tree.line_start(tree.whole(first)[0])
        margin = tree.text[start : tree.whole(first)[0]]
        outer = tree.whole(node)[0]
        margin = margin[outer - tree.line_start(outer) :]
        gap = tree.newline if isinstance(first, cst.FunctionDef | cst.ClassDef) else ""
        return start, start, "".join(f"{margin}{line}{tree.newline}" for line in lines) + gap


@lru_cache(maxsize=4)
def _by_last_line(tree: Tree) -> dict[str, list[cst.FunctionDef]]:
    """The functions of the module without decorators, by their last lines, with and without a comment there."""
    found: dict[str, list[cst.FunctionDef]] = {}
    for part in tree.module.body:
        if isinstance(part, cst.FunctionDef) and not part.decorators:
            for text in {tree.source(part).rstrip(), moved(tree, part, ())}:
                found.setdefault(text.rpartition("\n")[2], []).append(part)
    return found


@lru_cache(maxsize=4)
def _by_text(tree: Tree) -> dict[str, dict[str, cst.Lambda]]:
    """The lambdas that have been given names, by their texts; filled as names are given."""
    return {}


def _bare(source: str) -> str:
    return source.rstrip(", \\\r\n")
