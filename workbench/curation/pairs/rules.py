"""Examples that do not agree: one answer to unrelated inputs, near-equal inputs answered unlike.

Equal inputs with different outputs are `exact.judge_duplicates`'s business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.curation.duplicates.similarity import word_jaccard, word_similarity
from workbench.curation.text import canonical
from workbench.curation.word_hashes import hash_words
from workbench.store import Decision

STAGE = "quality"
_NAMED_IDS = 10
# Of many rows with one answer, each is compared with so many others: the least ids.
_MAX_COMPARED = 50


@dataclass(frozen=True, slots=True)
class Pair:
    """An example as these rules see it."""

    example_id: str
    input: str
    output: str


def judge_shared_answers(
    rows: Iterable[Pair],
    *,
    action: Literal["drop", "flag"] = "flag",
    min_words: int = 8,
    max_similarity: float = 0.3,
) -> list[Decision]:
    """Decide on equal outputs whose inputs have little in common.

    Such an answer fits any input, so it teaches to ignore it; or two rows were mixed up.

    Args:
        rows: The examples, each id once.
        action: What to do with them.
        min_words: Shorter outputs ("Yes.", "None.", a class) are meant to be shared.
        max_similarity: Inputs are unrelated up to this share of common words, 0-1.

    Returns: Decisions in the order of row ids.
    """
    by_output: dict[str, list[Pair]] = defaultdict(list)
    for row in rows:
        by_output[canonical(row.output)].append(row)
    decisions: list[Decision] = []
    for alike in by_output.values():
        if len(alike) > 1 and hash_words([alike[0].output]).hashes.size >= min_words:
            alike.sort(key=lambda row: row.example_id)
            decisions += _judge_one_answer(alike, action, max_similarity)
    return sorted(decisions, key=lambda decision: decision.row_id)


def _judge_one_answer(
    alike: Sequence[Pair], action: Literal["drop", "flag"], max_similarity: float
) -> list[Decision]:
    hashed = hash_words([row.input for row in alike])
    words = [np.unique(hashed.of(index)) for index in range(len(alike))]
    decisions = []
    for index, row in enumerate(alike):
        unrelated = [
            alike[other].example_id
            for other in range(min(len(alike), _MAX_COMPARED))
            if other != index and word_jaccard(words[index], words[other]) <= max_similarity
        ]
        if unrelated:
            decisions.append(
                Decision(
                    row.example_id,
                    STAGE,
                    "shared_answer",
                    action,
                    f"Its output is that of {len(alike) - 1} other rows, some with another input.",
                    {"n_alike": len(alike), "others": unrelated[:_NAMED_IDS]},
                )
            )
    return decisions


def judge_near_inputs(
    near: Iterable[tuple[str, str]],
    outputs: Mapping[str, str],
    *,
    action: Literal["drop", "flag"] = "flag",
    min_similarity: float = 0.5,
) -> list[Decision]:
    """Decide on near-duplicate inputs whose answers differ.

    Args:
        near: Ids of rows whose inputs were verified to be near-duplicates, each couple once.
        outputs: The output of each example that is still in the set; others are passed over.
        action: What to do with both rows of a couple.
        min_similarity: Answers agree from this `word_similarity` on, 0-1.

    Returns: One decision a row, in the order of row ids.
    """
    against: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for ids in near:
        if all(row_id in outputs for row_id in ids):
            words = hash_words([outputs[row_id] for row_id in ids])
            similarity = word_similarity(words.of(0), words.of(1))
            if similarity < min_similarity:
                against[ids[0]].append((ids[1], similarity))
                against[ids[1]].append((ids[0], similarity))
    return [_near_decision(row_id, against[row_id], action) for row_id in sorted(against)]


def _near_decision(
    row_id: str, others: Sequence[tuple[str, float]], action: Literal["drop", "flag"]
) -> Decision:
    return Decision(
        row_id,
        STAGE,
        "near_input",
        action,
        f"{len(others)} rows with nearly the same input have a different output.",
        {
            "n_others": len(others),
            "others": sorted(other for other, _ in others)[:_NAMED_IDS],
            "least_similarity": round(min(similarity for _, similarity in others), 3),
        },
    )
