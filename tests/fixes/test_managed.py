"""Locks and queues made by a manager, as far as text goes; the fixtures run such programs."""

import pytest
from rewriting import applied, reason, subject

from picklecheck.fixes import managed
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

LOCK = "multiprocessing.synchronize.Lock"


def rewrite(text: str, use: str, made: str, kind: str = LOCK) -> Fix | NoFix:
    from dataclasses import replace

    about = subject(text, use)
    tree = Tree.read(about.use.path, text)
    call = next(node for node in tree.spans if tree.source(node) == made)
    return managed.rewrite(tree, replace(about, definition=tree.place(call)), kind)


def program(body: str, *before: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return "".join(f"{line}\n" for line in before) + f"\n\ndef main(pool):\n{lines}"


def test_the_module_that_made_it_makes_the_manager() -> None:
    text = program("guard = mp.Lock()\npool.map(work, guard)", "import multiprocessing as mp")
    assert "    manager = mp.Manager()\n    guard = manager.Lock()\n" in applied(
        text, rewrite(text, "guard", "mp.Lock()")
    )
    text = program("guard = Lock()\npool.map(work, guard)", "from multiprocessing import Lock")
    after = applied(text, rewrite(text, "guard", "Lock()"))
    assert "    manager = Manager()\n    guard = manager.Lock()\n" in after
    assert "from multiprocessing import Manager\n" in after


def test_the_import_that_the_manager_needs_stays() -> None:
    text = program("pool.apply(work, (mp.Lock(),))", "import multiprocessing as mp")
    after = applied(text, rewrite(text, "(mp.Lock(),)", "mp.Lock()"))
    assert "import multiprocessing as mp\n" in after
    assert "    manager = mp.Manager()\n    lock = manager.Lock()\n    pool.apply(work, (lock,))\n" in after


def test_one_that_is_made_in_the_call_gets_a_name() -> None:
    text = program("pool.apply(work, (Semaphore(2),))", "from multiprocessing import Manager, Semaphore")
    kind = "multiprocessing.synchronize.Semaphore"
    after = applied(text, rewrite(text, "(Semaphore(2),)", "Semaphore(2)", kind))
    assert (
        "    manager = Manager()\n    semaphore = manager.Semaphore(2)\n    pool.apply(work, (semaphore,))\n" in after
    )


@pytest.mark.parametrize(
    ("text", "made", "why"),
    [
        (
            "import mp\nguard = mp.Lock()\npool.map(work, guard)\n",
            "mp.Lock()",
            "every child would start its own manager",
        ),
        (program("guard = Lock(ctx=x)\npool.map(work, guard)"), "Lock(ctx=x)", "arguments that a manager does not"),
        (program("guard = Lock()\npool.map(work, guard)\nguard.get_lock()"), "Lock()", "the code uses its `get_lock`"),
    ],
)
def test_it_is_refused(text: str, made: str, why: str) -> None:
    assert why in reason(rewrite(text, "guard", made))


def test_what_managers_do_not_make_is_refused() -> None:
    text = program("guard = open(name)\npool.map(work, guard)")
    assert reason(rewrite(text, "guard", "open(name)", "_io.TextIOWrapper")) == "a manager cannot create it"


def test_one_manager_makes_all() -> None:
    text = program("done = Queue()\nlost = Queue()\npool.map(work, (done, lost))", "from multiprocessing import Queue")
    after = applied(text, rewrite(text, "(done, lost)", "Queue()", "multiprocessing.queues.Queue"))
    assert "    manager = Manager()\n    done = Queue()\n    lost = manager.Queue()\n" in after
    assert "from multiprocessing import Manager, Queue\n" in after
    again = applied(after, rewrite(after, "(done, lost)", "Queue()", "multiprocessing.queues.Queue"))
    assert "    manager = Manager()\n    done = manager.Queue()\n    lost = manager.Queue()\n" in again
    assert "from multiprocessing import Manager\n" in again
