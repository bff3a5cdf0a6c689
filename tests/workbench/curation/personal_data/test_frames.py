from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.personal_data.frames import REACH, Frame, in_templates
from workbench.curation.personal_data.kinds import Finding
from workbench.curation.personal_data.scan import Scanner


def test_a_long_template_is_cut_between_words_near_the_field():
    frame = Frame.of_template("one two " * 60 + "{x}" + " three" * 60, "{x}")
    before, after = frame.pieces
    assert REACH - 8 <= len(before) <= REACH
    assert before.split() == ["one", "two"] * (len(before.split()) // 2) or before.split()[0] in (
        "one",
        "two",
    )
    assert after.startswith(" three")
    assert set(after.split()) == {"three"}


def test_what_runs_over_a_joint_counts_with_its_part_in_the_field():
    frame = Frame(("ab", "cd"))
    assert frame.around("xyz") == "abxyzcd"
    found = [Finding("name", 0, 2), Finding("name", 1, 3), Finding("ssn", 4, 7)]
    assert frame.within(found, 3) == [Finding("name", 0, 1), Finding("ssn", 2, 3)]


@given(st.lists(st.text(max_size=8), min_size=2, max_size=4), st.text(min_size=1, max_size=8))
def test_places_in_the_frame_come_back_to_the_same_characters(pieces, text):
    frame = Frame(tuple(pieces))
    around = frame.around(text)
    for start in range(len(around)):
        for place in frame.within([Finding("name", start, start + 1)], len(text)):
            assert text[place.start : place.end] == around[start]


def test_a_field_that_a_template_holds_twice_is_looked_at_in_both_places():
    frame = Frame.of_template("Text: {x}\nClient: {x}\n", "{x}")
    scanner = Scanner()
    text = "Okonkwo"
    assert frame.within(scanner.find(frame.around(text)), len(text)) == [Finding("name", 0, 7)]


def test_a_template_without_the_field_frames_nothing():
    assert Frame.of_template("Hello", "{x}").around("a") == "a"


def test_the_personal_data_of_templates_is_counted_by_kind():
    templates = {"system": "Mail a@b.co or c@d.co; SSN 123-45-6789.", "user": "Summarise: {x}"}
    assert in_templates(templates, Scanner()) == {"system": {"email": 2, "ssn": 1}}
