"""Find texts of like meaning with static embeddings (model2vec), the optional tier of leakage.

Every text is compared with every other by the product of their vectors, in blocks: no pair above
the threshold is missed, as an approximate index would.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from workbench.curation.text_pairs import TextPairs
from workbench.errors import ConfigError, DependencyError

SEMANTIC_THRESHOLD = 0.85
_BLOCK_TEXTS = 2048
# The product of blocks may round in another way on another machine; what may be a pair is therefore
# computed again, one pair at a time.
_ROUNDING = 1e-4

Vectors = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors; a `model2vec.StaticModel` does."""

    def encode(self, texts: list[str], /) -> Vectors:
        """Return one vector a text; (n_texts, n_dimensions)."""


def load_encoder(folder: Path) -> Encoder:
    """Load a model2vec model from a folder of the user's; nothing is downloaded.

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
    if not (folder / "config.json").is_file():
        raise ConfigError(
            f"{folder} holds no model2vec model: config.json is missing.",
            "Name the folder of a downloaded model, such as potion-base-8M.",
        )
    encoder: Encoder = model2vec.StaticModel.from_pretrained(str(folder))
    return encoder


def semantic_pairs(
    first: Sequence[str],
    second: Sequence[str],
    *,
    encoder: Encoder,
    threshold: float = SEMANTIC_THRESHOLD,
) -> TextPairs:
    """Return the pairs whose vectors have a cosine similarity of `threshold` or more.

    Args:
        first: The longer list; it passes in blocks.
        second: The shorter list; its vectors stay in memory.
        encoder: Gives the vectors.
        threshold: Least cosine similarity, above 0 and at most 1.
    """
    parts = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
    if not second:
        return TextPairs(*parts[0])
    others = _unit_vectors(encoder, second)
    for begin in range(0, len(first), _BLOCK_TEXTS):
        vectors = _unit_vectors(encoder, first[begin : begin + _BLOCK_TEXTS])
        one, other = np.nonzero(vectors @ others.T >= threshold - _ROUNDING)
        scores = np.einsum("ij,ij->i", vectors[one], others[other], dtype=np.float64)
        chosen = scores >= threshold
        parts.append((one[chosen] + begin, other[chosen], np.minimum(scores[chosen], 1.0)))
    return TextPairs(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _unit_vectors(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    vectors = np.asarray(encoder.encode(list(texts)), np.float32)
    lengths: Vectors = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
    lengths[lengths == 0] = 1  # a text of no known word is like nothing
    return vectors / lengths
