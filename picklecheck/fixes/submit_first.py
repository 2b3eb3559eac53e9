"""A loop that awaits each result submits all its tasks first, and reads the results then."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence

import libcst as cst

from picklecheck.fixes.captures import mutated, written
from picklecheck.fixes.placement import first_line, joined
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scope, Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

_NEEDED = "a task may need what the one before it gave"
_FUTURES = (("futures", "future"), ("jobs", "job"), ("tasks", "task"))
_RESULTS = (("results", "result"), *_FUTURES[1:])
_ENDS = (cst.Break, cst.Return, cst.Continue, cst.Yield, cst.Await, cst.Raise)


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Unsafe: tasks that ran one after the other run at the same time now, and all are begun where one fails.

    A comprehension that only collects the results becomes `map`, where the task gets the item. Refused where a task may
    need the result of the one before it, and where the loop may end early.
    """
    submitted = tree.node_at(subject.call, cst.Call)
    reader = tree.parents.get(submitted) if submitted is not None else None
    reading = tree.parents.get(reader) if reader is not None else None
    if submitted is None or not isinstance(reader, cst.Attribute) or not isinstance(reading, cst.Call):
        raise Refused("the result is not read where the task is submitted", "submit all tasks first")
    for above in tree.ancestors(reading):
        match above:
            case cst.For() if tree.contains(above.body, reading):
                return Loop(tree, above, submitted, reading).rewritten()
            case cst.ListComp() | cst.SetComp() | cst.GeneratorExp() | cst.DictComp():
                return _comprehended(tree, above, submitted, reading)
            case cst.While() | cst.FunctionDef() | cst.Lambda():
                break
    raise Refused("the loop does not say how many tasks there are", "submit a few tasks ahead of the result")


def _comprehended(tree: Tree, loop: cst.BaseComp, submitted: cst.Call, reading: cst.Call) -> Fix:
    scopes, each = Scopes.of(tree), loop.for_in
    if each.inner_for_in is not None or tree.contains(each, reading) or each.asynchronous is not None:
        raise Refused("the result is not read in the items of a single loop")
    if isinstance(loop, cst.ListComp | cst.GeneratorExp) and loop.elt is reading and not reading.args:
        if (mapped := _mapped(tree, each, submitted, isinstance(loop, cst.ListComp))) is not None:
            low, high = tree.spans[loop]
            return Fix("unsafe", "submit all tasks first by `map`", (tree.edit(low, high, mapped),))
    targets = set(_targets(each.target))
    parts = [loop.key, loop.value] if isinstance(loop, cst.DictComp) else [getattr(loop, "elt", loop)]
    read = {node.value for node in _names(tree, parts, submitted)}
    begin, end = (
        tree.text.index("for", tree.spans[each][0]),
        max(tree.whole(part)[1] for part in (each.iter, *(one.test for one in each.ifs))),
    )
    header = tree.text[begin:end].strip()
    _, single = _free(tree, scopes, reading, _result_of(reading))
    once = tree.source(submitted)
    if not read & targets:
        new = f"for {single} in [{once} {header}]"
    elif isinstance(loop, cst.DictComp) and isinstance(each.target, cst.Name) and tree.source(loop.key) in targets:
        name = each.target.value
        new = f"for {name}, {single} in {{{name}: {once} {header}}}.items()"
    else:
        given = ", ".join(_flat(tree, each.target))
        new = f"for {given}, {single} in [({given}, {once}) {header}]"
    edits = [tree.edit(*tree.spans[submitted], single), tree.edit(begin, end, new)]
    return Fix("unsafe", "submit all tasks first, and read the results then", joined(edits))


def _mapped(tree: Tree, each: cst.CompFor, submitted: cst.Call, wanted: bool) -> str | None:
    """The call of `map` that does the same, where the task gets each item by itself."""
    if not isinstance(each.target, cst.Name) or each.ifs or any(arg.keyword or arg.star for arg in submitted.args):
        return None
    assert isinstance(submitted.func, cst.Attribute)
    owner, item = tree.source(submitted.func.value), each.target.value
    match submitted.func.attr.value, [arg.value for arg in submitted.args]:
        case "apply_async", [task, cst.Tuple(elements=[cst.Element(value=cst.Name(value=given))])] if given == item:
            form = "{}.map({}, {})"
        case "submit", [task, cst.Name(value=given)] if given == item:
            form = "list({}.map({}, {}))" if wanted else "{}.map({}, {})"
        case _:
            return None
    if not isinstance(task, cst.Name | cst.Attribute) or tree.source(task).partition(".")[0] == item:
        return None
    low, high = tree.whole(each.iter)
    return form.format(owner, tree.source(task), tree.text[low:high])


