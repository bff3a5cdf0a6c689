import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.quality.answer_signs import count_placeholders, cut_off_signs, debris


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("The tenant paid (late, twice) and left.", ()),
        ("The tenant paid (late, twice", ("bracket",)),
        ('{"client": "Ann", "court": {"place":', ("bracket",)),
        ("a) first b) second :(", ()),
        ('He said "no" and left.', ()),
        ('He said "no and left.', ("quotation",)),
        ('The board is 5" wide.', ()),
        ("He said “no", ("quotation",)),
        ("Er sagte „nein“ und ging.", ()),
        ("```python\nx = 1\n```", ()),
        ("```python\nx = 1", ("code",)),
        ("And so on...", ("ellipsis",)),
        ("And so on…", ("ellipsis",)),
        ("", ()),
    ],
)
def test_signs_of_an_answer_that_was_cut_off(text, signs):
    assert cut_off_signs(text) == signs


def test_a_last_word_that_is_only_the_beginning_of_one_in_the_input_was_cut():
    source = "The landlord terminated the lease without notice."
    answer = "The client reports that his landlord ended the lease without "
    assert cut_off_signs(answer + "noti", source) == ("word",)
    assert cut_off_signs(answer + "notice", source) == ()
    assert cut_off_signs(answer + "reasons", source) == ()
    assert cut_off_signs("noti", source) == ()  # too short to tell


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dear [insert name], see {input} and {{ client_name }}. TODO", 4),
        ("Lorem ipsum dolor", 1),
        ("Call [PHONE] or write to [EMAIL] about [the roof].", 0),
        ('{"client": "Ann"} costs ${price} {a}', 0),
        ("A todo list and a TODOS folder", 0),
        ("<your name here> signed", 1),
    ],
)
def test_placeholders_are_counted_but_redactions_and_json_are_not(text, count):
    assert count_placeholders(text) == count


def test_left_overs_are_named_and_counted():
    assert debris("plain text, 3 < 4 & 5 > 2") == {}
    assert debris("Café – “so” €5") == {}
    assert debris("CafÃ© is �� here") == {"replacement": 2, "mojibake": 1}
    assert debris("a &amp; b<br>c</p>") == {"entity": 1, "tag": 2}
    assert debris(r"one\nTwo \u00e9") == {"escape": 2}
    assert debris(r"C:\new\table") == {}


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_breaks_a_sign(text, source):
    known = {"ellipsis", "bracket", "quotation", "code", "word"}
    assert known.issuperset(cut_off_signs(text, source))
    assert count_placeholders(text) >= 0
    assert all(count > 0 for count in debris(text).values())
