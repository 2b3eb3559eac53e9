"""What expressions evaluate to in a run."""

from __future__ import annotations

import ast

from picklecheck.semantics import attributes, calls, classes, conditions, containers, imports, literals, typehints
from picklecheck.semantics.run import Abrupt, Event, Run
from picklecheck.semantics.store import Items
from picklecheck.semantics.values import (
    NONE,
    UNBOUND,
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    Container,
    External,
    ExternalMethod,
    Frame,
    Imported,
    Instance,
    Made,
    Site,
    Suspended,
    Unbound,
    Unknown,
    Values,
    join,
)


def evaluate(run: Run, node: ast.expr, frame: Frame) -> Values:
    """The values of an expression; what it calls is called. Raises `Abrupt` where it surely raises."""
    run.step()
    match node:
        case ast.Constant(value=value):
            return (Constant(value),)
        case ast.Name(id=name):
            values_ = load(run, mangled(name, frame), frame)
            if values_ == UNKNOWN and run.names_known and is_unbound_global(run, mangled(name, frame), frame):
                raise run.fail("NameError", node, frame)
            return values_
        case ast.Attribute(value=owner, attr=name):
            return attributes.get(run, evaluate(run, owner, frame), mangled(name, frame), node, frame)
        case ast.Call():
            return calls.evaluate_call(run, node, frame)
        case ast.Lambda():
            return (calls.make_function(run, node, frame),)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            match conditions.test(run, test, frame).truth:
                case True:
                    return evaluate(run, body, frame)
                case False:
                    return evaluate(run, orelse, frame)
            return evaluate_either(run, test, body, orelse, frame)
        case ast.BoolOp(op=op, values=operands):
            return boolean(run, op, operands, frame)
        case ast.List(elts=elements):
            return (containers.make(run, "list", _elements(run, elements, frame), Site(frame.module, node)),)
        case ast.Tuple(elts=elements):
            return (containers.make(run, "tuple", _elements(run, elements, frame), Site(frame.module, node)),)
        case ast.Set(elts=elements):
            return (containers.make(run, "set", _elements(run, elements, frame), Site(frame.module, node)),)
        case ast.Dict(keys=keys, values=values):
            return (make_dict(run, keys, values, Site(frame.module, node), frame),)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return comprehension(run, node, frame)
        case ast.Subscript(value=owner, slice=index):
            return subscript(run, node, evaluate(run, owner, frame), evaluate(run, index, frame), frame)
        case ast.NamedExpr(target=target, value=value):
            values_ = evaluate(run, value, frame)
            holder = frame
            while isinstance(holder.scope.node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
                holder = holder.parent or holder
            from picklecheck.semantics import statements

            statements.bind_name(run, target.id, values_, holder)
            return values_
        case ast.BinOp(left=left, op=op, right=right):
            one, other = evaluate(run, left, frame), evaluate(run, right, frame)
            if isinstance(op, ast.Div | ast.FloorDiv) and other == (Constant(0),):
                raise run.fail("ZeroDivisionError", node, frame)
            if run.strict and NONE in (one, other) and all(map(is_builtin, (one, other))):
                raise run.fail("TypeError", node, frame)
            return combined(run, op, one, other, Site(frame.module, node))
        case ast.UnaryOp(op=op, operand=operand):
            if isinstance(op, ast.Not):
                truth = conditions.test(run, node, frame).truth
                return UNKNOWN if truth is None else (Constant(truth),)
            return negated(op, evaluate(run, operand, frame))
        case ast.Compare():
            truth = conditions.test(run, node, frame).truth
            return UNKNOWN if truth is None else (Constant(truth),)
        case ast.JoinedStr():
            return literals.joined(run, node, frame)
        case ast.Await(value=value):
            return join(*(calls.resume(run, one, node, frame) for one in evaluate(run, value, frame)))
        case ast.Starred(value=value):
            return evaluate(run, value, frame)
        case ast.Slice(lower=lower, upper=upper, step=step):
            bounds = [NONE if bound is None else evaluate(run, bound, frame) for bound in (lower, upper, step)]
            return (Made("builtins.slice", Site(frame.module, node), None, Arguments(bounds)),)
        case ast.Yield(value=value):
            yielded = evaluate(run, value, frame) if value else NONE
            calls.note_yield(run, yielded, frame)
            return UNKNOWN
        case ast.YieldFrom(value=value):
            calls.note_yield(run, containers.elements(run, evaluate(run, value, frame), node, frame), frame)
            return UNKNOWN
    return UNKNOWN


def evaluate_either(run: Run, test: ast.expr, body: ast.expr, orelse: ast.expr, frame: Frame) -> Values:
    """One of two expressions, each evaluated given how the test came out. Raises `Abrupt` where both surely raise."""
    base, paths, found = run.store, [], []
    for truth, node in ((True, body), (False, orelse)):
        run.store = base.fork()
        try:
            conditions.narrow(run, test, frame, truth)
            found.append(evaluate(run, node, frame))
            paths.append(run.store.changes_since(base))
        except Abrupt:
            pass
        finally:
            run.store = base
    if not paths:
        raise Abrupt
    base.merge(paths)
    return join(*found)


def boolean(run: Run, op: ast.boolop, operands: list[ast.expr], frame: Frame) -> Values:
    """`a or b`, `a and b`: the operands that can be the outcome."""
    found: list[Values] = []
    for operand in operands:
        values = evaluate(run, operand, frame)
        truth = conditions.truth(run, values)
        decides = isinstance(op, ast.Or)
        if truth is decides or operand is operands[-1]:
            return join(*found, values)
        if truth is None:
            true = tuple(value for value in values if conditions.truth(run, (value,)) is not False)
            found.append(true if decides else conditions.when_false(run, values))
    return join(*found)


# --- names ---------------------------------------------------------------------------------------


def mangled(name: str, frame: Frame) -> str:
    """The name under which a private name of a class body is kept (`__work` in `Engine`: `_Engine__work`)."""
    if not name.startswith("__") or name.endswith("__"):
        return name
    inner: Frame | None = frame
    while inner is not None:
        if inner.owner is not None:
            return f"_{inner.owner.name.lstrip('_')}{name}"
        inner = inner.parent
    return name


def load(run: Run, name: str, frame: Frame) -> Values:
    """The value of a variable: of this block, of the functions around it, of the module, of `builtins`."""
    values = lookup(run, name, frame)
    if any(isinstance(value, Imported) for value in values):
        values = join(
            *(imports.resolve(run, value, frame) if isinstance(value, Imported) else (value,) for value in values)
        )
    known = tuple(value for value in values if not isinstance(value, Unbound))
    return known or UNKNOWN


def is_unbound_global(run: Run, name: str, frame: Frame) -> bool:
    """Whether a name is a variable of the main module, and surely has no value now."""
    inner: Frame | None = frame
    while inner is not None and not inner.scope.is_module:
        if name in inner.scope.bound:
            return False
        inner = inner.parent
    return frame.module is run.main and lookup(run, name, frame) == UNBOUND


def lookup(run: Run, name: str, frame: Frame) -> Values:
    inner: Frame | None = frame
    first = True
    while inner is not None:
        scope = inner.scope
        if first or not scope.is_class:
            if name in scope.globals:
                break
            if name in scope.bound or (scope.is_module and not scope.bound):
                owner = inner.owner if scope.is_class and inner.owner else inner
                values = run.store.values(owner, name)
                if values:
                    return values
                if not scope.is_class and not scope.is_module:
                    return UNBOUND
        first = False
        inner = inner.parent
    namespace = run.namespaces[frame.module]
    imports.demand(run, frame.module, name)
    values = run.store.values(namespace, name)
    if values:
        return values
    if name == "__name__":
        return (Constant(run.main_name if frame.module is run.main else frame.module.name),)
    if name == "__file__":
        return (Constant(str(frame.module.path)),)
    if name in frame.module.scope(frame.module.tree).bound and name not in BUILTINS:
        return UNBOUND
    if name in BUILTINS:
        return (External(run.world.canonical(f"builtins.{name}")),)
    return UNKNOWN


BUILTINS = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__) | {
    "unicode",
    "xrange",
    "raw_input",
    "basestring",
    "long",
    "reduce",
    "file",
}


