"""What a child should not repeat goes under `if __name__ == "__main__":`, from the work before the first process on."""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence

import libcst as cst

from picklecheck.fixes.definition import is_constant
from picklecheck.fixes.placement import first_line, is_main_guard, moved, removal, replaced, starts_processes
from picklecheck.fixes.preparation import Preparation
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

# As many statements are a program, which people write as a function of its own.
_MANY = 6


@refusable
def rewrite(tree: Tree, subject: Subject, imported_elsewhere: bool = False) -> Fix | NoFix:
    """Safe for a script; unsafe where functions read variables that go under the guard, which workers then lack.

    Under it goes all from the first process to the end, and what is right above it: what prints or waits, loops, and
    variables that no function reads. Many statements go into a function `main`. A call that may prepare a module for
    workers (`random.seed(1)`) stays where it is, with all above it. Functions, classes and constants of that tail go
    above the guard. Refused where these need something of the tail at once, where `__all__` names something of it,
    and for a module that others import.

    `imported_elsewhere` says that another module of the project imports this one.
    """
    # What starts them is a call, or a loop that asks for what workers load.
    call = tree.node_at(subject.call, (cst.BaseExpression, cst.For))
    if call is None:
        raise Refused("the call was not found")
    if imported_elsewhere:
        raise Refused(
            "other modules import this one, and would lose what it does", "move it to a function that they call"
        )
    body: list[cst.BaseStatement] = list(tree.module.body)
    own = body.index(tree.top_statement(call))
    starting = [index for index, statement in enumerate(body) if starts_processes(tree, statement)]
    first = min([own, *starting])
    if is_main_guard(body[own]):
        raise Refused("the call is under the main guard")
    needed = _read_by_functions(tree)
    first = _first_work(tree, body, first, needed)
    lifted = [part for part in body[first:] if _is_lifted(tree, part, needed)]
    while len(body) > own + 1 and _is_text(body[-1]):
        body.pop()
    tail = [part for part in body[first:] if part not in lifted]
    for statement in tail:
        for node in tree.under(statement):
            if isinstance(node, cst.FunctionDef | cst.ClassDef):
                raise Refused(
                    f"`{node.name.value}`, defined below the first process, would be under the guard", "move it above"
                )
    _refuse_exported(tree, tail)
    hidden = _hidden(tree, tail, lifted)
    start = first_line(tree, body[first])
    end = _end(tree, body[-1])
    guards = _guards(tree, tail)
    indent = _indent(tree, guards[-1:] or body[first:])
    margin = [(line, line, indent) for line in tree.lines if start <= line < end and _indented(tree, line)]
    for part in lifted:
        cut = removal(tree, part)
        margin = [one for one in margin if not cut[0] <= one[0] < cut[1]] + [(*cut, "")]
    for guard in guards:
        top, below = tree.line_start(tree.whole(guard)[0]), tree.line_end(tree.spans[guard.test][1])
        ends = end if guard is tail[-1] else tree.spans[guard][1]
        margin = [cut for cut in margin if not top <= cut[0] < ends]
        margin.append((top, below, ""))
    block = replaced(tree, start, end, margin)
    if lifted and lifted[-1] is body[-1]:
        block = block.rstrip("\r\n") + tree.newline
    above = _above(tree, lifted, tree.text[:start])
    block = _without_holes(block, tree.newline)
    head = f'if __name__ == "__main__":{tree.newline}'
    if hidden or not _is_main(tree, tail):
        gap = tree.newline * max(0, 2 - _breaks(tree, start)) if not above else ""
        edits = (tree.edit(start, end, gap + above + head + block),)
        return Fix("unsafe" if hidden else "safe", 'add an `if __name__ == "__main__":` guard', edits)
    gap = tree.newline * 3
    above = above.rstrip("\r\n") + gap if above else gap[: len(gap) - _breaks(tree, start) * len(tree.newline)]
    result = " -> None" if _is_annotated(tree) else ""
    last = block[len(block.rstrip()) :] if end < len(tree.text) else tree.newline * block.endswith(("\r", "\n"))
    text = f"{above}def main(){result}:{tree.newline}{block.rstrip()}{gap}{head}{indent}main(){last}"
    title = 'move it to `main`, which an `if __name__ == "__main__":` guard calls'
    return Fix("safe", title, (tree.edit(start, end, text),))


