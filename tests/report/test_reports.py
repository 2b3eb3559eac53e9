"""Reports: what people and programs get to see of findings."""

import io
import json as stdlib_json
from dataclasses import replace

import pytest

from picklecheck.addresses import of_rule
from picklecheck.findings import Cause, FailsUnder, Finding, Place, Report, Step
from picklecheck.report import concise, full, json, summary
from picklecheck.report.paint import Paint, wanted
from picklecheck.source.edits import Edit, Fix, Position

PLAIN = Paint(False)
TEXT = {
    "run.py": (
        "import threading",
        "class Runner:",
        "    def __init__(self):",
        "        self.lock = threading.Lock()",
        "    def go(self, pool):",
        "\tpool.map(self.work, '日本', x)",
    ),
    "other.py": ("lock = 1",),
}


def lines(path: str) -> tuple[str, ...]:
    return TEXT.get(path, ())


def place(line: int, column: int, end: int, path: str = "run.py") -> Place:
    return Place(path, line, column, line, end)


FIX = Fix(
    "safe",
    "drop the lock",
    (Edit("run.py", Position(4, 9), Position(4, 37), "self.lock = None\n        self.more = 1"),),
)
HELD = Finding(
    code="PKL104",
    name="held-resource-crosses",
    level="error",
    certainty="likely",
    message="`self.work` takes a lock along",
    place=place(6, 11, 20),
    call=place(6, 2, 30),
    boundary="multiprocessing.pool.Pool.map",
    slot="func",
    effect="hangs",
    fails_under=FailsUnder(("spawn", "forkserver"), ">=3.8"),
    holding_path=(
        Step("bound method Runner.work", place(6, 11, 20)),
        Step("attribute lock of Runner, a threading.Lock", place(4, 9, 37)),
        Step("made elsewhere", place(1, 1, 5, "other.py")),
    ),
    help="make it in the worker",
    fixes=(FIX,),
    no_fix="",
)
FIXED = ("run.py:8: PKL104 excluded lock from the pickle", "run.py:9: PKL101 passed sum itself")
NOTE = Finding(
    code="PKL403",
    name="dropped-result",
    level="note",
    certainty="certain",
    message="nobody reads this result",
    place=place(6, 22, 26),
    call=place(6, 2, 30),
    boundary="b",
    slot="",
    effect="silent",
    fails_under=FailsUnder((), ""),
)


def test_full_shows_the_value_the_way_and_the_fix() -> None:
    assert full.render([HELD], lines, PLAIN) == (
        "error[PKL104] held-resource-crosses: `self.work` takes a lock along\n"
        " --> run.py:6:11\n"
        "  |\n"
        "6 |     pool.map(self.work, '日本', x)\n"
        "  |              ^^^^^^^^^\n"
        " ::: run.py:4:9\n"
        "4 |         self.lock = threading.Lock()\n"
        "  |         ---------------------------- attribute lock of Runner, a threading.Lock\n"
        " ::: other.py:1:1\n"
        "1 | lock = 1\n"
        "  | ---- made elsewhere\n"
        "  |\n"
        "  = hangs under spawn (macOS, Windows) and forkserver (Linux from 3.14), Python >=3.8\n"
        "  = likely, not certain: it depends on a condition or value that is not known\n"
        "  = help: make it in the worker\n"
        "help: fix available (safe, --fix): drop the lock\n"
        "  |\n"
        "3 |       def __init__(self):\n"
        "4 | -         self.lock = threading.Lock()\n"
        "  | +         self.lock = None\n"
        "  | +         self.more = 1\n"
        "5 |       def go(self, pool):\n"
        "\n"
    )


def test_why_is_told_only_where_the_frames_do_not_show_it() -> None:
    here = HELD.holding_path[0].place
    steps = (Step("bound method Runner.work", here), Step("an instance of Runner", here), *HELD.holding_path[1:])
    shown = full.render([replace(HELD, holding_path=steps)], lines, PLAIN)
    assert "= why: bound method Runner.work → an instance of Runner → attribute lock" in shown
    twice = (HELD.holding_path[0], Step("bound method Runner.work", place(4, 9, 37)))
    assert "why:" not in full.render([replace(HELD, holding_path=twice)], lines, PLAIN)


