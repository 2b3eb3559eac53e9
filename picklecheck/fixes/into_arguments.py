"""`Process(target=f)` takes what `f` is given first as `args=(…)`, as other boundaries do: no `partial` is needed."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from picklecheck.fixes.class_state import classes_called, methods_of
from picklecheck.fixes.imports import qualified
from picklecheck.fixes.placement import Replacement
from picklecheck.fixes.scopes import Scopes
from picklecheck.fixes.subject import Subject
from picklecheck.fixes.tree import Tree

# Of boundaries by their last name: the parameter for the callable, its place among positional arguments (-1 where it
# has none that people use), and the parameter that holds its arguments; without one they follow it.
_FORMS = {
    "Process": ("target", -1, "args"),
    "Pool": ("initializer", -1, "initargs"),
    "ProcessPoolExecutor": ("initializer", -1, "initargs"),
    "apply": ("func", 0, "args"),
    "apply_async": ("func", 0, "args"),
    "submit": ("fn", 0, ""),
    "run_in_executor": ("func", 1, ""),
}


def given_before(
    tree: Tree, subject: Subject, reference: cst.CSTNode, values: Sequence[str]
) -> list[Replacement] | None:
    """What to insert so that these arguments are given first, by the boundary call or by a `partial` around the
    reference; None where neither has a place for them.
    """
    argument, call = tree.parents[reference], tree.node_at(subject.call, cst.Call)
    behind = tree.whole(reference)[1]
    if _is_bound(tree, argument):
        return [(behind, behind, "".join(f", {value}" for value in values))]
    keyword, place, holder = _FORMS.get(subject.boundary.rpartition(".")[2], ("", -1, ""))
    if subject.slot == "self" and isinstance(constructed := tree.parents.get(argument), cst.Call):
        if _hands_on(tree, constructed):
            call, (keyword, place, holder) = constructed, _FORMS["Process"]
    if call is None or not isinstance(argument, cst.Arg) or argument not in call.args or argument.star:
        return None
    at = list(call.args).index(argument)
    if argument.keyword.value != keyword if argument.keyword else at != place:
        return None
    if any(arg.star for arg in call.args[:at]) or (holder and any(arg.star for arg in call.args)):
        return None
    if not holder:
        return [(behind, behind, "".join(f", {value}" for value in values))] if not argument.keyword else None
    named = next((arg for arg in call.args if arg.keyword and arg.keyword.value == holder), None)
    following = [arg for arg in call.args[at + 1 :] if not arg.keyword] if place >= 0 else []
    if named is None and not following:
        name = "" if place >= 0 and not argument.keyword else f"{holder}="
        return [(behind, behind, f", {name}({', '.join(values)}{',' if len(values) == 1 else ''})")]
    given = (named or following[0]).value
    match given:
        case cst.Tuple(elements=[]) | cst.List(elements=[]):
            return [(*tree.whole(given), f"({', '.join(values)}{',' if len(values) == 1 else ''})")]
        case cst.Tuple(lpar=[*_, opening], elements=elements) | cst.List(lbracket=opening, elements=elements):
            begin, end = tree.spans[opening][1], tree.whole(given)[1] - 1
            last = tree.whole(elements[-1].value)[1]
            comma = (
                [(last, end, "")] if tree.text[last:end].strip() == "," and tree.line(last) == tree.line(end) else []
            )
            return [(begin, begin, "".join(f"{value}, " for value in values)), *comma]
        case cst.Name() | cst.Attribute() if not subject.python2:
            begin = tree.spans[given][0]
            return [(begin, begin, f"({', '.join(values)}, *"), (tree.spans[given][1], tree.spans[given][1], ")")]
    return None


def _hands_on(tree: Tree, constructed: cst.Call) -> bool:
    """Whether a class derived from `Process` gives `target` and `args` to its base, and does nothing else with them."""
    if not isinstance(constructed.func, cst.Name | cst.Attribute):
        return False
    name = tree.source(constructed.func).rpartition(".")[2]
    found = list(classes_called(tree, name))
    return len(found) == 1 and _init_hands_on(*found[0])


def _init_hands_on(tree: Tree, made: cst.ClassDef) -> bool:
    scopes = Scopes.of(tree)
    init = methods_of(made).get("__init__")
    if init is None:
        return any(qualified(tree, scopes, base.value) == "multiprocessing.Process" for base in made.bases)
    scope = scopes.by_node[init]
    for name in ("target", "args"):
        match scopes.bindings_of(scope, name), scopes.reads_of(scope, name):
            case [cst.Param()], [read]:
                pass
            case _:
                return False
        match tree.parents[read]:
            case cst.Arg(keyword=cst.Name(value=keyword), star="") as argument if keyword == name:
                call = tree.parents[argument]
            case _:
                return False
        if not isinstance(call, cst.Call) or not tree.source(call.func).endswith(".__init__"):
            return False
    return True


def _is_bound(tree: Tree, argument: cst.CSTNode) -> bool:
    """Whether the argument is what a `functools.partial` calls."""
    match tree.parents.get(argument):
        case cst.Call(func=func, args=[first, *_]) if first is argument and not first.keyword and not first.star:
            return qualified(tree, Scopes.of(tree), func) == "functools.partial"
    return False


def given_behind(tree: Tree, subject: Subject, values: Sequence[str], count: int) -> list[Replacement] | None:
    """What to insert so that the boundary call gives these behind the `count` arguments that it gives as a tuple."""
    call = tree.node_at(subject.call, cst.Call)
    _, _, holder = _FORMS.get(subject.boundary.rpartition(".")[2], ("", -1, ""))
    named = [arg.value for arg in call.args if arg.keyword and arg.keyword.value == holder] if call else []
    match named:
        case [cst.Tuple(elements=elements, lpar=[*_, _]) as given] if elements and len(elements) == count:
            if any(isinstance(one, cst.StarredElement) for one in elements):
                return None
            last, end = tree.whole(elements[-1].value)[1], tree.whole(given)[1] - 1
            if tree.text[last:end].strip(" ,"):
                return None
            return [(last, end, "".join(f", {value}" for value in values))]
    return None