def is_builtin(values: Values) -> bool:
    """Whether values surely are of builtin types, which define no operation with `None`."""
    return all(isinstance(value, Constant | Container) for value in values)


# --- parts ---------------------------------------------------------------------------------------


def _elements(run: Run, nodes: list[ast.expr], frame: Frame) -> Items:
    """The items of a display such as `[a, *b]`."""
    values: list[Values] = []
    exact = True
    for node in nodes:
        if not isinstance(node, ast.Starred):
            values.append(evaluate(run, node, frame))
            continue
        starred = evaluate(run, node.value, frame)
        items = containers.items_of(run, starred, node.value, frame)
        values.extend(items.values)
        exact = exact and items.exact
    found = Items(tuple(values))
    return found if exact else found.blurred()


def make_dict(run: Run, keys: list[ast.expr | None], values: list[ast.expr], site: Site, frame: Frame) -> Container:
    found = Items()
    for key, value in zip(keys, values, strict=True):
        given = evaluate(run, value, frame)
        if key is None:
            found = containers.merged_dicts(found, containers.held_by(run, given))
        else:
            found = containers.with_item(found, evaluate(run, key, frame), given)
    made = containers.make(run, "dict", found, site)
    assert isinstance(made, Container)
    return made


Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

# Comprehensions over at most this many known items run for each of them.
MOST_ROUNDS = 16