def test_two_causes_of_the_same_words_are_told_once() -> None:
    cause = Cause("PKL101", "`self.handlers` (line 9), a lambda", "target", ())
    assert full.render([replace(HELD, causes=(cause, cause))], lines, PLAIN).count("also: ") == 1


def test_fixes_can_be_left_out() -> None:
    shown = full.render([HELD], lines, PLAIN, show_fixes=False)
    assert "help: make it in the worker\n\n" in shown
    assert "drop the lock" not in shown


def test_full_names_the_other_fixes_and_how_to_ask_for_them() -> None:
    others = (
        Fix("unsafe", "look twice", HELD.fixes[0].edits),
        Fix("unsafe", "fork", HELD.fixes[0].edits, on_request=True, way="fork"),
    )
    shown = full.render([replace(HELD, fixes=(*HELD.fixes, *others))], lines, PLAIN)
    assert shown.endswith(
        "help: or (unsafe, --fix --unsafe-fixes): look twice\n"
        "help: or (unsafe, --fix --unsafe-fixes --select PKL104:fork): fork\n\n"
    )


@pytest.mark.parametrize(
    ("line", "column", "end", "before", "carets"),
    [
        ("f(x)", 3, 4, 2, 1),
        ("\tf(x)", 4, 5, 6, 1),
        ("a\tb", 3, 4, 4, 1),
        ("'日本', x", 7, 8, 8, 1),
        ("日本(x)", 1, 3, 0, 4),
        ("e\u0301 = f", 6, 7, 4, 1),
        ("", 1, 1, 0, 1),
        ("\x1bx", 2, 3, 4, 1),
        ("\u202e\tx", 3, 4, 8, 1),
    ],
)
def test_carets_stand_under_the_value(line: str, column: int, end: int, before: int, carets: int) -> None:
    spot = Place("a.py", 1, column, 1, end)
    finding = Finding("PKL101", "n", "error", "certain", "m", spot, spot, "b", "s", "raises", FailsUnder((), ""))
    shown = full.render([finding], lambda path: (line,), PLAIN).split("\n")
    assert shown[4] == "  | " + " " * before + "^" * carets
    assert "\x1b" not in shown[3]


def test_of_a_value_of_several_lines_the_first_is_shown() -> None:
    finding = _at(Place("run.py", 4, 21, 6, 3))
    shown = full.render([finding], lines, PLAIN).split("\n")
    assert shown[4] == "  | " + " " * 20 + "^" * 16


@pytest.mark.parametrize("spot", [place(99, 1, 2), place(1, 1, 2, "gone.py")])
def test_a_place_that_cannot_be_shown_is_named(spot: Place) -> None:
    shown = full.render([_at(spot)], lines, PLAIN)
    assert f"--> {spot.path}:{spot.line}:1\n" in shown
    assert "^" not in shown


def _at(spot: Place) -> Finding:
    return Finding("PKL101", "n", "error", "certain", "m", spot, spot, "b", "s", "raises", FailsUnder((), ""))


@pytest.mark.parametrize(
    ("under", "shown"),
    [
        (FailsUnder(("fork", "spawn", "forkserver"), ""), "fails under every start method"),
        (FailsUnder(("spawn",), ">=3.14"), "fails under spawn (macOS, Windows), Python >=3.14"),
        (FailsUnder((), "<3"), "fails under Python <3"),
    ],
)
def test_where_it_fails_is_said(under: FailsUnder, shown: str) -> None:
    finding = Finding("PKL101", "n", "error", "certain", "m", place(1, 1, 2), place(1, 1, 2), "b", "s", "raises", under)
    assert f"= {shown}\n" in full.render([finding], lines, PLAIN)