def _is_main(tree: Tree, tail: list[cst.BaseStatement]) -> bool:
    """Whether there is so much that a person would write a function, and it does the same in one.

    Its variables are not those of the module any more: they end with it, and cannot be read before they are set, by
    what else the module or a builtin calls so. A process must have ended before.
    """
    scopes = Scopes.of(tree)
    if len(tail) < _MANY or "main" in scopes.using:
        return False
    ended = False
    for statement in tail:
        for node in tree.under(statement):
            match node:
                case cst.Call(func=cst.Name(value="globals" | "locals" | "vars" | "dir" | "exec" | "eval")):
                    return False
                case cst.ImportStar() | cst.Global() | cst.Await():
                    return False
                case cst.Call(func=cst.Attribute(attr=cst.Name(value="join" | "shutdown"))) | cst.With():
                    ended = True
    for name, bindings in scopes.module.bindings.items():
        inside = [any(tree.contains(part, one) for part in tail) for one in bindings]
        if any(inside) and (not all(inside) or hasattr(builtins, name) or name.isupper() or name.startswith("__")):
            return False
    return ended


def _is_annotated(tree: Tree) -> bool:
    functions = [part for part in tree.module.body if isinstance(part, cst.FunctionDef)]
    return bool(functions) and all(function.returns for function in functions)


def _breaks(tree: Tree, start: int) -> int:
    """How many line ends are between an offset and what is above it, at most three."""
    above = tree.text[:start]
    return min(3, above[len(above.rstrip()) :].count(tree.newline)) if above.strip() else 3


def _indent(tree: Tree, tail: Sequence[cst.BaseStatement]) -> str:
    """How blocks of the tail are indented, which may be in another way than the blocks above."""
    for statement in tail:
        for node in tree.under(statement):
            if isinstance(node, cst.IndentedBlock) and node.body and tree.parents[node] is statement:
                return tree.margin(tree.whole(node.body[0])[0])
    return tree.indent


def _end(tree: Tree, last: cst.BaseStatement) -> int:
    """The end of the last statement, with the comments below that are indented as its block is."""
    end = tree.line_end(tree.spans[last][1])
    while end < len(tree.text) and tree.text[end] in " \t\r\n":
        end = tree.line_end(end)
    return end


def _guards(tree: Tree, tail: list[cst.BaseStatement]) -> list[cst.If]:
    """The guards of the tail: their lines go, and their blocks stay where they are.

    Refused where the file asks for its name in another way, as for what a child does.
    """
    found: list[cst.If] = []
    for statement in tail:
        match statement:
            case cst.If(orelse=None, body=cst.IndentedBlock(indent=None)) as guard if is_main_guard(guard):
                found.append(guard)
            case _ if any(isinstance(part, cst.Name) and part.value == "__name__" for part in tree.under(statement)):
                raise Refused("the file tests its `__name__` itself", "let a child do nothing there")
    return found


def _above(tree: Tree, lifted: list[cst.BaseStatement], before: str) -> str:
    """The text of what goes above the guard, and below what is `before` it, with blank lines as is the custom."""
    text = ""
    for part in lifted:
        wide = isinstance(part, cst.FunctionDef | cst.ClassDef)
        known = before + text
        breaks = known[len(known.rstrip()) :].count(tree.newline) if known.strip() else 3
        text += tree.newline * max(0, 3 - breaks) if wide else ""
        text += moved(tree, part, ()) + tree.newline * (3 if wide or part is lifted[-1] else 1)
    return text


def _without_holes(block: str, newline: str) -> str:
    """An indented block, in which no more than one blank line may follow another line."""
    return re.sub(rf"(?:{newline}){{3,}}(?=[ \t])", newline * 2, block)


def _read_by_functions(tree: Tree) -> set[str]:
    """The names of the module that functions and classes read, when they are called or made."""
    scopes = Scopes.of(tree)
    return {
        name
        for name in scopes.module.bindings
        for read in scopes.reads_of(scopes.module, name)
        if tree.nearest(read, (cst.FunctionDef, cst.ClassDef, cst.Lambda))
    }


