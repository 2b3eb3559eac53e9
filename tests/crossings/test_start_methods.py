"""Start methods: those that platforms have by default count, and those that the program chooses."""

import pytest

from picklecheck.analysis import analyze
from picklecheck.options import Options
from picklecheck.settings import load
from picklecheck.source.text import Source

PROGRAM = """\
import sys
from multiprocessing import Process, get_context

def main():
    def task(): ...
    process = {maker}(target=task)
    process.start()

if __name__ == "__main__":
    main()
"""


@pytest.mark.parametrize(
    ("maker", "targets", "level", "methods"),
    [
        ("Process", ">=3.8", "warning", ("spawn", "forkserver")),
        ("Process", ">=3.14", "error", ("spawn", "forkserver")),
        ("Process", "3.12", "warning", ("spawn",)),
        ("get_context('fork').Process", ">=3.14", None, ()),
        ("get_context('forkserver').Process", "3.12", "error", ("forkserver",)),
        ("get_context(sys.argv[1]).Process", ">=3.14", "warning", ("spawn", "forkserver")),
        ("get_context().Process", ">=3.14", "error", ("spawn", "forkserver")),
    ],
)
def test_fork_counts_where_it_is_a_default_or_chosen(
    maker: str, targets: str, level: str | None, methods: tuple[str, ...]
) -> None:
    settings = load(Options(isolated=True, target_version=(targets,)), ".")
    found = analyze("program.py", Source("program.py", PROGRAM.format(maker=maker)), settings, {}).findings
    told = [(one.level, one.fails_under.start_methods) for one in found if one.code == "PKL102"]
    assert told == ([(level, methods)] if level else [])


def test_a_finding_says_whether_the_program_chose_the_start_method() -> None:
    settings = load(Options(isolated=True, target_version=("3.12",)), ".")
    chosen = {
        maker: analyze("program.py", Source("program.py", PROGRAM.format(maker=maker)), settings, {})
        .findings[0]
        .fails_under.chosen
        for maker in ("Process", "get_context('spawn').Process")
    }
    assert chosen == {"Process": False, "get_context('spawn').Process": True}


@pytest.mark.parametrize(
    ("test", "methods"),
    [
        ('os.name == "posix"', ("spawn",)),
        ('os.name != "nt"', ("spawn",)),
    ],
)
def test_where_fork_is_pinned_for_all_that_have_it_the_others_spawn(test: str, methods: tuple[str, ...]) -> None:
    settings = load(Options(isolated=True, target_version=(">=3.8",)), ".")
    pin = f"def main():\n    if {test}:\n        multiprocessing.set_start_method('fork')\n"
    program = "import multiprocessing, os\n" + PROGRAM.format(maker="Process").replace("def main():\n", pin)
    found = analyze("program.py", Source("program.py", program), settings, {}).findings
    assert [one.fails_under.start_methods for one in found if one.code == "PKL102"] == [methods]
