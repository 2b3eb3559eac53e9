"""Which locks guard nothing but the data of their own object."""

import libcst as cst
import pytest

from picklecheck.fixes.class_state import methods_of
from picklecheck.fixes.own_guard import guards_own_data
from picklecheck.fixes.tree import Tree

CLASS = """\
import threading


class Job:
    def __init__(self, shared):
        self.lock = threading.Lock()
        self.seen = {{}}
        self.shared = shared

    def work(self, n):
        {body}
"""


def guards(text: str) -> bool:
    tree = Tree.read("program.py", text)
    node = next(one for one in tree.spans if isinstance(one, cst.ClassDef) and one.name.value == "Job")
    return guards_own_data(tree, node, methods_of(node)["__init__"], "lock")


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ("return n", True),
        ("with self.lock:\n            self.seen[n] = self.seen.get(n, 0) + 1", True),
        ("with self.lock:\n            return sorted(self.seen), len(self.seen)", True),
        ("with self.lock:\n            print(n)", False),
        ("with self.lock:\n            self.shared.append(n)", False),
        ("with self.lock:\n            self.other(n)", False),
        ("with self.lock:\n            TABLE[n] = 1", False),
        ("with self.lock as held:\n            return n", False),
        ("self.lock.acquire()\n        self.seen.clear()\n        self.lock.release()", False),
        ("return self.lock", False),
    ],
)
def test_what_stands_in_its_blocks_decides(body: str, own: bool) -> None:
    assert guards(CLASS.format(body=body)) is own


def test_a_lock_that_others_enter_is_not_its_own() -> None:
    assert not guards(CLASS.format(body="return n") + "\n\ndef run(job):\n    with job.lock:\n        print(1)\n")


def test_another_class_may_have_one_of_the_same_name() -> None:
    other = "\n\nclass Other:\n    def work(self):\n        with self.lock:\n            print(1)\n"
    assert guards(CLASS.format(body="return n") + other)
