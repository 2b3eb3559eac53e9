"""Functions and classes that a carrier takes whole, because a child could not import them: what goes with them.

`cloudpickle` takes what is local, what the program's main module defines, and what its name does
not lead to, with the captured variables, the defaults, the globals that the code reads and the
attributes of classes (`cloudpickle/cloudpickle.py`, and measured). `dill` leaves globals to the
child (measured).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from picklecheck.crossings.verdict import CARRIED, Refusal, Verdict
from picklecheck.semantics.run import Run
from picklecheck.semantics.scopes import within
from picklecheck.semantics.values import Class, Function, Unknown

if TYPE_CHECKING:
    from picklecheck.crossings.judge import Judge

WHOLE = ("cloudpickle", "dill", "dill spawning")


def function(judge: Judge, value: Function) -> Verdict:
    """What goes with a function: nothing where it is imported by name."""
    from picklecheck.crossings.judge import free_names
    from picklecheck.crossings.references import captures, lookup

    if not is_whole(judge, value) or value in judge.taken_whole:
        return CARRIED
    judge.taken_whole.add(value)
    found: list[Refusal] = []
    for name, values in captures(judge, value, free_names(value)):
        found.extend(judge.part(values, value, f"it captures `{name}`, {{}}"))
    for name, values in value.defaults.items():
        found.extend(judge.part(values, value, f"the default of `{name}` is {{}}"))
    for name in global_names(value) if judge.carrier == "cloudpickle" else ():
        there = lookup(judge, value.module, name)
        if there:
            found.extend(judge.part(there, value, f"it reads the global `{name}`, {{}}"))
    return tuple(found)


def class_(judge: Judge, value: Class) -> Verdict:
    """What goes with a class: its methods, its attributes and its bases."""
    if not is_whole(judge, value) or value in judge.taken_whole:
        return CARRIED
    judge.taken_whole.add(value)
    found: list[Refusal] = []
    for name, values in judge.run.store.names(value).items():
        if not name.startswith("["):
            found.extend(judge.part(values, value, f"class `{value.name}` goes with its `{name}`, {{}}"))
    for base in value.bases:
        if isinstance(base, Class):
            found.extend(judge.part((base,), value, "its base is {}"))
    return tuple(found)


def is_whole(judge: Judge, value: Function | Class) -> bool:
    """Whether a function or class goes as it is, and not by name."""
    from picklecheck.crossings.references import lookup

    if "<locals>" in value.qualname or "<lambda>" in value.qualname:
        return True
    if judge.carrier == "cloudpickle" and value.module is judge.run.main and runs_as_main(judge.run):
        return True
    there = lookup(judge, value.module, value.qualname)
    return bool(there) and value not in there and not any(isinstance(one, Unknown) for one in there)


def runs_as_main(run: Run) -> bool:
    """Whether the body of the main module led here, not a function that nothing was seen calling."""
    return run.main in run.executed and (len(run.stack) < 2 or run.stack[1].call is not None)


def global_names(function: Function) -> list[str]:
    """The module's variables that the code of a function reads or assigns, those inside it included."""
    found: dict[str, None] = dict.fromkeys(function.scope.globals)
    local = set(function.scope.bound)
    holder = function.frame
    while holder is not None and not holder.scope.is_module:
        local |= holder.scope.bound if not holder.scope.is_class else set()
        holder = holder.parent  # type: ignore[assignment]
    todo: list[ast.AST] = [function.node]
    while todo:
        for inner in within(todo.pop()):
            match inner:
                case ast.Name(id=name, ctx=ast.Load()):
                    found[name] = None
                case ast.Lambda() | ast.FunctionDef() | ast.AsyncFunctionDef():
                    scope = function.module.scope(inner)
                    local |= scope.bound
                    found |= dict.fromkeys(scope.globals)
                    todo.append(inner)
                case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                    local |= stored(inner)
                    todo.extend(ast.iter_child_nodes(inner))
    module = function.module.scope(function.module.tree).bound
    return [name for name in found if name in module and name not in local]


def stored(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)}