def _is_lifted(tree: Tree, statement: cst.BaseStatement, needed: set[str]) -> bool:
    """Whether the statement of the tail defines what workers need, in a way that can be done above it."""
    match statement:
        case cst.FunctionDef() | cst.ClassDef():
            alone = len(Scopes.of(tree).module.bindings[statement.name.value]) == 1
            return alone and not starts_processes(tree, statement)
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value)]
        ):
            literal = not isinstance(value, cst.Name | cst.Attribute) and is_constant(value)
            return name in needed and literal and len(Scopes.of(tree).module.bindings[name]) == 1
    return False


def _first_work(tree: Tree, body: Sequence[cst.BaseStatement], first: int, needed: set[str]) -> int:
    """From where on everything above the first process is work, too, but for functions and classes in between.

    Past these it goes for what calls something; what only sets a variable may stay where it is.
    """
    preparation, calls = Preparation(tree, Scopes.of(tree), needed), True
    for at in range(first - 1, -1, -1):
        statement = body[at]
        if isinstance(statement, cst.FunctionDef | cst.ClassDef):
            if not _is_lifted(tree, statement, needed):
                break
            calls = False
            continue
        if not _is_work(tree, statement, needed) or preparation.is_in(statement):
            break
        calls = calls or any(isinstance(node, cst.Call) for node in tree.under(statement))
        first = at if calls else first
    return first


def _is_work(tree: Tree, statement: cst.BaseStatement, needed: set[str]) -> bool:
    """Whether the statement does something, or sets what no function reads."""
    binding = cst.Import | cst.ImportFrom | cst.Global | cst.FunctionDef | cst.ClassDef
    if _is_text(statement) or any(isinstance(node, binding) for node in tree.under(statement)):
        return False
    bound = {
        name
        for name, bindings in Scopes.of(tree).module.bindings.items()
        for one in bindings
        if tree.contains(statement, one)
    }
    public = {name for name in bound if (name.isupper() and len(name) > 1) or name.startswith("__")}
    return not bound & needed and not public


def _is_text(statement: cst.BaseStatement) -> bool:
    """Whether the statement is a string alone, as a docstring or a comment of many lines is."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString())]):
            return True
    return False


def _hidden(tree: Tree, tail: list[cst.BaseStatement], lifted: list[cst.BaseStatement]) -> bool:
    """Whether functions read variables of the tail, which a spawned worker that calls them would not have.

    Refused where what goes above the guard needs such a variable at once.
    """
    scopes = Scopes.of(tree)
    hidden = False
    for name, bindings in scopes.module.bindings.items():
        if not any(tree.contains(part, binding) for part in tail for binding in bindings):
            continue
        for read in scopes.reads_of(scopes.module, name):
            if any(tree.contains(part, read) for part in tail):
                continue
            if scopes.read_in[read] is not scopes.module:
                hidden = True
            elif any(tree.contains(one, read) for one in lifted):
                raise Refused(f"`{name}` is needed above the guard, which would set it", "move it above")
    return hidden


def _indented(tree: Tree, line: int) -> bool:
    """Whether the line is code that moves to the right: neither blank nor inside a string."""
    if not tree.text[line : tree.line_end(line)].strip():
        return False
    strings = (cst.SimpleString, cst.FormattedString, cst.TemplatedString)
    spans = (tree.spans[node] for kind in strings for node in tree.of_kind(kind))
    return not any(low < line < high for low, high in spans)


def _refuse_exported(tree: Tree, tail: list[cst.BaseStatement]) -> None:
    for statement in tree.module.body:
        match statement:
            case cst.SimpleStatementLine(
                body=[
                    cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value="__all__"))], value=value)
                    | cst.AugAssign(target=cst.Name(value="__all__"), value=value)
                    | cst.AnnAssign(target=cst.Name(value="__all__"), value=cst.BaseExpression() as value)
                ]
            ):
                exported = {node.raw_value for node in tree.under(value) if isinstance(node, cst.SimpleString)}
                for later in tail:
                    for node in tree.under(later):
                        if isinstance(node, cst.Name) and node.value in exported:
                            raise Refused(f"`{node.value}`, which `__all__` exports, would be under the guard")
