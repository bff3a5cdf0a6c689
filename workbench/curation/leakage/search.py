"""Search training texts for evaluation texts: exact, by spans of words, near, and by meaning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from workbench.curation.leakage.jaccard_pairs import jaccard_pairs
from workbench.curation.leakage.ngram_index import NGRAM_WORDS, index_ngrams
from workbench.curation.leakage.ngram_spans import Spans, common_limit, find_spans
from workbench.curation.leakage.report import (
    Leak,
    LeakReport,
    LeakScale,
    SetSummary,
    Tier,
    judge_leaks,
)
from workbench.curation.leakage.text_pairs import PairFinder
from workbench.curation.leakage.texts import LeakTexts
from workbench.curation.text import canonical
from workbench.curation.threads import N_THREADS
from workbench.curation.word_hashes import hash_words

# Two answers of a few words may well be equal by chance, a question of five words hardly.
MIN_WORDS = 5
MIN_OUTPUT_WORDS = NGRAM_WORDS
# Lengths of spans that are counted: ConTAM's, and that of GPT-3 and lm-eval.
SPAN_LENGTHS = (NGRAM_WORDS, 13)


class _Finding(NamedTuple):
    train: int
    evaluation: int
    tier: Tier
    score: float
    span_words: int = 0
    specific_words: int = 0


def find_leaks(
    train: LeakTexts,
    evaluation: LeakTexts,
    *,
    scale: LeakScale | None = None,
    near: PairFinder = jaccard_pairs,
    semantic: PairFinder | None = None,
) -> LeakReport:
    """Report the evaluation texts that stand in training texts, as far as that counts.

    The result depends on the order of neither side.

    Args:
        train: What the model learns from.
        evaluation: What it is evaluated on; for each file or split a set of its own.
        scale: Which findings count; None for all.
        near: Finds near-duplicates.
        semantic: Finds texts of equal meaning; None for not looking.
    """
    n_words = np.diff(hash_words(evaluation.texts).offsets)
    fewest = [MIN_OUTPUT_WORDS if part == "output" else MIN_WORDS for part in evaluation.parts]
    is_long_enough = n_words >= np.array(fewest, np.int64)
    with ThreadPoolExecutor(N_THREADS) as threads:  # both spend their time in kernels
        near_ones = threads.submit(_pairs, "near", near, train, evaluation, is_long_enough)
        spanning = threads.submit(_find_spans, train, evaluation, fewest)
        exact = list(_exact(train, evaluation, is_long_enough.tolist()))
    spans = spanning.result()
    findings = [*exact, *_spans(spans, n_words), *near_ones.result()]
    tiers: list[Tier] = ["exact", "span", "near"]
    if semantic:
        findings += _pairs("semantic", semantic, train, evaluation, is_long_enough)
        tiers.append("semantic")
    found = sorted(_leak(finding, train, evaluation) for finding in findings)
    leaks = tuple(leak for leak in found if scale is None or scale.counts(leak))
    return LeakReport(
        judge_leaks(leaks),
        len(set(train.rows)),
        _summarise(evaluation, found, leaks, tiers, spans, is_long_enough.tolist()),
        leaks,
    )


def _find_spans(train: LeakTexts, evaluation: LeakTexts, fewest: Sequence[int]) -> Spans:
    return find_spans(train.texts, index_ngrams(evaluation.texts, fewest))


def _exact(
    train: LeakTexts, evaluation: LeakTexts, is_long_enough: Sequence[bool]
) -> Iterator[_Finding]:
    """Yield the pairs of equal canonical text.

    Inputs of own splits count in any length; anything else must have some words and be rare.
    """
    wanted: dict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(evaluation.texts):
        if is_long_enough[number] or evaluation.parts[number] == "input":
            wanted[canonical(text)].append(number)
    met: dict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(train.texts):
        if (form := canonical(text)) in wanted:
            met[form].append(number)
    for form, numbers in met.items():
        is_rare = len(numbers) <= common_limit(len(train)) and len(wanted[form]) <= common_limit(
            len(evaluation)
        )
        for one in numbers:
            for other in wanted[form]:
                asks = train.parts[one] == evaluation.parts[other] == "input"
                if asks or (is_rare and is_long_enough[other]):
                    yield _Finding(one, other, "exact", 1.0)


def _spans(spans: Spans, n_words: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Iterator[_Finding]:
    columns = (spans.train, spans.evaluation, spans.words, spans.specific_words)
    for train, evaluation, words, specific in zip(*(c.tolist() for c in columns), strict=True):
        share = round(words / int(n_words[evaluation]), 4)
        yield _Finding(train, evaluation, "span", share, words, specific)


def _pairs(
    tier: Tier,
    find: PairFinder,
    train: LeakTexts,
    evaluation: LeakTexts,
    is_long_enough: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> list[_Finding]:
    chosen = np.flatnonzero(is_long_enough)
    pairs = find(train.texts, [evaluation.texts[number] for number in chosen])
    columns = (pairs.first, chosen[pairs.second], pairs.scores)
    return [
        _Finding(one, other, tier, round(score, 4))
        for one, other, score in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _leak(finding: _Finding, train: LeakTexts, evaluation: LeakTexts) -> Leak:
    return Leak(
        train_row=train.rows[finding.train],
        evaluation_set=evaluation.sets[finding.evaluation],
        evaluation_row=evaluation.rows[finding.evaluation],
        tier=finding.tier,
        train_part=train.parts[finding.train],
        evaluation_part=evaluation.parts[finding.evaluation],
        score=finding.score,
        span_words=finding.span_words,
        specific_words=finding.specific_words,
    )


def _summarise(
    evaluation: LeakTexts,
    found: Sequence[Leak],
    leaks: Sequence[Leak],
    tiers: Sequence[Tier],
    spans: Spans,
    is_long_enough: Sequence[bool],
) -> tuple[SetSummary, ...]:
    rows: dict[str, set[str]] = defaultdict(set)
    searched: dict[str, set[str]] = defaultdict(set)
    raw: dict[tuple[str, int], set[str]] = defaultdict(set)
    texts = zip(evaluation.sets, evaluation.rows, is_long_enough, spans.raw_words, strict=True)
    for name, row, is_searched, words in texts:
        rows[name].add(row)
        if is_searched:
            searched[name].add(row)
        for length in SPAN_LENGTHS:
            if words >= length:
                raw[name, length].add(row)
    return tuple(
        SetSummary(
            name,
            n_rows=len(rows[name]),
            n_too_short=len(rows[name] - searched[name]),
            n_leaking=_count_rows(counted),
            by_tier={tier: _count_rows([x for x in counted if x.tier == tier]) for tier in tiers},
            raw_spans={length: len(raw[name, length]) for length in SPAN_LENGTHS},
            specific_spans={
                length: _count_rows(
                    [x for x in found if x.evaluation_set == name and x.specific_words >= length]
                )
                for length in SPAN_LENGTHS
            },
        )
        for name in sorted(rows)
        for counted in [[leak for leak in leaks if leak.evaluation_set == name]]
    )


def _count_rows(leaks: Sequence[Leak]) -> int:
    return len({leak.evaluation_row for leak in leaks})
