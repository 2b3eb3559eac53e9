"""What expressions evaluate to in a run."""

from __future__ import annotations

import ast

from picklecheck.semantics.domain.items import MOST_ITEMS, Items, appended, entries, merged, of_list, with_item
from picklecheck.semantics.domain.mro import tuple_fields
from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    Container,
    ExternalName,
    ExternalObject,
    Frame,
    Here,
    Instance,
    Suspended,
    Unknown,
    Value,
    Values,
    join,
)
from picklecheck.semantics.forms import calls, comprehensions, imports, names, operators, tables, texts
from picklecheck.semantics.kinds import attributes, checks, classes, containers, version_info
from picklecheck.semantics.kinds.functions import make_function, note_each, note_yield
from picklecheck.semantics.machine import Machine


def evaluate(run: Machine, node: ast.expr, frame: Frame) -> Values:
    if isinstance(node, ast.Constant):  # which takes no step: tables of data are long, and nothing happens in them
        return (Constant(node.value),)
    run.budget.step()
    if isinstance(node, ast.Name):
        return read_name(run, names.mangled(node.id, frame), node, frame)
    return evaluate_parts(run, node, Here(frame, node))


def evaluate_parts(run: Machine, node: ast.expr, here: Here) -> Values:
    """The values of an expression that is made of others."""
    frame = here.frame
    match node:
        case ast.Attribute(value=owner, attr=name):
            return attributes.get(run, run.evaluate(owner, frame), names.mangled(name, frame), here)
        case ast.Call():
            return calls.evaluate_call(run, node, frame)
        case ast.Lambda():
            return (make_function(run, node, frame),)
        case ast.IfExp():
            return conditional(run, node, frame)
        case ast.BoolOp(op=op, values=operands):
            return boolean(run, op, operands, frame)
        case ast.List(elts=elements):
            return tables.display(run, "list", lambda: items_of_display(run, elements, frame), node, here)
        case ast.Tuple(elts=elements):
            return (run.make("tuple", items_of_display(run, elements, frame), here.site),)
        case ast.Set(elts=elements):
            return tables.display(run, "set", lambda: items_of_display(run, elements, frame), node, here)
        case ast.Dict():
            return tables.display(run, "dict", lambda: items_of_dict(run, node, frame), node, here)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return comprehensions.evaluate(run, node, frame)
        case ast.Subscript(value=owner, slice=index):
            return subscript(run, run.evaluate(owner, frame), run.evaluate(index, frame), here)
        case ast.NamedExpr(target=target, value=value):
            return named(run, target.id, run.evaluate(value, frame), frame)
        case ast.BinOp():
            return operators.binary(run, node, frame)
        case ast.UnaryOp(op=ast.Not()) | ast.Compare():
            truth = run.test(node, frame).truth
            return UNKNOWN if truth is None else (Constant(truth),)
        case ast.UnaryOp(op=op, operand=operand):
            return operators.negated(op, run.evaluate(operand, frame))
        case ast.JoinedStr():
            return texts.joined(run, node, frame)
        case ast.Await(value=value):
            return join(*(run.resume(one, here) for one in run.evaluate(value, frame)))
        case ast.Starred(value=value):
            return run.evaluate(value, frame)
        case ast.Slice(lower=lower, upper=upper, step=step):
            bounds = [NONE if one is None else run.evaluate(one, frame) for one in (lower, upper, step)]
            return (ExternalObject("builtins.slice", here.site, None, Arguments(bounds)),)
        case ast.Yield(value=value):
            return note_yield(run, run.evaluate(value, frame) if value else NONE, here)
        case ast.YieldFrom(value=value):
            return note_each(run, run.evaluate(value, frame), here)
    return UNKNOWN


def read_name(run: Machine, name: str, node: ast.expr, frame: Frame) -> Values:
    values = names.load(run, name, frame)
    if values == UNKNOWN:
        run.may_raise()
        if run.mode.names_known and names.is_unbound_global(run, name, frame):
            run.control.unbound.append(node)
            raise run.fail("NameError", Here(frame, node))
    return values


