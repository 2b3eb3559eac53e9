"""What the tests share: the option that runs every program under every interpreter, and steady examples."""

import os

import pytest
from hypothesis import settings

# The same examples every time where a change is judged; new ones wherever somebody looks.
settings.register_profile("steady", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-program",
        action="store_true",
        help="run every fixture program under every interpreter at hand, not a sample under the others",
    )
