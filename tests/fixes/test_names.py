"""Names of functions that were lambdas: what they are for, what they do, and what tells them apart."""

import ast
import re

import libcst as cst
import pytest
from rewriting import PATH, applied

from picklecheck.findings import Place
from picklecheck.fixes import hoist
from picklecheck.fixes.names import wishes_for
from picklecheck.fixes.subject import Subject
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

HEAD = """\
import operator
from multiprocessing import Pool, Process


class Stage:
    def __init__(self, name, transform, func=None):
        self.transform = transform


def simulate(seed, arrivals, service):
    return arrivals(seed) + service()


"""


def of_first_lambda(text: str) -> Subject:
    """The first lambda in the text, sent by the call on its line."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Lambda | ast.Call)]
    first = min(
        (node for node in nodes if isinstance(node, ast.Lambda)), key=lambda node: (node.lineno, node.col_offset)
    )
    call = next((node for node in nodes if isinstance(node, ast.Call) and node.lineno == first.lineno), first)
    at, sent = (
        Place(PATH, one.lineno, one.col_offset + 1, one.end_lineno or 0, (one.end_col_offset or 0) + 1)
        for one in (first, call)
    )
    return Subject("lambda", sent, at, at, "", (), "multiprocessing.pool.Pool.map", "func", False, False)


def hoisted(text: str) -> str:
    return applied(text, hoist.rewrite(Tree.read(PATH, text), of_first_lambda(text)))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        # what it is for
        ('Stage("a", lambda text: text + "!")', "transform"),
        ("run(transform=lambda text: text + text)", "transform"),
        ("pool.apply_async(simulate, (1, lambda n: n + 1, f))", "arrivals"),
        ("Process(target=simulate, args=(1, f, lambda: 3))", "service"),
        ("pool.submit(simulate, 1, lambda n: n + 1)", "arrivals"),
        # what it does
        ("pool.map(lambda text: text.strip(), rows)", "strip_text"),
        ("pool.map(lambda row: int(row), rows)", "row_to_int"),
        ("pool.map(lambda text: len(text.split()), rows)", "count_text"),
        ('pool.map(lambda row: render(row) + " EUR", rows)', "render_row"),
        ("pool.map(lambda row: [clean(cell) for cell in row], rows)", "clean_row"),
        ("pool.map(lambda n: n * n, rows)", "square"),
        ("pool.map(lambda n: n, rows)", "identity"),
        ("pool.map(lambda: LIMIT, rows)", "get_limit"),
        # what is said beside it
        ('bus.on(Kind.SAVED, lambda name: f"saved {name}")', "format_saved"),
        ('register("double", lambda n: n * 2)', "double"),
        ('register("upper", lambda text: text.upper())', "upper"),
    ],
)
def test_a_name_says_something(line: str, name: str) -> None:
    text = f"{HEAD}def main(pool, activation=None):\n    {line}\n"
    (made,) = set(re.findall(r"def (\w+)", hoisted(text))) - set(re.findall(r"def (\w+)", text))
    assert made == name


def test_what_is_taken_where_nothing_else_is_given_has_the_name_of_that() -> None:
    text = """\
class Trainer:
    def __init__(self, activation=None, loss=lambda x, y: (x - y) ** 2):
        self.activation = activation or (lambda x: max(0.0, x))
        self.score = loss if loss else lambda x: -x
"""
    after = hoisted(hoisted(hoisted(text)))
    assert "loss=default_loss" in after
    assert "self.activation = activation or default_activation" in after
    assert "self.score = loss if loss else default_score" in after


def test_equal_lambdas_become_one_function() -> None:
    text = """\
def main(k, xs):
    pool.map(lambda n: n * k, xs)
    pool.map(lambda n: n * k, xs)
    pool.map(lambda n: n + k, xs)
"""
    tree = Tree.read(PATH, text)
    titles = []
    for line in (2, 3):
        place = Place(PATH, line, 14, line, 29)
        call = Place(PATH, line, 5, line, 34)
        found = hoist.rewrite(tree, Subject("lambda", call, place, place, "", (), "Pool.map", "func", False, False))
        titles.append(found.title if isinstance(found, Fix) else found.reason)
    assert titles == ["turn the lambda into `multiply` at module level, with `k` as an argument"] * 2
    after = hoisted(hoisted(text))
    assert after.count("def multiply(k, n):") == 1
    assert after.count("functools.partial(multiply, k)") == 2
    assert hoisted(after).count("def ") == 3


def test_calls_of_the_same_function_are_told_apart_by_their_constants() -> None:
    text = """\
def main(pool):
    pool.map(lambda x: rotate(x, 0), xs)
    pool.map(lambda x: rotate(x, 90), xs)
    pool.map(lambda x: rotate(x, mode="twice"), xs)
    pool.map(lambda x: x + 7, xs)
    pool.map(lambda x: x + 8, xs)
    pool.map(lambda x: rotate(x, angle), xs)
"""
    for _ in range(6):
        text = hoisted(text)
    names = ["rotate_0", "rotate_90", "rotate_twice", "add", "add_8", "call_rotate"]
    assert sorted(re.findall(r"def (\w+)\(.*x", text)) == sorted(names)


@pytest.mark.parametrize(
    ("around", "name"),
    [
        ("test_then_it_should_pass_all_logs", "pass_all_logs_worker"),
        ("test_and_one_child_dies_then_it_does_not_close_the_queue", "one_child_dies_worker"),
        ("testQueue", "Queue_worker"),
        ("test_2_workers", "_test_2_workers_worker"),
        ("test", "_test_worker"),
        ("then_it_should_pass_all_logs", "then_it_should_pass_all_logs_worker"),
    ],
)
def test_the_second_function_of_a_name_says_what_its_test_is_about(around: str, name: str) -> None:
    text = f"def worker(): ...\n\n\ndef {around}():\n    worker = lambda n: n + 1\n    pool.map(worker, xs)\n"
    tree = Tree.read(PATH, text)
    node = next(one for one in tree.spans if isinstance(one, cst.Lambda))
    assert wishes_for(tree, node, "func", "worker") == ["worker", name]
