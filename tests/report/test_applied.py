"""What was done is told in the past tense, for every title that a rewrite gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from picklecheck import fixes
from picklecheck.report import applied

SOURCES = [path.read_text("utf-8") for path in Path(fixes.__file__).parent.glob("*.py")]
TITLES = [
    title
    for source in SOURCES
    for title in re.findall(r"""(?:title = |Fix\(\s*"[a-z]+"[^,]*,|TITLE = )\s*f?"([a-z][^"]*)""", source)
]


@pytest.mark.parametrize(
    ("title", "told"),
    [
        (
            "exclude `lock` from the pickle and recreate it when unpickled",
            "excluded lock from the pickle and recreated it when unpickled",
        ),
        ("use `make and use it`", "used make and use it"),
        ("make `f` a static method (leaves `self.db`)", "made f a static method"),
        ("move `f` to module level, with `k` as an argument", "moved f to module level, with k as an argument"),
        ("create the Lock with a `multiprocessing.Manager`", "created the Lock with a multiprocessing.Manager"),
    ],
)
def test_a_title_is_told_as_done(title: str, told: str) -> None:
    assert applied.line("run.py", 8, "PKL104", title) == f"run.py:8: PKL104 {told}"


@pytest.mark.parametrize("title", TITLES)
def test_every_title_begins_with_a_known_verb(title: str) -> None:
    assert title.split()[0] in applied.DONE


def test_there_are_titles() -> None:
    assert len(TITLES) > 20
