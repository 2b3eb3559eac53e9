"""What statements do to a run: assignments, branches, loops, exceptions and definitions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from functools import partial

from picklecheck.semantics import (
    attributes,
    calls,
    classes,
    conditions,
    containers,
    expressions,
    guards,
    imports,
    patterns,
    with_blocks,
)
from picklecheck.semantics.run import Abrupt, Catcher, Event, Raised, Run
from picklecheck.semantics.store import Path, Store
from picklecheck.semantics.values import (
    NONE,
    UNKNOWN,
    Arguments,
    Class,
    Constant,
    External,
    ExternalMethod,
    Frame,
    Made,
    Site,
    Unknown,
    Values,
    join,
)


class Activation:
    """The ways out of one function body: what it returned, with the changes up to there."""

    __slots__ = ("base", "loop", "returned", "yielded")

    def __init__(self, base: Store) -> None:
        self.base = base
        self.returned: list[tuple[Values, Path]] = []
        self.yielded: Values = ()
        self.loop: Loop | None = None


class Loop:
    """The ways out of one round of a loop body."""

    __slots__ = ("base", "left", "outer", "resumed")

    def __init__(self, base: Store, outer: Loop | None) -> None:
        self.base = base
        self.outer = outer
        self.left: list[Path] = []
        self.resumed: list[Path] = []


def run_body(run: Run, body: Sequence[ast.stmt], frame: Frame, activation: Activation) -> bool:
    """Run statements in order; False where the end is never reached."""
    for statement in body:
        run.step()
        try:
            if not run_statement(run, statement, frame, activation):
                return False
        except Abrupt:
            return False
    return True


def run_statement(run: Run, node: ast.stmt, frame: Frame, activation: Activation) -> bool:
    match node:
        case ast.Expr(value=value):
            expressions.evaluate(run, value, frame)
        case ast.Assign(targets=targets, value=value):
            values = expressions.evaluate(run, value, frame)
            for target in targets:
                assign(run, target, values, frame, value)
        case ast.AnnAssign(target=target, value=value, annotation=annotation):
            if frame.scope.is_class and isinstance(target, ast.Name) and frame.owner:
                classes.declare_field(run, frame.owner, target.id, node)
                frame.owner.declared[target.id] = (annotation, frame)
            if value is not None:
                values = expressions.evaluate(run, value, frame)
                if values == UNKNOWN:
                    values = expressions.annotated(run, annotation, frame)
                assign(run, target, values, frame, value)
            elif not frame.scope.is_class and isinstance(target, ast.Name):
                assign(run, target, expressions.annotated(run, annotation, frame), frame, target)
        case ast.AugAssign(target=target, op=op, value=value):
            augment(run, target, op, value, frame)
        case ast.Return(value=value):
            values = expressions.evaluate(run, value, frame) if value else NONE
            activation.returned.append((values, run.store.changes_since(activation.base)))
            return False
        case ast.If():
            return run_if(run, node, frame, activation)
        case ast.For() | ast.AsyncFor():
            return run_for(run, node, frame, activation)
        case ast.While():
            return run_while(run, node, frame, activation)
        case ast.With() | ast.AsyncWith():
            return run_with(run, node, frame, activation)
        case ast.Try() | ast.TryStar():
            return run_try(run, node, frame, activation)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            define_function(run, node, frame)
        case ast.ClassDef():
            classes.define(run, node, frame)
        case ast.Raise(exc=raised):
            values = expressions.evaluate(run, raised, frame) if raised else UNKNOWN
            run.raise_(calls.raised_values(run, values, node, frame))
            return False
        case ast.Break() | ast.Continue():
            loop = activation.loop
            if loop is not None:
                paths = loop.left if isinstance(node, ast.Break) else loop.resumed
                paths.append(run.store.changes_since(loop.base))
            return False
        case ast.Import() | ast.ImportFrom():
            imports.run_import(run, node, frame)
        case ast.Delete(targets=targets):
            for target in targets:
                delete(run, target, frame)
        case ast.Match():
            return run_match(run, node, frame, activation)
        case ast.Assert(test=test):
            return run_assert(run, test, frame)
        case ast.Global() | ast.Nonlocal() | ast.Pass():
            pass
        case _:
            pass
    return True


# --- binding -------------------------------------------------------------------------------------


def bind_name(run: Run, name: str, values: Values, frame: Frame) -> None:
    """Bind a variable in the scope that Python binds it in."""
    run.store.set(holder_of(run, name, frame), name, values)


def holder_of(run: Run, name: str, frame: Frame) -> object:
    """Whose variable a name is when it is assigned in a frame: the frame itself, the module, or an outer one."""
    if name in frame.scope.globals:
        return run.namespaces[frame.module]
    if name in frame.scope.nonlocals:
        outer = frame.parent
        while outer is not None and (outer.scope.is_class or name not in outer.scope.bound):
            outer = outer.parent
        return outer or frame
    return frame.owner if frame.scope.is_class and frame.owner else frame


def assign(run: Run, target: ast.expr, values: Values, frame: Frame, node: ast.AST) -> None:
    match target:
        case ast.Name(id=name):
            bind_name(run, expressions.mangled(name, frame), values, frame)
        case ast.Attribute(value=owner, attr=name):
            owners = expressions.evaluate(run, owner, frame)
            attributes.assign(run, owners, expressions.mangled(name, frame), values, Site(frame.module, target), frame)
            if frame.handed and not isinstance(node, ast.Constant):
                calls.keep_alive(frame)  # for `given`: what a parameter was
            for one in owners:
                run.given[one, expressions.mangled(name, frame)] = (node, frame)
                if isinstance(one, Made):
                    method = ExternalMethod(one.type, "__setattr__", one)
                    arguments = Arguments([(Constant(name),), values], nodes={1: node})
                    run.tell(Event(method.dotted, one, arguments, target, frame, NONE))
        case ast.Subscript(value=owner, slice=index):
            owners = expressions.evaluate(run, owner, frame)
            keys = expressions.evaluate(run, index, frame)
            containers.set_item(run, owners, keys, values, Site(frame.module, target))
            arguments = Arguments([keys, values], nodes={0: index, 1: node})
            for value in owners:
                if isinstance(value, Made):
                    method = ExternalMethod(value.type, "__setitem__", value)
                    run.tell(Event(method.dotted, value, arguments, target, frame, NONE))
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            parts = containers.unpack(run, values, targets, frame)
            apart = isinstance(node, ast.Tuple) and len(node.elts) == len(targets)
            written = node.elts if isinstance(node, ast.Tuple) and apart else [node] * len(targets)
            for inner, part, given in zip(targets, parts, written, strict=True):
                assign(run, inner.value if isinstance(inner, ast.Starred) else inner, part, frame, given)
        case ast.Starred(value=inner):
            assign(run, inner, values, frame, node)


def augment(run: Run, target: ast.expr, op: ast.operator, value: ast.expr, frame: Frame) -> None:
    """`target op= value`: lists grow in place, all else is rebound."""
    now = expressions.evaluate(run, _loaded(target), frame)
    added = expressions.evaluate(run, value, frame)
    if isinstance(op, ast.Add | ast.BitOr) and containers.extend(run, now, added):
        return
    for one in now:
        if isinstance(one, Made) and isinstance(op, ast.Add):
            method = ExternalMethod(one.type, "__iadd__", one)
            run.tell(Event(method.dotted, one, Arguments([added], nodes={0: value}), target, frame, (one,)))
    assign(run, target, expressions.combined(run, op, now, added, Site(frame.module, value)), frame, value)


def _loaded(target: ast.expr) -> ast.expr:
    match target:
        case ast.Name(id=name):
            node: ast.expr = ast.Name(name, ast.Load())
        case ast.Attribute(value=value, attr=name):
            node = ast.Attribute(value, name, ast.Load())
        case ast.Subscript(value=value, slice=index):
            node = ast.Subscript(value, index, ast.Load())
        case _:
            return target
    return ast.copy_location(node, target)


def delete(run: Run, target: ast.expr, frame: Frame) -> None:
    match target:
        case ast.Name(id=name):
            run.store.unset(holder_of(run, expressions.mangled(name, frame), frame), expressions.mangled(name, frame))
        case ast.Attribute(value=owner, attr=name):
            for value in expressions.evaluate(run, owner, frame):
                run.store.unset(attributes.holder(value), expressions.mangled(name, frame))
        case ast.Subscript(value=owner, slice=index):
            keys = expressions.evaluate(run, index, frame)
            containers.delete_item(run, expressions.evaluate(run, owner, frame), keys)
        case ast.Tuple(elts=targets) | ast.List(elts=targets):
            for inner in targets:
                delete(run, inner, frame)


def define_function(run: Run, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    made = calls.make_function(run, node, frame)
    values: Values = (made,)
    for decorator in reversed(node.decorator_list):
        callee = expressions.evaluate(run, decorator, frame)
        arguments = Arguments([values], nodes={0: node})
        values = calls.call(run, callee, arguments, decorator, frame)
    run.hide(made, values, frame)
    bind_name(run, expressions.mangled(node.name, frame), values, frame)


# --- branches ------------------------------------------------------------------------------------


def run_arms(run: Run, arms: Sequence[Callable[[], bool]]) -> bool:
    """Run alternatives, each from the same state, and join what is left of them."""
    base = run.store
    live: list[Path] = []
    versions = run.versions
    for arm in arms:
        run.store, run.versions = base.fork(), versions
        try:
            if arm():
                live.append(run.store.changes_since(base))
        except Abrupt:
            pass
    run.store, run.versions = base, versions
    if live:
        base.merge(live)
    return bool(live)


def run_if(run: Run, node: ast.If, frame: Frame, activation: Activation) -> bool:
    test = conditions.test(run, node.test, frame)
    if conditions.is_type_checking(node.test):
        imported: list[ast.stmt] = [one for one in node.body if isinstance(one, ast.Import | ast.ImportFrom)]
        run_body(run, imported, frame, activation)  # annotations may name them

    def taken() -> bool:
        run.versions = test.versions
        conditions.narrow(run, node.test, frame, True)
        return run_body(run, node.body, frame, activation)

    def otherwise() -> bool:
        run.versions = run.versions - test.versions if test.truth is None and test.by_version else run.versions
        conditions.narrow(run, node.test, frame, False)
        return run_body(run, node.orelse, frame, activation)

    match test.truth:
        case True:
            return run_body(run, node.body, frame, activation)
        case False:
            return run_body(run, node.orelse, frame, activation)
        case _:
            return run_arms(run, [taken, otherwise])


def run_assert(run: Run, test: ast.expr, frame: Frame) -> bool:
    if conditions.test(run, test, frame).truth is False:
        raise run.fail("AssertionError", test, frame)
    conditions.narrow(run, test, frame, True)
    return True


def run_match(run: Run, node: ast.Match, frame: Frame, activation: Activation) -> bool:
    subject = expressions.evaluate(run, node.subject, frame)
    arms: list[Callable[[], bool]] = []
    irrefutable = False
    for case in node.cases:
        truth = patterns.matches(run, case.pattern, subject, frame)
        if truth is False:
            continue

        def arm(case: ast.match_case = case) -> bool:
            patterns.bind(run, case.pattern, subject, frame)
            if case.guard is not None:
                if conditions.test(run, case.guard, frame).truth is False:
                    return False
                conditions.narrow(run, case.guard, frame, True)
            return run_body(run, case.body, frame, activation)

        arms.append(arm)
        if truth is True and case.guard is None:
            irrefutable = True
            break
    if not irrefutable:
        arms.append(lambda: True)
    return run_arms(run, arms)


# --- loops ---------------------------------------------------------------------------------------


def run_for(run: Run, node: ast.For | ast.AsyncFor, frame: Frame, activation: Activation) -> bool:
    iterable = expressions.evaluate(run, node.iter, frame)
    if iterable == NONE and run.strict:
        raise run.fail("TypeError", node.iter, frame)
    items = containers.items_of(run, iterable, node.iter, frame)
    if containers.is_empty(run, iterable) or (items.exact and not items.values):
        return run_body(run, node.orelse, frame, activation)

    def round_(item: Values) -> bool:
        assign(run, node.target, item, frame, node.iter)
        return run_body(run, node.body, frame, activation)

    if items.exact and len(items.values) * run.rounds <= expressions.MOST_ROUNDS:
        run.rounds *= len(items.values)
        try:
            return run_each(run, items.values, round_, node.orelse, frame, activation)
        finally:
            run.rounds //= len(items.values)

    def ended() -> None:
        if items.exact and keeps_target(node):
            assign(run, node.target, items.values[-1], frame, node.iter)

    return run_rounds(run, lambda: round_(items.all() or UNKNOWN), ended, node.orelse, frame, activation)


def keeps_target(node: ast.For | ast.AsyncFor) -> bool:
    """Whether the variable of a loop is changed by nothing but the loop itself."""
    inner = [part for statement in node.body for part in ast.walk(statement)]
    changed = {part.id for part in inner if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}
    return isinstance(node.target, ast.Name) and node.target.id not in changed


def run_each(
    run: Run,
    items: Sequence[Values],
    round_: Callable[[Values], bool],
    orelse: list[ast.stmt],
    frame: Frame,
    activation: Activation,
) -> bool:
    """Run a loop's body for each of a few known items, in order."""
    lefts: list[Path] = []
    ends: list[Path] = [{}]
    for item in items:
        loop = run_round(run, ends, partial(round_, item), activation)
        lefts.extend(loop.left)
        ends = loop.resumed
        if not ends:
            break
    return leave_loop(run, ends, lefts, orelse, frame, activation)


