"""Which boundary a call is: each way of recognising one, and which of them goes first."""

import ast
from typing import cast

import pytest

from picklecheck.crossings import recognise
from picklecheck.crossings.world import KnownWorld
from picklecheck.knowledge import loading
from picklecheck.semantics.domain.values import Arguments, ExternalObject, Frame, Here, Site
from picklecheck.semantics.events import Event
from picklecheck.semantics.syntax.module import Module

NODE = ast.parse("call()").body[0]
FRAME = cast(Frame, None)


@pytest.fixture(scope="module")
def world() -> KnownWorld:
    return KnownWorld(loading.load())


def event(name: str, makes: str = "", own_arguments: bool = True) -> Event:
    arguments = Arguments()
    made = ExternalObject(makes, Site(cast(Module, None), NODE), None, arguments if own_arguments else Arguments())
    return Event(name, None, arguments, Here(FRAME, NODE), (made,) if makes else ())


@pytest.mark.parametrize(
    ("told", "boundary"),
    [
        (event("multiprocessing.pool.Pool.map"), "multiprocessing.pool.Pool.map"),
        (event("somewhere.context.Process", "multiprocessing.Process"), "multiprocessing.Process"),
        (event("somewhere.found", "multiprocessing.Process", own_arguments=False), None),
        (event("multiprocessing.pool.Pool.__init__"), "multiprocessing.pool.Pool"),
        (event("multiprocessing.Process.__init__"), None),
        (event("uvloop.Loop.run_in_executor"), "asyncio.AbstractEventLoop.run_in_executor"),
        (event("json.dumps"), None),
        # What the name says goes before the type of what the call makes.
        (event("multiprocessing.pool.Pool.map", "multiprocessing.Process"), "multiprocessing.pool.Pool.map"),
    ],
)
def test_the_first_that_recognises_a_call_decides(world: KnownWorld, told: Event, boundary: str | None) -> None:
    found = (recogniser(world, told) for recogniser in recognise.RECOGNISERS)
    entry = next((one for one in found if one is not None), None)
    assert (entry.name if entry is not None else None) == boundary
