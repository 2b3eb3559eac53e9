"""A bound method is sent by instance and name: exact texts, reuse, refusals, and Python 2."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import method_wrapper
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

WRAPPER = """\
def call_method(instance, name, /, *args, **kwargs):
    return getattr(instance, name)(*args, **kwargs)
"""
POOL = "multiprocessing.pool.Pool."


def mended(before: str, use: str, **given: object) -> str:
    return applied(before, method_wrapper.rewrite(Tree.read(PATH, before), subject(before, use, **given)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("boundary", "before", "after"),
    [
        (POOL + "apply_async", "p.apply_async(a.run, (i,))", 'p.apply_async(call_method, (a, "run", i))'),
        (
            POOL + "apply_async",
            "p.apply_async(a.run, args=[i, 2])",
            'p.apply_async(call_method, args=[a, "run", i, 2])',
        ),
        (
            POOL + "apply_async",
            "p.apply_async(a.run, args=())",
            'p.apply_async(call_method, args=(a, "run"))',
        ),
        (POOL + "apply", "p.apply(a.run, xs)", 'p.apply(call_method, (a, "run") + tuple(xs))'),
        (POOL + "apply", "p.apply(a.run)", 'p.apply(call_method, (a, "run"))'),
        (
            POOL + "apply_async",
            "p.apply_async(a.run, callback=f)",
            'p.apply_async(call_method, args=(a, "run"), callback=f)',
        ),
        (
            "concurrent.futures.ProcessPoolExecutor.submit",
            "p.submit(a.run, i, k=2)",
            'p.submit(call_method, a, "run", i, k=2)',
        ),
        (
            "multiprocessing.Process",
            "Process(target=a.run, args=(1,))",
            'Process(target=call_method, args=(a, "run", 1))',
        ),
        (
            "multiprocessing.Process",
            "Process(target=A().run)",
            'Process(target=call_method, args=(A(), "run"))',
        ),
    ],
)
def test_hands_over_instance_and_name(boundary: str, before: str, after: str) -> None:
    use = "A().run" if "A()" in before else "a.run"
    assert mended(f"x = 1\n{before}\n", use, boundary=boundary) == f"x = 1\n\n\n{WRAPPER}\n\n{after}\n"


def test_map_gets_a_partial() -> None:
    after = mended("p.map(a.run, xs)\n", "a.run")
    assert after == f'import functools\n\n\n{WRAPPER}\n\np.map(functools.partial(call_method, a, "run"), xs)\n'


def test_a_wrapper_that_is_there_is_used_again() -> None:
    before = f"{WRAPPER}\n\np.apply(a.run)\n"
    assert mended(before, "a.run", boundary=POOL + "apply") == f'{WRAPPER}\n\np.apply(call_method, (a, "run"))\n'


def test_a_private_method_is_named_as_from_outside() -> None:
    before = "class A:\n    def go(self):\n        p.apply(self.__run)\n"
    assert '(self, "_A__run")' in mended(before, "self.__run", boundary=POOL + "apply")


def test_safe_only_for_python_2() -> None:
    before = "p.apply(a.run)\n"
    for python2, safety in ((True, "safe"), (False, "unsafe")):
        given = subject(before, "a.run", boundary=POOL + "apply", python2=python2)
        fix = method_wrapper.rewrite(Tree.read(PATH, before), given)
        assert isinstance(fix, Fix) and fix.applicability == safety
        assert ("name, /, *args" in applied(before, fix)) is not python2


def test_refused() -> None:
    before = "class A(B):\n    def go(self):\n        p.apply(super().run)\n        p.apply(f)\n"
    for use, why in (
        ("super().run", "`super()` names no instance"),
        ("f", "the method is not written where it is sent"),
    ):
        assert reason(method_wrapper.rewrite(Tree.read(PATH, before), subject(before, use))) == why


PYTHON2 = """\
from multiprocessing import Pool


class Job(object):
    def run(self, n):
        return n + 1


if __name__ == "__main__":
    pool = Pool(1)
    print(pool.apply_async(Job().run, args=(1,)).get(10))
    print(pool.map(Job().run, [1, 2]))
"""


@pytest.mark.skipif(shutil.which("python2.7") is None, reason="needs python2.7 on the PATH")
def test_the_mended_program_runs_on_python_2(tmp_path: Path) -> None:
    once = mended(PYTHON2, "Job().run", boundary=POOL + "apply_async", python2=True)
    twice = mended(once, "Job().run", python2=True)
    (tmp_path / "job.py").write_text(twice)
    done = subprocess.run(["python2.7", str(tmp_path / "job.py")], capture_output=True, text=True, timeout=30)
    if "command not found" in done.stderr:
        pytest.skip("python2.7 on the PATH is a stub that names no version")
    assert done.stdout == "2\n[2, 3]\n", done.stderr
