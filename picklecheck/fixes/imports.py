"""How a file names something it imports, and where a new import goes if it does not yet."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import libcst as cst

from picklecheck.fixes.names import unused
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scopes, imported_name
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit


def imported(
    tree: Tree, scopes: Scopes, module: str, attribute: str, at: Sequence[cst.CSTNode]
) -> tuple[str, tuple[Edit, ...]]:
    """The expression for `module.attribute` that holds at all these nodes, and the edits that import it."""
    first = min(tree.spans[node][0] for node in at)
    for statement, alias in _imports(tree):
        if tree.spans[statement][0] > first:
            break
        name = imported_name(alias)
        if not all(_leads_to(tree, scopes, name, alias, node) for node in at):
            continue
        match statement:
            case cst.ImportFrom(module=cst.Name(value=source), relative=()) if source == module:
                if alias.name.value == attribute:
                    return name, ()
            case cst.Import() if alias.name.value == module:
                return f"{name}.{attribute}", ()
    if unused(tree, scopes, module, tree.module):
        return f"{module}.{attribute}", (import_edit(tree, module),)
    if unused(tree, scopes, attribute, tree.module):
        return attribute, (import_edit(tree, module, attribute),)
    raise Refused(f"the names `{module}` and `{attribute}` are taken")


def qualified(tree: Tree, scopes: Scopes, node: cst.BaseExpression) -> str:
    """The dotted name that an expression has by the file's imports, or as a builtin; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.insert(0, node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name) or node not in scopes.read_in:
        return ""
    owner = scopes.read_in[node].owner(node.value)
    if owner is None:
        return ".".join(("builtins", node.value, *parts))
    match scopes.bindings_of(owner, node.value):
        case [cst.ImportAlias() as alias]:
            pass
        case _:
            return ""
    name = tree.source(alias.name)
    match tree.parents[alias]:
        case cst.ImportFrom(module=cst.Attribute() | cst.Name() as module, relative=()):
            return ".".join((tree.source(module), name, *parts))
        case cst.Import():
            return ".".join((name if alias.asname else node.value, *parts))
    return ""


def import_edit(tree: Tree, module: str, attribute: str = "") -> Edit:
    """Import a module, or an attribute of it, in its sorted place: in the first block of its kind, else in its own."""
    line = (f"from {module} import {attribute}" if attribute else f"import {module}") + tree.newline
    standard = module in sys.stdlib_module_names
    block = _import_block(tree, standard)
    if not block and not standard and (others := _import_block(tree, True)):
        return _at(tree, tree.line_end(tree.spans[others[-1]][1]), tree.newline + line)
    alike = [one for one in block if isinstance(one.body[0], cst.ImportFrom if attribute else cst.Import)]
    for one in alike:
        if _module_of(one) > module:
            return _at(tree, _line_above(tree, one), line)
    if above := alike or (attribute and block):
        return _at(tree, tree.line_end(tree.spans[above[-1]][1]), line)
    if block:
        return _at(tree, _line_above(tree, block[0]), line)
    return _alone(tree, line)


def _alone(tree: Tree, line: str) -> Edit:
    body = list(tree.module.body)
    below = next((statement for statement in body if not _is_preamble(statement)), None)
    above = body[: body.index(below)] if below else body
    if above:
        end = tree.line_end(tree.spans[above[-1]][1])
        follows = "" if not tree.text[end:].strip() or tree.text.startswith(tree.newline, end) else tree.newline
        return _at(tree, end, tree.newline + line + follows)
    assert below
    gap = tree.newline if _is_import(below) else tree.newline * 2
    return _at(tree, _line_above(tree, below), line + gap)


def _imports(tree: Tree) -> Iterator[tuple[cst.Import | cst.ImportFrom, cst.ImportAlias]]:
    """Every import at the top level of the module, not under any condition."""
    for statement in tree.module.body:
        if not isinstance(statement, cst.SimpleStatementLine):
            continue
        for small in statement.body:
            if isinstance(small, cst.Import | cst.ImportFrom) and not isinstance(small.names, cst.ImportStar):
                for alias in small.names:
                    yield small, alias


def _leads_to(tree: Tree, scopes: Scopes, name: str, alias: cst.ImportAlias, node: cst.CSTNode) -> bool:
    scope = scopes.by_node.get(node) or scopes.around(tree, node)
    return scope.owner(name) is scopes.module and scopes.bindings_of(scopes.module, name) == [alias]


def _import_block(tree: Tree, standard: bool) -> list[cst.SimpleStatementLine]:
    """The first imports without a blank line between them, of the standard library or of others."""
    blocks: list[list[cst.SimpleStatementLine]] = [[]]
    for statement in tree.module.body:
        if _is_future(statement) or not isinstance(statement, cst.SimpleStatementLine) or not _is_import(statement):
            blocks.append([])
            continue
        if any(not line.comment for line in statement.leading_lines):
            blocks.append([])
        blocks[-1].append(statement)
    for block in blocks:
        if block and (_module_of(block[0]).split(".")[0] in sys.stdlib_module_names) is standard:
            return block
    return []


def _is_import(statement: cst.BaseStatement | cst.BaseSmallStatement) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Import() | cst.ImportFrom(), *_]):
            return True
    return False


def _is_future(statement: cst.CSTNode) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.ImportFrom(module=cst.Name(value="__future__"))]):
            return True
    return False


def _is_preamble(statement: cst.CSTNode) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString())]):
            return True
    return _is_future(statement)


def _module_of(statement: cst.SimpleStatementLine) -> str:
    match statement.body[0]:
        case cst.Import(names=[alias, *_]):
            return cst.Module([]).code_for_node(alias.name)
        case cst.ImportFrom(module=cst.Attribute() | cst.Name() as module, relative=()):
            return cst.Module([]).code_for_node(module)
    return ""


def _line_above(tree: Tree, statement: cst.BaseStatement) -> int:
    return tree.line_start(tree.whole(statement)[0])


def _at(tree: Tree, offset: int, text: str) -> Edit:
    return tree.edit(offset, offset, text)
