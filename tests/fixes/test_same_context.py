"""Primitives made by the context that starts the process, as far as text goes; the fixtures run such programs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rewriting import applied, reason, subject

from picklecheck.fixes import same_context
from picklecheck.fixes.subject import NoFix
from picklecheck.fixes.tree import Tree
from picklecheck.source.edits import Fix

MAKING = "lock = Lock()"
STARTING = "context.Process(args=(lock,))"


def rewrite(text: str, made: str = "Lock()", use: str = "(lock,)") -> Fix | NoFix:
    about = subject(text, use, slot="args")
    tree = Tree.read(about.use.path, text)
    call = next(node for node in tree.spans if tree.source(node) == made)
    return same_context.rewrite(tree, replace(about, definition=tree.place(call)))


def program(*body: str) -> str:
    return "import multiprocessing as mp\nfrom multiprocessing import Lock, get_context\n\n\ndef main():\n" + "".join(
        f"    {line}\n" for line in body
    )


def test_the_context_of_the_process_makes_it() -> None:
    text = program('context = get_context("spawn")', MAKING, STARTING)
    assert "    lock = context.Lock()\n" in applied(text, rewrite(text))
    text = program('context = get_context("spawn")', 'lock = mp.get_context("fork").Lock()', STARTING)
    assert "    lock = context.Lock()\n" in applied(text, rewrite(text, 'mp.get_context("fork").Lock()'))
    text = program(MAKING, 'mp.get_context("spawn").Process(args=(lock,))')
    assert '    lock = mp.get_context("spawn").Lock()\n' in applied(text, rewrite(text))
    text = program("context = get_context()", MAKING, "Executor(mp_context=context, initargs=(lock,))")
    assert "    lock = context.Lock()\n" in applied(text, rewrite(text))


NOT_THERE = "is not available where the primitive is created"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (program(MAKING, "context = get_context()", STARTING), NOT_THERE),
        (program("if mp:", "    context = get_context()", MAKING, STARTING), NOT_THERE),
        (program("context = get_context()", MAKING, "context = other", STARTING), NOT_THERE),
        (program(MAKING, "own.context.Process(args=(lock,))"), NOT_THERE),
        (program(MAKING, "get_context(*names).Process(args=(lock,))"), NOT_THERE),
        (program(MAKING, "get_context(choose()).Process(args=(lock,))"), NOT_THERE),
        (program(MAKING, "Process(args=(lock,))"), "is not started by a context that has a name"),
        (program("context = get_context()", "lock = make()", STARTING), "it is not created by a context"),
    ],
)
def test_it_is_refused(text: str, why: str) -> None:
    assert why in reason(rewrite(text, "make()" if "make()" in text else "Lock()"))
