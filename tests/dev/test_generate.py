"""The tables that repeat what stands elsewhere are current, and are written from it alone."""

from __future__ import annotations

import pytest

from picklecheck.dev import generate
from picklecheck.dev.generate import COMMAND, Part


@pytest.mark.parametrize("part", generate.parts(), ids=lambda part: f"{part.path} {part.name}")
def test_every_table_is_current(part: Part) -> None:
    is_now, must_be = part.texts()
    assert is_now == must_be, f"run `{COMMAND}`"