def test_concise_is_one_line_each() -> None:
    assert concise.render([HELD, NOTE], PLAIN) == (
        "run.py:6:11: PKL104 [error] [*] `self.work` takes a lock along\n"
        "run.py:6:22: PKL403 [note] nobody reads this result\n"
    )


def test_json_holds_the_contract() -> None:
    content = stdlib_json.loads(json.render(Report((HELD, NOTE), 3, FIXED)))
    fix = {
        "applicability": "safe",
        "title": "drop the lock",
        "edits": [
            {
                "path": "run.py",
                "start": {"line": 4, "column": 9},
                "end": {"line": 4, "column": 37},
                "text": "self.lock = None\n        self.more = 1",
            }
        ],
    }
    assert content["version"] == 1
    crossings = {"total": 0, "fine": 0, "refused": 0, "undecided": 0}
    levels = {"errors": 1, "warnings": 0, "notes": 1}
    assert content["summary"] == {"files_checked": 3, **levels, "fixed": 2, "crossings": crossings}
    assert content["findings"][0] == {
        "code": "PKL104",
        "name": "held-resource-crosses",
        "level": "error",
        "certainty": "likely",
        "message": "`self.work` takes a lock along",
        "path": "run.py",
        "line": 6,
        "column": 11,
        "end_line": 6,
        "end_column": 20,
        "boundary": "multiprocessing.pool.Pool.map",
        "slot": "func",
        "effect": "hangs",
        "fails_under": {"start_methods": ["spawn", "forkserver"], "python": ">=3.8"},
        "holding_path": [
            {"text": "bound method Runner.work", "path": "run.py", "line": 6, "column": 11},
            {"text": "attribute lock of Runner, a threading.Lock", "path": "run.py", "line": 4, "column": 9},
            {"text": "made elsewhere", "path": "other.py", "line": 1, "column": 1},
        ],
        "causes": [],
        "fix": fix,
        "fixes": [fix],
        "not_fixed": "",
        "run_time": [],
        "help": "make it in the worker",
        "url": of_rule("held-resource-crosses"),
    }
    assert content["findings"][1]["fix"] is None


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (Report((), 3), "All checks passed!"),
        (Report((), 3, FIXED), "Fixed 2 findings. All checks passed!"),
        (
            Report((), 3, accepted=2, stale=1),
            "Nothing new found, but 1 finding of the baseline no longer. The baseline accepts 2 findings.",
        ),
        (Report((), 3, of_error=True), "Nothing found that ends in this error."),
        (Report((HELD,), 1), "Found 1 error in 1 file (1 file checked)."),
        (
            Report((HELD, HELD, NOTE), 3, FIXED[:1]),
            "Fixed 1 finding. Found 2 errors and 1 note in 1 file (3 files checked).",
        ),
    ],
)
def test_the_summary_counts(report: Report, line: str) -> None:
    assert summary.summary(report) == line


def test_statistics_count_by_rule() -> None:
    assert summary.table([HELD, NOTE, HELD]) == (
        "    2  PKL104  [*]  held-resource-crosses\n    1  PKL403  [ ]  dropped-result\n"
    )


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "environment", "terminal", "colour"),
    [
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("", {"NO_COLOR": "1"}, True, False),
        ("", {"FORCE_COLOR": "1"}, False, True),
        ("", {"TERM": "dumb"}, True, False),
    ],
)
def test_colour_is_as_asked(
    monkeypatch: pytest.MonkeyPatch, choice: str, environment: dict[str, str], terminal: bool, colour: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wanted(choice, _Terminal() if terminal else io.StringIO()) is colour


def test_colour_changes_nothing_but_colour() -> None:
    import re

    painted = full.render([HELD, NOTE], lines, Paint(True))
    assert "\033[1;31merror[PKL104]\033[0m" in painted
    assert re.sub(r"\033\[[0-9;]*m", "", painted) == full.render([HELD, NOTE], lines, PLAIN)
