"""A task is sent as a function at module level that calls it by its name, and may make its result plain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from picklecheck.fixes.imports import imported
from picklecheck.fixes.names import choose
from picklecheck.fixes.placement import insertion, joined, site_below, under_main_guard
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix


@dataclass(frozen=True, slots=True)
class Form:
    """What a wrapper is called after, and what it does with the result of what it calls: `{}`."""

    verb: str
    text: str
    module: str = ""
    safe: bool = False


AS_IT_IS = Form("call", "{}", safe=True)
FINISHED = Form("run", "list({})")
AWAITED = Form("run", "{run}({})", "asyncio")


@refusable
def rewrite(
    tree: Tree, subject: Subject, variable: str = "", form: Form = AS_IT_IS, as_good: bool = False
) -> Fix | NoFix:
    """Safe for a task whose name is bound once: it means the same object in every process.

    Safe too where the call surely fails, whatever the start method, and the result is `as_good` for the parent.

    Unsafe for data, which somebody may want to be the object itself, and where the wrapper makes something
    else of the result. Refused where the name is bound more than once, under the main guard, or below a
    pool that needs it.

    `variable` is a name of the module that leads to what is sent; without it, it is what is written.
    """
    edits = call_by_name(tree, subject, variable, form)
    outer = form.text.format("…", run="asyncio.run")
    title = f"wrap the task in a function that returns `{outer}`"
    title = "pass a module-level function that calls it" if form.safe else title
    safe = (subject.is_task and form.safe) or (as_good and not subject.runs_today)
    return Fix("safe" if safe else "unsafe", title, joined(edits))


def call_by_name(
    tree: Tree, subject: Subject, variable: str, form: Form, definitions: Sequence[str] = ()
) -> list[Edit]:
    """Add the function, below other `definitions`, and send it; raises Refused where it would not do."""
    use = tree.node_at(subject.use, cst.BaseExpression)
    if use is None:
        raise Refused("the value was not found")
    scopes = Scopes.of(tree)
    variable = variable or _written(tree, scopes, use)
    root = variable.partition(".")[0]
    bindings = scopes.bindings_of(scopes.module, root)
    if len(bindings) != 1 or under_main_guard(tree, bindings[0]):
        raise Refused(f"`{root}` is not bound once, for every process")
    at = site_below(tree, scopes, [use], root)
    name = choose(tree, scopes, [f"{form.verb}_{variable.rpartition('.')[2].strip('_')}"], bindings[0])
    run, imports = imported(tree, scopes, form.module, "run", [use]) if form.module else ("", ())
    result = form.text.replace("{run}", run).format(f"{variable}(*args, **kwargs)")
    lines = [f"def {name}(*args, **kwargs):", f"{tree.indent}return {result}"]
    below = insertion(tree, at, [*definitions, tree.newline.join(lines)])
    return [*imports, below, tree.edit(*tree.whole(use), name)]


def _written(tree: Tree, scopes: Scopes, use: cst.BaseExpression) -> str:
    """The dotted name that is sent, which must begin with one of the module."""
    root = use
    while isinstance(root, cst.Attribute):
        root = root.value
    if not isinstance(root, cst.Name) or scopes.read_in[root].owner(root.value) is not scopes.module:
        raise Refused("no module-level name refers to the value")
    return tree.source(use)
