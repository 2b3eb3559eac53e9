"""Where a new module-level definition goes, what leaves with a removed one, and how moved text reads."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import libcst as cst

from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.tree import Span, Tree
from picklecheck.source.edits import Edit, Position

Replacement = tuple[int, int, str]

_STARTERS = frozenset({"Pool", "ProcessPoolExecutor", "Process", "submit"})
_STRINGS = (cst.SimpleString, cst.FormattedString, cst.TemplatedString)


def is_main_guard(node: cst.CSTNode) -> bool:
    """Whether the statement is `if __name__ == "__main__":`."""
    match node:
        case cst.If(test=cst.Comparison(left=left, comparisons=[cst.ComparisonTarget(cst.Equal(), right)])):
            sides = {side.value.strip("\"'") for side in (left, right) if isinstance(side, cst.Name | cst.SimpleString)}
            return sides == {"__name__", "__main__"}
    return False


def under_main_guard(tree: Tree, node: cst.CSTNode) -> bool:
    guard = tree.top_statement(node)
    return is_main_guard(guard) and isinstance(guard, cst.If) and tree.contains(guard.body, node)


def starts_processes(tree: Tree, statement: cst.CSTNode) -> bool:
    """Whether running the statement makes a pool or process, going by the name that is called."""
    return statement in _starting(tree)


def forks_workers(tree: Tree, statement: cst.CSTNode) -> bool:
    """Whether workers are forked here, who know what is above: by an executor not before it gets a task."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Assign(value=made) | cst.AnnAssign(value=cst.BaseExpression() as made)]):
            match made:
                case cst.Call(func=cst.Name(value="ProcessPoolExecutor")):
                    return False
                case cst.Call(func=cst.Attribute(attr=cst.Name(value="ProcessPoolExecutor"))):
                    return False
    return starts_processes(tree, statement)


@lru_cache(maxsize=2)
def _starting(tree: Tree) -> frozenset[cst.CSTNode]:
    """All that makes a pool or process when it is run: what a function does comes later."""
    found: set[cst.CSTNode] = set()
    for node in tree.spans:
        match node:
            case cst.Call(func=cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name))) if name in _STARTERS:
                found.add(node)
                for above in tree.ancestors(node):
                    if isinstance(above, cst.FunctionDef | cst.Lambda):
                        break
                    found.add(above)
    return frozenset(found)


@lru_cache(maxsize=2)
def _first_fork(tree: Tree) -> cst.BaseStatement | None:
    return next((statement for statement in tree.module.body if forks_workers(tree, statement)), None)


def site(tree: Tree, nodes: Iterable[cst.CSTNode]) -> int:
    """The offset above all these nodes and the first module-level pool, where a definition may be put."""
    tops = [tree.top_statement(node) for node in nodes]
    tops += [first] if (first := _first_fork(tree)) else []
    first = min(tops, key=lambda top: tree.spans[top][0])
    return first_line(tree, first)


def site_below(tree: Tree, scopes: Scopes, nodes: Iterable[cst.CSTNode], needed: str) -> int:
    """The site of a definition that needs a name of the module; refused where a first pool is above that."""
    at = site(tree, nodes)
    top = next(part for part in tree.module.body if tree.spans[part][0] >= at)
    if forks_workers(tree, top) and not bound_above(tree, scopes, needed, at):
        raise Refused(f"`{needed}` is bound below the first pool")
    return at


def insertion(tree: Tree, at: int, definitions: Sequence[str]) -> Edit:
    """Put definitions at the offset of a line, with two blank lines around each."""
    above = tree.text[:at]
    blank = len(above) - len(above.rstrip()) if above.strip() else 0
    breaks = above[len(above) - blank :].count(tree.newline) if blank else 3
    gap = tree.newline * 3
    return tree.edit(at, at, tree.newline * max(0, 3 - breaks) + gap.join(definitions) + gap)


def binds(tree: Tree, block: cst.With, variable: str) -> bool:
    """Whether a `with` statement binds a variable: `with Pool() as pool:`."""
    return any(item.asname is not None and tree.source(item.asname.name) == variable for item in block.items)


def first_line(tree: Tree, statement: cst.BaseStatement) -> int:
    """The offset of the statement's first line, counting comments that are right above it."""
    start = tree.line_start(tree.whole(statement)[0])
    for line in reversed(getattr(statement, "leading_lines", ())):
        if line.comment is None:
            break
        start = tree.line_start(start - 1)
    return start


