"""Inputs on which work that grows faster than its input would not end: that these tests end is what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from picklecheck.__main__ import main
from picklecheck.crossings.judging import DEEPEST
from picklecheck.findings import FailsUnder, Finding, Place
from picklecheck.report import full
from picklecheck.report.paint import Paint
from picklecheck.source.edits import Edit, Edits, Fix, Position
from picklecheck.source.sieve import survives
from picklecheck.source.suppressions import settle
from picklecheck.source.text import source


@pytest.mark.parametrize("deep", [40, 400])
def test_values_that_share_parts_are_judged_once(
    deep: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Written out, the last one would have 2 ** 40 parts, or more; beyond some depth none is looked at."""
    monkeypatch.chdir(tmp_path)
    doubled = "".join(f"a{n + 1} = (a{n}, a{n})\n" for n in range(deep))
    use = f"if __name__ == '__main__':\n    multiprocessing.Pool().map(print, [a{deep}])\n"
    use += f"    multiprocessing.Process(target=print, args=(a{deep},)).start()\n"
    Path("a.py").write_text(f"import multiprocessing\na0 = 1\n{doubled}{use}", "utf-8")
    assert main(["--isolated"]) == 0
    told = "All checks passed!" if deep < DEEPEST else "Nothing found in what could be checked."
    assert told in capsys.readouterr().out


@pytest.mark.parametrize("use", ["a40 == b40", "b40 in a40", "a40 is b40", "f'{a40}'", "'%s' % a40", "rows == 1"])
def test_values_that_share_parts_are_not_written_out(
    use: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    doubled = "".join(f"{x}{n + 1} = ({x}{n}, {x}{n})\n" for x in "ab" for n in range(40))
    itself = "rows = [1]\nrows[0] = rows\n"
    send = "if __name__ == '__main__':\n    multiprocessing.Pool().map(lambda row: row, [1])\n"
    Path("a.py").write_text(f"import multiprocessing\na0 = b0 = 1\n{doubled}{itself}used = {use}\n{send}", "utf-8")
    assert main(["--isolated", "--no-cache"]) == 1
    assert "PKL101" in capsys.readouterr().out


@pytest.mark.parametrize(
    "data",
    [
        b'x = "' + b"You can import multiprocessing to map work from a Pool " * 40_000 + b'"\n',
        b"Pool map multiprocessing\n" + b"import (" * 100_000,
        b"Pool map\n" + b"x multiprocessing \\\n" * 50_000,
    ],
    ids=["a long line", "open parentheses", "continued lines"],
)
def test_the_sieve_reads_each_line_once(data: bytes) -> None:
    assert not survives(data)


def test_suppressions_are_settled_in_one_pass() -> None:
    lines = source("a.py", "x = 1  # picklecheck: ignore[PKL101]\n" * 10_000)
    assert len(settle(lines, [], {"PKL101", "PKL902"})) == 10_000
    codes = ",".join(["PKL101"] * 20_000)
    one = source("a.py", f"x = 1  # picklecheck: ignore[{codes}]\n")
    assert len(settle(one, [], {"PKL101", "PKL902"})) == 20_000


def edit(line: int, text: str = "b") -> Edit:
    return Edit("a.py", Position(line, 1), Position(line, 2), text)


def test_many_edits_are_told_apart_quickly() -> None:
    edits = Edits()
    for line in range(50_000):
        assert not edits.collide([edit(line)])
        edits.add([edit(line)])
    assert edits.collide([edit(7, "c")])


def test_a_finding_is_shown_by_the_lines_around_its_fix() -> None:
    text = ("",) * 20_000
    findings = []
    for line in range(1, 2_000):
        place = Place("a.py", line, 1, line, 1)
        fix = Fix("safe", "t", (Edit("a.py", Position(line, 1), Position(line, 1), "x"),))
        under = FailsUnder((), "")
        findings.append(
            Finding("PKL101", "n", "error", "certain", "m", place, place, "b", "s", "raises", under, fixes=(fix,))
        )
    assert full.render(findings, lambda path: text, Paint(False)).count("| + x\n") == 1_999
