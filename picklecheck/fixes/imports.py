"""How a file names something it imports, and where a new import goes if it does not yet."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache

import libcst as cst

from picklecheck.fixes.names import unused
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scopes, imported_name
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit

# A line that imports gets no longer than that.
_LINE = 88


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
    if (edit := _one_more(tree, module, attribute, first)) and unused(tree, scopes, attribute, tree.module):
        return attribute, (edit,)
    if unused(tree, scopes, module, tree.module):
        return f"{module}.{attribute}", (import_edit(tree, module),)
    if unused(tree, scopes, attribute, tree.module):
        return attribute, (import_edit(tree, module, attribute),)
    raise Refused(f"the names `{module}` and `{attribute}` are taken")


def _one_more(tree: Tree, module: str, attribute: str, before: int) -> Edit | None:
    """One more name in a line that imports others from the module, in its sorted place, where that is short enough."""
    for statement, _ in _imports(tree):
        match statement:
            case cst.ImportFrom(module=cst.Name(value=source), relative=(), lpar=None, names=[*aliases]):
                names = [_bare(tree, alias) for alias in aliases]
                line = tree.text[tree.line_start(tree.spans[statement][0]) : tree.line_end(tree.spans[statement][1])]
                fits = len(line.strip()) + len(attribute) + 2 <= _LINE and line.strip() == tree.source(statement)
                if source == module and fits and tree.spans[statement][0] < before and "\\" not in line:
                    below = next(
                        (one for one, name in zip(aliases, names, strict=True) if _key(name) > _key(attribute)), None
                    )
                    if below is not None:
                        start = tree.spans[below][0]
                        return tree.edit(start, start, f"{attribute}, ")
                    end = tree.spans[statement][1]
                    return tree.edit(end, end, f", {attribute}")
    return None


def _key(name: str) -> tuple[int, str]:
    """How isort and ruff order imported names: constants, classes, the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name


def without(tree: Tree, scopes: Scopes, gone: Sequence[cst.CSTNode], brought: Sequence[Edit] = ()) -> list[Edit]:
    """The edits that import what is `brought`, without the imports that only these nodes needed."""
    edits = list(brought)
    for statement, alias in _imports(tree):
        name = imported_name(alias)
        reads = scopes.reads_of(scopes.module, name)
        if not reads or scopes.bindings_of(scopes.module, name) != [alias] or _is_told(tree, name):
            continue
        if not all(any(tree.contains(node, read) for node in gone) for read in reads):
            continue
        line, place = tree.parents[statement], tree.place(statement)
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1 or place.line != place.end_line:
            continue
        more = [edit for edit in edits if edit.start.line == place.line and edit.start.column > place.column]
        told = [one for one in statement.names if isinstance(one, cst.ImportAlias)]  # type: ignore[union-attr]
        names = sorted(
            [edit.text.strip(", ") for edit in more] + [_bare(tree, one) for one in told if one is not alias], key=_key
        )
        edits = [edit for edit in edits if edit not in more]
        if names:
            begin, last = tree.spans[told[0]][0], tree.spans[told[-1]][0]
            edits.append(tree.edit(begin, last + len(_bare(tree, told[-1])), ", ".join(names)))
        else:
            edits.append(tree.edit(tree.line_start(tree.spans[line][0]), tree.line_end(tree.spans[line][1]), ""))
    return edits


def _bare(tree: Tree, alias: cst.ImportAlias) -> str:
    return tree.source(alias).rstrip(", ")


def _is_told(tree: Tree, name: str) -> bool:
    """Whether a text names it, as `__all__` does."""
    return any(node.raw_value == name for node in tree.of_kind(cst.SimpleString))


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


@lru_cache(maxsize=8)
def _imports(tree: Tree) -> list[tuple[cst.Import | cst.ImportFrom, cst.ImportAlias]]:
    """Every import at the top level of the module, not under any condition."""
    lines = [statement for statement in tree.module.body if isinstance(statement, cst.SimpleStatementLine)]
    return [
        (small, alias)
        for line in lines
        for small in line.body
        if isinstance(small, cst.Import | cst.ImportFrom) and not isinstance(small.names, cst.ImportStar)
        for alias in small.names
    ]


def _leads_to(tree: Tree, scopes: Scopes, name: str, alias: cst.ImportAlias, node: cst.CSTNode) -> bool:
    scope = scopes.by_node.get(node) or scopes.around(tree, node)
    return scope.owner(name) is scopes.module and scopes.bindings_of(scopes.module, name) == [alias]


@lru_cache(maxsize=8)
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
