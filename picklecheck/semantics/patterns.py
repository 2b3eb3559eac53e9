"""Patterns of `match`: whether one takes a subject, and what the names in it are bound to."""

from __future__ import annotations

import ast

from picklecheck.semantics import attributes, classes, containers, expressions
from picklecheck.semantics.run import Run
from picklecheck.semantics.store import Items
from picklecheck.semantics.values import UNKNOWN, Class, Constant, Container, Frame, Site, Value, Values, join


def matches(run: Run, pattern: ast.pattern, subject: Values, frame: Frame) -> bool | None:
    """Whether a pattern takes the subject; None where that is not known."""
    outcomes = {takes(run, pattern, value, frame) for value in subject}
    return outcomes.pop() if len(outcomes) == 1 else None


def takes(run: Run, pattern: ast.pattern, value: Value, frame: Frame) -> bool | None:
    match pattern:
        case ast.MatchAs(pattern=None):
            return True
        case ast.MatchAs(pattern=inner) if inner is not None:
            return takes(run, inner, value, frame)
        case ast.MatchValue(value=ast.Constant(value=literal)) | ast.MatchSingleton(value=literal):
            return value.value == literal if isinstance(value, Constant) else None
        case ast.MatchOr(patterns=patterns):
            outcomes = [takes(run, inner, value, frame) for inner in patterns]
            return True if True in outcomes else False if set(outcomes) == {False} else None
        case ast.MatchClass(cls=cls):
            kinds = expressions.evaluate(run, cls, frame)
            known = classes.is_instance(run, value, kinds[0]) if len(kinds) == 1 else None
            return known and every(run, parts_of_object(run, pattern, value, frame), frame)
        case ast.MatchSequence(patterns=patterns):
            return takes_sequence(run, patterns, value, frame)
        case ast.MatchMapping(keys=keys, patterns=patterns) if isinstance(value, Container):
            if value.kind != "dict":
                return False
            given = [expressions.evaluate(run, key, frame) for key in keys]
            if any(containers.is_missing(run, value, key) for key in given):
                return False
            if not run.store.items(value).exact:
                return None
            held = [containers.get_item(run, value, key) for key in given]
            return every(run, list(zip(patterns, held, strict=True)), frame)
        case ast.MatchMapping() if isinstance(value, Constant):
            return False
    return None


def takes_sequence(run: Run, patterns: list[ast.pattern], value: Value, frame: Frame) -> bool | None:
    if not isinstance(value, Container):
        return False if isinstance(value, Constant) else None
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


def every(run: Run, parts: list[tuple[ast.pattern, Values]], frame: Frame) -> bool | None:
    """Whether all parts of a pattern take theirs."""
    outcomes = [matches(run, inner, values, frame) for inner, values in parts]
    return False if False in outcomes else None if None in outcomes else True


def parts_of_object(run: Run, pattern: ast.MatchClass, value: Value, frame: Frame) -> list[tuple[ast.pattern, Values]]:
    """The patterns inside `Kind(a, name=b)`, each with the attribute that it is for."""
    first = positional_names(run, value)[: len(pattern.patterns)]
    names = [*first, *[""] * (len(pattern.patterns) - len(first)), *pattern.kwd_attrs]
    inner = [*pattern.patterns, *pattern.kwd_patterns]
    held = [attributes.of_value(run, value, name, pattern, frame) if name else UNKNOWN for name in names]
    return [(one, values or UNKNOWN) for one, values in zip(inner, held, strict=True)]


def positional_names(run: Run, value: Value) -> list[str]:
    """The attributes that positional patterns stand for: `__match_args__`, or the fields of a record."""
    cls = getattr(value, "cls", None)
    if not isinstance(cls, Class):
        return []
    for written in classes.find(run, cls, "__match_args__"):
        items = run.store.items(written)
        return [one[0].value for one in items.values if isinstance(one[0], Constant) and isinstance(one[0].value, str)]
    return list(cls.fields or ())


def bind(run: Run, pattern: ast.pattern, subject: Values, frame: Frame) -> None:
    """Bind the names in a pattern that took the subject."""
    from picklecheck.semantics import statements

    subject = tuple(value for value in subject if takes(run, pattern, value, frame) is not False) or subject
    match pattern:
        case ast.MatchAs(pattern=inner, name=name):
            if inner is not None:
                bind(run, inner, subject, frame)
            if name is not None:
                statements.bind_name(run, name, subject, frame)
        case ast.MatchSequence(patterns=patterns):
            targets: list[ast.expr] = [
                ast.Starred(ast.Name("_", ast.Store()), ast.Store())
                if isinstance(inner, ast.MatchStar)
                else ast.Name("_", ast.Store())
                for inner in patterns
            ]
            for inner, values in zip(patterns, containers.unpack(run, subject, targets, frame), strict=True):
                bind(run, inner, values, frame)
        case ast.MatchStar(name=str(name)):
            statements.bind_name(run, name, subject, frame)
        case ast.MatchOr(patterns=patterns):
            bind(run, patterns[0], subject, frame)
        case ast.MatchMapping(keys=keys, patterns=patterns, rest=rest):
            for key, inner in zip(keys, patterns, strict=True):
                values = expressions.evaluate(run, key, frame)
                held = [containers.get_item(run, one, values) for one in subject if isinstance(one, Container)]
                bind(run, inner, held[0] if len(held) == 1 else UNKNOWN, frame)
            if rest:
                more = containers.make(
                    run, "dict", Items((UNKNOWN,), (UNKNOWN,), exact=False), Site(frame.module, pattern)
                )
                statements.bind_name(run, rest, (more,), frame)
        case ast.MatchClass():
            each = [parts_of_object(run, pattern, value, frame) for value in subject]
            for parts in zip(*each, strict=True):
                bind(run, parts[0][0], join(*(values for _, values in parts)), frame)
        case _:
            pass
