"""A fix after which the same call still fails is taken back, and said to be."""

from __future__ import annotations

from pathlib import Path

from picklecheck.mending import Mended, mend
from picklecheck.options import Options
from picklecheck.session import inspect
from picklecheck.settings import load

PROGRAM = """\
import multiprocessing


def main():
    def work(found):
        print(next(found))

    def read():
        yield 1

    process = multiprocessing.Process(target=work, args=({argument},))
    process.start()
    process.join()


if __name__ == "__main__":
    main()
"""


def _mended(folder: Path, argument: str) -> Mended:
    path = folder / "program.py"
    path.write_text(PROGRAM.replace("{argument}", argument))
    settings = load(Options(isolated=True), str(folder))
    found = inspect([str(path)], settings, 1)
    return mend(found.findings, settings, {}, unsafe=False, files=[str(path)])


def test_what_another_argument_makes_fail_is_not_fixed_by_half(tmp_path: Path) -> None:
    mended = _mended(tmp_path, "read()")
    assert mended.fixed == 0
    assert mended.texts == {}
    assert {finding.code for finding in mended.findings} == {"PKL102", "PKL201"}
    function = next(finding for finding in mended.findings if finding.code == "PKL102")
    assert function.no_fix.startswith("`Process` would still fail: ")


def test_where_all_is_well_it_is_fixed(tmp_path: Path) -> None:
    mended = _mended(tmp_path, "iter([1])")
    assert (mended.fixed, mended.findings) == (1, [])
