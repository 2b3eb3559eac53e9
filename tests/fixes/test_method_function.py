"""Methods whose body becomes a function, as far as text goes; the fixtures run such programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from rewriting import applied, reason, subject

from picklecheck.fixes import method_function
from picklecheck.fixes.subject import Capture, NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

DATA = {"factor": Capture("factor"), "offset": Capture("offset"), "lock": Capture("lock", "it is a lock")}


def rewrite(
    text: str,
    use: str = "self.work",
    *,
    attributes: Mapping[str, Capture] = DATA,
    runs_today: bool = False,
    is_asked: bool = False,
) -> Fix | NoFix:
    about = replace(subject(text, use, definition="work"), runs_today=runs_today, is_asked=is_asked)
    return method_function.rewrite(Tree.read(about.use.path, text), about, attributes)


def program(method: str, above: str = "", below: str = "", use: str = "self.work") -> str:
    lines = "".join(f"    {line}\n" for line in method.splitlines())
    return f"{above}class JobList:\n    def go(self, pool):\n        return pool.map({use}, [1])\n\n{lines}{below}"


WORK = "def work(self, n):\n    return self.factor * n"


def test_the_method_calls_what_its_body_became() -> None:
    text = program("def work(self, n, *more, last=1, **named):\n    '''Doc.'''\n    return self.factor * n")
    after = applied(text, rewrite(text))
    assert "def job_list_work(factor, /, n, *more, last=1, **named):\n    return factor * n\n" in after
    assert "        '''Doc.'''\n        return job_list_work(self.factor, n, *more, last=last, **named)\n" in after
    assert "pool.map(functools.partial(job_list_work, self.factor), [1])" in after


@pytest.mark.parametrize(
    ("method", "header"),
    [
        ("def work(self): return self.factor", "def job_list_work(factor): return factor"),
        ("def work(self, /, n): return self.factor", "def job_list_work(factor, n): return factor"),
        ("def work(self, n, /): return self.factor", "def job_list_work(factor, n, /): return factor"),
        ("def work(self, factor): return self.factor", "def job_list_work(self_factor, factor): return self_factor"),
        ("def work(me, *, n: int) -> int: return me.factor", "def job_list_work(factor, *, n: int) -> int: return"),
    ],
)
def test_the_attributes_come_first(method: str, header: str) -> None:
    text = program(method)
    assert header in applied(text, rewrite(text))


def test_a_second_task_takes_the_same_function() -> None:
    text = program(WORK, below="    def again(self, pool):\n        return pool.map(self.work, [2])\n")
    once = applied(text, rewrite(text))
    twice = applied(once, rewrite(once))
    assert twice.count("functools.partial(job_list_work, self.factor)") == 2
    assert twice.count("def ") == once.count("def ")


def test_it_is_unsafe_where_somebody_may_notice() -> None:
    text = program(WORK)
    named = program(WORK, below='\nsetattr(other, "work", None)\n')
    fixes = [rewrite(text), rewrite(text, runs_today=True), rewrite(text, is_asked=True), rewrite(named)]
    assert [fix.applicability for fix in fixes if isinstance(fix, Fix)] == ["safe", "unsafe", "unsafe", "unsafe"]


@pytest.mark.parametrize(
    ("method", "why"),
    [
        ("def work(self, n):\n    return self.more(n)", "may be more than data"),
        ("def work(self, n):\n    return self.unknown", "may be more than data"),
        ("def work(self, n):\n    return other(self)", "uses `self` as a whole"),
        ("def work(self, n):\n    self.factor = n", "changes `self.factor`"),
        ("def work(self, n):\n    self.factor += n", "changes `self.factor`"),
        ("def work(self, n):\n    self.factor.append(n)", "changes `self.factor`"),
        (
            "def work(self, n):\n    with self.lock:\n        return n",
            "`self.lock` cannot be pickled either (it is a lock)",
        ),
        ("def work(self, n):\n    return n", "reads nothing of its object"),
        ("def work(self, n):\n    self = other\n    return self.factor", "has no instance"),
        ("def work(self, n):\n    yield self.factor", "is not a plain method"),
        ("async def work(self, n):\n    return self.factor", "is not a plain method"),
        ("@cached\ndef work(self, n):\n    return self.factor", "is not a plain method"),
        ("def work(self, n):\n    return super().work(n) + self.factor", "uses `super`"),
        ("def work(self, n):\n    return __class__, self.factor", "uses `__class__`"),
        ("def work(self, n):\n    return locals(), self.factor", "through `locals()`"),
        ("def work(self, n):\n    return self.__private", "means another name outside its class"),
        ("def work(self, n=[]):\n    return self.factor", "a default would be created twice"),
        ("def work(self, n=LATER):\n    return self.factor", "`LATER` is not defined yet above the class"),
        (
            "Inner = int\ndef work(self, n: Inner):\n    return self.factor",
            "`Inner` is not defined yet above the class",
        ),
        ("def work(self, factor, self_factor):\n    return self.factor", "`self_factor` means something else"),
    ],
)
def test_it_is_refused(method: str, why: str) -> None:
    assert why in reason(rewrite(program(method, below="\nLATER = 1\n")))


@pytest.mark.parametrize(
    ("below", "why"),
    [
        ("\nclass More(JobList):\n    def work(self, n): ...\n", "`More` overrides `work`"),
        ("\nJobList.work = None\n", "`work` is replaced"),
        ("\ndef other(job):\n    job.work = None\n", "`work` is replaced"),
    ],
)
def test_others_speak_against_it(below: str, why: str) -> None:
    assert why in reason(rewrite(program(WORK, below=below)))


def test_an_object_that_only_the_task_keeps_is_refused() -> None:
    text = program(WORK, use="JobList().work")
    assert "nothing else refers to its object" in reason(rewrite(text, "JobList().work"))


def test_a_class_inside_a_function_is_refused() -> None:
    text = "def make():\n" + "".join(f"    {line}\n" for line in program(WORK).splitlines())
    assert "not a method of a class at module level" in reason(rewrite(text))


def test_another_name_of_the_method_is_refused() -> None:
    text = program(WORK + "\nother = work", use="self.other")
    about = replace(subject(text, "self.other", definition="work"))
    fix = method_function.rewrite(Tree.read(about.use.path, text), about, DATA)
    assert "has another name where it is sent" in reason(fix)


def test_a_call_that_takes_arguments_gets_the_attributes() -> None:
    text = program("def _work(self, n):\n    return self.factor * n", use="self._work").replace(".map", ".submit")
    about = replace(subject(text, "self._work", definition="_work"), boundary="concurrent.futures.Executor.submit")
    after = applied(text, method_function.rewrite(Tree.read(about.use.path, text), about, DATA))
    assert "pool.submit(work, self.factor, [1])" in after
    assert "def work(factor, n):\n    return factor * n\n" in after
    assert "functools" not in after
