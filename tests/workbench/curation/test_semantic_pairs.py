import sys

import numpy as np
import pytest

from workbench.curation.semantic_pairs import load_encoder, semantic_pairs
from workbench.errors import ConfigError, DependencyError

VECTORS = {"east": (2.0, 0.0), "north": (0.0, 3.0), "north-east": (1.0, 1.0), "unknown": (0.0, 0.0)}


class Compass:
    """An encoder of a few known texts."""

    def encode(self, texts, /):
        return np.array([VECTORS[text] for text in texts], np.float32)


def test_pairs_are_those_whose_vectors_point_alike():
    found = semantic_pairs(
        ["east", "unknown", "north"], ["north-east", "north"], encoder=Compass(), threshold=0.7
    )
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == [
        (0, 0),
        (2, 0),
        (2, 1),
    ]
    assert found.scores == pytest.approx([np.sqrt(0.5), np.sqrt(0.5), 1.0])


def test_more_texts_than_a_block_and_none_at_all_are_compared():
    many = semantic_pairs(["east", "north"] * 2000, ["north"], encoder=Compass())
    assert np.array_equal(many.first, np.arange(1, 4000, 2))
    assert semantic_pairs(["east"], [], encoder=Compass()).first.size == 0
    assert semantic_pairs([], ["east"], encoder=Compass()).first.size == 0


def test_without_model2vec_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "model2vec", None)
    with pytest.raises(DependencyError, match="model2vec") as refused:
        load_encoder(tmp_path)
    assert "[semantic]" in refused.value.hint


def test_a_folder_without_a_model_is_refused(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "model2vec", object())
    with pytest.raises(ConfigError, match=r"config\.json is missing"):
        load_encoder(tmp_path)
