"""What a decorator gives back where a library that picklecheck does not know can be imported."""

import pytest

from picklecheck.analysis import analyze
from picklecheck.options import Options
from picklecheck.settings import load
from picklecheck.source.text import Source

PROGRAM = """\
import importlib
from concurrent.futures import ProcessPoolExecutor

def available(name):
    try:
        return True, importlib.import_module(name)
    except ImportError:
        return False, None

def requires(name):
    def inner(function):
        if available(name)[0] {otherwise}:
            return function
        def passer(*args): ...
        return passer
    return inner

@requires("a_library_of_their_own")
def double(n):
    return 2 * n

if __name__ == "__main__":
    with ProcessPoolExecutor(1) as executor:
        print(list(executor.map(double, [1, 2])))
"""


@pytest.mark.parametrize(("otherwise", "codes"), [("", []), ("and False", ["PKL106"])])
def test_a_library_that_a_name_is_passed_for_is_taken_to_be_there(otherwise: str, codes: list[str]) -> None:
    settings = load(Options(isolated=True), ".")
    found = analyze("program.py", Source("program.py", PROGRAM.format(otherwise=otherwise)), settings, {}).findings
    assert [one.code for one in found] == codes
