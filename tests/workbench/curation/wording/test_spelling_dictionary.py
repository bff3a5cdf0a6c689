import pytest

from workbench.curation.wording.spelling_dictionary import english, is_english, n_ways_to_slip


@pytest.mark.parametrize(
    "word",
    ["hypertension", "honored", "honoured", "organise", "anesthesia", "dont", "deconditioning"],
)
def test_regular_and_transatlantic_forms_are_english(word):
    assert is_english(word)


@pytest.mark.parametrize("word", ["tihs", "cleint", "definately", "xyzzy", "th"])
def test_misspellings_are_not(word):
    assert not is_english(word)


def test_neighbours_are_one_edit_away():
    assert english().neighbours("cleint").keys() == {"client", "clint"}
    assert "clientele" not in english().neighbours("client")


@pytest.mark.parametrize(
    ("intended", "written", "n_ways"),
    [
        ("client", "cleint", 5),
        ("never", "nevr", 5),
        ("never", "neverr", 26 * 6),
        ("never", "nevar", 25 * 5),
    ],
)
def test_slips_are_counted_by_kind(intended, written, n_ways):
    assert n_ways_to_slip(intended, written) == n_ways
