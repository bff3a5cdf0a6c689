"""A small model2vec model whose vectors are known, saved as a user's folder is."""

import math

import numpy as np
import pytest

# Each word of a line means the same: its words have the same vector, at right angles to the others.
MEANINGS = (
    "tenant renter lodger",
    "rent money",
    "landlord owner",
    "deposit bond",
    "wants demands",
    "patient",
    "pain ache",
    "chest",
    "driver motorist",
    "accident crash",
    "court tribunal",
    "monday",
)
# Halfway between tenant and landlord: 45 degrees from each.
BETWEEN = "neighbour"


@pytest.fixture(scope="session")
def static_model(tmp_path_factory):
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    axes = np.eye(len(MEANINGS), dtype=np.float32)
    vectors = {"[UNK]": np.zeros(len(MEANINGS), np.float32)}
    for axis, meaning in zip(axes, MEANINGS, strict=True):
        vectors |= dict.fromkeys(meaning.split(), axis)
    vectors[BETWEEN] = (axes[0] + axes[2]) / np.float32(math.sqrt(2))
    tokenizer = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(vectors)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    folder = tmp_path_factory.mktemp("static-model")
    StaticModel(np.stack(list(vectors.values())), tokenizer).save_pretrained(folder)
    return folder