class Loop:
    """A `for` loop with the statement that awaits a result."""

    def __init__(self, tree: Tree, loop: cst.For, submitted: cst.Call, reading: cst.Call) -> None:
        self.tree, self.loop, self.submitted, self.reading = tree, loop, submitted, reading
        self.scopes = Scopes.of(tree)

    def rewritten(self) -> Fix:
        tree, loop = self.tree, self.loop
        if loop.orelse is not None or loop.asynchronous is not None or not isinstance(loop.body, cst.IndentedBlock):
            raise Refused("the loop has more than a block of lines")
        lines = list(loop.body.body)
        line = tree.statement(self.reading)
        if line not in lines or not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
            raise Refused("the result is awaited in a block inside the loop", "submit all tasks in a loop before it")
        above, rest = lines[: lines.index(line)], lines[lines.index(line) :]
        if any(isinstance(node, _ENDS) for node in tree.under(loop.body)):
            raise Refused("the loop may end before its last task", "submit a few tasks ahead of the result")
        if any(isinstance(node, cst.Expr) for one in above for node in tree.under(one)):
            raise Refused(
                "the lines above it would all come before the first result", "keep what they do with the task"
            )
        self._check_independent(above, rest)
        targets = list(_flat(tree, loop.target))
        around = self.scopes.around(tree, loop)
        inside = [node for node in tree.under(loop) if isinstance(node, cst.Name)]
        outside = (read for name in targets for read in self.scopes.reads_of(around, name) if read not in inside)
        later = any(not self._is_set_anew(around, read) for read in outside)
        kept = bool({node.value for node in _names(tree, rest, self.submitted)} & set(targets)) or later
        held, single = _free(tree, self.scopes, loop, _result_of(self.reading))
        title = "submit all tasks first, and read the results then"
        given = ", ".join([*targets, single] if kept else [single])
        pair = ", ".join([*targets, tree.source(self.submitted)])
        value = f"({pair})" if kept else tree.source(self.submitted)
        margin = tree.margin(tree.spans[loop][0])
        into = f"for {given} in {held}:"
        replaced = tree.edit(*tree.spans[self.submitted], single)
        if above:
            first, start = first_line(tree, loop), first_line(tree, line)
            text = f"{margin}{tree.indent}{held}.append({value}){tree.newline}{margin}{into}{tree.newline}"
            made = tree.edit(first, first, f"{margin}{held} = []{tree.newline}")
            return Fix("unsafe", title, joined([made, tree.edit(start, start, text), replaced]))
        low, high = tree.spans[loop.target][0], tree.spans[loop.iter][1]
        start = tree.spans[loop][0]
        colon = tree.text.index(":", tree.whole(loop.iter)[1])
        head = f"{held} = [{value} for {tree.text[low : max(high, tree.whole(loop.iter)[1])]}]{tree.newline}{margin}"
        return Fix("unsafe", title, joined([tree.edit(start, colon + 1, head + into), replaced]))

    def _check_independent(self, above: list[cst.BaseStatement], rest: list[cst.BaseStatement]) -> None:
        """Refuse where what a task is given, or the lines before it read, may come from the rest of the round."""
        tree = self.tree
        set_above = {node.value for node in self._bound(above)}
        if {node.value for node in _names(tree, rest, self.submitted)} & set_above:
            raise Refused("the lines below it read what is set for each task", "keep that with the result")
        if {node.value for node in self._bound(above)} & {node.value for node in self._bound(rest)}:
            raise Refused(_NEEDED)
        assert isinstance(self.submitted.func, cst.Attribute)
        pool = self.submitted.func.value
        given = [arg.value for arg in self.submitted.args]
        needed = {_path(tree, node) for node in _names(tree, [*given, *above], None)}
        needed -= set(_targets(self.loop.target))  # each round has its own
        needed -= {_path(tree, node) for node in tree.under(pool) if isinstance(node, cst.Name)} - {"self"}
        for node in _names(tree, rest, self.submitted):
            if not _changes(tree, node):
                continue
            path = _path(tree, node)
            if any(_begins(path, one) or _begins(one, path) for one in needed):
                raise Refused(_NEEDED)
        others = [node for node in tree.under(self.loop.body) if isinstance(node, cst.Attribute)]
        if sum(node.attr.value in ("apply_async", "submit") for node in others) > 1:
            raise Refused("the loop submits other tasks too", "submit them all in a loop before it")

    def _is_set_anew(self, around: Scope, read: cst.Name) -> bool:
        """Whether a place outside cannot read what this loop leaves: another loop sets it, or it comes before."""
        tree = self.tree
        for above in tree.ancestors(read):
            if isinstance(above, cst.For) and read.value in _targets(above.target) and above is not self.loop:
                return not tree.contains(above, self.loop)
        behind = tree.spans[read][0] > tree.spans[self.loop][1]
        return not behind and not any(isinstance(above, cst.For | cst.While) for above in tree.ancestors(self.loop))

    def _bound(self, statements: list[cst.BaseStatement]) -> Iterator[cst.Name]:
        for one in statements:
            for node in self.tree.under(one):
                if isinstance(node, cst.Name) and written(self.tree, node):
                    yield node


