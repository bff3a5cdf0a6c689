"""What a search for leakage found: which training row shares what with which evaluation row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from workbench.curation.leak_texts import TextPart

Tier = Literal["exact", "span", "near", "semantic"]
Verdict = Literal["clean", "suspect", "leaking"]

TIERS: tuple[Tier, ...] = ("exact", "span", "near", "semantic")


@dataclass(frozen=True, slots=True, order=True)
class Leak:
    """One text of an evaluation row that one text of a training row repeats; it holds no text.

    Attributes:
        train_row: Id of the training example.
        evaluation_set: Split or file of the evaluation row.
        evaluation_row: Its id, or its place in the file.
        tier: How it was found.
        train_part: Where it stands in the training row.
        evaluation_part: Which text of the evaluation row it is.
        score: In 0-1. exact: 1; span: share of the evaluation text's words in the longest common
            span; near: Jaccard index of shingles; semantic: cosine similarity.
        span_words: Words of that span; 0 in the other tiers.
        specific_words: Those of them that are no boilerplate.
    """

    train_row: str
    evaluation_set: str
    evaluation_row: str
    tier: Tier
    train_part: TextPart
    evaluation_part: TextPart
    score: float
    span_words: int = 0
    specific_words: int = 0

    @property
    def is_certain(self) -> bool:
        """Whether the model would learn from the very input that it is evaluated on."""
        asks = self.train_part == "input" and self.evaluation_part != "output"
        return self.tier == "exact" and asks


@dataclass(frozen=True, slots=True)
class SetSummary:
    """How many rows of one evaluation set stand in training text.

    Attributes:
        evaluation_set: Split or file.
        n_rows: Its rows.
        n_too_short: Rows all of whose texts have too few words to be looked for as spans; equal
            inputs are found in any length.
        n_leaking: Rows that any tier found.
        by_tier: Rows that each tier found; a tier that was not asked for is absent.
        raw_spans: Rows with a run of that many words (8, 13) whose n-grams stand in training text,
            boilerplate and all.
        specific_spans: Rows that share a span of that many specific words with one training row.
    """

    evaluation_set: str
    n_rows: int
    n_too_short: int
    n_leaking: int
    by_tier: Mapping[Tier, int]
    raw_spans: Mapping[int, int]
    specific_spans: Mapping[int, int]

    def manifest(self) -> dict[str, Any]:
        """Return the summary JSON-ready."""
        return {key: _json_ready(value) for key, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class LeakReport:
    """Everything that a search found.

    Attributes:
        verdict: `leaking` if an input is certainly learned and evaluated on, `suspect` if anything
            else was found.
        n_train_rows: Training rows looked at.
        sets: One summary an evaluation set.
        leaks: Every finding, in the order of training rows.
    """

    verdict: Verdict
    n_train_rows: int
    sets: tuple[SetSummary, ...]
    leaks: tuple[Leak, ...]

    def manifest(self) -> dict[str, Any]:
        """Return the report without its findings, JSON-ready, for a version's manifest."""
        return {
            "verdict": self.verdict,
            "n_train_rows": self.n_train_rows,
            "n_leaking_train_rows": len({leak.train_row for leak in self.leaks}),
            "sets": [summary.manifest() for summary in self.sets],
        }

    def verdict_on(self, evaluation_set: str) -> Verdict:
        """Return what the findings of one evaluation set amount to."""
        return judge_leaks([leak for leak in self.leaks if leak.evaluation_set == evaluation_set])


def judge_leaks(leaks: Collection[Leak]) -> Verdict:
    """Return what findings amount to, see `LeakReport.verdict`."""
    if any(leak.is_certain for leak in leaks):
        return "leaking"
    return "suspect" if leaks else "clean"


def leaks_by_train_row(
    report: LeakReport, *, tiers: Collection[Tier] = TIERS, min_specific_words: int = 1
) -> dict[str, list[Leak]]:
    """Return which training rows leak from which evaluation rows.

    Args:
        report: What was found.
        tiers: The tiers to believe.
        min_specific_words: Fewest specific words of a span that is believed: 8 for all that is
            listed but short texts, 13 as GPT-3 and lm-eval do.

    Returns: For each training row its findings, the strongest tier first.
    """
    rows: dict[str, list[Leak]] = defaultdict(list)
    for leak in report.leaks:
        if leak.tier in tiers and (
            leak.tier != "span" or leak.specific_words >= min_specific_words
        ):
            rows[leak.train_row].append(leak)
    for found in rows.values():
        found.sort(key=lambda leak: (TIERS.index(leak.tier), -leak.score, leak))
    return dict(rows)


def _json_ready(value: object) -> object:
    return {str(k): v for k, v in value.items()} if isinstance(value, Mapping) else value
