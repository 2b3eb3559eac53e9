"""Suppressions: what they silence, and which are told to be idle."""

import pytest

from picklecheck.findings import FailsUnder, Finding
from picklecheck.rules.selectors import CODES
from picklecheck.source.edits import apply
from picklecheck.source.place import Place
from picklecheck.source.suppressions import settle
from picklecheck.source.text import source


def finding(line: int, end: int = 0, code: str = "PKL101", name: str = "lambda-crosses") -> Finding:
    call = Place("a.py", line, 1, end or line, 5)
    value = Place("a.py", end or line, 1, end or line, 5)
    return Finding(code, name, "error", "certain", "no", value, call, "b", "func", "raises", FailsUnder(("fork",), ""))


def left(text: str, *findings: Finding, ran: frozenset[str] = CODES) -> list[tuple[str, int]]:
    return sorted((one.code, one.place.line) for one in settle(source("a.py", text), findings, ran))


@pytest.mark.parametrize(
    "comment",
    [
        "# picklecheck: ignore[PKL101]",
        "# picklecheck:ignore [lambda-crosses] for a reason",
        "# picklecheck: ignore[PKL104, PKL101]",
        "# picklecheck: ignore[PKL1]",
        "# type: ignore  # picklecheck: ignore[ALL]",
        "# picklecheck: file-ignore[PKL101]",
        "# noqa: PKL101",
        "# NoQA:E501,PKL101",
    ],
)
def test_a_comment_in_the_line_of_the_call_silences(comment: str) -> None:
    ran = frozenset({"PKL101"})
    assert left(f"x = 1\nf(x)  {comment}\n", finding(2), ran=ran) == []


@pytest.mark.parametrize(
    "comment",
    ["# noqa", "# picklecheck: ignore", "# picklecheck: ignore[PKL102]", "# noqa: E501", "# noqa: PKL1011"],
)
def test_a_comment_that_does_not_name_the_rule_does_not_silence(comment: str) -> None:
    assert ("PKL101", 1) in left(f"f(x)  {comment}\n", finding(1))


CALL = "a = 1\npool.map(\n    f,{first}\n    x,{second}\n){third}\nb = 2{outside}\n"
COMMENT = "  # picklecheck: ignore[PKL101]"


@pytest.mark.parametrize("spot", ["first", "second", "third"])
def test_a_comment_in_any_line_of_the_call_silences(spot: str) -> None:
    spots = dict.fromkeys(("first", "second", "third", "outside"), "") | {spot: COMMENT}
    assert left(CALL.format(**spots), finding(2, 5)) == []


def test_a_comment_outside_the_call_does_not_silence_and_is_idle() -> None:
    text = CALL.format(first="", second="", third="", outside=COMMENT)
    assert left(text, finding(2, 5)) == [("PKL101", 5), ("PKL902", 6)]


def test_a_comment_on_its_own_line_covers_the_statement_below() -> None:
    text = "# picklecheck: ignore[PKL101]\n# more words\n\nresult = pool.map(\n    f,\n    x)\npool.map(f, x)\n"
    assert left(text, finding(4, 6), finding(7)) == [("PKL101", 7)]


def test_a_comment_above_a_compound_statement_covers_its_head_alone() -> None:
    text = "if 1:\n    # picklecheck: ignore[PKL101]\n    with f(\n        x):\n        g(x)\n"
    assert left(text, finding(3, 4), finding(5)) == [("PKL101", 5)]


def test_a_file_comment_covers_all_and_stands_anywhere() -> None:
    assert left("f(x)\n\ng(x)\n# picklecheck: file-ignore[PKL101]\n", finding(1), finding(3)) == []


def test_text_in_strings_is_no_comment() -> None:
    assert left("f('# picklecheck: ignore[PKL101]')\n", finding(1)) == [("PKL101", 1)]


