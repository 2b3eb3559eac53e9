"""The statements from the first that starts a process to the end go under `if __name__ == "__main__":`."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.placement import first_line, is_main_guard, replaced, starts_processes
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject, imported_elsewhere: bool = False) -> Fix | NoFix:
    """Safe for a script.

    Refused where a function or class is defined in that tail, which a worker would no longer find, where
    `__all__` names something of it, and for a module that others import.

    `imported_elsewhere` says that another module of the project imports this one.
    """
    call = tree.node_at(subject.call, cst.Call)
    if call is None:
        raise Refused("the call was not found")
    if imported_elsewhere:
        raise Refused("other modules import this one, and would lose what it does")
    body: list[cst.BaseStatement] = list(tree.module.body)
    own = body.index(tree.top_statement(call))
    starting = [index for index, statement in enumerate(body) if starts_processes(tree, statement)]
    first = min([own, *starting])
    if is_main_guard(body[own]):
        raise Refused("the call is under the main guard")
    for statement in body[first:]:
        for node in tree.under(statement):
            if isinstance(node, cst.FunctionDef | cst.ClassDef):
                raise Refused(f"`{node.name.value}` is defined below the first process")
    _refuse_exported(tree, body, first)
    start = first_line(tree, body[first])
    end = len(tree.text)
    margin = [(line, line, tree.indent) for line in tree.lines if start <= line < end and _indented(tree, line)]
    text = f'if __name__ == "__main__":{tree.newline}' + replaced(tree, start, end, margin)
    return Fix("safe", "start processes only in the main program", (tree.edit(start, end, text),))


def _indented(tree: Tree, line: int) -> bool:
    """Whether the line is code that moves to the right: neither blank nor inside a string."""
    if not tree.text[line : tree.line_end(line)].strip():
        return False
    strings = (cst.SimpleString, cst.FormattedString, cst.TemplatedString)
    return not any(low < line < high for node, (low, high) in tree.spans.items() if isinstance(node, strings))


def _refuse_exported(tree: Tree, body: list[cst.BaseStatement], first: int) -> None:
    for statement in body:
        match statement:
            case cst.SimpleStatementLine(
                body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value="__all__"))], value=value)]
            ):
                exported = {node.raw_value for node in tree.under(value) if isinstance(node, cst.SimpleString)}
                for later in body[first:]:
                    for node in tree.under(later):
                        if isinstance(node, cst.Name) and node.value in exported:
                            raise Refused(f"`{node.value}` is exported by `__all__`")
