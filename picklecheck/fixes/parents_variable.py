"""A variable that the parent sets reaches the child: by the `initializer` of a pool, as an argument of a process."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Sequence

import libcst as cst

from picklecheck.fixes.captures import surely_bound
from picklecheck.fixes.into_arguments import given_before, given_behind
from picklecheck.fixes.lambda_text import leading_parameters, needs_mark
from picklecheck.fixes.names import choose
from picklecheck.fixes.placement import insertion, joined, site
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scope, Scopes, parameters
from picklecheck.fixes.subject import NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.fixes.worker_globals import MOST_NAMED, named, started_with
from picklecheck.source.edits import Edit, Fix
from picklecheck.source.place import Place


@refusable
def rewrite_pool(
    tree: Tree, subject: Subject, variables: Sequence[str], raises: bool, pool: Place, before: int
) -> Fix | NoFix:
    """The workers set the variables when they start, as the parent does: no function is changed.

    Safe where a child without them fails (`raises`), and they surely have their values when the pool is made, get no
    others behind it, and are known to arrive. Refused where the pool has an initializer, or where a name means
    something else there.

    `before` is how many arguments of the pool may come before its initializer.
    """
    scopes = Scopes.of(tree)
    made = tree.node_at(pool, cst.Call)
    if made is None:
        raise Refused(
            "the pool is not created in the file that sets the variables",
            "give it an `initializer` where it is created",
        )
    given = {arg.keyword.value for arg in made.args if arg.keyword}
    if any(arg.star for arg in made.args) or {"initializer", "initargs"} & given:
        raise Refused(
            "the pool has an initializer already", "set it there, and read it in the task as a global variable"
        )
    if len(made.args) - len(given) > before:
        raise Refused(
            "the pool has an initializer already", "set it there, and read it in the task as a global variable"
        )
    sure = raises and "maxtasksperchild" not in given and "max_tasks_per_child" not in given
    for name in variables:
        sure &= _is_settled(tree, scopes, subject, name, made)
    wishes = ["init_worker", f"init_worker_with_{named(one.lower() for one in variables[:MOST_NAMED])}"]
    initializer = choose(tree, scopes, wishes, made)
    values = ", ".join(variables) + ("," if len(variables) == 1 else "")
    started = started_with(tree, made, [f"initializer={initializer}", f"initargs=({values})"])
    taken = {name: _parameter(name) for name in variables}
    lines = [f"def {initializer}({', '.join(taken.values())}):", f"{tree.indent}global {', '.join(taken)}"]
    lines += [f"{tree.indent}{name} = {one}" for name, one in taken.items()]
    edits = [insertion(tree, site(tree, [made]), [tree.newline.join(lines)]), started]
    title = f"set {_quoted(variables)} in the workers with `initializer`"
    return Fix("safe" if sure else "unsafe", title, joined(edits), way="initializer")


@refusable
def rewrite_process(tree: Tree, subject: Subject, variables: Sequence[str], raises: bool) -> Fix | NoFix:
    """The target gets the variables as parameters of the same names.

    Safe where a child without them fails (`raises`), and they have their values when the process is made, get no others
    behind it, and are known to arrive.
    Refused where somebody else calls the target, or where another function reads the variables too, as the
    target may call it.
    """
    scopes = Scopes.of(tree)
    use = tree.node_at(subject.use, cst.Name)
    call = tree.node_at(subject.call, cst.Call)
    function = tree.node_at(subject.definition, cst.FunctionDef) if subject.definition else None
    if use is None or call is None or function is None or function.decorators:
        raise Refused("the target is not a function of the file", "pass what it reads as arguments")
    name = function.name.value
    owner = scopes.around(tree, function)
    if owner is not scopes.module or scopes.bindings_of(owner, name) != [function]:
        raise Refused(f"`{name}` is not bound once, at module level")
    if not subject.goes_straight:
        raise Refused(f"`{name}` is passed to another function first", "bind what it reads with `functools.partial`")
    if scopes.reads_of(owner, name) != [use]:
        raise Refused(f"`{name}` is used elsewhere too", "pass what it reads as arguments")
    sure, edits = raises, list[Edit]()
    own = scopes.by_node[function]
    for variable in variables:
        sure &= _is_settled(tree, scopes, subject, variable, call)
        if variable in {param.name.value for param in parameters(function)}:
            raise Refused(f"`{variable}` is a parameter of `{name}`")
        for read in _reads(scopes, variable):
            around = tree.nearest(read, cst.FunctionDef)
            if around is function:
                called = _called(own, variable)
                edits += [tree.edit(*tree.spans[read], called)] if called != variable else []
            elif around is not None and not tree.contains(around, call):
                raise Refused(f"`{around.name.value}` reads `{variable}` too", "pass it as an argument to both")
        if any(variable in scope.globals for node, scope in scopes.by_node.items() if tree.contains(function, node)):
            raise Refused(f"`{name}` sets `{variable}`")
    taken = [_called(own, variable) for variable in variables]
    params = parameters(function)
    given = given_behind(tree, subject, list(variables), len(params)) if _are_plain(tree, function) else None
    if given is not None:
        end = tree.spans[params[-1]][1]
        edits += [tree.edit(end, end, "".join(f", {one}" for one in taken))]
        edits += [tree.edit(low, high, new) for low, high, new in given]
        return Fix("safe" if sure else "unsafe", f"pass {_quoted(variables)} to `{name}`", joined(edits))
    given = given_before(tree, subject, use, list(variables))
    if given is None:
        raise Refused("the call has no place for more arguments", "bind them with `functools.partial`")
    opening = tree.text.index("(", tree.spans[function.name][1]) + 1
    alone = tree.text[opening:].lstrip().startswith(")")
    text = leading_parameters(taken, needs_mark(function.params, subject.python2), alone)
    edits += [tree.edit(opening, opening, text.rstrip() if tree.text[opening] in "\r\n" else text)]
    edits += [tree.edit(low, high, new) for low, high, new in given]
    return Fix("safe" if sure else "unsafe", f"pass {_quoted(variables)} to `{name}`", joined(edits))


def _parameter(variable: str) -> str:
    """What the initializer calls the value of a variable."""
    plain = variable.strip("_").lower()
    return plain if plain != variable and plain.isidentifier() and not keyword.iskeyword(plain) else f"{variable}_"


def _are_plain(tree: Tree, function: cst.FunctionDef) -> bool:
    """Whether one more parameter may follow the others: all are in one line, in one kind and without defaults."""
    params = list(function.params.params)
    low, high = tree.spans[function.name][1], tree.spans[function.body][0]
    plain = bool(params) and len(params) == len(parameters(function)) and not any(one.default for one in params)
    return plain and "\n" not in tree.text[low:high].rstrip()


def _reads(scopes: Scopes, name: str) -> Iterator[cst.Name]:
    """The reads of a module variable, which only functions may bind."""
    for read, scope in scopes.read_in.items():
        if read.value == name and scope.owner(name) in (scopes.module, None):
            yield read


def _is_filled(tree: Tree, scopes: Scopes, name: str, call: cst.Call) -> bool:
    """Whether a function other than the one that starts the workers sets items of a module variable."""
    for read in _reads(scopes, name):
        around = tree.nearest(read, cst.FunctionDef)
        if around is None or tree.contains(around, call):
            continue
        item = tree.parents[read]
        while isinstance(item, cst.Subscript) and isinstance(outer := tree.parents[item], cst.Subscript):
            item = outer
        match tree.parents[item]:
            case cst.AssignTarget(target=target) | cst.AugAssign(target=target) if target is item is not read:
                return True
    return False


def _is_free(scope: Scope, name: str) -> bool:
    """Whether a function may have a parameter of this name."""
    return name not in scope.bindings and name not in scope.reads


def _called(scope: Scope, variable: str) -> str:
    """What a function calls the parameter for a variable: no constant any more, and no builtin that it uses."""
    lower = variable.lower()
    if lower == variable:
        return variable
    return next((name for name in (lower, f"{lower}_") if _is_free(scope, name)), variable)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _is_settled(tree: Tree, scopes: Scopes, subject: Subject, name: str, call: cst.Call) -> bool:
    """Whether a variable surely has its value at a call, keeps it, and arrives."""
    around = scopes.around(tree, call)
    if around.owner(name) not in (scopes.module, None):
        raise Refused(f"`{name}` means something else where the workers are started")
    for capture in subject.captures:
        if capture.name == name and capture.refused:
            raise Refused(f"`{name}` cannot be pickled either ({capture.refused})", "pass what is needed of it")
        # What is not known may show memory that processes share, as an array of numpy does: a copy would not.
        if capture.name == name and not capture.known and not capture.shared and _is_filled(tree, scopes, name, call):
            raise Refused(
                f"a function sets items of `{name}`, of which each worker would get a copy",
                "pass the shared memory itself, and make the array of it in an `initializer`",
            )
    bindings = [*scopes.module.bindings.get(name, ())]
    for scope in scopes.by_node.values():
        bindings += scope.bindings.get(name, ()) if name in scope.globals else ()
    if not any(surely_bound(tree, one, call) for one in bindings) or not subject.knows(name):
        return False
    if subject.boundary.startswith("multiprocessing.pool."):
        return True  # a pool has forked its workers when it is made, and what is set later they never saw
    later = any(tree.spans[one][0] > tree.spans[call][0] for one in bindings)
    return not later and all(scopes.around(tree, one) in (scopes.module, around) for one in bindings)
