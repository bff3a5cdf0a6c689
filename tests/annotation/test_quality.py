from __future__ import annotations

from typing import Any

import pytest

from annotation.label_folder import Revision
from annotation.quality import annotator_progress, question_agreement
from annotation.reading_material import ReadingMaterial, reading_material

# 159 words: who reads 238 words a minute takes 40 s, and a quarter of that is 10 s
MATERIAL = {name: ReadingMaterial(159, draft="the draft") for name in "abcd"}


def _answer(
    record: str, user: str, seconds: int, *, status: str = "submitted", **values: object
) -> Revision:
    at = f"2026-01-02T{9 + seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000001"
    return Revision(f"{record}-{user}", at, at, record, user, status, values)


def test_pace_leaves_breaks_out_and_untimed_answers_are_not_judged() -> None:
    given = [
        _answer("a", "ada", 0, answer="the draft", verdict="keep"),
        _answer("b", "ada", 9, answer=" the draft ", verdict="keep"),
        _answer("c", "ada", 39, answer="another", verdict="keep"),
        _answer("d", "ada", 39 + 901, answer="the draft", verdict="keep"),
    ]
    (found,) = annotator_progress(given, MATERIAL)
    assert (found.seconds_per_answer, found.n_timed) == (19.5, 2)  # 9 and 30 s; not the break
    assert (found.n_submitted, found.n_untouched, found.n_unread) == (4, 3, 1)
    assert found.last_at.startswith("2026-01-02T09:15:40")


@pytest.mark.parametrize(
    ("seconds", "values", "n_untouched", "n_unread"),
    [
        (10, {"answer": "the draft"}, 1, 1),
        (11, {"answer": "the draft"}, 1, 0),
        (1, {"answer": "mended"}, 0, 0),
        (1, {"answer": "the draft", "verdict": "drop"}, 0, 0),
    ],
)
def test_an_untouched_draft_answered_too_fast_was_not_read(
    seconds: int, values: dict[str, Any], n_untouched: int, n_unread: int
) -> None:
    given = [_answer("a", "ada", 0, answer="x"), _answer("b", "ada", seconds, **values)]
    (found,) = annotator_progress(given, MATERIAL)
    assert (found.n_untouched, found.n_unread) == (n_untouched, n_unread)


def test_choices_have_no_draft_and_are_judged_by_their_time() -> None:
    given = [_answer(r, "ada", n * 10, choice="a_better") for n, r in enumerate("abc")]
    material = {name: ReadingMaterial(n) for name, n in (("a", 999), ("b", 158), ("c", 159))}
    (found,) = annotator_progress(given, material)
    assert (found.n_untouched, found.n_unread) == (0, 1)


def test_drafts_and_discards_are_counted_apart_and_people_come_first() -> None:
    given = [
        _answer("a", "ada", 0, status="draft"),
        _answer("b", "ada", 5, status="discarded"),
        _answer("a", "simulated-aaa", 1, verdict="keep"),
    ]
    ada, script = annotator_progress(given, MATERIAL)
    assert (ada.username, ada.n_submitted, ada.n_drafts, ada.n_discarded) == ("ada", 0, 1, 1)
    assert (ada.seconds_per_answer, ada.n_timed, ada.simulated) == (None, 0, False)
    assert (script.username, script.simulated) == ("simulated-aaa", True)


def test_people_decide_agreement_and_scripts_only_where_no_person_answered() -> None:
    people = [
        _answer(record, user, 0, verdict=verdict, rate_form=rating, answer="text")
        for record, user, verdict, rating in (
            ("a", "ada", "keep", 9),
            ("a", "ben", "keep", 9),
            ("b", "ada", "drop", 2),
            ("b", "ben", "drop", 2),
        )
    ]
    script = _answer("a", "simulated-x", 0, verdict="drop", rate_form=1)
    found = {item.question: item for item in question_agreement([*people, script])}
    assert list(found) == ["rate_form", "verdict"]
    assert found["verdict"].found.alpha == found["rate_form"].found.alpha == 1
    assert (found["verdict"].scale, found["rate_form"].scale) == ("nominal", "ordinal")
    assert not found["verdict"].simulated
    (alone,) = question_agreement([_answer("a", "simulated-x", 0, verdict="drop")])
    assert alone.simulated
    assert alone.found.alpha is None


def test_agreement_on_rulings_is_nominal_and_on_rankings_that_of_each_two_answers() -> None:
    rulings = [
        _answer(record, user, 0, ruling=ruling)
        for record, said in (("a", "accept accept"), ("b", "accept reject"), ("c", "reject reject"))
        for user, ruling in zip(("ada", "ben"), said.split(), strict=True)
    ]
    (found,) = question_agreement(rulings)
    assert (found.question, found.scale, found.unit) == ("ruling", "nominal", "record")
    # 3 accept, 3 reject: observed 2 of 6 pairs differ, by chance 2 * 3 * 3 of 6 * 5
    assert found.found.alpha == pytest.approx(1 - (2 / 6) / (18 / 30))

    same = [_ranked(user, "a", {"a": 1, "b": 2, "c": 2}) for user in ("ada", "ben")]
    (found,) = question_agreement(same)
    assert (found.question, found.scale, found.unit) == ("ranking", "ordinal", "order")
    assert (found.found.alpha, found.found.n_units, found.found.n_opinions) == (1, 3, 6)


def _ranked(user: str, record: str, ranks: dict[str, int]) -> Revision:
    ranking = [{"value": side, "rank": rank} for side, rank in ranks.items()]
    return _answer(record, user, 0, ranking=ranking)


def test_the_words_of_texts_and_chats_are_counted() -> None:
    chat = [{"role": "user", "content": "one two"}, {"role": "assistant", "content": "three"}]
    found = reading_material({"chat": chat, "draft": "four five", "context": None})
    assert found == ReadingMaterial(5, "four five")
    assert reading_material({"prompt": "one"}).draft is None