def _changes(tree: Tree, node: cst.Name) -> bool:
    """Whether a variable, or the object that it has, may be another one behind this place."""
    if written(tree, node) or mutated(tree, node):
        return True
    match tree.parents[node]:
        case cst.Attribute(value=value) as method if value is node:
            return isinstance(call := tree.parents[method], cst.Call) and call.func is method
        case cst.Arg() as given:
            return not _is_builtin(tree.parents[given])
    return False


def _is_builtin(call: cst.CSTNode) -> bool:
    match call:
        case cst.Call(func=cst.Name(value=name)):
            return hasattr(builtins, name)
    return False


def _path(tree: Tree, node: cst.Name) -> str:
    """The name with the attribute that is taken of it: `self.rows`, but `rows` of `rows.append(…)`."""
    match tree.parents[node]:
        case cst.Attribute(value=value) as attribute if value is node:
            called = tree.parents[attribute]
            return node.value if isinstance(called, cst.Call) and called.func is attribute else tree.source(attribute)
    return node.value


def _begins(path: str, other: str) -> bool:
    return other == path or other.startswith(f"{path}.")


def _names(tree: Tree, nodes: Sequence[cst.CSTNode], leaving: cst.CSTNode | None) -> Iterator[cst.Name]:
    """The variables that are used in nodes, without those in one of them."""
    for node in nodes:
        for one in tree.under(node):
            if isinstance(one, cst.Name) and not (leaving is not None and tree.contains(leaving, one)):
                if not _is_label(tree, one):
                    yield one


def _is_label(tree: Tree, node: cst.Name) -> bool:
    """Whether a name is that of an attribute or of a keyword."""
    match tree.parents[node]:
        case cst.Attribute(attr=attr):
            return attr is node
        case cst.Arg(keyword=keyword):
            return keyword is node
    return False


def _targets(target: cst.BaseExpression) -> Iterator[str]:
    match target:
        case cst.Name(value=name):
            yield name
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            for element in elements:
                yield from _targets(element.value)


def _flat(tree: Tree, target: cst.BaseExpression) -> Iterator[str]:
    """The variables of a loop; refused where it sets something else."""
    names = list(_targets(target))
    if not names or any(isinstance(node, cst.Attribute | cst.Subscript) for node in tree.under(target)):
        raise Refused("the loop sets no plain variables")
    yield from names


def _result_of(reading: cst.Call) -> tuple[tuple[str, str], ...]:
    assert isinstance(reading.func, cst.Attribute)
    return _FUTURES if reading.func.attr.value == "result" else _RESULTS


def _free(tree: Tree, scopes: Scopes, node: cst.CSTNode, wishes: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Names for all results and for one, which nothing in the function has yet; other loops may be given them too."""
    around = scopes.around(tree, node).node
    for pair in wishes:
        if not any(tree.contains(around, scope.node) for name in pair for scope in scopes.using.get(name, ())):
            return pair
    raise Refused("the names for the results are in use")
