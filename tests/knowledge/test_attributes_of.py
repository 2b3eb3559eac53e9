"""Attributes of types of the standard library: what the running Python says of an object is what is told."""

from __future__ import annotations

import io
import queue
import threading

import pytest

from picklecheck.knowledge.attributes_of import has_attribute


@pytest.mark.parametrize(
    ("type_name", "made"),
    [("threading.Lock", threading.Lock()), ("threading.RLock", threading.RLock()), ("io.StringIO", io.StringIO())],
)
@pytest.mark.parametrize("name", ["acquire", "read", "__enter__", "nothing"])
def test_as_an_object_has_it(type_name: str, made: object, name: str) -> None:
    assert has_attribute(type_name, name) is hasattr(made, name)


def test_other_modules_are_not_imported() -> None:
    assert has_attribute("antigravity.Anything", "fly") is None
    assert has_attribute("queue.Queue", "put") is hasattr(queue.Queue(), "put")
