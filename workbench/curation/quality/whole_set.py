"""What only the whole set shows: texts of unusual length, and openings that too many share."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
import numpy.typing as npt

from workbench.curation.quality.heuristics import STAGE, QualityBatch
from workbench.curation.quality.rules import QualityRules
from workbench.curation.word_hashes import WordHashes
from workbench.store import Decision

_RUN = 5
_MIN_SHARING = 20
# Modified z-scores above 3.5 are outliers (Iglewicz and Hoaglin, "How to Detect and Handle
# Outliers", 1993, section 3.3); 0.6745 is the third quartile of the standard normal.
_MAX_Z = 3.5
_QUARTILE = 0.6745
_MIN_ROWS = 30
_Place = Literal["opening", "ending"]


class QualitySet:
    """Collects a few numbers of each example and judges the set when all are in."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._ratios: list[npt.NDArray[np.float64]] = []
        self._runs: dict[_Place, list[npt.NDArray[np.uint64]]] = {"opening": [], "ending": []}

    def add(self, batch: QualityBatch) -> None:
        """Take note of some examples."""
        self._ids += batch.ids
        # one more on both sides, so that a text without words has a ratio too
        self._ratios.append(np.log((batch.n_output_words + 1) / (batch.n_input_words + 1)))
        self._runs["opening"].append(_edge_runs(batch.output_words, at_end=False))
        self._runs["ending"].append(_edge_runs(batch.output_words, at_end=True))

    def judge(self, rules: QualityRules) -> list[Decision]:
        """Return what the rules for the whole set say, in the order of row ids.

        The result does not depend on the order in which rows were added.
        """
        if not self._ids:
            return []
        decisions = self._judge_lengths(rules)
        for place, runs in self._runs.items():
            decisions += self._judge_shared(place, np.concatenate(runs), rules)
        return sorted(decisions, key=lambda decision: decision.row_id)

    def _judge_lengths(self, rules: QualityRules) -> list[Decision]:
        action = rules.length_ratio
        ratios = np.concatenate(self._ratios)
        if action == "off" or ratios.size < _MIN_ROWS:
            return []
        middle = float(np.median(ratios))
        spread = float(np.median(np.abs(ratios - middle)))
        if spread == 0:
            return []  # more than half of the ratios are equal: no scale to measure the others by
        scores = _QUARTILE * (ratios - middle) / spread
        return [
            Decision(
                self._ids[place],
                STAGE,
                "length_ratio",
                action,
                f"The output has {np.exp(ratios[place]):.2f} times as many words as the input; "
                f"usual are {np.exp(middle):.2f}.",
                {
                    "ratio": round(float(np.exp(ratios[place])), 3),
                    "median_ratio": round(float(np.exp(middle)), 3),
                    "z": round(float(scores[place]), 2),
                },
            )
            for place in np.flatnonzero(np.abs(scores) > _MAX_Z)
        ]

    def _judge_shared(
        self, place: _Place, runs: npt.NDArray[np.uint64], rules: QualityRules
    ) -> list[Decision]:
        action = rules.shared_text
        if action == "off":
            return []
        counts = Counter(runs[runs != 0].tolist())
        least = max(_MIN_SHARING, rules.max_shared * len(self._ids))
        shared = {run: count for run, count in counts.items() if count > least}
        return [
            Decision(
                row_id,
                STAGE,
                f"shared_{place}",
                action,
                f"{shared[run]} of {len(self._ids)} outputs have this {place} of {_RUN} words.",
                {"n_sharing": shared[run], "n_rows": len(self._ids)},
            )
            for row_id, run in zip(self._ids, runs.tolist(), strict=True)
            if run in shared
        ]


def _edge_runs(words: WordHashes, *, at_end: bool) -> npt.NDArray[np.uint64]:
    """Return a hash of the first or last five words of each text; 0 if it has no more words.

    A text of exactly five words is an answer, not the opening of one.
    """
    starts, ends = words.offsets[:-1], words.offsets[1:]
    long = ends - starts > _RUN
    first = np.where(long, ends - _RUN if at_end else starts, 0)
    runs = np.zeros(starts.size, np.uint64)
    if words.hashes.size > _RUN:
        for step in range(_RUN):
            runs = runs * np.uint64(0x9E3779B97F4A7C15) + words.hashes[first + step]
    return np.where(long, runs, np.uint64(0))
