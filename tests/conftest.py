"""What the tests share: the option that runs every program under every interpreter."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-program",
        action="store_true",
        help="run every fixture program under every interpreter at hand, not a sample under the others",
    )
