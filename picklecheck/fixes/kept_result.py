"""The result of a task that was dropped is kept, and read where the tasks are awaited."""

from __future__ import annotations

import libcst as cst

from picklecheck.fixes.names import choose
from picklecheck.fixes.placement import binds, first_line, joined
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

_LOOPS = (cst.For, cst.While)
_SUITES = cst.IndentedBlock | cst.Module


@refusable
def rewrite(tree: Tree, subject: Subject) -> Fix | NoFix:
    """Unsafe: what a task raises ends the program now, where nobody saw it.

    `results.append(...)` in loops, `result = ...` elsewhere; they are read below `pool.join()`, or at the end of the
    `with` block of the pool. Refused where neither follows in the same function, and for results that a container or
    comprehension keeps.
    """
    scopes = Scopes.of(tree)
    call = tree.node_at(subject.call, cst.Call)
    if call is None or not isinstance(call.func, cst.Attribute) or not isinstance(tree.parents[call], cst.Expr):
        raise Refused("the call is part of an assignment or a larger expression")
    line = tree.parents[tree.parents[call]]
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) > 1:
        raise Refused("the call is not a line of its own")
    pool = tree.source(call.func.value)
    around = scopes.around(tree, call)
    top = _outermost_loop(tree, line)
    waiting, at_end = _awaited(tree, top, pool)
    if at_end and _may_not_end(tree, scopes, call):
        raise Refused("the task waits for others, and ends with the `with` block", "tell it to end, and read it then")
    verb = "result" if subject.boundary.startswith("concurrent.") else "get"
    many = isinstance(top, _LOOPS)
    wishes = ([("futures" if many else "future")] if verb == "result" else []) + ["results" if many else "result"]
    plain = wishes[-1]
    if call.args and isinstance(call.args[0].value, cst.Name):
        wishes.append(f"{call.args[0].value.value.strip('_')}_{plain}")
    wishes.append(f"async_{plain}")
    name = choose(tree, scopes, wishes, call, within=around)
    start, end = tree.whole(call)
    edits = [
        tree.edit(start, start, f"{name}.append(" if many else f"{name} = "),
        *([tree.edit(end, end, ")")] if many else []),
    ]
    if many:
        above = first_line(tree, top)
        edits.append(tree.edit(above, above, f"{tree.margin(tree.spans[top][0])}{name} = []{tree.newline}"))
    below = tree.line_end(tree.spans[_last_read(tree, waiting)][1])
    margin = tree.margin(tree.spans[waiting][0])
    single = "future" if verb == "result" else "result"
    one = choose(tree, scopes, [single, f"async_{single}"], line, within=around) if many else name
    lines = [f"for {one} in {name}:", f"{tree.indent}{one}.{verb}()"] if many else [f"{name}.{verb}()"]
    text = "".join(f"{margin}{part}{tree.newline}" for part in lines)
    opened = "" if tree.text[:below].endswith(("\n", "\r")) else tree.newline
    edits.append(tree.edit(below, below, opened + text))
    where = "at the end of the `with` block" if at_end else f"below `{tree.source(waiting)}`"
    return Fix("unsafe", f"keep the result and read it {where}", joined(edits))


def _may_not_end(tree: Tree, scopes: Scopes, call: cst.Call) -> bool:
    """Whether the task is a function of the file with a loop that has no end of its own: `while True`."""
    match call.args:
        case [cst.Arg(value=cst.Name(value=task)), *_]:
            defined = [one for one in scopes.bindings_of(scopes.module, task) if isinstance(one, cst.FunctionDef)]
        case _:
            return False
    for node in (part for one in defined for part in tree.under(one)):
        match node:
            case cst.While(test=cst.Name(value="True") | cst.Integer()):
                return True
            case cst.For(iter=cst.Call(func=cst.Name(value="iter"), args=[_, _])):
                return True
    return False


def _last_read(tree: Tree, waiting: cst.BaseStatement) -> cst.BaseStatement:
    """The last of the lines right below that read results, as those of earlier tasks."""
    lines = list(getattr(tree.parents[waiting], "body", ()))
    for line in lines[lines.index(waiting) + 1 :]:
        match line:
            case cst.For(body=cst.IndentedBlock(body=[only])):
                pass
            case _:
                only = line
        match only:
            case cst.SimpleStatementLine(
                body=[cst.Expr(value=cst.Call(func=cst.Attribute(attr=cst.Name(value="get" | "result")), args=[]))]
            ):
                waiting = line
            case _:
                break
    return waiting


def _outermost_loop(tree: Tree, line: cst.BaseStatement) -> cst.BaseStatement:
    """The outermost loop around a line that does not make the pool again in each round; the line itself without one."""
    found = line
    for above in tree.ancestors(line):
        if isinstance(above, cst.FunctionDef | cst.ClassDef | cst.Lambda | cst.With):
            break
        if isinstance(above, _LOOPS):
            found = above
    return found


def _awaited(tree: Tree, top: cst.BaseStatement, pool: str) -> tuple[cst.BaseStatement, bool]:
    """The statement below which the results are there: `pool.join()`, or the last one of the pool's `with` block."""
    block = tree.parents[top]
    lines = list(block.body) if isinstance(block, _SUITES) else []
    for later in lines[lines.index(top) + 1 :] if top in lines else ():
        if isinstance(later, cst.SimpleStatementLine) and tree.source(later) == f"{pool}.join()":
            return later, False
        if isinstance(later, cst.SimpleStatementLine) and isinstance(later.body[-1], cst.Return | cst.Raise):
            break
    match tree.parents.get(block):
        case cst.With() as around if binds(tree, around, pool):
            last = lines[-1]
            if not any(isinstance(part, cst.Return) for part in tree.under(last)):
                return last, True
    raise Refused("nothing awaits the tasks below, in the same block")