def run_round(run: Run, before: list[Path], round_: Callable[[], bool], activation: Activation) -> Loop:
    """Run a loop's body once on what the rounds before it left behind; the store stays as it was."""
    base = run.store
    run.store = base.fork()
    run.store.merge(before)
    loop = activation.loop = Loop(base, activation.loop)
    try:
        if round_():
            loop.resumed.append(run.store.changes_since(base))
    except Abrupt:
        pass
    activation.loop = loop.outer
    run.store = base
    return loop


def leave_loop(
    run: Run,
    ends: list[Path],
    lefts: list[Path],
    orelse: list[ast.stmt],
    frame: Frame,
    activation: Activation,
    ended: Callable[[], None] | None = None,
) -> bool:
    """Go on behind a loop: from where its rounds ended, through `else`, and from where they were broken off."""
    base = run.store
    if ends:
        run.store = base.fork()
        run.store.merge(ends)
        if ended is not None:
            ended()
        if run_body(run, orelse, frame, activation):
            lefts.append(run.store.changes_since(base))
        run.store = base
    if lefts:
        base.merge(lefts)
    return bool(lefts)


def run_while(run: Run, node: ast.While, frame: Frame, activation: Activation) -> bool:
    test = conditions.test(run, node.test, frame)
    if test.truth is False:
        return run_body(run, node.orelse, frame, activation)

    def round_() -> bool:
        conditions.narrow(run, node.test, frame, True)
        return run_body(run, node.body, frame, activation)

    endless = test.truth is True and isinstance(node.test, ast.Constant)
    return run_rounds(run, round_, None, node.orelse, frame, activation, endless)