def test_idle_suppressions_are_told_unless_their_rules_did_not_run() -> None:
    text = "x = 1  # picklecheck: ignore[PKL101]\ny = 1  # noqa: PKL102\n"
    assert left(text) == [("PKL902", 1)]
    assert left(text, ran=CODES - {"PKL101"}) == []
    assert left(text, ran=CODES - {"PKL902"}) == []


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("ignore", "names no rule"),
        ("ignore[]", "names no rule"),
        ("ignore PKL101, PKL102 why", "names no rule, so it suppresses nothing; write `ignore[PKL101, PKL102]`"),
        ("ignore[PKL999]", "unknown rule `PKL999` in a suppression"),
        ("ignore[PKL1O1] why", "unknown rule `PKL1O1` in a suppression, did you mean `PKL101`?"),
        ("ignore[lambda-cross]", "did you mean `lambda-crosses`?"),
        ("ignored[PKL101]", "`ignored` is not how a suppression is written; write `ignore[PKL101]`"),
        ("disable=lambda-crosses", "write `ignore[lambda-crosses]`"),
        ("noqa PKL101", "write `ignore[PKL101]`"),
        ("ignroe", "write `ignore[CODE]`"),
        ("file-ignored[PKL2]", "write `file-ignore[PKL2]`"),
        ("ignore[lambda-crosses]", "`lambda-crosses` suppresses nothing"),
        ("file-ignore[PKL2]", "`PKL2` suppresses nothing"),
    ],
)
def test_the_message_says_what_is_wrong(comment: str, words: str) -> None:
    (told,) = settle(source("a.py", f"x = 1  # picklecheck: {comment}\n"), [], CODES)
    assert words in told.message
    assert told.level == "warning"


@pytest.mark.parametrize("tool", ["picklechek", "pickle-check", "Picklecheck", "pickelcheck"])
def test_a_misspelt_tool_is_told(tool: str) -> None:
    (told,) = settle(source("a.py", f"x = 1  # {tool}: ignore[PKL101] why\n"), [], CODES)
    assert told.message == f"`{tool}: ignore[PKL101]` suppresses nothing; write `picklecheck: ignore[PKL101]`"
    assert told.fixes == ()


@pytest.mark.parametrize("comment", ["type: ignore[arg-type]", "spellcheck: ignore[PKL101]", "picklechek: see below"])
def test_comments_for_others_are_not_told(comment: str) -> None:
    assert left(f"x = 1  # {comment}\n") == []


def test_prose_is_no_suppression() -> None:
    assert left("x = 1  # picklecheck: finds values that cannot be pickled\n") == []


def test_a_typo_costs_no_comment() -> None:
    for comment in ("ignore[PKL1O1] why", "ignored[PKL101] why", "ignore why", "disable=PKL101"):
        (told,) = settle(source("a.py", f"x = 1  # picklecheck: {comment}\n"), [], CODES)
        assert told.fixes == ()
    told, typo = settle(source("a.py", text := "x = 1  # picklecheck: ignore[PKL101, PKL1O2] why\n"), [], CODES)
    assert typo.fixes == ()
    assert apply(text, told.fixes[0].edits) == "x = 1  # picklecheck: ignore[PKL1O2] why\n"


def test_telling_can_be_silenced_by_name_only() -> None:
    comment = "# picklecheck: ignore[PKL101]"
    assert left(f"x = 1  {comment}\n# picklecheck: file-ignore[PKL902]\n") == []
    assert left(f"x = 1  {comment}\n# picklecheck: file-ignore[ALL]\n") == [("PKL902", 1), ("PKL902", 2)]


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("x = 1  # picklecheck: ignore[PKL101] why\n", "x = 1\n"),
        ("x = 1\n  # picklecheck: ignore[PKL101]\ny = 2\n", "x = 1\ny = 2\n"),
        ("x = 1  # a # picklecheck: ignore[PKL101]\n", "x = 1  # a\n"),
        ("x = 1  # picklecheck: ignore[PKL101] # b\n", "x = 1  # b\n"),
        ("x = 1  # picklecheck: ignore[PKL101]", "x = 1"),
        ("# picklecheck: ignore[PKL101]\r\nx = 1\r\n", "x = 1\r\n"),
    ],
)
def test_the_fix_takes_the_comment_away(text: str, mended: str) -> None:
    (told,) = settle(source("a.py", text), [], CODES)
    assert apply(text, told.fixes[0].edits) == mended


def test_the_fix_leaves_the_rules_that_are_needed() -> None:
    text = "f(x)  # picklecheck: ignore[PKL104, PKL101, PKL2] why\n"
    told = settle(source("a.py", text), [finding(1)], CODES)
    assert len(told) == 2
    assert apply(text, told[0].fixes[0].edits) == "f(x)  # picklecheck: ignore[PKL101] why\n"
    assert told[0].fixes == told[1].fixes


def test_a_broken_file_keeps_what_is_read_before_the_break() -> None:
    assert left("f(x)  # picklecheck: ignore[PKL101]\n'''\n", finding(1)) == []
    assert left("# picklecheck: file-ignore[PKL901]\nif x:\n  a\n b\n", finding(3, code="PKL901")) == []
