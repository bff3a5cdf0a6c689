import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.curation.personal_data import candidates, runs
from workbench.curation.personal_data.lexicon import COMMON, GIVEN_NAME, TITLE, word_table


def split(text):
    return runs.split_runs([text]).rows


def test_runs_are_of_letters_or_of_digits_and_count_characters():
    text = "Ms. Müller—x12 9"
    rows = split(text)
    assert [text[row[0] : row[1]] for row in rows] == ["Ms", "Müller", "x", "12", "9"]
    assert (rows[:, runs.SHAPE] & runs.IS_DIGITS).tolist() == [0, 0, 0, 1, 1]


def test_the_words_of_the_lists_are_known_whatever_their_case():
    meanings = [row[runs.MEANING] for row in split("DR Mary the xyzzyq")]
    assert meanings[0] & TITLE
    assert meanings[1] & GIVEN_NAME
    assert meanings[2] & COMMON
    assert meanings[3] == 0


def test_no_two_words_of_the_table_share_a_slot():
    table = word_table()
    used = table[table != 0]
    assert len(np.unique(used)) == len(used)


@given(st.lists(st.text(max_size=30), max_size=4))
def test_runs_do_not_depend_on_the_texts_around(texts):
    together = runs.split_runs(texts)
    for index, text in enumerate(texts):
        rows = together.rows[together.offsets[index] : together.offsets[index + 1]]
        assert rows.tolist() == split(text).tolist()


@given(st.text(st.sampled_from("aZ09@. _-/:\né中—\u00a0"), max_size=60))
def test_runs_stand_where_a_plain_pattern_finds_them(text):
    places = [match.span() for match in re.finditer(r"[^\W\d_]+|\d+", text)]
    assert split(text)[:, [runs.START, runs.END]].tolist() == [list(place) for place in places]


@given(st.text(st.sampled_from("aB1@. :-/é\n"), max_size=60))
def test_there_is_room_for_every_candidate(text):
    found = candidates.candidates(runs.split_runs([text] * 3))
    assert sorted(set(found[:, candidates.TEXT].tolist())) in ([], [0, 1, 2])


def test_a_plain_sentence_has_no_candidate():
    text = "We agreed on 2024-05-14 to meet again in two weeks and to pay $12,500.00 by then."
    assert len(candidates.candidates(runs.split_runs([text]))) == 0