def run_rounds(
    run: Run,
    round_: Callable[[], bool],
    ended: Callable[[], None] | None,
    orelse: list[ast.stmt],
    frame: Frame,
    activation: Activation,
    endless: bool = False,
) -> bool:
    """Run a loop's body as if it ran at least once; an outermost loop runs it again on what it left behind.

    `ended` and then `orelse` are run where it came to its end.
    """
    ends: list[Path] = []
    lefts: list[Path] = []
    run.loops += 1
    for again in (False, True):
        if again and run.loops > 1:
            break
        loop = run_round(run, list(ends), round_, activation)
        ends.extend(loop.resumed)
        lefts.extend(loop.left)
        if not loop.resumed:
            break
    run.loops -= 1
    return leave_loop(run, [] if endless else ends, lefts, orelse, frame, activation, ended)


# --- with, try -----------------------------------------------------------------------------------


def run_with(run: Run, node: ast.With | ast.AsyncWith, frame: Frame, activation: Activation) -> bool:
    managers: list[tuple[Values, ast.expr]] = []
    for item in node.items:
        manager = expressions.evaluate(run, item.context_expr, frame)
        entered = with_blocks.enter(run, manager, item.context_expr, frame)
        if item.optional_vars is not None:
            assign(run, item.optional_vars, entered, frame, item.context_expr)
        managers.append((manager, item.context_expr))
    expected = any(guards.expects_exception(item.context_expr) for item in node.items)
    suppressed = any(guards.suppresses(manager) for manager, _ in managers)
    with guards.guarded(run, frame, expected, expected or suppressed):
        live = run_body(run, node.body, frame, activation)
    if live:
        for manager, expression in reversed(managers):
            with_blocks.leave(run, manager, expression, frame)
        return True
    if any(with_blocks.may_swallow(manager) for manager, _ in managers):
        return True
    store = run.store
    run.store = store.fork()
    for manager, expression in reversed(managers):
        with_blocks.leave(run, manager, expression, frame)
    run.store = store
    return False


