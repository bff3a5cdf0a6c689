import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.wording.changes import Change, revert
from workbench.curation.wording.protected import ProtectedSpans
from workbench.curation.wording.spelling_dictionary import english
from workbench.curation.wording.typos import SpellChecker
from workbench.curation.wording.word_counts import count_words

CORPUS = [f"The client wants an answer against this offer, said Mr Zorblat {n}." for n in range(40)]
CORPUS += ["Patients take zolpidemol daily."] * 6
CHECKER = SpellChecker(count_words(CORPUS), known=["pltff", "Estate of Doew"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("The cleint wants this.", "The client wants this."),
        ("He is agianst it (tihs offer), they say", "He is against it (this offer), they say"),
        ("she ususally takes the medicine at noon", "she usually takes the medicine at noon"),
        ("they take zolpidmol every day", "they take zolpidemol every day"),
    ],
)
def test_confident_typos_are_corrected(before, after):
    edited = CHECKER.apply(before)
    assert edited.text == after
    assert revert(edited.text, edited.changes) == before


@pytest.mark.parametrize(
    "text",
    [
        "The pltff and the doew wait for an answer.",  # the user's own words
        "They gave her zolpidemol at the house.",  # in many rows
        "All of them met zorblat at the house.",  # a name in other rows
        "They said that Kesterfielt agreed to the offer.",  # a name in mid-sentence
        'He wrote "the cleint wants this" in the letter.',
        "They write to cleint@firm.example or to https://x.example/cleint here.",
        "The `cleint` and {cleint} and [CLEINT] stay as they are.",
        "The file cleint_7, cleint.txt, a/cleint and sub-cleint stay here.",
        "They used CLEINT and TIHS as codes in this list.",
        "The honored guests dont know about the orthopaedics ward.",
        "Der Mandant wiht nicht zahlen und bittet um eine Frist bis Montag.",  # no English
        "teh he cat",  # too short a word
    ],
)
def test_what_is_no_typo_stays(text):
    edited = CHECKER.apply(text)
    assert (edited.text, edited.changes) == (text, ())


def test_doubtful_and_capitalised_typos_are_suggested():
    edited = CHECKER.apply("Cleint says that he is nevr at home when we call.")
    assert edited.changes == ()
    assert edited.suggestions == (Change(0, "Cleint", "Client"), Change(23, "nevr", "never"))


@pytest.mark.parametrize(("typo", "meant"), [("bdominal", "abdominal"), ("abdomina", "abdominal")])
def test_slips_at_either_end_of_a_word_are_never_corrected(typo, meant):
    checker = SpellChecker(count_words([]))
    assert checker.judge(typo).confidence > 0.9
    edited = checker.apply(f"She has {typo} pain and will see the doctor.")
    assert edited.changes == ()
    assert [change.after for change in edited.suggestions] == [meant]


def test_a_frequent_misspelling_of_a_ten_times_more_frequent_word_is_corrected():
    counts = count_words(["the cleint called"] * 8 + ["the client called"] * 80)
    assert SpellChecker(counts).apply("the cleint called").text == "the client called"
    counts = count_words(["the cleint called"] * 8 + ["the client called"] * 79)
    assert SpellChecker(counts).apply("the cleint called").changes == ()


def test_confidence_is_the_posterior_of_the_noisy_channel():
    dictionary = english()
    weight = {
        "client": dictionary.counts["client"] / dictionary.total * 0.0025 / 5,  # swapped
        "clint": dictionary.counts["clint"] / dictionary.total * 0.0025 / (26 * 6),  # added
    }
    new_word = 0.001 * 0.1**6
    expected = weight["client"] / (sum(weight.values()) + new_word)
    found = SpellChecker(count_words([])).judge("cleint")
    assert found.word == "client"
    assert found.confidence == pytest.approx(expected)


def test_the_threshold_decides_between_correction_and_suggestion():
    text = "he is nevr at home when we call"
    bold = SpellChecker(count_words([]), confidence=0.5)
    assert bold.apply(text).text == "he is never at home when we call"
    strict = SpellChecker(count_words([]), confidence=1)
    assert strict.apply(text).changes == ()
    assert [change.after for change in strict.apply(text).suggestions] == ["never"]


def test_the_users_protected_spans_are_left_alone():
    checker = SpellChecker(count_words(CORPUS), protected=ProtectedSpans(["the cleint wants"]))
    assert checker.apply("here the cleint wants this; the cleint waits").text == (
        "here the cleint wants this; the client waits"
    )


def test_words_are_counted_once_a_text_and_names_in_mid_sentence():
    counts = count_words(["Call Maria, call Bob again. Later a call", "They call"])
    assert (counts.rows["call"], counts.rows["maria"]) == (2, 1)
    assert counts.names == {"maria"}  # Bob is too short to be looked at, Later begins a sentence


WORDS = st.sampled_from(
    ["the", "cleint", "Cleint", "wants", "tihs", "nevr", '"', ".", "\n", "agianst,", "`", "honored"]
)


@given(st.lists(WORDS, max_size=12).map(" ".join), st.sampled_from([0.3, 0.9]))
def test_every_edit_can_be_undone_and_a_second_pass_changes_nothing(text, confidence):
    checker = SpellChecker(count_words(CORPUS), confidence=confidence)
    edited = checker.apply(text)
    assert revert(edited.text, edited.changes) == text
    assert checker.apply(edited.text).changes == ()


def test_the_order_of_texts_does_not_matter():
    backward = SpellChecker(count_words(reversed(CORPUS)), known=["pltff", "Estate of Doew"])
    for text in ("The cleint is agianst this.", "They say zolpidmol is nevr taken."):
        assert backward.apply(text) == CHECKER.apply(text)


WORDS = st.sampled_from(
    ["cleint", "client", "zorblat", "zorblta", "agianst", "the", "offer", "Zorblat"]
)
BODIES = st.lists(st.lists(WORDS, min_size=3, max_size=9).map(" ".join), min_size=1, max_size=12)


@given(BODIES, BODIES, st.lists(WORDS, min_size=1, max_size=9).map(" ".join))
def test_words_that_stand_as_they_did_give_the_edits_that_they_gave(one, other, text):
    first, later = (SpellChecker(count_words(body * 4), known_rows=5) for body in (one, other))
    words = first.unusual_words(text)
    assert words == later.unusual_words(text)
    if first.standing(words) == later.standing(words):
        assert first.apply(text) == later.apply(text)
