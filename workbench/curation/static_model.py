"""Static embeddings of the user's own (model2vec): a vector a text, made without a neural network.

A text's vector is the mean of those of its tokens, so it depends on that text alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from workbench.errors import ConfigError, DependencyError

Vectors = npt.NDArray[np.float32]

_BATCH_TEXTS = 4096
_FILES = ("config.json", "model.safetensors", "tokenizer.json")


class Encoder(Protocol):
    """Turns texts into vectors; a `model2vec.StaticModel` does."""

    def encode(
        self, sentences: list[str], /, *, max_length: int | None, use_multiprocessing: bool
    ) -> Vectors:
        """Return one vector a text; (n_texts, n_dimensions)."""


def load_encoder(folder: Path, *, place: str = "") -> Encoder:
    """Load a model2vec model from a folder of the user's; nothing is downloaded.

    Args:
        folder: The model.
        place: Begins the message of an error: which setting names the folder.

    Raises:
        DependencyError: model2vec is not installed.
        ConfigError: There is no such model in the folder.
    """
    try:
        model2vec = import_module("model2vec")
    except ImportError as exc:
        raise DependencyError(
            "Looking for texts of like meaning needs model2vec, which is not installed.",
            "Install it with `pip install finetune-workbench[semantic]`.",
        ) from exc
    for name in _FILES:
        if not (folder / name).is_file():
            raise ConfigError(
                f"{place}{folder} holds no model2vec model: {name} is missing.",
                "Name the folder of a downloaded model, such as potion-base-8M.",
            )
    try:
        encoder: Encoder = model2vec.StaticModel.from_pretrained(folder)
    except Exception as exc:  # the reader of tokenizers raises nothing narrower
        raise ConfigError(
            f"{place}{folder} holds no model2vec model that can be read ({type(exc).__name__}).",
            "Download the model's folder again.",
        ) from exc
    return encoder


def model_digest(folder: Path) -> str:
    """Return the SHA-256 of what decides a model's vectors: its words and weights."""
    digest = hashlib.sha256()
    for name in _FILES:
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def unit_vectors(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Return one vector a text; (n_texts, n_dimensions), of length 1, or 0 without a known word."""
    if not texts:
        return np.empty((0, 0), np.float32)
    batches = [
        _unit(
            # Of its own accord a model reads 512 tokens, and long texts that begin alike would be
            # equal.
            encoder.encode(
                list(texts[start : start + _BATCH_TEXTS]),
                max_length=None,
                use_multiprocessing=False,
            )
        )
        for start in range(0, len(texts), _BATCH_TEXTS)
    ]
    return np.concatenate(batches)


def _unit(vectors: npt.ArrayLike) -> Vectors:
    wide = np.asarray(vectors, np.float64)
    lengths = np.sqrt(np.square(wide).sum(axis=1, keepdims=True))
    return (wide / np.where(lengths > 0, lengths, 1)).astype(np.float32)
