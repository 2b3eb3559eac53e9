"""Views and iterators as plain data, as far as text goes; the fixtures run such programs."""

from dataclasses import replace

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import listed
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix


def rewrite(text: str, use: str, made: str, kind: str, *, runs_today: bool = False) -> Fix | NoFix:
    about = subject(text, use, runs_today=runs_today)
    tree = Tree.read(about.use.path, text)
    node = next(node for node in tree.spans if tree.source(node) == made)
    return listed.rewrite(tree, replace(about, definition=tree.place(node)), f"builtins.{kind}")


@pytest.mark.parametrize(
    ("use", "made", "kind", "after"),
    [
        ("(d.keys(),)", "d.keys()", "dict_keys", "(list(d.keys()),)"),
        ("d.values()", "d.values()", "dict_values", "list(d.values())"),
        ("(n for n in d)", "(n for n in d)", "generator", "[n for n in d]"),
        ("[make(d)]", "make(d)", "generator", "[list(make(d))]"),
    ],
)
def test_what_is_written_in_the_call_is_listed(use: str, made: str, kind: str, after: str) -> None:
    text = f"pool.apply(work, {use})\n"
    assert applied(text, rewrite(text, use, made, kind)) == f"pool.apply(work, {after})\n"


def test_a_variable_is_listed_where_it_is_handed_over() -> None:
    text = "rows = make(d)\npool.apply(work, (rows, 1))\nprint(rows)\n"
    after = applied(text, rewrite(text, "(rows, 1)", "make(d)", "generator"))
    assert after == "rows = make(d)\npool.apply(work, (list(rows), 1))\nprint(rows)\n"


def test_an_iterator_stays_one_where_somebody_calls_next() -> None:
    text = "pool.apply(work, ((n for n in d),))\n"
    tree = Tree.read(PATH, text)
    node = next(node for node in tree.spans if tree.source(node) == "(n for n in d)")
    about = replace(subject(text, "((n for n in d),)"), definition=tree.place(node))
    after = applied(text, listed.rewrite(tree, about, "builtins.generator", used="stepped"))
    assert after == "pool.apply(work, (iter([n for n in d]),))\n"


def test_only_values_are_safe_and_only_where_nothing_runs_today() -> None:
    text = "pool.apply(work, (d.values(),))\n"
    given = (text, "(d.values(),)", "d.values()", "dict_values")
    for fix, expected in ((rewrite(*given), "safe"), (rewrite(*given, runs_today=True), "unsafe")):
        assert isinstance(fix, Fix)
        assert fix.applicability == expected


@pytest.mark.parametrize(
    ("text", "use", "kind", "why"),
    [
        ("rows = make(d)\nrows = make(d)\npool.apply(work, rows)\n", "rows", "generator", "is not in a variable"),
        ("rows = make(d)\npool.apply(work, [*rows])\n", "[*rows]", "generator", "is not in a variable"),
        ("rows = make(d)\npool.apply(work, rows)\n", "rows", "file", "no plain data like it"),
    ],
)
def test_it_is_refused(text: str, use: str, kind: str, why: str) -> None:
    assert why in reason(rewrite(text, use, "make(d)", kind))


def test_what_another_function_gets_first_stays_as_it_is() -> None:
    text = "def add(queue, views):\n    views.mapping\n    queue.put(views)\n\n\nadd(queue, table.keys())\n"
    about = subject(text, "table.keys()")
    tree = Tree.read(about.use.path, text)
    passed_on = replace(about, definition=about.use, call=subject(text, "views").call)
    assert listed.rewrite(tree, passed_on, "builtins.dict_keys") == NoFix("it is passed to another function first")


def test_a_view_that_is_used_as_a_set_becomes_one() -> None:
    text = "pool.apply(work, (d.keys(),))\n"
    tree = Tree.read(PATH, text)
    node = next(node for node in tree.spans if tree.source(node) == "d.keys()")
    about = replace(subject(text, "(d.keys(),)"), definition=tree.place(node))
    fix = listed.rewrite(tree, about, "builtins.dict_keys", used="as a set")
    assert applied(text, fix) == "pool.apply(work, (set(d.keys()),))\n"
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"
