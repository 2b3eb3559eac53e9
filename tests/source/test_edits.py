"""Edits: applied together where they are apart, refused where they meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklecheck.source.edits import Edit, Edits, Origins, Position, apply
from picklecheck.source.text import split


def edit(start: tuple[int, int], end: tuple[int, int], text: str, path: str = "a.py") -> Edit:
    return Edit(path, Position(*start), Position(*end), text)


def test_edits_are_applied_by_their_old_places() -> None:
    edits = [edit((2, 1), (2, 4), "TWO"), edit((1, 1), (1, 1), "zero\n"), edit((1, 4), (2, 1), "|")]
    assert apply("one\ntwo\n", edits) == "zero\none|TWO\n"


def test_equal_edits_count_once() -> None:
    assert apply("x\n", [edit((1, 1), (1, 1), "import a\n")] * 2) == "import a\nx\n"


def test_new_lines_get_the_line_ends_of_the_file() -> None:
    assert apply("x\r\n", [edit((1, 1), (1, 1), "a\nb\r\n")], "\r\n") == "a\r\nb\r\nx\r\n"


def test_what_is_put_in_stands_before_what_is_replaced_there() -> None:
    assert apply("f(x)", [edit((1, 1), (1, 2), "g"), edit((1, 1), (1, 1), "import g\n")]) == "import g\ng(x)"


def test_blocks_that_are_put_in_at_one_place_stand_in_the_order_in_which_they_are_given() -> None:
    blocks = [edit((2, 1), (2, 1), f"\n\ndef {name}(): pass\n\n\n") for name in "ba"]
    edits = Edits()
    edits.add(blocks[:1])
    assert not edits.collide(blocks[1:])
    assert edits.collide([edit((2, 1), (2, 1), "import a\n")])
    below = [edit((2, 1), (2, 2), "X")]
    new = apply("1\n2\n", [*below, *blocks])
    assert new == "1\n\n\ndef b(): pass\n\n\ndef a(): pass\n\n\nX\n"
    origins = Origins("1\n2\n", blocks)
    assert [origins.of(Position(line, 1)) for line in (1, 4, 7, 10)] == [Position(1, 1), None, None, Position(2, 1)]


def test_columns_count_characters() -> None:
    assert apply("é𝕏z = 1", [edit((1, 3), (1, 4), "y")]) == "é𝕏y = 1"


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (edit((1, 1), (1, 5), ""), edit((1, 4), (1, 6), ""), True),
        (edit((1, 1), (1, 5), ""), edit((1, 5), (1, 6), ""), False),
        (edit((1, 1), (1, 5), ""), edit((1, 3), (1, 3), "in"), True),
        (edit((1, 3), (1, 3), "a"), edit((1, 3), (1, 3), "b"), True),
        (edit((1, 3), (1, 3), "a"), edit((1, 3), (1, 3), "a"), False),
        (edit((1, 3), (1, 3), "a"), edit((1, 3), (1, 5), "b"), False),
        (edit((1, 1), (1, 5), ""), edit((1, 1), (1, 5), "", "b.py"), False),
    ],
)
def test_edits_collide_where_they_meet_and_differ(one: Edit, other: Edit, meet: bool) -> None:
    assert collide([one], [other]) is collide([other], [one]) is meet


PLACES = st.integers(1, 12).map(lambda column: Position(1, column))
SOME = st.builds(lambda ends, text: Edit("a.py", *sorted(ends), text), st.tuples(PLACES, PLACES), st.sampled_from("ab"))


@given(st.lists(SOME, max_size=12))
def test_edits_collide_with_many_as_with_each_of_them(edits: list[Edit]) -> None:
    taken: list[Edit] = []
    together = Edits()
    for edit in edits:
        assert together.collide([edit]) == any(collide([one], [edit]) for one in taken)
        if not together.collide([edit]):
            together.add([edit])
            taken.append(edit)


def collide(some: list[Edit], others: list[Edit]) -> bool:
    edits = Edits()
    edits.add(some)
    return edits.collide(others)


@pytest.mark.parametrize(
    "edits",
    [
        [edit((1, 1), (1, 3), "a"), edit((1, 2), (1, 4), "b")],
        [edit((9, 1), (9, 1), "a")],
        [edit((1, 9), (1, 9), "a")],
        [edit((1, 3), (1, 1), "a")],
        [edit((1, 0), (1, 1), "a")],
    ],
)
def test_edits_that_make_no_sense_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="edit"):
        apply("text", edits)


@given(st.text(st.sampled_from("ab\r\n\x0cé"), max_size=30), st.data())
def test_replacing_any_stretch_keeps_all_around_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    if text[start - 1 : start + 1] == "\r\n" or text[end - 1 : end + 1] == "\r\n":
        return  # a position inside a line end cannot be named
    places = [_position(text, offset) for offset in (start, end)]
    assert apply(text, [Edit("a.py", *places, "X")]) == text[:start] + "X" + text[end:]


def _position(text: str, offset: int) -> Position:
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return Position(before.count("\n") + 1, len(before) - before.rfind("\n"))


@given(st.permutations("abcdefghijk\n\n\r"), st.data())
def test_what_no_edit_wrote_is_traced_to_where_it_stood(letters: list[str], data: st.DataObject) -> None:
    text = "".join(letters)
    lines = split(text)
    ends = [(number, len(line) + 1) for number, line in enumerate(lines, 1)]
    places = [Position(number, column) for number, last in ends for column in range(1, last + 1)]
    cuts = sorted(data.draw(st.lists(st.sampled_from(places), max_size=6, unique=True)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    edits = [Edit("a.py", *pair, data.draw(st.text("xy\n", max_size=4))) for pair in pairs]
    old = {place: _character(text, place) for place in places}
    new, origins = apply(text, edits), Origins(text, edits)
    for number, line in enumerate(split(new), 1):
        for column, letter in enumerate(line, 1):
            before = origins.of(Position(number, column))
            assert (before is None) is (letter in "xy")
            assert before is None or old[before] == letter


def _character(text: str, place: Position) -> str:
    line = split(text)[place.line - 1]
    return line[place.column - 1] if place.column <= len(line) else ""


def test_an_insertion_moves_what_stands_behind_it() -> None:
    edits = [Edit("a.py", Position(1, 1), Position(1, 1), "x\n"), Edit("a.py", Position(1, 2), Position(1, 3), "")]
    origins = Origins("abc", edits)
    assert [origins.of(Position(2, column)) for column in (1, 2)] == [Position(1, 1), Position(1, 3)]
    assert origins.of(Position(1, 1)) is None
