"""An exception says how it is rebuilt: exact texts, refusals, and that it comes back whole."""

from __future__ import annotations

import pickle
import sys
import types

import libcst as cst
import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import exception_reduce
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

ERROR = """\
class Failed(Exception):
    def __init__({params}):
        super().__init__("failed")
        {body}
"""


def fix_of(before: str) -> Fix | NoFix:
    tree = Tree.read(PATH, before)
    place = tree.place(next(node for node in tree.spans if isinstance(node, cst.ClassDef)))
    return exception_reduce.rewrite(tree, subject("pool.map(f, [])\n", "f"), place)


@pytest.mark.parametrize(
    ("params", "body", "made", "given"),
    [
        ("self, a, b", "self.a = a; self.rest = b", "type(self)", "(self.a, self.rest)"),
        ("self, a, b=1", "self.a, self.b = a, b", "type(self)", "(self.a, self.b)"),
        ("self, a", "self.a: int = a", "type(self)", "(self.a,)"),
        ("self, *a", "self.a = a", "type(self)", "(*self.a,)"),
        (
            "self, a, *, code",
            "self.a, self.code = a, code",
            "functools.partial(type(self), code=self.code)",
            "(self.a,)",
        ),
    ],
)
def test_rebuilt_from_what_is_kept(params: str, body: str, made: str, given: str) -> None:
    before = ERROR.format(params=params, body=body)
    after = applied(before, fix_of(before))
    added = f"\n    def __reduce__(self):\n        return {made}, {given}, self.__dict__\n"
    assert after == ("import functools\n\n\n" if "partial" in made else "") + before + added
    names: dict[str, object] = {"__name__": "failed"}
    exec(after, names)
    module = types.ModuleType("failed")
    module.__dict__.update(names)
    sys.modules["failed"] = module
    try:
        error = module.Failed(1, code=2) if "code" in params else module.Failed(*range(params.count(",")))
        error.note = "kept"
        back = pickle.loads(pickle.dumps(error))
    finally:
        del sys.modules["failed"]
    assert back.__dict__ == error.__dict__ and back.args == error.args


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (ERROR.format(params="self, a", body="pass"), "`a` is not kept in an attribute"),
        (ERROR.format(params="self, a", body="self.a = str(a)"), "`a` is not kept in an attribute"),
        (ERROR.format(params="self, a", body="a = 1; self.a = a"), "`a` is not kept in an attribute"),
        (ERROR.format(params="self, a", body="if a: self.a = a"), "`a` is not kept in an attribute"),
        (
            ERROR.format(params="self, a", body="self.a = a") + "    def up(self): self.a += 1\n",
            "`a` is also set in `up`",
        ),
        (ERROR.format(params="self, a", body="self.a = a") + "\ndel error.a\n", "`a` is deleted elsewhere"),
        (ERROR.format(params="self, **a", body="self.a = a"), "`a` may hold anything"),
        ("class Failed(Exception):\n    pass\n", "`Failed` has no `__init__`"),
        (
            ERROR.format(params="self, a", body="self.a = a") + "    def __reduce__(self): ...\n",
            "`Failed` has `__reduce__` already",
        ),
    ],
)
def test_refused(before: str, why: str) -> None:
    assert reason(fix_of(before)) == why


def test_an_attribute_of_that_name_in_another_class_does_not_matter() -> None:
    before = ERROR.format(params="self, a", body="self.a = a")
    assert isinstance(fix_of(before + "\n\nclass Other:\n    def set(self): self.a = 3\n"), Fix)


@pytest.mark.parametrize("change", ["error.a = 3", "error.args = ()"])
def test_unsafe_where_an_object_is_changed(change: str) -> None:
    fix = fix_of(ERROR.format(params="self, a", body="self.a = a") + f"\n{change}\n")
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


def test_unsafe_where_a_subclass_takes_other_arguments() -> None:
    before = ERROR.format(params="self, a", body="self.a = a")
    fix = fix_of(before)
    assert isinstance(fix, Fix) and fix.applicability == "safe"
    fix = fix_of(before + "\n\nclass Worse(Failed):\n    def __init__(self):\n        pass\n")
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


def bare_fix_of(before: str) -> Fix | NoFix:
    tree = Tree.read(PATH, before)
    place = tree.place(next(node for node in tree.spans if isinstance(node, cst.ClassDef)))
    return exception_reduce.rewrite_bare(tree, subject("pool.map(f, [])\n", "f"), place)


def test_made_again_without_its_init() -> None:
    before = ERROR.format(params="me, a", body="pass")
    after = applied(before, bare_fix_of(before))
    added = "    def __reduce__(me):\n        return Exception.__new__, (type(me), *me.args), me.__dict__\n"
    assert after == f"{before}\n{added}"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("    def __reduce__(self): ...\n", "has `__reduce__` already"),
        ("    def again(self):\n        self.args = ()\n", "`args` is also set in `again`"),
        ("\nException = None\n", "`Exception` means something else"),
    ],
)
def test_what_is_not_made_without_init(more: str, why: str) -> None:
    assert why in reason(bare_fix_of(ERROR.format(params="self, a", body="pass") + more))


def test_args_that_are_set_make_it_unsafe() -> None:
    fix = bare_fix_of(ERROR.format(params="self, a", body="pass") + "\nerror.args = ()\n")
    assert isinstance(fix, Fix) and fix.applicability == "unsafe"


def kept_fix_of(before: str) -> Fix | NoFix:
    tree = Tree.read(PATH, before)
    place = tree.place(next(node for node in tree.spans if isinstance(node, cst.ClassDef)))
    return exception_reduce.rewrite_kept(tree, subject("pool.map(f, [])\n", "f"), place)


@pytest.mark.parametrize(("annotation", "level"), [(": str | None", "safe"), (": Response", "unsafe"), ("", "unsafe")])
def test_what_is_plain_is_kept(annotation: str, level: str) -> None:
    before = ERROR.format(params=f"self, a{annotation}, b", body="self.b = b")
    fix = kept_fix_of(before)
    assert isinstance(fix, Fix) and fix.applicability == level
    assert "        self.a = a\n        self.b = b\n" in applied(before, fix)


@pytest.mark.parametrize("more", ["    a = 1\n", "    def a(self): ...\n", "\nerror.a = 3\n"])
def test_an_attribute_that_is_there_is_not_set(more: str) -> None:
    assert "is an attribute" in reason(kept_fix_of(ERROR.format(params="self, a: int", body="pass") + more))
