"""`pool.map(self.work, xs)` sends a function with what `work` reads of `self`, and the object stays behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import libcst as cst

from picklecheck.fixes.captures import mutated, written
from picklecheck.fixes.class_state import descendants, descendants_elsewhere, is_named_by_text, methods_of, settings_of
from picklecheck.fixes.definition import MANGLED, NAME_READERS, is_constant
from picklecheck.fixes.imports import imported
from picklecheck.fixes.into_arguments import given_before
from picklecheck.fixes.lambda_text import first_parameter, leading_parameters
from picklecheck.fixes.names import choose, snake
from picklecheck.fixes.placement import Replacement, bound_above, first_line, insertion, joined, moved, site
from picklecheck.fixes.refusal import Refused, refusable
from picklecheck.fixes.scopes import Scopes, parameters
from picklecheck.fixes.subject import Capture, NoFix, Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Edit, Fix


@refusable
def rewrite(tree: Tree, subject: Subject, attributes: Mapping[str, Capture]) -> Fix | NoFix:
    """Safe for a task that never ran, whose name and signature nobody asks for.

    The body of the method becomes a function that is given the attributes first, and the method calls it, so that all
    other callers see no change. Unsafe for what runs today, as the attributes are read when the task is sent,
    and where a text names the method, which somebody may replace by it. Refused for a method that uses its object as
    a whole, calls its methods or changes it; that a subclass overrides or somebody replaces; that is decorated, a
    generator or a coroutine; for attributes that cannot be pickled either; and for an object that only the task keeps.

    The subject's definition is the method; `attributes` are those of its object, each with why it cannot cross, empty
    where it can.
    """
    scopes = Scopes.of(tree)
    use = tree.node_at(subject.use, cst.Attribute)
    method = tree.node_at(subject.definition, cst.FunctionDef) if subject.definition else None
    if use is None or method is None:
        raise Refused("the method is not defined in the file that sends it")
    owner = tree.nearest(method, (cst.FunctionDef, cst.ClassDef))
    name = method.name.value
    if not isinstance(owner, cst.ClassDef) or tree.parents[owner] is not tree.module:
        raise Refused(f"`{name}` is not a method of a class at module level")
    if use.attr.value != name or methods_of(owner).get(name) is not method:
        raise Refused(f"`{name}` has another name where it is sent")
    instance = _instance(tree, scopes, method)
    _refuse_others(tree, owner, name)
    taken = _taken(tree, scopes, method, instance, attributes)
    if not is_constant(use.value):
        raise Refused("nothing else refers to its object, which may be freed with all that it has")
    edits: list[Edit] = []
    function = _called_alone(tree, scopes, method, instance, list(taken))
    if function is None:
        at = site(tree, [owner, use])
        _refuse_unbound(tree, scopes, method, at)
        wish = f"{snake(owner.name.value.strip('_'))}_{name.strip('_')}"
        wishes = [name.strip("_"), wish] if name.startswith("_") else [wish]
        function = choose(tree, scopes, wishes, method)
        edits.append(insertion(tree, at, [_function(tree, method, function, taken)]))
        edits.append(_delegating(tree, method, function, instance, list(taken)))
    values = [f"{tree.source(use.value)}.{attribute}" for attribute in taken]
    edits += _given_first(tree, scopes, subject, use, function, values)
    title = f"pass a function with {', '.join(f'`{value}`' for value in values)}, not the method"
    unsafe = subject.runs_today or subject.is_asked or any(is_named_by_text(one, name) for one in tree.everywhere(name))
    unsafe |= not all(attributes[attribute].known for attribute in taken)
    return Fix("unsafe" if unsafe else "safe", title, joined(edits), mends_all=True)


def _given_first(
    tree: Tree, scopes: Scopes, subject: Subject, use: cst.Attribute, function: str, values: Sequence[str]
) -> list[Edit]:
    """The function in the place of the method, given these first: by the call that sends it, else by a `partial`."""
    if (given := given_before(tree, subject, use, values)) is not None:
        return [tree.edit(*span) for span in [(*tree.whole(use), function), *given]]
    partial, imports = imported(tree, scopes, "functools", "partial", [use])
    return [*imports, tree.edit(*tree.whole(use), f"{partial}({', '.join([function, *values])})")]


def _instance(tree: Tree, scopes: Scopes, method: cst.FunctionDef) -> str:
    """The first parameter of a method that can leave its class."""
    name, scope = method.name.value, scopes.by_node[method]
    first = next(iter((*method.params.posonly_params, *method.params.params)), None)
    if first is None or scopes.bindings_of(scope, first.name.value) != [first]:
        raise Refused(f"`{name}` has no instance")
    if method.decorators or method.asynchronous or scope.yields or method.type_parameters:
        raise Refused(f"`{name}` is not a plain method")
    for node in tree.under(method):
        match node:
            case cst.Name(value="__class__" | "super") if node in scopes.read_in:
                raise Refused(f"`{name}` uses `{node.value}`, which works only inside its class")
            case cst.Name(value=reader) if reader in NAME_READERS and node in scopes.read_in:
                raise Refused(f"`{name}` reads names through `{reader}()`")
            case cst.Name(value=private) if MANGLED.fullmatch(private):
                raise Refused(f"`{name}` uses `{private}`, which means another name outside its class")
    return first.name.value


def _refuse_others(tree: Tree, owner: cst.ClassDef, name: str) -> None:
    for derived in (*descendants(tree, owner), *descendants_elsewhere(tree, owner)):
        if name in methods_of(derived):
            raise Refused(f"`{derived.name.value}` overrides `{name}`")
    if any(settings_of(tree, name)):
        raise Refused(f"`{name}` is replaced")


def _taken(
    tree: Tree, scopes: Scopes, method: cst.FunctionDef, instance: str, attributes: Mapping[str, Capture]
) -> dict[str, str]:
    """The attributes that a method reads, each with the parameter that it becomes."""
    used = {node.value for node in tree.under(method) if isinstance(node, cst.Name) and node in scopes.read_in}
    used |= {name for node, scope in scopes.by_node.items() if tree.contains(method, node) for name in scope.bindings}
    taken: dict[str, str] = {}
    for read in _reads(tree, scopes, method, instance):
        at = tree.parents[read]
        if not isinstance(at, cst.Attribute) or at.value is not read:
            raise Refused(f"`{method.name.value}` uses `{instance}` as a whole")
        attribute, above = at.attr.value, tree.parents[at]
        if written(tree, at) or mutated(tree, at):
            raise Refused(f"`{method.name.value}` changes `{instance}.{attribute}`")
        if (isinstance(above, cst.Call) and above.func is at) or attribute not in attributes:
            raise Refused(f"`{instance}.{attribute}` may be more than data")
        if why := attributes[attribute].refused:
            raise Refused(f"`{instance}.{attribute}` cannot be pickled either ({why})")
        parameter = attribute if attribute not in used else f"{instance}_{attribute}"
        if parameter in used:
            raise Refused(f"`{parameter}` means something else in `{method.name.value}`")
        taken[attribute] = parameter
    if not taken:
        raise Refused(f"`{method.name.value}` reads nothing of its object")
    return taken


def _reads(tree: Tree, scopes: Scopes, method: cst.FunctionDef, instance: str) -> list[cst.Name]:
    reads = scopes.reads_of(scopes.by_node[method], instance)
    return sorted(reads, key=lambda read: tree.spans[read])


def _refuse_unbound(tree: Tree, scopes: Scopes, method: cst.FunctionDef, at: int) -> None:
    """What the annotations and defaults read must mean the same above the class."""
    params = parameters(method)
    if not all(is_constant(param.default) for param in params if param.default):
        raise Refused("a default would be created twice")
    early = [part for param in params for part in (param.annotation, param.default) if part]
    for part in [*early, *([method.returns] if method.returns else [])]:
        for node in tree.under(part):
            if isinstance(node, cst.Name) and node in scopes.read_in:
                home = scopes.read_in[node].owner(node.value)
                if home not in (None, scopes.module) or not bound_above(tree, scopes, node.value, at):
                    raise Refused(f"`{node.value}` is not defined yet above the class")


def _function(tree: Tree, method: cst.FunctionDef, name: str, taken: Mapping[str, str]) -> str:
    """The text of the function: the method, with parameters in the place of its object."""
    cuts: list[Replacement] = [(*tree.spans[method.name], name), _first_parameters(tree, method, list(taken.values()))]
    scopes = Scopes.of(tree)
    first = next(iter((*method.params.posonly_params, *method.params.params)))
    for read in _reads(tree, scopes, method, first.name.value):
        attribute = tree.parents[read]
        assert isinstance(attribute, cst.Attribute)
        cuts.append((*tree.spans[attribute], taken[attribute.attr.value]))
    if docstring := _docstring(method):
        start = tree.line_start(tree.spans[docstring][0])
        cuts.append((start, tree.line_end(tree.spans[docstring][1]), ""))
    return moved(tree, method, cuts)


def _first_parameters(tree: Tree, method: cst.FunctionDef, names: list[str]) -> Replacement:
    """What is in the place of the instance, up to the next parameter."""
    start, end, follows = first_parameter(tree, method)
    marked = bool(method.params.star_kwarg) and len(method.params.posonly_params) < 2
    text = leading_parameters(names, marked, not follows)
    if tree.line_start(start) != tree.line_start(end):  # the next one is in a line of its own
        first = next(iter((*method.params.posonly_params, *method.params.params)))
        end, text = tree.spans[first][1], text.removesuffix(", ")
    return start, end, text


def _delegating(tree: Tree, method: cst.FunctionDef, function: str, instance: str, taken: Sequence[str]) -> Edit:
    """The method with a call of the function in the place of its body."""
    lines = [line for line in method.body.body if line is not _docstring(method)]
    call = f"return {function}({', '.join(_passed(method, instance, taken))})"
    if not isinstance(method.body, cst.IndentedBlock):
        return tree.edit(tree.spans[lines[0]][0], tree.spans[lines[-1]][1], call)
    start = tree.whole(lines[0])[0]
    margin = tree.margin(start)
    first, last = lines[0], lines[-1]
    assert isinstance(first, cst.BaseStatement)
    return tree.edit(first_line(tree, first), tree.spans[last][1], margin + call)


def _passed(method: cst.FunctionDef, instance: str, taken: Sequence[str]) -> Iterator[str]:
    """The arguments of the call: the attributes, and all other parameters as they came."""
    yield from (f"{instance}.{attribute}" for attribute in taken)
    params = method.params
    _, *plain = [*params.posonly_params, *params.params]
    yield from (param.name.value for param in plain)
    if isinstance(params.star_arg, cst.Param):
        yield f"*{params.star_arg.name.value}"
    yield from (f"{param.name.value}={param.name.value}" for param in params.kwonly_params)
    if params.star_kwarg:
        yield f"**{params.star_kwarg.name.value}"


def _called_alone(
    tree: Tree, scopes: Scopes, method: cst.FunctionDef, instance: str, taken: Sequence[str]
) -> str | None:
    """The function of the module that is all a method calls, as an earlier fix leaves it."""
    match [line for line in method.body.body if line is not _docstring(method)]:
        case [cst.SimpleStatementLine(body=[cst.Return(value=cst.Call(func=cst.Name(value=function), args=args))])] | [
            cst.Return(value=cst.Call(func=cst.Name(value=function), args=args))
        ]:
            arguments = [tree.text[tree.spans[arg][0] : tree.whole(arg.value)[1]] for arg in args]
            match scopes.bindings_of(scopes.module, function):
                case [cst.FunctionDef()] if arguments == list(_passed(method, instance, taken)):
                    return function
    return None


def _docstring(method: cst.FunctionDef) -> cst.SimpleStatementLine | None:
    match method.body:
        case cst.IndentedBlock(body=[cst.SimpleStatementLine(body=[cst.Expr(value=text)]) as line, _, *_]):
            if isinstance(text, cst.SimpleString | cst.ConcatenatedString):
                return line
    return None
