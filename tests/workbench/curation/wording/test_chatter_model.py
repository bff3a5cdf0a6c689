import json

import numpy as np
import pytest

from workbench.curation.wording.changes import revert
from workbench.curation.wording.chatter_model import (
    ChatterModel,
    Measured,
    _threshold,
    load_chatter_model,
    train_chatter_model,
)
from workbench.errors import DataError

PLACES = ("office", "court", "lobby", "hall", "kitchen", "garage", "yard", "station")
TIMES = ("today", "again", "on Monday", "at noon", "this morning", "last week", "in spring")
CHATTER = [f"Nice coffee in the {place} {time}" for place in PLACES for time in TIMES]
MATTER = [f"The tenant fell in the {place} {time}" for place in PLACES for time in TIMES]
SENTENCES = CHATTER + MATTER
LABELS = [True] * len(CHATTER) + [False] * len(MATTER)
SOURCES = ("a", "b")


@pytest.fixture(scope="module")
def model():
    return train_chatter_model(SENTENCES, LABELS, sources=SOURCES)


def test_chatter_like_that_of_the_labels_goes(model):
    text = "The tenant fell in the cellar. Nice coffee in the cellar. She sued."
    (edited,) = model.apply_all([text])
    assert edited.text == "The tenant fell in the cellar. She sued."
    assert [change.rule for change in edited.changes] == ["chatter_model"]
    assert revert(edited.text, edited.changes) == text
    assert model.apply_all([edited.text])[0].changes == ()


def test_a_text_of_nothing_but_chatter_is_left_for_review(model):
    (edited,) = model.apply_all(["Nice coffee in the hall."])
    assert edited.changes == ()
    assert len(edited.suggestions) == 1


def test_no_texts_give_no_edits(model):
    assert model.apply_all([]) == []
    assert model.scores([]).shape == (0,)


def test_precision_and_recall_are_those_of_held_out_sentences(model):
    assert model.measured.n_labels == len(SENTENCES)
    assert model.measured.n_chatter == len(CHATTER)
    assert model.measured.precision >= 0.95
    low, high = model.measured.precision_interval
    assert low < model.measured.precision <= high
    assert Measured(10, 5, 4, 3).precision == 0.75
    assert Measured(10, 5, 4, 3).recall == 0.6
    assert Measured(10, 5, 0, 0).precision is None


def test_the_order_and_repetition_of_labels_do_not_matter(model):
    shuffled = train_chatter_model(
        [*SENTENCES[::-1], SENTENCES[0].upper()],
        [*LABELS[::-1], LABELS[0]],
        sources=[*SOURCES[::-1], *SOURCES],
    )
    assert shuffled == model


def test_the_digest_is_of_what_the_model_calls_chatter_and_not_of_where_it_learned(model):
    again = train_chatter_model(SENTENCES, LABELS, sources=["c"])
    assert (again.sources, model.sources) == (("c",), SOURCES)
    assert again.digest == model.digest


def test_contradicting_labels_count_as_no_chatter():
    again = train_chatter_model([*SENTENCES, CHATTER[0]], [*LABELS, False], sources=())
    assert again.measured.n_chatter == len(CHATTER) - 1


def test_a_model_survives_the_disk_byte_for_byte(model, tmp_path):
    model.save(tmp_path / "one.json")
    loaded = load_chatter_model(tmp_path / "one.json")
    loaded.save(tmp_path / "two.json")
    assert loaded == model
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert np.array_equal(loaded.scores(SENTENCES), model.scores(SENTENCES))


@pytest.mark.parametrize(
    "change", [{"format": 1}, {"weights": {"70000": 1.0}}, {"threshold": None}]
)
def test_a_file_of_another_kind_is_refused(model, tmp_path, change):
    path = tmp_path / "model.json"
    model.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DataError, match="is no chatter model"):
        load_chatter_model(path)
    with pytest.raises(DataError, match="is no chatter model"):
        load_chatter_model(tmp_path / "missing.json")


def test_too_few_labels_of_a_kind_are_refused():
    with pytest.raises(DataError, match=r"49 distinct.*chatter.*56 as none; at least 50"):
        train_chatter_model(
            CHATTER[:49] * 2 + MATTER, [True] * 98 + [False] * len(MATTER), sources=()
        )


def test_labels_without_any_order_reach_no_precision():
    chance = np.random.default_rng(0)
    labels = chance.random(len(SENTENCES)) < 0.5
    words = chance.integers(0, 40, (len(SENTENCES), 6))
    sentences = [" ".join(f"w{word}" for word in row) for row in words]
    with pytest.raises(DataError, match="No threshold reaches a precision of 1"):
        train_chatter_model(sentences, labels.tolist(), sources=(), precision=1, min_labels=20)


def test_the_threshold_is_the_lowest_with_the_precision():
    scores = np.array([0.95, 0.9, 0.9, 0.85, 0.8, 0.7])
    labels = np.array([True, True, False, True, False, True])
    assert _threshold(scores, labels, 1.0) == 0.95
    assert _threshold(scores, labels, 0.75) == 0.85
    assert _threshold(scores, labels, 0.6) == 0.8
    assert _threshold(scores, labels, 0.1) == 0.8  # 0.7 would do, but is too low to be sure
    assert _threshold(scores, ~labels, 1.0) == float("inf")


def test_scores_are_the_logistic_function_of_the_weights():
    empty = ChatterModel({}, 0.5, 0.5, Measured(1, 1, 0, 0), ())
    assert empty.scores(["anything"]) == pytest.approx([1 / (1 + np.exp(-0.5))])