def run_try(run: Run, node: ast.Try | ast.TryStar, frame: Frame, activation: Activation) -> bool:
    base = run.store
    paths: list[Path] = []
    lefts: list[Path] = []  # where a `return`, `break` or `raise` leaves for `finally`
    catcher = Catcher(base)
    run.catchers.append(catcher)
    run.store = base.fork()
    returned = len(activation.returned)
    try:
        with guards.guarded(run, frame, False, any(guards.survives_refusal(handler) for handler in node.handlers)):
            live = run_body(run, node.body, frame, activation)
    finally:
        run.catchers.remove(catcher)
    may_work = live or len(activation.returned) > returned
    ended = run.store.changes_since(base)
    run.store = base
    if live:
        run.store = base.fork()
        run.store.merge([ended])
        goes_on = run_body(run, node.orelse, frame, activation)
        (paths if goes_on else lefts).append(run.store.changes_since(base))
        run.store = base
    else:
        lefts.append(ended)
    for handler in node.handlers:
        run.store = base.fork()
        states = [raised.changes for raised in catcher.raised] + [ended, {}]
        run.store.merge(states)
        caught = caught_values(run, handler, catcher.raised, frame)
        if handler.name:
            bind_name(run, handler.name, caught, frame)
        with guards.falling_back(run, frame, may_work):
            goes_on = run_body(run, handler.body, frame, activation)
        (paths if goes_on else lefts).append(run.store.changes_since(base))
        run.store = base
    for raised in catcher.raised:
        if not any(catches(run, handler, raised.values, frame) for handler in node.handlers):
            run.store = base.fork()
            run.store.merge([raised.changes])
            run_body(run, node.finalbody, frame, activation)
            run.raise_(raised.values)
            run.store = base
    if paths:
        base.merge(paths)
        return run_body(run, node.finalbody, frame, activation)
    run.store = base.fork()
    run.store.merge(lefts)
    run_body(run, node.finalbody, frame, activation)
    run.store = base
    return False


