"""The tail of a script goes under the main guard: exact text, refusals, and a program that runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from rewriting import PATH, applied, reason, run, subject

from picklecheck.fixes import main_guard
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

SCRIPT = """\
from multiprocessing import get_context


def work(n):
    return n


xs = [1]
# go
with get_context("spawn").Pool(1) as pool:
    print(pool.map(work, xs))

    print(\"\"\"kept
as it is\"\"\")
print("end")  # last
"""


def fix_of(before: str, **given: bool) -> Fix | NoFix:
    return main_guard.rewrite(Tree.read(PATH, before), subject(before, "work"), **given)


def test_the_tail_goes_under_the_guard() -> None:
    assert (
        applied(SCRIPT, fix_of(SCRIPT))
        == """\
from multiprocessing import get_context


def work(n):
    return n


if __name__ == "__main__":
    xs = [1]
    # go
    with get_context("spawn").Pool(1) as pool:
        print(pool.map(work, xs))

        print(\"\"\"kept
as it is\"\"\")
    print("end")  # last
"""
    )


def test_a_guard_at_the_end_takes_in_what_is_above_it() -> None:
    head = "def work(n):\n    return n\n\n\n"
    before = (
        head + 'pool = Pool(1, work)\n# go\nif __name__ == "__main__":  # only here\n    pool.map(1, [])\n\n# end\n'
    )
    after = head + 'if __name__ == "__main__":\n    pool = Pool(1, work)\n    # go\n    pool.map(1, [])\n\n# end\n'
    assert applied(before, fix_of(before)) == after


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (
            SCRIPT + "\n\nif xs:\n    def late(): pass\n",
            "`late`, defined below the first process, would be under the guard",
        ),
        (SCRIPT + "\n\ndef late(n=pool): return n\n", "`pool` is needed above the guard, which would set it"),
        ('__all__ = ["pool"]\n' + SCRIPT, "`pool`, which `__all__` exports, would be under the guard"),
        (SCRIPT + '__all__ += ["pool"]\n', "`pool`, which `__all__` exports, would be under the guard"),
        (
            'if __name__ == "__main__":\n    Pool().map(work, [])\n',
            "the call is under the main guard",
        ),
    ],
)
def test_refused(before: str, why: str) -> None:
    assert reason(fix_of(before)) == why


def test_refused_for_a_module_that_others_import() -> None:
    assert "other modules import this one" in reason(fix_of(SCRIPT, imported_elsewhere=True))


def test_the_mended_program_runs_under_spawn(tmp_path: Path) -> None:
    assert run(tmp_path, applied(SCRIPT, fix_of(SCRIPT))) == "[1]\nkept\nas it is\nend\n"


def test_definitions_and_constants_of_the_tail_go_above_it() -> None:
    before = SCRIPT.replace("return n", "return n + K") + "\n\ndef late():\n    pass\n\n\nK = 3\nlate()\n"
    after = applied(before, fix_of(before))
    assert "    return n + K\n\n\ndef late():\n    pass\n\n\nK = 3\n\n\nif __name__" in after
    assert after.endswith('    print("end")  # last\n\n    late()\n')


@pytest.mark.parametrize(
    "line",
    [
        *("FACTOR = 3", "sys.path.insert(0, '.')", "import os", "logging.basicConfig()", "size = 2"),
        *("work.cache = {}", "random.seed(1)", "os.environ['A'] = '1'", "size.append(1)", "prepare()"),
    ],
)
def test_what_workers_need_stays_above(line: str) -> None:
    defined = "return n + size\n\n\ndef prepare():\n    size.append(1)"
    before = SCRIPT.replace("return n", defined).replace("xs = [1]", f"print()\n{line}\nxs = [1]")
    assert f'print()\n{line}\n\nif __name__ == "__main__":\n    xs = [1]\n' in applied(before, fix_of(before))


@pytest.mark.parametrize(
    "line", ["work(1)", "report([1])", "X = [1]", "random.shuffle(xs)", "shutil.rmtree('a')", "xs.append(2)"]
)
def test_what_is_done_once_goes_under_it(line: str) -> None:
    reporting = "def report(rows):\n    with open('a', 'w') as file:\n        file.write('a')\n\n\n"
    before = "import random\nimport shutil\n" + SCRIPT.replace("def work", f"{reporting}def work")
    after = applied(before.replace("# go", line), fix_of(before.replace("# go", line)))
    assert f'if __name__ == "__main__":\n    xs = [1]\n    {line}\n' in after


def test_what_calls_is_taken_from_above_the_functions_too(tmp_path: Path) -> None:
    loaded = "def loaded():\n    print('load')\n    return [1]\n\n\nSIZE = 1\nrows = 2\nxs = loaded()\n\n\ndef work"
    before = SCRIPT.replace("xs = [1]\n", "").replace("def work", loaded)
    after = applied(before, fix_of(before))
    assert "    return [1]\n\n\nSIZE = 1\n\n\ndef work(n):\n    return n\n\n\nif __name__ ==" in after
    assert 'if __name__ == "__main__":\n    rows = 2\n    xs = loaded()\n' in after
    assert run(tmp_path, after).startswith("load\n[1]\nkept\n")


@pytest.mark.parametrize(
    "above", ["rows = 2\n\n\n", "xs = load()\n\n\n@route(xs)\n", "xs = load()\n\n\nwork = 1\n\n\n"]
)
def test_functions_are_not_passed_by_for_nothing_or_where_they_need_it(above: str) -> None:
    before = SCRIPT.replace("def work", f"{above}def work")
    assert f"{above}def work" in applied(before, fix_of(before))


def test_a_text_at_the_end_stays_there() -> None:
    before = SCRIPT + '\n"""\nThe end.\n"""\n'
    assert applied(before, fix_of(before)).endswith('    print("end")  # last\n\n"""\nThe end.\n"""\n')


def test_what_is_not_to_be_repeated_goes_too() -> None:
    waiting = "args = parse_args()\nprint(args)\nfor _ in range(2):\n    time.sleep(0)"
    before = "import time\n" + SCRIPT.replace("xs = [1]", waiting)
    assert 'if __name__ == "__main__":\n    args = parse_args()\n    print(args)\n' in applied(before, fix_of(before))


def test_the_guard_is_indented_as_the_blocks_below_it() -> None:
    before = "def work(n):\n\treturn n\n\n\nfor n in [1]:\n    get_pool().Pool().map(work, [n])\n"
    after = applied(before, fix_of(before))
    assert after.endswith('if __name__ == "__main__":\n    for n in [1]:\n        get_pool().Pool().map(work, [n])\n')


MANY = """\
import sys
from multiprocessing import Process, Queue


def work(queue: Queue, n: int) -> None:
    queue.put(n * 2)


print("start")
queue = Queue()
processes = [Process(target=work, args=(queue, n)) for n in range(2)]
for process in processes:
    process.start()
# all of them
print(sorted(queue.get() for _ in processes))
for process in processes:
    process.join()
"""


def test_many_statements_go_into_main(tmp_path: Path) -> None:
    text = MANY.replace("work, args", 'work, name="work", args')
    after = applied(text, main_guard.rewrite(Tree.read(PATH, text), subject(text, "work")))
    assert (
        after
        == """\
import sys
from multiprocessing import Process, Queue


def work(queue: Queue, n: int) -> None:
    queue.put(n * 2)


def main() -> None:
    print("start")
    queue = Queue()
    processes = [Process(target=work, name="work", args=(queue, n)) for n in range(2)]
    for process in processes:
        process.start()
    # all of them
    print(sorted(queue.get() for _ in processes))
    for process in processes:
        process.join()


if __name__ == "__main__":
    main()
"""
    )
    assert run(tmp_path, after) == "start\n[0, 2]\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # the name is taken, a variable is one of the module or a builtin, or what is started may outlive the function
        ("def work", "def main():\n    pass\n\n\ndef work"),
        ("import sys\n", "import sys\n\nqueue = sys.argv\n"),
        ('print("start")', "sum = 0"),
        ('print("start")', "globals()"),
        ("for process in processes:\n    process.join()\n", ""),
    ],
)
def test_what_a_function_would_change_stays_in_the_module(old: str, new: str) -> None:
    text = MANY.replace(old, new)
    assert text != MANY
    after = applied(text, main_guard.rewrite(Tree.read(PATH, text), subject(text, "work")))
    assert after.count("def main") == text.count("def main")
    assert 'if __name__ == "__main__":\n    ' in after


def test_a_guard_between_is_taken_in() -> None:
    before = (
        "def work(n):\n    return n\n\n\nif __name__ == '__main__':\n    Pool(1, work)\n\n"
        "pool = Pool(1, work)\npool.map(1, [])\n"
    )
    after = (
        'def work(n):\n    return n\n\n\nif __name__ == "__main__":\n    Pool(1, work)\n\n'
        "    pool = Pool(1, work)\n    pool.map(1, [])\n"
    )
    fix = main_guard.rewrite(Tree.read(PATH, before), subject(before, "work", occurrence=2))
    assert applied(before, fix) == after


def test_another_test_of_the_name_is_left_to_its_author() -> None:
    before = 'if __name__ in {"__main__", "__mp_main__"}:\n    Pool().map(work, [])\n'
    assert reason(fix_of(before)) == "the file tests its `__name__` itself"


def test_a_class_that_is_defined_twice_is_not_moved() -> None:
    twice = "class Rows:\n    pass\n\n\n"
    before = f"{twice}with Pool(1) as pool:\n    pool.map(work, Rows())\n\n\n{twice}pool.map(work, Rows())\n"
    assert "`Rows`, defined below" in reason(fix_of(before))
