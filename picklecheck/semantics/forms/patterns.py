"""`match`: whether a pattern takes the subject, and what the names in it are bound to."""

from __future__ import annotations

import ast
from collections.abc import Callable

from picklecheck.semantics.domain.items import ANY_DICT, Items, without_key
from picklecheck.semantics.domain.mro import outside_base
from picklecheck.semantics.domain.values import (
    UNKNOWN,
    BoundMethod,
    Class,
    Constant,
    Container,
    Frame,
    Function,
    Here,
    Instance,
    Suspended,
    Value,
    Values,
    join,
    text_of,
)
from picklecheck.semantics.exits import Abrupt
from picklecheck.semantics.forms.conditions import compare
from picklecheck.semantics.kinds import containers
from picklecheck.semantics.kinds.checks import is_instance, is_same
from picklecheck.semantics.machine import Machine


def run_match(run: Machine, node: ast.Match, frame: Frame) -> None:
    """The first case that takes the subject runs; where that is not known, any that may, or none."""
    run_cases(run, node.cases, run.evaluate(node.subject, frame), frame)


def run_cases(run: Machine, cases: list[ast.match_case], subject: Values, frame: Frame) -> None:
    arms: list[Callable[[], None]] = []
    for at, case in enumerate(cases):
        truth = matches(run, case.pattern, subject, frame)
        others = cases[at + 1 :] if truth else None
        if truth is not False:
            arms.append(lambda case=case, others=others: run_case(run, case, subject, others, frame))  # type: ignore[misc]
        if truth is True:
            break
    else:
        arms.append(lambda: None)
    run.branches(arms)


def run_case(
    run: Machine, case: ast.match_case, subject: Values, others: list[ast.match_case] | None, frame: Frame
) -> None:
    """Run a case whose pattern takes the subject; where its guard does not hold, the others have their turn.

    Without `others` it may also not take it, and those that come behind are run too.
    """
    bind(run, case.pattern, subject, frame)
    if case.guard is None:
        run.run_body(case.body, frame)
        return
    truth = run.test(case.guard, frame).truth

    def holds() -> None:
        assert case.guard is not None
        run.narrow(case.guard, frame, True)
        run.run_body(case.body, frame)

    def fails() -> None:
        if others is None:
            raise Abrupt
        run_cases(run, others, subject, frame)

    match truth:
        case True:
            holds()
        case False:
            fails()
        case _:
            run.branches([holds, fails])


# --- whether a pattern takes a value -------------------------------------------------------------


def matches(run: Machine, pattern: ast.pattern, subject: Values, frame: Frame) -> bool | None:
    """Whether a pattern takes the subject; None where that is not known."""
    outcomes = {takes(run, pattern, value, frame) for value in subject}
    return outcomes.pop() if len(outcomes) == 1 else None


def takes(run: Machine, pattern: ast.pattern, value: Value, frame: Frame) -> bool | None:
    match pattern:
        case ast.MatchAs(pattern=None):
            return True
        case ast.MatchAs(pattern=inner) if inner is not None:
            return takes(run, inner, value, frame)
        case ast.MatchValue(value=ast.Constant(value=literal)):
            if isinstance(value, Constant):
                return bool(value.value == literal)
            return False if is_plain_object(run, value, "__eq__") else None
        case ast.MatchValue(value=ast.Attribute() as named):
            # `case Kind.THREAD:` compares with the value of that name.
            return compare(run, ast.Eq(), (value,), run.evaluate(named, frame), Here(frame, named))
        case ast.MatchSingleton(value=literal):
            return is_same(value, Constant(literal))
        case ast.MatchOr(patterns=patterns):
            outcomes = [takes(run, inner, value, frame) for inner in patterns]
            return True if True in outcomes else False if set(outcomes) == {False} else None
        case ast.MatchClass(cls=cls):
            kinds = run.evaluate(cls, frame)
            known = is_instance(run, value, kinds[0]) if len(kinds) == 1 else None
            return known and every(run, parts_of_object(run, pattern, value, frame), frame)
        case ast.MatchSequence(patterns=patterns):
            return takes_sequence(run, patterns, value, frame)
        case ast.MatchMapping() if isinstance(value, Container):
            return takes_mapping(run, pattern, value, frame)
        case ast.MatchMapping() if isinstance(value, Constant) or is_plain_object(run, value, "__getitem__"):
            return False
    return None


def is_plain_object(run: Machine, value: Value, method: str) -> bool:
    """Whether a value is no literal, and surely has no method of this name but that of `object`."""
    match value:
        case Instance(cls=cls):
            return outside_base(cls) is None and not run.find(cls, method)
        case Container(kind=kind):
            return method == "__eq__" or kind == "set"
    return isinstance(value, Function | Class | BoundMethod | Suspended)


def takes_mapping(run: Machine, pattern: ast.MatchMapping, value: Container, frame: Frame) -> bool | None:
    if value.kind != "dict":
        return False
    given = [run.evaluate(key, frame) for key in pattern.keys]
    if any(containers.is_missing(run, value, key) for key in given):
        return False
    if any(containers.may_lack(run, value, key) for key in given):
        return None
    held = [containers.get_item(run, value, key) for key in given]
    return every(run, list(zip(pattern.patterns, held, strict=True)), frame)


