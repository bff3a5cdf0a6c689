"""Every way of choosing beside chance: is a selection better, or only another one?

Each is compared, at an equal budget of tokens, with three random selections and with one of equal
lengths. Independent studies found many scores no better than chance (Xia et al., "Rethinking Data
Selection at Scale: Random Selection is Almost All You Need", 2024), so the reader is told which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.curation.ngram_model import NgramModel
from workbench.curation.selection import (
    SIMILARITY_DIGITS,
    Method,
    Pool,
    Selection,
    length_matched,
    select,
)
from workbench.curation.word_hashes import WordHashes, hash_words
from workbench.evaluation.statistics import Estimate, estimate, paired_difference

_RANDOM_SEEDS = 3
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """An example to measure by, which no selection may hold."""

    input: str
    output: str
    group: str


@dataclass(frozen=True, slots=True)
class Arm:
    """One selection and what it measures.

    Attributes:
        name: `selected`, `random_1` to `random_3`, or `length_matched`.
        n_rows: Examples.
        n_tokens: Their tokens together.
        median_tokens: Of one example.
        coverage: Similarity of a held-out input to the nearest selected one, mean and interval.
        diversity: Mean of 1 - cosine over all pairs of selected inputs, 0-2; None for one alone.
        loss: Of the held-out outputs under a model of word triples trained on the selected ones,
            in nats a word: the mean over rows and its interval. The perplexity is exp(loss).
    """

    name: str
    n_rows: int
    n_tokens: int
    median_tokens: float
    coverage: Estimate
    diversity: float | None
    loss: Estimate


@dataclass(frozen=True, slots=True)
class Comparison:
    """One way of choosing beside its controls.

    Attributes:
        method: The way.
        selection: What it chose.
        arms: The selection, then its controls.
        against_random: Its loss minus the mean loss of the random selections, by held-out row.
        against_length: Its loss minus that of the selection of equal lengths.
        verdict: What that means, in words.
    """

    method: Method
    selection: Selection
    arms: tuple[Arm, ...]
    against_random: Estimate
    against_length: Estimate
    verdict: str


class SelectionReport:
    """Measures selections from one pool on the same held-out examples.

    Args:
        pool: The candidates.
        held_out: Examples that are neither candidates nor targets; with a word in their outputs.

    Raises:
        ValueError: There is no held-out example, or the output of one has no word.
    """

    def __init__(self, pool: Pool, held_out: Sequence[HeldOut]) -> None:
        if not held_out:
            raise ValueError("nothing is held out to measure by")
        self._pool = pool
        self._inputs = {row.input for row in held_out}
        self._groups = [row.group for row in held_out]
        self._vectors = pool.embedding.embed([row.input for row in held_out])
        self._outputs = hash_words([one.output for one in pool.candidates])
        self._held_out = hash_words([row.output for row in held_out])
        if np.diff(self._held_out.offsets).min() == 0:
            raise ValueError("a held-out output has no word")
        words = np.concatenate((self._outputs.hashes, self._held_out.hashes))
        self._n_vocabulary = int(np.unique(words).size)

    def compare(
        self, method: Method, *, budget_tokens: int, seed: int = 1, targets: Sequence[str] = ()
    ) -> Comparison:
        """Choose by a method and compare. See `selection.select`.

        Raises:
            ValueError: The budget buys nothing, or a target is held out to measure by.
        """
        if not self._inputs.isdisjoint(targets):
            raise ValueError("a target of the selection is held out to measure it by")
        chosen = select(self._pool, method, budget_tokens=budget_tokens, seed=seed, targets=targets)
        if not chosen.places:
            raise ValueError(f"a budget of {budget_tokens} tokens buys no example")
        random = [
            select(self._pool, "random", budget_tokens=budget_tokens, seed=seed + draw)
            for draw in range(1, _RANDOM_SEEDS + 1)
        ]
        matched = length_matched(self._pool, chosen, seed=seed + _RANDOM_SEEDS + 1)
        names = ("selected", *(f"random_{draw}" for draw in range(1, _RANDOM_SEEDS + 1)))
        selections = dict(zip((*names, "length_matched"), (chosen, *random, matched), strict=True))
        losses = {name: self._losses(selection) for name, selection in selections.items()}
        return self._comparison(method, selections, losses)

    def _comparison(
        self, method: Method, selections: dict[str, Selection], losses: dict[str, _Floats]
    ) -> Comparison:
        random = [loss for name, loss in losses.items() if name.startswith("random")]
        ours = losses["selected"].tolist()
        against_random = paired_difference(ours, np.mean(random, axis=0).tolist(), self._groups)
        against_length = paired_difference(ours, losses["length_matched"].tolist(), self._groups)
        best_random = min(float(loss.mean()) for loss in random)
        return Comparison(
            method,
            selections["selected"],
            tuple(self._arm(name, selections[name], losses[name]) for name in selections),
            against_random,
            against_length,
            _verdict(against_random, against_length, float(np.mean(ours)) < best_random),
        )

    def _arm(self, name: str, selection: Selection, losses: _Floats) -> Arm:
        vectors = self._pool.vectors[list(selection.places)]
        nearest = np.round((self._vectors @ vectors.T).max(axis=1), SIMILARITY_DIGITS)
        return Arm(
            name,
            len(selection.places),
            selection.n_tokens,
            float(np.median([self._pool.candidates[at].n_tokens for at in selection.places])),
            estimate(nearest.tolist(), self._groups),
            _diversity(vectors.astype(np.float64)),
            estimate(losses.tolist(), self._groups),
        )

    def _losses(self, selection: Selection) -> _Floats:
        """Return the loss of each held-out output in nats a word; (n_held_out,)."""
        model = NgramModel(_only(self._outputs, selection), n_vocabulary=self._n_vocabulary)
        totals = np.cumsum(model.log_probabilities(self._held_out))
        ends = self._held_out.offsets[1:]
        return -np.diff(totals[ends - 1], prepend=0) / np.diff(self._held_out.offsets)


def _only(words: WordHashes, selection: Selection) -> WordHashes:
    texts = [words.of(place) for place in sorted(selection.places)]
    offsets = np.cumsum([0, *(text.size for text in texts)])
    return WordHashes(offsets.astype(np.int64), np.concatenate(texts))


def _diversity(vectors: _Floats) -> float | None:
    n_pairs = len(vectors) * (len(vectors) - 1)
    if n_pairs == 0:
        return None
    total = vectors.sum(axis=0)
    return float(1 - (total @ total - (vectors * vectors).sum()) / n_pairs)


def _verdict(against_random: Estimate, against_length: Estimate, beats_each: bool) -> str:
    if against_random.low > 0:
        return "is worse than random"
    if against_random.high >= 0 or not beats_each:
        return "does not beat random"
    if against_length.high >= 0:
        return "beats random, but not a random selection of equal lengths"
    return "beats random, also at equal lengths"
