"""What the tests of knowledge share: the script that measures."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture(scope="session")
def measure() -> ModuleType:
    sys.path.insert(0, str(SCRIPTS))
    try:
        import measure
    finally:
        sys.path.remove(str(SCRIPTS))
    return measure
