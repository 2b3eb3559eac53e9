"""Fixing: what is applied together, what is taken back, and that it comes to an end."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from picklecheck.findings import Analysis, FailsUnder, Finding, unreadable
from picklecheck.mending import Mended, mend
from picklecheck.options import Options
from picklecheck.session import inspect
from picklecheck.settings import Settings, load
from picklecheck.source.edits import Applicability, Edit, Fix, Position
from picklecheck.source.place import Place
from picklecheck.source.text import Source, Unreadable, source
from picklecheck.workspace import program_with

# In the programs of these tests `bad(X)` is a finding, and its fix writes X in its place. X may be
# a word with a meaning: `unsafe`, `display`, `import` (adds a line on top), `other` (edits other.py too).
BAD = re.compile(r"(?P<code>bad|worse|note)\((?P<word>[\w .:=()'\\]*?)\)!")
WORDS = {"breaks": "BROKEN", "raises": "RAISE", "stays": "bad(x)!", "worsens": "worse(x)!"}
rounds: list[str] = []


def engine(path: str, text: Source, settings: Settings, unsaved: Mapping[str, Source]) -> Analysis:
    rounds.append(path)
    if "BROKEN" in text.text:
        return Analysis([unreadable(path, Unreadable(1, 1, "broken"))])
    if "RAISE" in text.text:
        raise ValueError("no such thing")
    lines = enumerate(text.lines, 1)
    return Analysis([_finding(path, number, match) for number, line in lines for match in BAD.finditer(line)])


def _finding(path: str, line: int, match: re.Match[str]) -> Finding:
    word = match["word"]
    start, end = Position(line, match.start() + 1), Position(line, match.end() + 1)
    how: Applicability = "unsafe" if "unsafe" in word else "display-only" if "display" in word else "safe"
    edits = [Edit(path, start, end, WORDS.get(word, word))]
    if "import" in word:
        edits.append(Edit(path, Position(1, 1), Position(1, 1), "import functools\n"))
    if "other" in word:
        edits.append(Edit("other.py", Position(1, 1), Position(1, 1), "x = 1\n"))
    place = Place(path, line, start.column, line, end.column)
    return Finding(
        code={"bad": "PKL101", "worse": "PKL102", "note": "PKL403"}[match["code"]],
        name="n",
        level="note" if match["code"] == "note" else "error",
        certainty="certain",
        message=f"`{word}` is bad",
        place=place,
        call=place,
        boundary="b",
        slot="s",
        effect="raises",
        fails_under=FailsUnder((), ""),
        fixes=(
            *((Fix("safe", "write BROKEN", (Edit(path, start, end, "BROKEN"),)),) if "second" in word else ()),
            Fix(how, f"write {word}", tuple(edits), on_request="asked" in word),
        ),
    )


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("picklecheck.analysis.analyze", engine)
    monkeypatch.chdir(tmp_path)
    rounds.clear()
    return tmp_path


def mended(text: str, *, unsafe: bool = False, name: str = "a.py", select: tuple[str, ...] = ()) -> Mended:
    Path(name).write_bytes(text.encode())
    settings = load(Options(select=select), ".")
    outcome = inspect([name], settings, 1)
    assert outcome.problems == []
    rounds.clear()
    return mend(outcome.findings, settings, {}, unsafe=unsafe, files=[name, "other.py"])


def test_fixes_that_are_apart_are_applied_in_one_round() -> None:
    result = mended("bad(a)! + bad(b)!\r\nbad(c)!\r\n")
    assert result.texts["a.py"].text == "a + b\r\nc\r\n"
    assert (result.fixed, result.findings, result.notes, rounds) == (3, [], [], ["a.py"])


def test_nothing_is_written() -> None:
    mended("bad(a)!")
    assert Path("a.py").read_text() == "bad(a)!"


def test_fixes_that_bring_the_same_name_take_turns() -> None:
    result = mended("bad(import)! + bad(import)! + bad(b)!")
    assert result.texts["a.py"].text == "import functools\nimport functools\nimport + import + b"
    assert len(rounds) == 2


def test_an_edit_that_two_fixes_share_is_made_once_per_round() -> None:
    result = mended("import functools\nbad(import)! + bad(import)!")
    assert result.texts["a.py"].text == "import functools\nimport functools\nimport + import"
    assert (result.fixed, len(rounds)) == (2, 1)


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("breaks", "the result does not parse: this file cannot be read as Python: broken"),
        ("raises", "ValueError: no such thing"),
        ("stays", "PKL101 would still be found"),
        ("worsens", "it would bring PKL102: `x` is bad"),
    ],
)
def test_a_fix_that_fails_is_taken_back_alone(word: str, why: str) -> None:
    result = mended(f"bad({word})! + bad(good)!")
    assert result.texts["a.py"].text == f"bad({word})! + good"
    assert result.fixed == 1
    assert result.notes == [f"a.py:1: not fixed (write {word}): {why}"]
    assert [finding.message for finding in result.findings] == [f"`{word}` is bad"]


def test_a_note_that_comes_up_does_not_speak_against_a_fix() -> None:
    result = mended("bad(note)!(x)!")
    assert result.fixed == 2
    assert result.texts["a.py"].text == "x"


@pytest.mark.parametrize(
    ("unsafe", "text"), [(False, "bad(unsafe)! bad(display)! a"), (True, "unsafe bad(display)! a")]
)
def test_only_fixes_that_are_asked_for_are_applied(unsafe: bool, text: str) -> None:
    assert mended("bad(unsafe)! bad(display)! bad(a)!", unsafe=unsafe).texts["a.py"].text == text


def test_where_the_best_fix_fails_the_next_is_applied() -> None:
    result = mended("bad(second)! bad(a)!")
    assert (result.texts["a.py"].text, result.fixed) == ("second a", 2)
    assert result.notes == [
        "a.py:1: not fixed (write BROKEN): the result does not parse: this file cannot be read as Python: broken"
    ]


@pytest.mark.parametrize(("select", "text"), [((), None), (("PKL1",), None), (("PKL101",), "asked")])
def test_some_fixes_wait_until_their_rule_is_named(select: tuple[str, ...], text: str | None) -> None:
    texts = mended("bad(asked)!", unsafe=True, select=select).texts
    assert (texts["a.py"].text if texts else None) == text


def test_files_that_share_a_fix_are_tied() -> None:
    Path("other.py").write_text("y = 2\n")
    assert mended("bad(a)! bad(other)! bad(b)!").tied == [{"a.py", "other.py"}]


def test_a_file_that_is_not_to_be_changed_is_left_alone() -> None:
    Path("other.py").write_text("y = 2\n")
    settings = load(Options(), ".")
    Path("a.py").write_text("bad(other)!")
    found = inspect(["a.py"], settings, 1).findings
    result = mend(found, settings, {}, unsafe=False, files=["a.py"])
    assert result.texts == {}
    assert result.notes == ["a.py:1: not fixed (write other): `other.py` is not among the files that are checked"]


def test_a_fix_of_two_files_is_applied_to_both_or_to_none() -> None:
    Path("other.py").write_text("y = 2\n")
    result = mended("bad(other)!")
    assert {path: text.text for path, text in result.texts.items()} == {
        "a.py": "other",
        "other.py": "x = 1\ny = 2\n",
    }
    Path("other.py").write_text("BROKEN")
    result = mended("bad(other)!")
    assert result.texts == {}
    assert result.notes[0].startswith("a.py:1: not fixed (write other): the result does not parse")


def test_a_fix_whose_other_file_is_gone_is_not_applied() -> None:
    result = mended("bad(other)! bad(a)!")
    assert result.texts["a.py"].text == "bad(other)! a"
    assert "No such file" in result.notes[0]


def test_a_text_that_its_encoding_cannot_hold_is_not_made() -> None:
    Path("a.py").write_bytes("# coding: latin-1\nbad(é)!".encode("latin-1"))
    settings = load(Options(), ".")
    (finding,) = inspect(["a.py"], settings, 1).findings
    edit = finding.fixes[0].edits[0]
    wide = replace(finding, fixes=(Fix("safe", "widen", (replace(edit, text="日本"),)),))
    result = mend([wide], settings, {}, unsafe=False, files=["a.py"])
    assert result.texts == {}
    assert "latin-1" in result.notes[0]


def test_a_second_run_changes_nothing() -> None:
    first = mended("bad(a)! bad(unsafe)! bad(a)!")
    assert mended(first.texts["a.py"].text).texts == {}


def test_the_files_of_one_trial_share_their_modules(tmp_path: Path) -> None:
    settings = load(Options(isolated=True), str(tmp_path))
    path = str(tmp_path / "shared.py")
    first, second = {path: source(path, "one = 1\n")}, {path: source(path, "two = 2\n")}
    program = program_with(first, settings)
    assert program_with(first, settings) is program
    found = program_with(second, settings).module(Path(path))
    assert found is not None and found.text == "two = 2\n"
