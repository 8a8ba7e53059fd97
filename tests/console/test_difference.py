"""What changed from one text to another."""

from hypothesis import given, settings
from hypothesis import strategies as st

from keyhouse.console.difference import difference

TEXTS = st.lists(st.sampled_from(["a b", "a c", "", "b", "a b c"]), max_size=8).map("\n".join)


def side(lines, left_out):
    return ["".join(piece.text for piece in line.pieces) for line in lines if line.kind != left_out]


@given(TEXTS, TEXTS)
@settings(max_examples=200)
def test_both_texts_can_be_read_from_their_difference(old, new):
    lines = difference(old, new)
    assert side(lines, "added") == old.splitlines()
    assert side(lines, "removed") == new.splitlines()


def test_inside_a_changed_line_the_changed_words_are_marked():
    _same, removed, added = difference("x\nwithin a day", "x\nwithin two days")
    assert [piece.text for piece in removed.pieces if piece.is_changed] == ["a", "day"]
    assert [piece.text for piece in added.pieces if piece.is_changed] == ["two", "days"]


def test_a_text_of_very_many_lines_is_compared_as_a_whole_as_its_lines_would_take_too_long():
    lines = difference("a\n" * 90_000, "a\n" * 80_000 + "b")
    assert [line.kind for line in lines[89_999:90_001]] == ["removed", "added"]


def test_very_long_lines_are_compared_whole_as_their_words_would_take_too_long():
    removed, added = difference("a " * 3000, "b " * 3000)
    assert (len(removed.pieces), len(added.pieces)) == (1, 1)