def comprehension(run: Run, node: Comprehension, frame: Frame) -> Values:
    """A comprehension runs in a scope of its own: once for each known item, else once for all."""
    site = Site(frame.module, node)
    inner = Frame(frame.module, frame.module.scope(node), frame, frame.function, None, frame.depth, caller=frame)
    first = node.generators[0]
    items = containers.items_of(run, evaluate(run, first.iter, frame), first.iter, frame)
    exact = items.exact and len(node.generators) == 1 and len(items.values) <= MOST_ROUNDS
    rounds = items.values if exact else (items.all() or UNKNOWN,)
    values: list[Values] = []
    keys: list[Values] = []
    for item in rounds:
        taken = enter_round(run, node, item, inner)
        if taken is False:
            continue
        exact = exact and taken is True
        if isinstance(node, ast.DictComp):
            keys.append(evaluate(run, node.key, inner))
            values.append(evaluate(run, node.value, inner))
        else:
            values.append(evaluate(run, node.elt, inner))
    made = Items(tuple(values), tuple(keys))
    match node:
        case ast.GeneratorExp():
            calls.keep_alive(frame)
            return (Suspended(None, "generator", site, yields=made.all()),)
        case ast.DictComp():
            return (containers.make(run, "dict", made if exact else made.blurred(), site),)
    kind: containers.Kind = "list" if isinstance(node, ast.ListComp) else "set"
    return (containers.make(run, kind, made if exact else made.blurred(), site),)


def enter_round(run: Run, node: Comprehension, item: Values, inner: Frame) -> bool | None:
    """Bind the targets of one round; whether its tests let it through (None: maybe)."""
    from picklecheck.semantics import statements

    outcome: bool | None = True
    for generator in node.generators:
        if generator is not node.generators[0]:
            item = containers.elements(run, evaluate(run, generator.iter, inner), generator.iter, inner)
        statements.assign(run, generator.target, item, inner, generator.iter)
        for test in generator.ifs:
            truth = conditions.test(run, test, inner).truth
            if truth is False:
                return False
            outcome = outcome if truth else None
            conditions.narrow(run, test, inner, True)
    return outcome


