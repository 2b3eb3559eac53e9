"""What each statement does to a run."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from picklecheck.semantics.domain.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Class,
    ExternalName,
    ExternalObject,
    Frame,
    Here,
    Values,
    join,
)
from picklecheck.semantics.forms import assignment, guards, handlers, imports, loops, patterns, with_blocks
from picklecheck.semantics.forms.names import holder_of, mangled
from picklecheck.semantics.kinds import classes, containers
from picklecheck.semantics.kinds.declared import declare_field
from picklecheck.semantics.kinds.functions import make_function
from picklecheck.semantics.machine import Machine


def run_body(run: Machine, body: Sequence[ast.stmt], frame: Frame) -> None:
    """Run statements in order. Raises `Abrupt` where the end is never reached."""
    for statement in body:
        run.budget.step()
        run_statement(run, statement, frame)


def run_statement(run: Machine, node: ast.stmt, frame: Frame) -> None:
    match node:
        case ast.Expr(value=value):
            run.evaluate(value, frame)
            if test := guards.asserted(value):
                run.narrow(test, frame, True)
        case ast.Assign(targets=targets, value=value):
            values = run.evaluate(value, frame)
            for target in targets:
                run.assign(target, values, frame, value)
        case ast.AnnAssign():
            assign_annotated(run, node, frame)
        case ast.AugAssign():
            assignment.augment(run, node, frame)
        case ast.Return(value=value):
            raise run.leave_by("returns", run.evaluate(value, frame) if value else NONE)
        case ast.If():
            run_if(run, node, frame)
        case ast.For() | ast.AsyncFor():
            loops.run_for(run, node, frame)
        case ast.While():
            loops.run_while(run, node, frame)
        case ast.With() | ast.AsyncWith():
            with_blocks.run_with(run, node, frame)
        case ast.Try() | ast.TryStar():
            handlers.run_try(run, node, frame)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            define_function(run, node, frame)
        case ast.ClassDef():
            classes.define(run, node, frame)
        case ast.Raise():
            run_raise(run, node, frame)
        case ast.Break():
            raise run.leave_by("breaks")
        case ast.Continue():
            raise run.leave_by("continues")
        case ast.Import() | ast.ImportFrom():
            if not imports.surely_works(node):
                run.may_raise()
            imports.run_import(run, node, frame)
        case ast.Delete(targets=targets):
            for target in targets:
                delete(run, target, frame)
        case ast.Match():
            patterns.run_match(run, node, frame)
        case ast.Assert(test=test):
            run_assert(run, test, frame)


def assign_annotated(run: Machine, node: ast.AnnAssign, frame: Frame) -> None:
    """`name: Kind = value`: the annotation tells what an unknown value is."""
    target = node.target
    in_class = frame.scope.is_class and frame.owner is not None
    if in_class and isinstance(target, ast.Name) and frame.owner is not None:
        declare_field(run, frame.owner, target.id, node)
        frame.owner.declared[target.id] = (node.annotation, frame)
    if node.value is not None:
        values = run.evaluate(node.value, frame)
        if values == UNKNOWN:
            values = run.instance_of(node.annotation, frame)
        run.assign(target, values, frame, node.value)
    elif not in_class and isinstance(target, ast.Name) and run.main_name == "__main__":
        # It binds nothing, but tells what others will: in a spawned child, which imports the module, nobody does.
        run.assign(target, run.instance_of(node.annotation, frame), frame, target)


def delete(run: Machine, target: ast.expr, frame: Frame) -> None:
    match target:
        case ast.Name(id=name):
            run.store.unset(holder_of(run, mangled(name, frame), frame), mangled(name, frame))
        case ast.Attribute(value=owner, attr=name):
            run.delete_attribute(run.evaluate(owner, frame), mangled(name, frame), Here(frame, target))
        case ast.Subscript(value=owner, slice=index):
            owners, keys = run.evaluate(owner, frame), run.evaluate(index, frame)
            delete_items(run, owners, keys, Here(frame, target))
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            for inner in targets:
                delete(run, inner, frame)


def delete_items(run: Machine, owners: Values, keys: Values, here: Here) -> None:
    """`del owner[key]`. Raises `Abrupt` where the key surely is missing, in code that is simulated."""
    doubtful = any(containers.may_lack(run, owner, keys) for owner in owners)
    missed = doubtful and containers.is_missed(owners, keys)
    if doubtful and not missed:
        run.may_raise()
    if len(owners) == 1 and (error := containers.is_missing(run, owners[0], keys)):
        if run.mode.strict:
            raise run.fail(error, here)
        return
    for owner in owners:
        run.call_method(owner, "__delitem__", [keys], here)
    containers.delete_item(run, owners, keys)
    if missed:
        run.may_fail("KeyError", here)


def define_function(run: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    """A `def` statement: decorators are evaluated first, then defaults; then the decorators are called."""
    decorators = [run.evaluate(decorator, frame) for decorator in node.decorator_list]
    made = make_function(run, node, frame)
    values: Values = (made,)
    for decorator, callee in reversed(list(zip(node.decorator_list, decorators, strict=True))):
        values = run.call(callee, Arguments([values], nodes={0: node}), Here(frame, decorator))
    if made not in values and frame.function is None:
        run.origins.hidden.append((made, frame.owner if frame.scope.is_class else None))
    run.bind_name(mangled(node.name, frame), values, frame)


# --- branches ------------------------------------------------------------------------------------


def run_if(run: Machine, node: ast.If, frame: Frame) -> None:
    test = run.test(node.test, frame)
    if test.is_type_checking:
        imported = [one for one in node.body if isinstance(one, ast.Import | ast.ImportFrom)]
        run_body(run, imported, frame)  # annotations may name them

    def taken() -> None:
        run.narrow(node.test, frame, True)
        with run.under(versions=test.versions):
            run_body(run, node.body, frame)

    def otherwise() -> None:
        run.narrow(node.test, frame, False)
        with run.under(versions=test.others(run.versions)):
            run_body(run, node.orelse, frame)

    match test.truth:
        case True:
            run_body(run, node.body, frame)
        case False:
            run_body(run, node.orelse, frame)
        case _:
            with run.under(times=0):
                run.branches([taken, otherwise])


def run_assert(run: Machine, test: ast.expr, frame: Frame) -> None:
    truth = run.test(test, frame).truth
    if truth is not True:
        run.may_raise()
    if truth is False:
        raise run.fail("AssertionError", Here(frame, test))
    run.narrow(test, frame, True)


# --- raise ---------------------------------------------------------------------------------------


def run_raise(run: Machine, node: ast.Raise, frame: Frame) -> None:
    here = Here(frame, node)
    values = run.evaluate(node.exc, frame) if node.exc else caught_now(run, frame)
    if node.cause is not None:
        run.evaluate(node.cause, frame)
    raised = raised_values(run, values, here)
    for one in run.control.awaited:
        one.met = one.met or handlers.takes(run, one.types, raised) is True
    raise run.raises(raised)


def caught_now(run: Machine, frame: Frame) -> Values:
    """What a bare `raise` raises again: the exception of the handler around it."""
    caught = run.control.caught
    return caught[-1][1] if caught and caught[-1][0] is frame else UNKNOWN


def raised_values(run: Machine, values: Values, here: Here) -> Values:
    """`raise X`: a class is called first."""
    found: list[Values] = []
    for value in values:
        match value:
            case Class():
                found.append(run.instantiate(value, Arguments(), here))
            case ExternalName(name=name):
                found.append((ExternalObject(name, here.site, None, Arguments()),))
            case _:
                found.append((value,))
    return join(*found)
