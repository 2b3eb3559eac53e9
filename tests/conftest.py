"""What the tests share: the options that say how many of them are run, steady examples, summaries."""

import os
import signal
import zlib

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

    parser.addoption(
        "--sample",
        type=int,
        default=1,
        metavar="N",
        help="run one test of N, always the same ones, from all files alike",
    )


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors, as many a test only waits for programs to end."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `--sample` does not ask for."""
    among = config.getoption("--sample")
    items[:] = [item for item in items if zlib.crc32(item.nodeid.encode()) % among == 0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded as their `summary`, wherever they ran."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "summary":
                terminalreporter.write_line(str(text))