def subscript(run: Run, node: ast.Subscript, owners: Values, keys: Values, frame: Frame) -> Values:
    found: list[Values] = []
    site = Site(frame.module, node)
    if owners == NONE and run.strict:
        raise run.fail("TypeError", node, frame)
    for owner in owners:
        match owner:
            case Container():
                if run.strict and (error := containers.is_missing(run, owner, keys)):
                    raise run.fail(error, node, frame)
                found.append(containers.get_item(run, owner, keys))
            case Made(receiver=External(name="sys.modules")):
                found.append(imports.by_name(run, keys, frame))
            case Made():
                found.append(containers.made_item(run, owner, keys, node, frame))
                method = ExternalMethod(owner.type, "__getitem__", owner)
                run.tell(Event(method.dotted, owner, Arguments([keys]), node, frame, found[-1]))
            case External():
                found.append((owner,))
            case Class():
                found.append(classes.subscripted(run, owner, keys, node, frame))
            case Suspended() | Unknown():
                found.append(UNKNOWN)
            case Instance(cls=cls) if classes.tuple_fields(cls) and not classes.find(run, cls, "__getitem__"):
                row = containers.items_of(run, (owner,), node, frame)
                found.append(containers.get_item(run, containers.tuple_of(run, row.values, site), keys))
            case _:
                found.append(calls.call_method(run, owner, "__getitem__", [keys], node, frame))
    return join(*found) if found else UNKNOWN


def combined(run: Run, op: ast.operator, left: Values, right: Values, site: Site) -> Values:
    """`left op right`."""
    match left, right:
        case (Constant(value=str() as template),), _ if isinstance(op, ast.Mod):
            return literals.filled(run, template, right, site)
        case (Constant(value=int() | float() | str() | bytes() as one),), (Constant(value=other),):
            return constant_operation(op, one, other, site)
        case (Container(kind=kind) as one,), (Container() as other,) if isinstance(op, ast.Add | ast.BitOr):
            items, more = run.store.items(one), run.store.items(other)
            if kind == "dict":
                return (containers.make(run, kind, containers.merged_dicts(items, more), site),)
            return (containers.make(run, kind, containers.appended(items, more), site),)
        case (Container(kind=kind) as one,), _ if isinstance(op, ast.Mult):
            return (containers.make(run, kind, run.store.items(one).blurred(), site),)
        case _, (Container(kind=kind) as other,) if isinstance(op, ast.Mult):
            return (containers.make(run, kind, run.store.items(other).blurred(), site),)
        case (Made(type="builtins.str"),), _ if isinstance(op, ast.Mod):
            return (Made("builtins.str", site),)
    return UNKNOWN


def constant_operation(op: ast.operator, left: object, right: object, site: Site) -> Values:
    """Arithmetic on literals, where it is cheap and cannot fail."""
    match op, left, right:
        case ast.Add(), str(), str():
            return (Constant(left + right),)
        case ast.Add(), int() | float(), int() | float():
            return (Constant(left + right),)
        case ast.Sub(), int() | float(), int() | float():
            return (Constant(left - right),)
        case ast.Mult(), int() | float(), int() | float():
            return (Constant(left * right),) if abs(left) < 1e9 and abs(right) < 1e9 else UNKNOWN
        case _, int() | float(), int() | float():
            return (Made("builtins.float", site),)
    return UNKNOWN


def negated(op: ast.unaryop, values: Values) -> Values:
    match op, values:
        case ast.USub(), (Constant(value=int() | float() as number),):
            return (Constant(-number),)
    return UNKNOWN


def annotated(run: Run, annotation: ast.expr | None, frame: Frame) -> Values:
    """What a value with this annotation is, as far as the annotation tells."""
    return UNKNOWN if annotation is None else typehints.instance_of(run, annotation, frame)
