"""Every way of choosing beside chance: is a selection better, or only another one?

Each is compared, at an equal budget of tokens, with five random selections and with five of equal
lengths; one random selection differs from the next, and a method must differ by more than that.
Independent studies found many scores no better than chance (Xia et al., "Rethinking Data Selection
at Scale: Random Selection is Almost All You Need", 2024), so the reader is told which.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import numpy.typing as npt

from workbench.curation.selection.choice import (
    SIMILARITY_DIGITS,
    Method,
    Pool,
    Selection,
    length_matched,
    select,
)
from workbench.curation.selection.embedding import Vectors
from workbench.curation.selection.ngram_model import NgramModel
from workbench.curation.word_hashes import WordHashes, hash_words
from workbench.evaluation.statistics import Estimate, estimate, paired_difference

_DRAWS = 5
_T_4 = 2.776445  # 97.5 % quantile of Student's t with _DRAWS - 1 degrees of freedom
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """An example to measure by, which no selection may hold."""

    input: str
    output: str
    group: str


@dataclass(frozen=True, slots=True)
class Arm:
    """One selection and what it measures; or several draws of a control, and their means.

    Attributes:
        name: `selected`, `random` or `length_matched`; of one draw with its number: `random_1`.
        n_rows: Examples.
        n_tokens: Their tokens together.
        median_tokens: Of one example.
        coverage: Similarity of a held-out input to the nearest selected one, mean and interval.
        diversity: Mean of 1 - cosine over all pairs of selected inputs, 0-2; None for one alone.
        loss: Of the held-out outputs under a model of word triples trained on the selected ones,
            in nats a word: the mean over rows and its interval. The perplexity is exp(loss).
    """

    name: str
    n_rows: float
    n_tokens: float
    median_tokens: float
    coverage: Estimate
    diversity: float | None
    loss: Estimate


@dataclass(frozen=True, slots=True)
class Gap:
    """The loss of a selection minus that of chance, in nats a word; below 0 is better.

    Attributes:
        rows: Mean over held-out rows, with the interval that other rows would give.
        chance: How far from the mean of the draws a further draw falls by chance: half the width of
            the 95 % prediction interval of a normal sample.
    """

    rows: Estimate
    chance: float

    @property
    def is_better(self) -> bool:
        """Whether neither the choice of rows nor chance explains that the loss is less."""
        return self.rows.high < 0 and self.rows.mean < -self.chance

    @property
    def is_worse(self) -> bool:
        """Whether neither the choice of rows nor chance explains that the loss is more."""
        return self.rows.low > 0 and self.rows.mean > self.chance


@dataclass(frozen=True, slots=True)
class Comparison:
    """One way of choosing beside its controls.

    Attributes:
        method: The way.
        selection: What it chose.
        arms: The selection, then each control as the mean of its draws.
        draws: The draws of the controls one by one.
        against_random: Its loss against that of the random selections.
        against_length: Its loss against that of the selections of equal lengths.
    """

    method: Method
    selection: Selection
    arms: tuple[Arm, ...]
    draws: tuple[Arm, ...]
    against_random: Gap
    against_length: Gap

    @property
    def verdict(self) -> str:
        """What the comparison means, in words that follow the name of the method."""
        if self.against_random.is_worse:
            return "is worse than random: rows drawn by chance have a lower loss"
        if not self.against_random.is_better:
            return "does not beat random: by this loss, rows drawn by chance do as well"
        if not self.against_length.is_better:
            return "beats random, but not random rows of equal lengths"
        return "beats random, also at equal lengths"


class SelectionReport:
    """Measures selections from one pool on the same held-out examples.

    Args:
        pool: The candidates.
        held_out: Examples that are neither candidates nor targets; with a word in their outputs.

    Raises:
        ValueError: There is no held-out example, one is a candidate too, or its output has no word.
    """

    def __init__(self, pool: Pool, held_out: Sequence[HeldOut]) -> None:
        if not held_out:
            raise ValueError("nothing is held out to measure by")
        self._pool = pool
        self._inputs = {row.input for row in held_out}
        if not self._inputs.isdisjoint(one.input for one in pool.candidates):
            raise ValueError("a candidate is held out to measure by")
        self._groups = [row.group for row in held_out]
        self._vectors = pool.embedding.embed([row.input for row in held_out])
        self._outputs = hash_words([one.output for one in pool.candidates])
        self._held_out = hash_words([row.output for row in held_out])
        if np.diff(self._held_out.offsets).min() == 0:
            raise ValueError("a held-out output has no word")
        words = np.concatenate((self._outputs.hashes, self._held_out.hashes))
        self._n_vocabulary = int(np.unique(words).size)

    def compare(
        self,
        method: Method,
        *,
        budget_tokens: int,
        most_rows: int | None = None,
        seed: int = 1,
        targets: Sequence[str] = (),
    ) -> Comparison:
        """Choose by a method and compare. See `choice.select`.

        The controls get the tokens that the selection has, which `most_rows` may make fewer than
        the budget.

        Raises:
            ValueError: The budget buys nothing, or a target is held out to measure by.
        """
        if not self._inputs.isdisjoint(targets):
            raise ValueError("a target of the selection is held out to measure it by")
        chosen = select(
            self._pool,
            method,
            budget_tokens=budget_tokens,
            most_rows=most_rows,
            seed=seed,
            targets=targets,
        )
        if not chosen.places:
            raise ValueError(f"a budget of {budget_tokens} tokens buys no example")
        selected = self._measured("selected", chosen)
        controls = {
            name: [self._measured(f"{name}_{n}", draw) for n, draw in enumerate(draws, start=1)]
            for name, draws in self._controls(chosen, seed).items()
        }
        return Comparison(
            method,
            chosen,
            (
                self._arm("selected", [selected]),
                *(self._arm(name, draws) for name, draws in controls.items()),
            ),
            tuple(self._arm(draw.name, [draw]) for draws in controls.values() for draw in draws),
            self._gap(selected, controls["random"]),
            self._gap(selected, controls["length_matched"]),
        )

    def _controls(self, chosen: Selection, seed: int) -> dict[str, list[Selection]]:
        seeds = range(seed + 1, seed + 1 + _DRAWS)
        return {
            "random": [
                select(self._pool, "random", budget_tokens=chosen.n_tokens, seed=one)
                for one in seeds
            ],
            "length_matched": [length_matched(self._pool, chosen, seed=one) for one in seeds],
        }

    def _gap(self, selected: _Measured, draws: Sequence[_Measured]) -> Gap:
        losses = np.array([draw.losses for draw in draws])
        spread = float(losses.mean(axis=1).std(ddof=1))
        return Gap(
            paired_difference(selected.losses.tolist(), losses.mean(axis=0).tolist(), self._groups),
            _T_4 * spread * math.sqrt(1 + 1 / _DRAWS),
        )

    def _arm(self, name: str, draws: Sequence[_Measured]) -> Arm:
        nearest = np.mean([draw.nearest for draw in draws], axis=0)
        losses = np.mean([draw.losses for draw in draws], axis=0)
        diversities = [draw.diversity for draw in draws if draw.diversity is not None]
        return Arm(
            name,
            fmean(draw.n_rows for draw in draws),
            fmean(draw.n_tokens for draw in draws),
            fmean(draw.median_tokens for draw in draws),
            estimate(nearest.tolist(), self._groups),
            fmean(diversities) if diversities else None,
            estimate(losses.tolist(), self._groups),
        )

    def _measured(self, name: str, selection: Selection) -> _Measured:
        vectors = self._pool.vectors[list(selection.places)]
        nearest = (self._vectors @ vectors.T).max(axis=1)
        return _Measured(
            name,
            len(selection.places),
            selection.n_tokens,
            float(np.median([self._pool.candidates[at].n_tokens for at in selection.places])),
            np.round(nearest, SIMILARITY_DIGITS).astype(np.float64),
            _diversity(vectors),
            self._losses(selection),
        )

    def _losses(self, selection: Selection) -> _Floats:
        """Return the loss of each held-out output in nats a word; (n_held_out,)."""
        model = NgramModel(_only(self._outputs, selection), n_vocabulary=self._n_vocabulary)
        totals = np.cumsum(model.log_probabilities(self._held_out))
        ends = self._held_out.offsets[1:]
        return -np.diff(totals[ends - 1], prepend=0) / np.diff(self._held_out.offsets)


@dataclass(frozen=True, slots=True)
class _Measured:
    """One selection; `nearest` and `losses` are of each held-out row, see `Arm`."""

    name: str
    n_rows: int
    n_tokens: int
    median_tokens: float
    nearest: _Floats
    diversity: float | None
    losses: _Floats


def _only(words: WordHashes, selection: Selection) -> WordHashes:
    texts = [words.of(place) for place in sorted(selection.places)]
    offsets = np.cumsum([0, *(text.size for text in texts)])
    return WordHashes(offsets.astype(np.int64), np.concatenate(texts))


def _diversity(vectors: Vectors) -> float | None:
    n_pairs = len(vectors) * (len(vectors) - 1)
    if n_pairs == 0:
        return None
    total = vectors.sum(axis=0, dtype=np.float64)
    squares = np.square(vectors).sum(dtype=np.float64)
    return float(1 - (total @ total - squares) / n_pairs)
