"""What the tests share: the option that runs every program under every interpreter, steady examples, summaries."""

import os
import signal

import pytest
from hypothesis import settings

# The same examples every time where a change is judged; new ones wherever somebody looks.
settings.register_profile("steady", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("steady")

# A shell that runs the tests in the background lets them ignore Ctrl-C, and with them the commands that they interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What is tested must be done, not remembered; the tests of the cache turn it on.
os.environ["PICKLECHECK_NO_CACHE"] = "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-program",
        action="store_true",
        help="run every fixture program under every interpreter at hand, not a sample under the others",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded as their `summary`, wherever they ran."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "summary":
                terminalreporter.write_line(str(text))
