"""The statements from the first that starts a process to the end go under `if __name__ == "__main__":`."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.placement import first_line, is_main_guard, replaced, starts_processes
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


@refusable
def rewrite(tree: Tree, subject: Subject, imported_elsewhere: bool = False) -> Fix | NoFix:
    """Safe for a script.

    Refused where a function or class is defined in that tail, which a worker would no longer find, where
    functions above read a variable of it, where `__all__` names something of it, and for a module that
    others import.

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
    _refuse_needed(tree, body, first)
    start = first_line(tree, body[first])
    end = _end(tree, body[-1])
    guard = _guard_at_the_end(tree, body[first:])
    margin = [(line, line, tree.indent) for line in tree.lines if start <= line < end and _indented(tree, line)]
    if guard:
        below = tree.line_end(tree.spans[guard.test][1])
        margin = [cut for cut in margin if cut[0] < tree.whole(guard)[0]]
        margin.append((tree.line_start(tree.whole(guard)[0]), below, ""))
    text = f'if __name__ == "__main__":{tree.newline}' + replaced(tree, start, end, margin)
    return Fix("safe", "start processes only in the main program", (tree.edit(start, end, text),))


def _end(tree: Tree, last: cst.BaseStatement) -> int:
    """The end of the last statement, with the comments below that are indented as its block is."""
    end = tree.line_end(tree.spans[last][1])
    while end < len(tree.text) and tree.text[end] in " \t\r\n":
        end = tree.line_end(end)
    return end


def _guard_at_the_end(tree: Tree, tail: list[cst.BaseStatement]) -> cst.If | None:
    """A guard that the tail ends with: its line goes, and its block stays where it is."""
    match tail[-1]:
        case cst.If(orelse=None, body=cst.IndentedBlock(indent=None)) as guard if is_main_guard(guard):
            return guard
    return None


def _refuse_needed(tree: Tree, body: list[cst.BaseStatement], first: int) -> None:
    """A worker that calls a function from above would not find the variables of the tail, or find them as they were."""
    scopes = Scopes.of(tree)
    tail = tree.spans[body[first]][0]
    for name, bindings in scopes.module.bindings.items():
        if all(tree.spans[binding][0] < tail for binding in bindings):
            continue
        for read in scopes.reads_of(scopes.module, name):
            if tree.spans[read][0] < tail and scopes.read_in[read] is not scopes.module:
                raise Refused(f"a function reads `{name}`, which is set below the first process")


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
                body=[
                    cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value="__all__"))], value=value)
                    | cst.AugAssign(target=cst.Name(value="__all__"), value=value)
                    | cst.AnnAssign(target=cst.Name(value="__all__"), value=cst.BaseExpression() as value)
                ]
            ):
                exported = {node.raw_value for node in tree.under(value) if isinstance(node, cst.SimpleString)}
                for later in body[first:]:
                    for node in tree.under(later):
                        if isinstance(node, cst.Name) and node.value in exported:
                            raise Refused(f"`{node.value}` is exported by `__all__`")