def takes_sequence(run: Machine, patterns: list[ast.pattern], value: Value, frame: Frame) -> bool | None:
    if not isinstance(value, Container):
        return False if isinstance(value, Constant) or is_plain_object(run, value, "__getitem__") else None
    if value.kind not in ("list", "tuple"):
        return False
    items = run.store.items(value)
    if not items.exact:
        return None
    starred = next((index for index, inner in enumerate(patterns) if isinstance(inner, ast.MatchStar)), None)
    if starred is None:
        fits, pairs = len(items.values) == len(patterns), list(zip(patterns, items.values, strict=False))
    else:
        after = len(patterns) - starred - 1
        fits = len(items.values) >= starred + after
        pairs = [
            *zip(patterns[:starred], items.values, strict=False),
            *zip(patterns[starred + 1 :], items.values[len(items.values) - after :], strict=False),
        ]
    return every(run, pairs, frame) if fits else False


def every(run: Machine, parts: list[tuple[ast.pattern, Values]], frame: Frame) -> bool | None:
    """Whether all parts of a pattern take theirs."""
    outcomes = [matches(run, inner, values, frame) for inner, values in parts]
    return False if False in outcomes else None if None in outcomes else True


def parts_of_object(
    run: Machine, pattern: ast.MatchClass, value: Value, frame: Frame
) -> list[tuple[ast.pattern, Values]]:
    """The patterns inside `Kind(a, name=b)`, each with the attribute that it is for."""
    first = positional_names(run, value)[: len(pattern.patterns)]
    names = [*first, *[""] * (len(pattern.patterns) - len(first)), *pattern.kwd_attrs]
    inner = [*pattern.patterns, *pattern.kwd_patterns]
    here = Here(frame, pattern)
    held = [run.attribute_of(value, name, here) if name else UNKNOWN for name in names]
    return [(one, values or UNKNOWN) for one, values in zip(inner, held, strict=True)]


def positional_names(run: Machine, value: Value) -> list[str]:
    """The attributes that positional patterns mean: `__match_args__`, or the fields of a record."""
    cls = getattr(value, "cls", None)
    if not isinstance(cls, Class):
        return []
    for written in run.find(cls, "__match_args__"):
        return [text_of(one) or "" for one in run.store.items(written).values]
    return list(cls.fields or ())


# --- names in patterns ---------------------------------------------------------------------------


def bind(run: Machine, pattern: ast.pattern, subject: Values, frame: Frame) -> None:
    """Bind the names in a pattern that took the subject."""
    subject = tuple(value for value in subject if takes(run, pattern, value, frame) is not False) or subject
    here = Here(frame, pattern)
    match pattern:
        case ast.MatchAs(pattern=inner, name=name):
            if inner is not None:
                bind(run, inner, subject, frame)
            if name is not None:
                run.bind_name(name, subject, frame)
        case ast.MatchSequence(patterns=patterns):
            targets = [target_of(inner) for inner in patterns]
            for inner, values in zip(patterns, containers.unpack(run, subject, targets, here), strict=True):
                bind(run, inner, values, frame)
        case ast.MatchStar(name=str(name)):
            run.bind_name(name, subject, frame)
        case ast.MatchOr(patterns=patterns):
            bind_either(run, patterns, subject, frame)
        case ast.MatchMapping(keys=keys, patterns=patterns, rest=rest):
            for key, inner in zip(keys, patterns, strict=True):
                values = run.evaluate(key, frame)
                held = [containers.get_item(run, one, values) for one in subject if isinstance(one, Container)]
                bind(run, inner, join(*held) if held and len(held) == len(subject) else UNKNOWN, frame)
            if rest:
                keyed = [run.evaluate(key, frame) for key in keys]
                run.bind_name(rest, (run.make("dict", rest_of(run, subject, keyed), here.site),), frame)
        case ast.MatchClass():
            each = [parts_of_object(run, pattern, value, frame) for value in subject]
            for parts in zip(*each, strict=True):
                bind(run, parts[0][0], join(*(values for _, values in parts)), frame)


def bind_either(run: Machine, patterns: list[ast.pattern], subject: Values, frame: Frame) -> None:
    """`A() | B()`: the names of those alternatives that may take the subject."""
    taking = [one for one in patterns if matches(run, one, subject, frame) is not False] or patterns
    run.branches([lambda one=one: bind(run, one, subject, frame) for one in taking])  # type: ignore[misc]


def target_of(pattern: ast.pattern) -> ast.expr:
    name = ast.copy_location(ast.Name("_", ast.Store()), pattern)
    return ast.copy_location(ast.Starred(name, ast.Store()), pattern) if isinstance(pattern, ast.MatchStar) else name


def rest_of(run: Machine, subject: Values, keys: list[Values]) -> Items:
    """What `**rest` gets: the items but those of the keys."""
    match subject:
        case (Container(kind="dict") as one,):
            items = run.store.items(one)
            for key in keys:
                items = without_key(items, key)
            return items
    return ANY_DICT