def named(run: Machine, name: str, values: Values, frame: Frame) -> Values:
    """`name := value`: in a comprehension it binds around that."""
    holder = frame
    while isinstance(holder.scope.node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        holder = holder.parent or holder
    run.bind_name(name, values, holder)
    return values


# --- one of several ------------------------------------------------------------------------------


def conditional(run: Machine, node: ast.IfExp, frame: Frame) -> Values:
    """`body if test else orelse`: each is evaluated given how the test came out."""
    test = run.test(node.test, frame)
    match test.truth:
        case True:
            return run.evaluate(node.body, frame)
        case False:
            return run.evaluate(node.orelse, frame)

    def taken() -> Values:
        run.narrow(node.test, frame, True)
        with run.under(versions=test.versions):
            return run.evaluate(node.body, frame)

    def otherwise() -> Values:
        run.narrow(node.test, frame, False)
        with run.under(versions=test.others(run.versions)):
            return run.evaluate(node.orelse, frame)

    return join(*run.branches([taken, otherwise]))


def boolean(run: Machine, op: ast.boolop, operands: list[ast.expr], frame: Frame) -> Values:
    """`a or b`, `a and b`: the operands that can be the outcome; those behind are evaluated only if need be."""
    first, *rest = operands
    values = run.evaluate(first, frame)
    decides = isinstance(op, ast.Or)
    truth = run.truth(values, Here(frame, first)) if rest else decides
    if truth is decides:
        return values
    if truth is not None:
        return boolean(run, op, rest, frame)

    def stops() -> Values:
        run.narrow(first, frame, decides)
        return checks.when_true(run, values) if decides else checks.when_false(run, values)

    def goes_on() -> Values:
        run.narrow(first, frame, not decides)
        return boolean(run, op, rest, frame)

    return join(*run.branches([stops, goes_on]))


# --- displays ------------------------------------------------------------------------------------


def items_of_display(run: Machine, nodes: list[ast.expr], frame: Frame) -> Items:
    """The items of a display such as `[a, *b]`."""
    if not any(isinstance(node, ast.Starred) for node in nodes):
        return of_list([run.evaluate(node, frame) for node in nodes])
    items = Items()
    for node in nodes:
        if isinstance(node, ast.Starred):
            more = run.items_of(run.evaluate(node.value, frame), Here(frame, node.value))
        else:
            more = Items((run.evaluate(node, frame),))
        items = appended(items, more)
    return items


def items_of_dict(run: Machine, node: ast.Dict, frame: Frame) -> Items:
    """The items of `{key: value, **more}`."""
    found = Items()
    if len(node.keys) > MOST_ITEMS and None not in node.keys:
        nodes = zip(node.keys, node.values, strict=True)
        pairs = [(run.evaluate(key, frame) if key else (), run.evaluate(value, frame)) for key, value in nodes]
        if len(set(pairs)) > MOST_ITEMS:
            return entries(pairs, keyed=True)
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            given = run.evaluate(value, frame)
            found = merged(found, containers.dict_items(run, given, Here(frame, value)))
            continue
        found = with_item(found, run.evaluate(key, frame), run.evaluate(value, frame))
    return found


# --- subscripts ----------------------------------------------------------------------------------


def subscript(run: Machine, owners: Values, keys: Values, here: Here) -> Values:
    if owners == NONE and run.mode.strict:
        raise run.fail("TypeError", here)
    if len(owners) == 1:
        return subscript_one(run, owners[0], keys, here)
    if not owners:
        return UNKNOWN
    return join(*run.branches([lambda one=one: subscript_one(run, one, keys, here) for one in owners]))  # type: ignore[misc]


def has_no_item(owner: Value, keys: Values) -> bool:
    """Whether a subscript surely raises: of a number, or of a text by a name."""
    match owner:
        case Constant(value=int() | float() | complex()):
            return True
        case Constant(value=str() | bytes()) | ExternalObject(type="builtins.str" | "builtins.bytes"):
            return bool(keys) and all(isinstance(key, Constant) and isinstance(key.value, str) for key in keys)
    return False


def subscript_one(run: Machine, owner: Value, keys: Values, here: Here) -> Values:
    if run.mode.strict and has_no_item(owner, keys):
        raise run.fail("TypeError", here)
    match owner:
        case Container():
            if containers.may_lack(run, owner, keys):
                run.may_raise()
            if run.mode.strict and (error := containers.is_missing(run, owner, keys)):
                raise run.fail(error, here)
            return containers.get_item(run, owner, keys)
        case ExternalObject() | ExternalName() if version_info.is_whole(owner):
            whole = run.tuple_of(version_info.parts(here.site).values, here.site)
            return containers.get_item(run, whole, keys)
        case ExternalObject(receiver=ExternalName(name="sys.modules")):
            return imports.by_name(run, keys, here.frame)
        case ExternalObject() if letter := version_info.first_letter(owner, keys, here.site):
            return letter
        case ExternalObject():
            found = containers.made_item(run, owner, keys, here)
            run.tell(f"{owner.type}.__getitem__", owner, Arguments([keys]), here, found)
            return found
        case ExternalName():
            return (owner,)
        case Class():
            return classes.subscripted(run, owner, keys, here)
        case Instance(cls=cls) if run.find(cls, "__getitem__"):
            return run.call_method(owner, "__getitem__", [keys], here)
        case Instance(cls=cls) if tuple_fields(cls):
            row = run.items_of((owner,), here)
            return containers.get_item(run, run.tuple_of(row.values, here.site), keys)
        case Instance() if (items := run.store.own_items(owner)) is not None:
            held = run.make("dict" if items.keys else "list", items, here.site)
            return subscript_one(run, held, keys, here) if items.values else UNKNOWN
        case Constant(value=str() | bytes() as text):
            return texts.part_of(text, keys, here.site)
        case Suspended() | Unknown():
            run.may_raise()
            return UNKNOWN
    run.may_raise()
    return UNKNOWN
