"""The arguments of tasks as a boundary call writes them, and the call with another task and without some of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import libcst as cst

from picklecheck.fixes.imports import without
from picklecheck.fixes.refusal import Refused
from picklecheck.fixes.scopes import Scopes, assigned
from picklecheck.fixes.subject import Subject
from picklecheck.fixes.tree import Span, Tree
from picklecheck.source.edits import Edit
from picklecheck.source.place import Place

Key = int | str


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """The arguments of one task as they are written: which parameter each is for, and where its text begins and ends.

    `inside` is what is between the brackets of the tuple or dict that holds nothing else, if one does.
    """

    parts: tuple[tuple[Key, cst.BaseExpression, Span], ...]
    inside: Span | None = None
    is_tuple: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is called in the workers, the `partial` call around it, if any, and the arguments of each task."""

    function: cst.BaseExpression
    partial: cst.Call | None = None
    given: tuple[Given, ...] = ()


def task_of(tree: Tree, scopes: Scopes, subject: Subject, partial: Place | None, call: cst.Call) -> Task:
    """The task of a call, with the arguments that it gets there, or by the `partial` call if that is its slot.

    Raises Refused where they are not written one by one.
    """
    use = tree.node_at(subject.use, cst.BaseExpression)
    task = next((arg.value for arg in call.args if arg.keyword is None or arg.keyword.value in ("func", "fn")), None)
    if use is None or task is None or not tree.contains(call, use):
        raise Refused("the value is not written in the call")
    arguments = [arg for arg in call.args if arg.value is not task]
    match subject.slot, use:
        case (("func" | "fn"), _) if use is task:
            return _bound(tree, scopes, partial, use)
        case "args", cst.Tuple() if subject.boundary.endswith((".apply", ".apply_async")):
            return Task(task, given=(of_tuple(tree, use),))
        case "iterable", _ if ".starmap" in subject.boundary:
            return Task(task, given=tuple(of_tuple(tree, item) for item in _items(use)))
        case "kwds", cst.Dict():
            return Task(task, given=(of_dict(tree, use),))
        case (("args" | "kwargs"), _) if subject.boundary.endswith(".submit"):
            return Task(task, given=(_of_call(tree, arguments),))
    raise Refused("the arguments of the task are not written one by one", "write them in the call")


def _bound(tree: Tree, scopes: Scopes, partial: Place | None, use: cst.BaseExpression) -> Task:
    """The task of a call of `partial`, also where it has a name that is read here alone."""
    made: cst.BaseExpression | None = use
    if isinstance(use, cst.Name) and (owner := scopes.read_in[use].owner(use.value)):
        match scopes.bindings_of(owner, use.value):
            case [cst.Name() as binding] if scopes.reads_of(owner, use.value) == [use]:
                made = assigned(tree, binding)
    if partial is None or made is None or tree.node_at(partial, cst.Call) is not made:
        raise Refused("it is not bound to the task where the task is sent")
    match made:
        case cst.Call(args=[cst.Arg(value=function, star="", keyword=None), *given]):
            return Task(function, made, (_of_call(tree, given),))
    raise Refused("the call spreads its arguments", "write them one by one")


def _items(use: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    match use:
        case cst.List(elements=elements) | cst.Tuple(elements=elements):
            yield from (element.value for element in elements)
        case cst.ListComp(elt=item) | cst.GeneratorExp(elt=item):
            yield item


def of_tuple(tree: Tree, item: cst.BaseExpression) -> Given:
    if not isinstance(item, cst.Tuple) or any(isinstance(part, cst.StarredElement) for part in item.elements):
        raise Refused("the arguments of the task are not written one by one", "write them in the call")
    values = [element.value for element in item.elements]
    inside = tree.spans[item.lpar[-1]][1], tree.spans[item.rpar[0]][0]
    return Given(tuple((index, value, tree.whole(value)) for index, value in enumerate(values)), inside, is_tuple=True)


def of_dict(tree: Tree, item: cst.Dict) -> Given:
    parts: list[tuple[Key, cst.BaseExpression, Span]] = []
    for element in item.elements:
        match element:
            case cst.DictElement(key=cst.SimpleString(raw_value=name) as key, value=value):
                parts.append((name, value, (tree.whole(key)[0], tree.whole(value)[1])))
            case _:
                raise Refused("the arguments of the task are not written one by one", "write them in the call")
    return Given(tuple(parts), (tree.spans[item.lbrace][1], tree.spans[item.rbrace][0]))


def _of_call(tree: Tree, arguments: Iterable[cst.Arg]) -> Given:
    parts: list[tuple[Key, cst.BaseExpression, Span]] = []
    for index, arg in enumerate(arguments):
        if arg.star:
            raise Refused("the call spreads its arguments", "write them one by one")
        begin = tree.whole(arg.keyword or arg.value)[0]
        parts.append((arg.keyword.value if arg.keyword else index, arg.value, (begin, tree.whole(arg.value)[1])))
    return Given(tuple(parts))


def called_without(tree: Tree, task: Task, name: str, shared: Collection[Key]) -> Iterator[Edit]:
    """The call with the new function, and without the arguments that its workers have."""
    if task.partial is not None and all(key in shared for key, _, _ in task.given[0].parts):
        yield tree.edit(*tree.whole(task.partial), name)
        yield from without(tree, Scopes.of(tree), [task.partial.func])
        return
    yield tree.edit(*tree.whole(task.function), name)
    for given in task.given:
        yield from without_arguments(tree, given, shared, tree.whole(task.function)[1])


def without_arguments(tree: Tree, given: Given, shared: Collection[Key], start: int) -> Iterator[Edit]:
    """The text of arguments without the shared ones, and without the commas before or behind them."""
    spans = [span for _, _, span in given.parts]
    left = [index for index, (key, _, _) in enumerate(given.parts) if key not in shared]
    last = left[-1] if left else -1
    for index in range(last):
        if index not in left:
            yield tree.edit(spans[index][0], spans[index + 1][0], "")
    begin, end = given.inside or (start, spans[-1][1])
    comma = "," if given.is_tuple and len(left) == 1 else ""
    if comma or last < len(spans) - 1:
        yield tree.edit(spans[last][1] if left else begin, end, comma)