def caught_values(run: Run, handler: ast.ExceptHandler, raised: list[Raised], frame: Frame) -> Values:
    """What the name of an `except … as name` can be."""
    if handler.type is None:
        return UNKNOWN
    site = Site(frame.module, handler)
    thrown = [one.values for one in raised if catches(run, handler, one.values, frame)]
    if thrown:
        return join(*thrown)
    found: list[Values] = []
    for value in containers.flat(run, expressions.evaluate(run, handler.type, frame)):
        name = getattr(value, "name", "")
        found.append(UNKNOWN if isinstance(value, Class | Unknown | Constant) else (Made(name, site),))
    return join(*found) if found else UNKNOWN


def catches(run: Run, handler: ast.ExceptHandler, raised: Values, frame: Frame) -> bool:
    """Whether a handler surely takes what is raised; `except Exception` takes all but the few that are none."""
    if handler.type is None:
        return True
    types = containers.flat(run, expressions.evaluate(run, handler.type, frame))
    widest = any(kind in (External("builtins.Exception"), External("builtins.BaseException")) for kind in types)
    return all(
        (widest and isinstance(value, Made) and value.type not in NO_EXCEPTIONS)
        or any(classes.is_instance(run, value, kind) is True for kind in types)
        for value in raised
    )


# What is raised and is no `Exception` (documentation of `BaseException`, and of asyncio since 3.8).
NO_EXCEPTIONS = {
    *("builtins.BaseException", "builtins.KeyboardInterrupt", "builtins.SystemExit", "builtins.GeneratorExit"),
    *("builtins.BaseExceptionGroup", "asyncio.CancelledError"),
}
