"""Every crossing ends as fine, refused or undecided, and of the last it is told what is not known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from picklecheck.__main__ import main
from picklecheck.findings import Judged, judged_once

PROGRAM = """\
from multiprocessing import Pool, Queue

import parcels


class Crawler:
    def __init__(self):
        self.session = parcels.open_session()

    def fetch(self, page):
        return 1


def label(row):
    return parcels.read(row)


def run(rows, queue=Queue()):
    with Pool() as pool:
        pool.map(Crawler().fetch, ["a"])
        pool.map(label, [1])
        pool.map(abs, rows)
        pool.map(lambda row: row, [1])
    queue.put((1, parcels.first()))
    parcel = parcels.make()
    queue.put(parcel)
    for row in parcels.rows():
        queue.put(row)
    queue.put(label(3))
    queue.put(3)
"""
REASONS = {
    (20, "func"): "attribute `session`: unknown call `parcels.open_session()`",
    (21, "return"): "what the task returns",
    (22, "iterable"): "parameter `rows`, of which no caller is seen",
    (24, "obj"): "unknown call `parcels.first()`",
    (26, "obj"): "unknown call `parcels.make()`",
    (28, "obj"): "unknown call `parcels.rows()`",
    (29, "obj"): "result of `label()`, which is not known",
}


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run.py").write_text(PROGRAM, "utf-8")


def test_each_undecided_crossing_has_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    main(["run.py", "--isolated", "--show-undecided", "--output-format", "json"])
    report = json.loads(capsys.readouterr().out)
    told = {(one["line"], one["slot"]): one["reason"] for one in report["undecided"]}
    assert told == REASONS
    counts = report["summary"]["crossings"]
    assert counts["undecided"] == len(REASONS)
    assert counts["refused"] == 1
    assert counts["total"] == counts["fine"] + counts["refused"] + counts["undecided"]


def test_undecided_crossings_are_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    main(["run.py", "--isolated", "--show-undecided", "--output-format", "concise"])
    lines = capsys.readouterr().out.splitlines()
    assert "run.py:26:15: undecided: `obj` of `Queue.put`: unknown call `parcels.make()`" in lines
    main(["run.py", "--isolated", "--output-format", "concise"])
    assert "undecided" not in capsys.readouterr().out


def test_statistics_count_crossings(capsys: pytest.CaptureFixture[str]) -> None:
    main(["run.py", "--isolated", "--statistics"])
    counts = capsys.readouterr().out.splitlines()[-2]
    assert counts.endswith(f"1 refused, {len(REASONS)} undecided")
    assert counts.split()[1] == "crossings:"


def test_other_programs_get_no_list_of_what_is_undecided(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run.py", "--isolated", "--show-undecided", "--output-format", "sarif"]) == 2
    assert "--show-undecided has no output format `sarif`" in capsys.readouterr().err


def test_the_run_that_shows_most_counts() -> None:
    place = ("run.py", 3, 5, "Pool.map", "func")
    undecided, fine = Judged(*place, "undecided", "unknown call `make()`"), Judged(*place, "fine")
    assert judged_once([undecided, fine, undecided]) == (fine,)
    assert judged_once([fine, Judged(*place, "refused")]) == (Judged(*place, "refused"),)
    other = Judged("run.py", 3, 5, "Pool.map", "return", "fine")
    assert judged_once([other, fine]) == (fine, other)
