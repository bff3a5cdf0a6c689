import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.personal_data.known_names import looks_like_names, names_of, places_of
from workbench.curation.personal_data.scan import Scanner


def found(text, *fields):
    return [text[start:end] for _, start, end in places_of(text, fields)]


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("Jane Okonkwo", ("Jane Okonkwo",)),
        ("Okonkwo, Jane", ("Jane Okonkwo",)),
        ("Okonkwo, Jane A., MD", ("Jane A. Okonkwo",)),
        ("Jane Roe; Delacroix, Marc", ("Jane Roe", "Marc Delacroix")),
        ("Jane Roe and Marc  Delacroix", ("Jane Roe", "Marc Delacroix")),
        ("Jane Roe v. Marc Delacroix", ("Jane Roe", "Marc Delacroix")),
        ("Jane Roe, Marc Delacroix", ("Jane Roe", "Marc Delacroix")),
        ("  ", ()),
        ("Nun\u0303ez", ("Nuñez",)),
    ],
)
def test_a_field_is_split_into_names_in_the_order_of_speech(field, names):
    assert names_of(field) == names


def test_whole_names_and_their_parts_are_found_in_any_case_as_whole_words():
    text = "jane okonkwo; OKONKWO, Okonkwoville, Jane; o'brien’s"
    assert found(text, "Okonkwo, Jane", "O’Brien") == [
        "jane okonkwo", "OKONKWO", "Jane", "o'brien",
    ]  # fmt: skip


def test_a_given_name_alone_needs_its_capital():
    assert found("Mark pays; mark stone pays; a mark, and Mark", "Mark Stone") == [
        "Mark", "mark stone", "Mark",
    ]  # fmt: skip


def test_a_part_that_is_a_word_too_needs_a_capital_within_a_sentence():
    text = "Price the house. We told Ann Price that Price pays. Price: yes. A fair price."
    assert found(text, "Ann Price") == ["Ann Price", "Price", "Price"]
    assert [each.start for each in places_of(text, ["Ann Price"])] == [25, 40, 52]


def test_a_short_part_needs_its_capital():
    assert found("Xu came; xu did not", "Li Xu") == ["Xu"]


def test_particles_titles_and_initials_alone_are_no_names():
    assert found("Van der what? A. said so, Dr", "Dr. A. van der Merwe") == []


def test_a_text_whose_lower_case_is_longer_keeps_its_places():
    assert found("İİİ okonkwo", "Okonkwo") == ["okonkwo"]


@given(st.text(max_size=60), st.text(max_size=20))
def test_places_lie_in_the_text_in_order_without_overlap(text, field):
    end = 0
    for each in places_of(text, [field]):
        assert end <= each.start < each.end <= len(text)
        end = each.end


def test_names_that_the_row_gives_are_found_in_every_text_and_lie_within_surer_findings():
    said = ["Write to quill@firm.net about quillfeather.", "Quillfeather"]
    scanner = Scanner()
    each = scanner.find_row(said, ["Jo Quillfeather"])
    assert [[t[f.start : f.end] for f in fs] for t, fs in zip(said, each, strict=True)] == [
        ["quill@firm.net", "quillfeather"],
        ["Quillfeather"],
    ]
    assert Scanner(frozenset({"email"})).find(said[1], ["Jo Quillfeather"]) == ()


@pytest.mark.parametrize(
    ("field", "is_name", "is_surely"),
    [
        ("Jane Roe", True, True),
        ("Okonkwo", True, False),
        ("Anna van der Berg", True, True),
        ("Consultation Note", False, False),
        ("the client came in", False, False),
        ("Room 12", False, False),
        ("", False, False),
    ],
)
def test_values_are_told_from_other_values(field, is_name, is_surely):
    assert looks_like_names(field, with_given=False) == is_name
    assert looks_like_names(field, with_given=True) == is_surely
