"""What the code says of types of the standard library, tried out on the running Python."""

from __future__ import annotations

import importlib
import logging
import pickle
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import context, get_context
from types import SimpleNamespace
from typing import Any

import pytest

from picklecheck.crossings.instances import WITHOUT_ATTRIBUTES
from picklecheck.knowledge import loading
from picklecheck.semantics.kinds.checks import NEVER_FALSE

# What a subclass of each type is called with; nothing, where it is not here.
CALLED_WITH: dict[str, tuple[Any, ...]] = {
    "builtins.enumerate": ([1],),
    "builtins.filter": (None, [1]),
    "builtins.map": (abs, [1]),
    "builtins.reversed": ((1,),),
    "datetime.date": (2000, 1, 1),
    "datetime.datetime": (2000, 1, 1),
    "itertools.chain": ([1],),
    "itertools.cycle": ([1],),
    "itertools.repeat": (1,),
    "logging.RootLogger": (0,),
    "uuid.UUID": ("0" * 32,),
    "xml.etree.ElementTree.Element": ("tag",),
    **{f"ipaddress.IPv4{kind}": ("127.0.0.1",) for kind in ("Address", "Network", "Interface")},
    **{f"ipaddress.IPv6{kind}": ("::1",) for kind in ("Address", "Network", "Interface")},
}
MORE = "one_attribute_more"
SPAWNING = context.SpawnContext()
INHERITED = ("multiprocessing.queues.", "multiprocessing.synchronize.")


def found(name: str) -> type | None:
    """The type of a dotted name; None where this Python has none."""
    module, _, last = name.rpartition(".")
    try:
        return getattr(importlib.import_module(module), last)  # type: ignore[no-any-return]
    except (ImportError, AttributeError):
        return None


def made(name: str, kind: type) -> Any:
    """An object of a subclass of the type, with an attribute more."""
    subclass = type("Subclass", (kind,), {"__module__": __name__})
    globals()["Subclass"] = subclass
    if name.startswith(INHERITED):
        value = subclass(ctx=SPAWNING) if "Queue" in name or "Condition" in name else subclass(**of_semaphore(name))
    elif name == "multiprocessing.shared_memory.SharedMemory":
        value = subclass(create=True, size=8)
    elif name == "logging.Logger":
        logging.setLoggerClass(subclass)  # one that nobody got by its name is not pickled at all
        value = logging.getLogger(__name__)
        logging.setLoggerClass(logging.Logger)
    else:
        value = subclass(*CALLED_WITH.get(name, ()))
    value.__dict__[MORE] = 1  # some types set no attributes
    return value


def of_semaphore(name: str) -> dict[str, Any]:
    return {"ctx": SPAWNING, "value": 1} if name.endswith("Semaphore") else {"ctx": SPAWNING}


def sent(name: str, value: Any) -> str:
    """What is sent of the value, as text; a primitive may only go to a process that is being started."""
    if not name.startswith(INHERITED):
        return repr(pickle.dumps(value))
    spawning = context.get_spawning_popen()
    context.set_spawning_popen(SimpleNamespace(duplicate_for_child=lambda handle: handle, DupFd=lambda handle: handle))
    try:
        return repr(value.__getstate__())
    finally:
        context.set_spawning_popen(spawning)


def takes_along(name: str) -> bool | None:
    """Whether an attribute more is sent with an object of a subclass; None where this Python has no such type."""
    kind = found(name)
    if kind is None:
        return None
    value = made(name, kind)
    try:
        return MORE in sent(name, value)
    finally:
        if name.endswith("SharedMemory"):
            value.close()
            value.unlink()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Executor]:
    """A process of its own, as shared memory and semaphores leave another one behind."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as executor:
        yield executor


@pytest.mark.parametrize("name", sorted(WITHOUT_ATTRIBUTES))
def test_a_subclass_goes_without_its_attributes(name: str, elsewhere: Executor) -> None:
    if sys.version_info >= (3, 14) and name.startswith("itertools."):
        pytest.skip("nothing of itertools is pickled since 3.14")
    if sys.version_info < (3, 12) and name in ("pathlib.Path", "pathlib.PurePath"):
        pytest.skip("a class of one's own derives from the class of the platform before 3.12")
    along = elsewhere.submit(takes_along, name).result(30)
    if along is None:
        pytest.skip("this Python has no such type")
    assert not along


def test_another_subclass_goes_with_them(elsewhere: Executor) -> None:
    assert elsewhere.submit(takes_along, "collections.deque").result(30)


@pytest.mark.parametrize("name", sorted(name for name in loading.load().types if name.startswith(NEVER_FALSE)))
def test_what_is_never_false_says_nothing_of_its_truth(name: str) -> None:
    kind = found(name)
    if kind is None:
        pytest.skip("this Python has no such type")
    assert not hasattr(kind, "__bool__")
    assert not hasattr(kind, "__len__")
