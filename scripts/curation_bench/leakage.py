"""Measure the leakage check: time a document of the n-gram tier, and recall per tier.

Recall is measured on sociology questions of MMLU and their rephrasings (lm-sys/llm-decontaminator:
sociology_test.csv and sociology_rephrased.jsonl in $BENCH_DATA/contamination), and on questions
embedded word by word in longer text. A rephrasing that shares no long span with its question cannot
be found by words; what the lexical tiers miss is what the semantic tier is for.
"""

from __future__ import annotations

import csv
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from workbench.curation.leakage.jaccard_pairs import jaccard_pairs
from workbench.curation.leakage.ngram_index import index_ngrams
from workbench.curation.leakage.ngram_spans import find_spans
from workbench.curation.leakage.report import LeakReport
from workbench.curation.leakage.search import MIN_WORDS, find_leaks
from workbench.curation.leakage.texts import LeakTexts

LIMIT_MICROSECONDS = 50
_VOCABULARY_WORDS = 20_000
_REPEATS = 3
# Too loose for a default; it shows what sets of single words could find without a model.
_WORD_THRESHOLD = 0.4


def run(*, quick: bool, data: Path | None) -> list[dict[str, object]]:
    """Return one row a measurement: `what`, `value` and `unit`.

    Args:
        quick: A tenth of the documents.
        data: Folder that holds `contamination`; None leaves its recall out.
    """
    rows = _measure_ngrams(10_000 if quick else 100_000)
    if data is not None:
        folder = data / "contamination"
        questions = _questions(folder / "sociology_test.csv")
        rows += _measure_rephrased(questions, folder / "sociology_rephrased.jsonl")
        rows += _measure_embedded(questions)
    return rows


def _row(what: str, value: float | str, unit: str) -> dict[str, object]:
    return {"what": what, "value": value, "unit": unit}


def _measure_ngrams(n_documents: int) -> list[dict[str, object]]:
    """Time the n-gram tier from texts to spans; one document in 200 holds an evaluation text."""
    generator = np.random.default_rng(1)
    documents = _documents(generator, n_documents, n_words=170)
    evaluation = _documents(generator, n_documents // 20, n_words=100)
    n_leaks = n_documents // 200
    for number in range(n_leaks):
        documents[number * 7] += " " + evaluation[number]
    found = find_spans(documents[:10], _index(evaluation[:10]))  # compiles the kernels
    seconds = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        found = find_spans(documents, _index(evaluation))
        seconds.append(time.perf_counter() - began)
    microseconds = statistics.median(seconds) / n_documents * 1e6
    n_found = len(set(found.evaluation.tolist()))
    characters = round(statistics.mean(map(len, documents)))
    return [
        _row(
            f"n-gram tier, {n_documents:,} documents of {characters:,} characters",
            round(microseconds, 1),
            f"µs a document against {len(evaluation):,} texts (goal: {LIMIT_MICROSECONDS})",
        ),
        _row("embedded texts that it found", n_found, f"of {n_leaks:,}"),
    ]


def _documents(generator: np.random.Generator, count: int, *, n_words: int) -> list[str]:
    numbers = generator.integers(_VOCABULARY_WORDS, size=(count, n_words))
    return [" ".join(f"w{number}" for number in row) for row in numbers]


def _index(evaluation: list[str]) -> Any:  # noqa: ANN401 - the index of the curation package
    return index_ngrams(evaluation, [MIN_WORDS] * len(evaluation))


def _questions(path: Path) -> list[str]:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return [row[0] for row in csv.reader(file)]


def _measure_rephrased(questions: list[str], path: Path) -> list[dict[str, object]]:
    """Search rephrased questions, as training inputs, for the questions of the same line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    train = [json.loads(line)["text"] for line in lines]
    by_words = jaccard_pairs(train, questions, threshold=_WORD_THRESHOLD, shingle_words=1)
    is_right = by_words.first == by_words.second
    return [
        *_recall("rephrased", questions, train),
        _row(
            f"rephrased, found by single words at {_WORD_THRESHOLD}",
            int(is_right.sum()),
            f"of {len(questions)}, with {int((~is_right).sum())} wrong; no tier does that",
        ),
    ]


def _measure_embedded(questions: list[str]) -> list[dict[str, object]]:
    """Search longer texts for the questions that stand in them word by word."""
    fillers = _documents(np.random.default_rng(2), 2 * len(questions), n_words=60)
    train = [
        f"{fillers[2 * number]} {question} {fillers[2 * number + 1]}"
        for number, question in enumerate(questions)
    ]
    return _recall("verbatim within longer texts", questions, train)


def _recall(what: str, questions: list[str], train: list[str]) -> list[dict[str, object]]:
    report = find_leaks(
        _texts(train, of="train", part="input"), _texts(questions, of="test", part="text")
    )
    tests: dict[str, Callable[[Any], bool]] = {
        "exact": lambda leak: leak.tier == "exact",
        "8 words": lambda leak: leak.span_words >= 8,
        "13 words": lambda leak: leak.span_words >= 13,
        "any span": lambda leak: leak.tier == "span",
        "near": lambda leak: leak.tier == "near",
        "any tier": lambda leak: True,
    }
    too_short = report.sets[0].n_too_short
    n_wrong = sum(leak.train_row != leak.evaluation_row for leak in report.leaks)
    asked = f"of {len(questions)} questions, {too_short} too short"
    return [
        *(
            _row(f"{what}, found by {name}", _n_right(report, is_meant), asked)
            for name, is_meant in tests.items()
        ),
        _row(f"{what}, wrong pairs", n_wrong, "pairs"),
    ]


def _n_right(report: LeakReport, is_meant: Callable[[Any], bool]) -> int:
    return len(
        {
            leak.evaluation_row
            for leak in report.leaks
            if leak.train_row == leak.evaluation_row and is_meant(leak)
        }
    )


def _texts(texts: list[str], *, of: str, part: Any) -> LeakTexts:  # noqa: ANN401 - a literal
    made = LeakTexts()
    for number, text in enumerate(texts):
        made.add(text, of=of, row=f"line {number + 1}", part=part)
    return made
