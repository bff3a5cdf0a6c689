from hypothesis import given
from hypothesis import strategies as st

from workbench.app.differences import SHOWN_CHARACTERS, Piece, differences, seen, shown

TEXT = st.text(alphabet="ab .\n<é", max_size=60)


@given(TEXT, TEXT)
def test_the_pieces_make_both_texts(before, after):
    pieces = differences(before, after)
    assert "".join(piece.text for piece in pieces if piece.change != "new") == before
    assert "".join(piece.text for piece in pieces if piece.change != "gone") == after


def test_only_what_changed_is_marked():
    assert differences("Mail a@b.org now", "Mail [EMAIL] now") == [
        Piece("same", "Mail "),
        Piece("gone", "a@b.org"),
        Piece("new", "[EMAIL]"),
        Piece("same", " now"),
    ]


def test_long_texts_are_cut_and_say_so():
    text = "x" * (SHOWN_CHARACTERS + 1)
    assert shown(text) == "x" * SHOWN_CHARACTERS + " …"
    assert shown("short") == "short"
    assert sum(len(piece.text) for piece in differences(text, "")) == SHOWN_CHARACTERS


def test_spaces_and_characters_without_a_glyph_can_be_seen():
    assert seen("  \n\t") == "··⏎\n<0009>"
    assert seen("two words\u200b") == "two words<200B>"
