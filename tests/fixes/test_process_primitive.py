"""What processes share is made by multiprocessing: exact texts and refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rewriting import applied, reason, subject

from picklecheck.fixes import process_primitive
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

PROGRAM = """\
{imports}

def work(todo):
    {used}


def main(ctx):
    tasks = {made}
    {start}Process(target=work, args=(tasks,)).start()
"""


def rewritten(
    imports: str, made: str, used: str = "todo.get()", start: str = "", kind: str = ""
) -> tuple[str, Fix | NoFix]:
    text = PROGRAM.format(imports=imports, made=made, used=used, start=start)
    about = subject(text, "(tasks,)")
    tree = Tree.read(about.use.path, text)
    call = next(node for node in tree.spans if tree.source(node) == made)
    return text, process_primitive.rewrite(tree, replace(about, definition=tree.place(call)), kind or "queue.Queue")


@pytest.mark.parametrize(
    ("imports", "made", "used", "kind", "after"),
    [
        (
            "import queue\nfrom multiprocessing import Process\n",
            "queue.Queue(3)",
            "todo.get()",
            "queue.Queue",
            ("from multiprocessing import Process, Queue\n\n", "tasks = Queue(3)"),
        ),
        (
            "import queue\nfrom multiprocessing import Process\n",
            "queue.Queue()",
            "todo.task_done()",
            "queue.Queue",
            ("from multiprocessing import JoinableQueue, Process\n\n", "tasks = JoinableQueue()"),
        ),
        (
            "import multiprocessing as mp\nimport threading\nfrom multiprocessing import Process\n",
            "threading.Event()",
            "todo.wait()",
            "threading.Event",
            ("import multiprocessing as mp\nfrom multi", "tasks = mp.Event()"),
        ),
    ],
)
def test_multiprocessing_makes_it_and_what_made_it_is_no_longer_imported(
    imports: str, made: str, used: str, kind: str, after: tuple[str, str]
) -> None:
    text, fix = rewritten(imports, made, used, kind=kind)
    assert isinstance(fix, Fix)
    assert fix.applicability == "unsafe"
    changed = applied(text, fix)
    assert all(part in changed for part in after), changed
    assert "import queue" not in changed


@pytest.mark.parametrize(
    ("made", "used", "start", "why"),
    [
        ("queue.Queue()", "todo.queue.clear()", "", "the one of multiprocessing has no `queue`"),
        ("queue.PriorityQueue()", "todo.get()", "", "multiprocessing has no counterpart of it"),
        ("make()", "todo.get()", "", "it is not created by its own name"),
        ("queue.Queue()", "todo.get()", "self.ctx.", ""),
    ],
)
def test_it_is_refused(made: str, used: str, start: str, why: str) -> None:
    kind = "queue.PriorityQueue" if "Priority" in made else "queue.Queue"
    _, fix = rewritten("import queue\nfrom multiprocessing import Process\n", made, used, start, kind)
    assert isinstance(fix, Fix) if not why else why in reason(fix)


@pytest.mark.parametrize("early", [True, False])
def test_the_start_method_is_set_before_it_is_created(early: bool) -> None:
    lines = ["lock = threading.Lock()", "multiprocessing.set_start_method('spawn')"]
    start = "multiprocessing.Process(target=work, args=(lock,)).start()"
    text = "\n".join(["import multiprocessing, threading", *(lines if early else lines[::-1]), start, ""])
    about = subject(text, "(lock,)")
    tree = Tree.read(about.use.path, text)
    made = next(node for node in tree.spans if tree.source(node) == "threading.Lock()")
    fix = process_primitive.rewrite(tree, replace(about, definition=tree.place(made)), "threading.Lock")
    assert isinstance(fix, NoFix) is early
