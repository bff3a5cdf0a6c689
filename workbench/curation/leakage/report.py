"""What a search for leakage found: which training row shares what with which evaluation row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from workbench.curation.leakage.texts import TextPart
from workbench.curation.recipe import LeakageRules
from workbench.store import Rulings

Tier = Literal["exact", "span", "near", "semantic"]
Verdict = Literal["clean", "suspect", "leaking"]
LeakAction = Literal["refuse", "drop", "flag", "off"]

STAGE = "leakage"

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
class LeakScale:
    """Which findings count: those that the rules of a recipe speak of, unless a person undid them.

    Attributes:
        rules: The recipe's rules on leakage.
        rulings: The rules that were undone.
    """

    rules: LeakageRules
    rulings: Rulings

    def counts(self, leak: Leak) -> bool:
        """Tell whether a finding counts, for the verdict as for the rows that are named."""
        # an answer that two rows give alike proves nothing: it counts as a near one does
        tier = "near" if leak.tier == "exact" and not leak.is_certain else leak.tier
        is_off = leak_actions(self.rules)[tier] == "off"
        if is_off or self.rulings.are_undone(leak.train_row, f"{STAGE}.{tier}"):
            return False
        return tier != "span" or leak.specific_words >= self.rules.min_words


def leak_actions(rules: LeakageRules) -> dict[Tier, LeakAction]:
    """Return what is done with the training rows that each tier finds."""
    return {
        "exact": rules.exact,
        "span": rules.spans,
        "near": rules.near,
        "semantic": rules.semantic,
    }


@dataclass(frozen=True, slots=True)
class SetSummary:
    """How many rows of one evaluation set stand in training text.

    Attributes:
        evaluation_set: Split or file.
        n_rows: Its rows.
        n_too_short: Rows all of whose texts have too few words to be looked for as spans; equal
            inputs are found in any length.
        n_leaking: Rows with a finding that counts.
        by_tier: The same for each tier; a tier that was not asked for is absent.
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
    """What a search found, as far as it counts; see `LeakScale`.

    Attributes:
        verdict: `leaking` if an input is certainly learned and evaluated on, `suspect` if anything
            else was found.
        n_train_rows: Training rows looked at.
        sets: One summary an evaluation set.
        leaks: The findings, in the order of training rows.
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
    """Return what findings that count amount to, see `LeakReport.verdict`."""
    if any(leak.is_certain for leak in leaks):
        return "leaking"
    return "suspect" if leaks else "clean"


def leaks_by_train_row(
    report: LeakReport, *, tiers: Collection[Tier] = TIERS
) -> dict[str, list[Leak]]:
    """Return which training rows leak from which evaluation rows.

    Args:
        report: What was found.
        tiers: The tiers to look at.

    Returns: For each training row its findings, the strongest tier first.
    """
    rows: dict[str, list[Leak]] = defaultdict(list)
    for leak in report.leaks:
        if leak.tier in tiers:
            rows[leak.train_row].append(leak)
    for found in rows.values():
        found.sort(key=_strength)
    return dict(rows)


def strongest_by_pair(leaks: Collection[Leak]) -> list[Leak]:
    """Return one finding for each two rows: of the strongest tier, there with the highest score."""
    strongest: dict[tuple[str, str, str], Leak] = {}
    for leak in sorted(leaks, key=_strength):
        strongest.setdefault((leak.train_row, leak.evaluation_set, leak.evaluation_row), leak)
    return sorted(strongest.values())


def _strength(leak: Leak) -> tuple[int, float, Leak]:
    return TIERS.index(leak.tier), -leak.score, leak


def _json_ready(value: object) -> object:
    return {str(k): v for k, v in value.items()} if isinstance(value, Mapping) else value
