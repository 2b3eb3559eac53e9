"""A primitive that importing makes is passed to the child: which variables go, and where there is no fix."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rewriting import PATH, applied, reason, subject

from picklecheck.fixes import own_primitive
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix
from picklecheck.source.place import Place

PROGRAM = """\
import queue
from multiprocessing import Event, Pool, Process, get_context

BEGUN = {made}
STOP = Event()
SEEN = queue.Queue()


def work():
    BEGUN.set()
    SEEN.put(STOP.is_set())


def main():
    child = Process(target=work)
    child.start()
"""


def rewritten(text: str, made: str = "Event()") -> Fix | NoFix:
    started = replace(subject(text, "work"), call=place_of(text, "child.start()"))
    return own_primitive.rewrite(Tree.read(PATH, text), started, place_of(text, made))


def place_of(text: str, part: str) -> Place:
    start = text.index(part)
    line, column = text[:start].count("\n") + 1, start - text.rindex("\n", 0, start)
    return Place(PATH, line, column, line, column + len(part))


@pytest.mark.parametrize("made", ["Event()", 'get_context("spawn").Event()'])
def test_primitives_of_processes_go_along_and_those_of_threads_do_not(made: str) -> None:
    text = PROGRAM.format(made=made)
    after = applied(text, rewritten(text, made))
    assert "def work(begun, stop):" in after
    assert "Process(target=work, args=(BEGUN, STOP))" in after
    assert "SEEN.put(stop.is_set())" in after


def test_no_fix_where_the_task_does_not_use_it_itself() -> None:
    text = PROGRAM.format(made="Event()").replace("    BEGUN.set()\n", "    begin()\n")
    assert reason(rewritten(text)) == "it is used by a function that the task calls"


def test_no_fix_where_several_processes_are_made() -> None:
    text = PROGRAM.format(made="Event()") + "    Process(target=work).start()\n"
    assert reason(rewritten(text)) == "several processes are made there, or none with a function as `target`"