def comments_above(tree: Tree, statement: cst.BaseStatement) -> str:
    """The comments right above a statement, as they read at module level."""
    text = tree.text[first_line(tree, statement) : tree.line_start(tree.whole(statement)[0])]
    return "".join(line.lstrip() for line in text.splitlines(keepends=True))


def removal(tree: Tree, statement: cst.BaseStatement) -> Span:
    """What to delete so that the statement is gone with its comments and no hole is left."""
    start, end = first_line(tree, statement), block_end(tree, statement)
    body = getattr(tree.parents[statement], "body", ())
    if not body:
        return start, end
    above, below = _blank_above(tree, start), _blank_below(tree, end)
    if body[0] is statement:
        return above if body[0] is not body[-1] else start, below
    return start, below if above < start else end


def _blank_above(tree: Tree, at: int) -> int:
    """Where the blank lines above a line begin, which may have spaces in them."""
    while at and not tree.text[(start := tree.line_start(at - 1)) : at].strip():
        at = start
    return at


def _blank_below(tree: Tree, at: int) -> int:
    while at < len(tree.text) and not tree.text[at : tree.line_end(at)].strip():
        at = tree.line_end(at)
    return at


def block_end(tree: Tree, statement: cst.BaseStatement) -> int:
    """The offset below a statement and the comments that its block ends with, which are indented as it is."""
    margin = len(tree.margin(tree.spans[statement][0]).expandtabs())
    end = at = tree.line_end(tree.spans[statement][1])
    while at < len(tree.text):
        line = tree.text[at : tree.line_end(at)].expandtabs()
        if line.strip() and not (line.lstrip().startswith("#") and len(line) - len(line.lstrip()) > margin):
            break
        at = tree.line_end(at)
        end = at if line.strip() else end
    return end


def moved(tree: Tree, statement: cst.BaseStatement, replacements: Iterable[Replacement]) -> str:
    """The text of a statement as it reads at module level; the insides of strings stay as they are, but docstrings."""
    start = first_line(tree, statement)
    end = len(tree.text[: block_end(tree, statement)].rstrip("\r\n"))
    first = tree.whole(statement)[0]
    margin = tree.margin(first)
    strings = [
        tree.spans[node]
        for node in tree.under(statement)
        if isinstance(node, _STRINGS) and not _is_docstring(tree, node)
    ]
    cuts = list(replacements)
    for line in tree.lines:
        if start <= line < end and not any(low < line < high for low, high in strings):
            shared = sum(itertools.takewhile(bool, map(str.__eq__, margin, tree.text[line:end])))
            cuts.append((line, line + shared, ""))
    return replaced(tree, start, end, cuts)


def _is_docstring(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether a string documents a function or class, so that its indentation means nothing."""
    match tree.parents[node]:
        case cst.Expr() as expression:
            line = tree.parents[expression]
            block = tree.parents[line]
            defines = isinstance(tree.parents[block], cst.FunctionDef | cst.ClassDef)
            return defines and isinstance(block, cst.IndentedBlock) and block.body[0] is line
    return False


def replaced(tree: Tree, start: int, end: int, replacements: Iterable[Replacement]) -> str:
    """The text from `start` to `end` with stretches replaced that do not overlap."""
    parts, at = [], start
    for low, high, text in sorted(replacements, key=lambda cut: cut[:2]):
        if start <= low and high <= end:
            parts += [tree.text[at:low], text]
            at = high
    return "".join([*parts, tree.text[at:end]])


def bound_above(tree: Tree, scopes: Scopes, name: str, offset: int) -> bool:
    """Whether a name that the module sees is bound once, above the offset, or is a builtin."""
    bindings = scopes.bindings_of(scopes.module, name)
    if not bindings:
        return True
    if len(bindings) > 1 or under_main_guard(tree, bindings[0]):
        return False
    return tree.spans[bindings[0]][0] < offset


def joined(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits in order of text; those that begin at one place become one, insertions first."""
    by_start: dict[Position, Edit] = {}
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        first = by_start.get(edit.start)
        by_start[edit.start] = replace(first, end=edit.end, text=_seamless(first.text, edit.text)) if first else edit
    return tuple(by_start.values())


def _seamless(above: str, below: str) -> str:
    """Two texts that follow each other, with no more than two blank lines between them."""
    breaks = len(above) - len(above.rstrip("\r\n")) + len(below) - len(below.lstrip("\r\n"))
    newline = "\r\n" if "\r\n" in above else "\n"
    most = 3 * len(newline)
    if breaks <= most or not below.strip():
        return above + below
    return above.rstrip("\r\n") + newline * 3 + below.lstrip("\r\n")
