"""Choose the examples to train on within a budget of tokens.

What to choose by: likeness to the task (`similarity`, after RDS+ of Ivison et al., "Large-Scale
Data Selection for Instruction Tuning", 2025), variety (`diversity`), length (`length`; Zhao et al.,
"Long Is More for Alignment", 2024), a score that the caller has (`score`), or chance (`random`).
None is to be believed unmeasured: `selection_report` sets each beside chance.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np

from workbench.curation.selection.coverage import greedy_cover
from workbench.curation.selection.embedding import TextEmbedding, Vectors

Method = Literal["random", "length", "score", "similarity", "diversity"]
# Similarities are compared after this rounding: sums of float32 differ in their last digits with
# the number of threads.
SIMILARITY_DIGITS = 4
_MAX_TARGETS = 256
_MAX_GROUND = 1000


@dataclass(frozen=True, slots=True)
class Candidate:
    """An example that may be chosen.

    Attributes:
        row_id: Its id.
        input: Its input.
        output: Its output.
        n_tokens: What it costs; 1 or more.
        score: The caller's own, such as `ifd.difficulty`; more is better.
    """

    row_id: str
    input: str
    output: str
    n_tokens: int
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen examples.

    Attributes:
        method: How they were chosen.
        places: Where they stand in `Pool.candidates`, in the order of choice.
        n_tokens: What they cost together.
    """

    method: str
    places: tuple[int, ...]
    n_tokens: int


class Pool:
    """The candidates in the order of their ids, and their vectors."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self.candidates = tuple(sorted(candidates, key=lambda one: one.row_id))
        inputs = [one.input for one in self.candidates]
        self.embedding = TextEmbedding(inputs)
        self.vectors: Vectors = self.embedding.embed(inputs)


def select(
    pool: Pool,
    method: Method,
    *,
    budget_tokens: int,
    most_rows: int | None = None,
    seed: int = 1,
    targets: Sequence[str] = (),
) -> Selection:
    """Choose candidates, best first, as long as they fit; one that does not is passed over.

    Args:
        pool: The candidates.
        method: What to choose by.
        budget_tokens: The most that the selection may cost.
        most_rows: The most rows that it may have; None for as many as the budget buys.
        seed: Decides what chance decides, and which targets and rows stand for all of many.
        targets: Inputs of the task, such as its validation rows or its description; for
            `similarity`.

    Raises:
        ValueError: `similarity` without targets, or `score` with a candidate that has none.
    """
    if method == "random":
        order: Iterable[int] = _by_chance(pool, seed)
    elif method == "length":
        order = sorted(range(len(pool.candidates)), key=lambda at: -pool.candidates[at].n_tokens)
    elif method == "score":
        order = _by_score(pool)
    elif method == "similarity":
        order = _by_similarity(pool, targets, seed)
    else:
        order = greedy_cover(ground_similarity(pool, seed))
    fitting = islice(_fitting(pool, order, budget_tokens), most_rows)
    return _selection(pool, method, list(fitting))


def target_similarity(pool: Pool, targets: Sequence[str], seed: int) -> Vectors:
    """Return how alike the candidates are to the targets, or to 256 of them that chance names.

    Returns: Cosines; (n_targets, n_candidates).

    Raises:
        ValueError: There is no target.
    """
    if not targets:
        raise ValueError("selection by similarity needs inputs of the task")
    named = sorted(set(targets), key=lambda text: chance(seed, text))[:_MAX_TARGETS]
    similarity = pool.embedding.embed(named) @ pool.vectors.T
    return np.round(similarity, SIMILARITY_DIGITS, out=similarity)


def ground_similarity(pool: Pool, seed: int) -> Vectors:
    """Return how alike the candidates are to 1,000 of them that chance names to stand for all.

    Returns: Cosines; (n_candidates, n_ground).
    """
    ground = _by_chance(pool, seed)[:_MAX_GROUND]
    similarity = pool.vectors @ pool.vectors[ground].T
    return np.round(similarity, SIMILARITY_DIGITS, out=similarity)


def length_matched(pool: Pool, model: Selection, *, seed: int = 1) -> Selection:
    """Choose by chance, but with the lengths of another selection and at most its tokens.

    What such a control reaches too, the other selection owes to its lengths alone. Lengths fall
    into classes a quarter of a doubling wide; each class gets the tokens it has in `model`, and
    what no class can use is spent on rows of any length.
    """
    left: Counter[int] = Counter()
    for place in model.places:
        left[_length_class(pool.candidates[place])] += pool.candidates[place].n_tokens
    order = _by_chance(pool, seed)
    chosen = []
    for place in order:
        candidate = pool.candidates[place]
        if candidate.n_tokens <= left[_length_class(candidate)]:
            left[_length_class(candidate)] -= candidate.n_tokens
            chosen.append(place)
    taken = set(chosen)
    others = (place for place in order if place not in taken)
    return _selection(pool, "length_matched", [*chosen, *_fitting(pool, others, left.total())])


def chance(seed: int, name: str) -> str:
    """Return the place of a name in a random order that no other name influences."""
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def _length_class(candidate: Candidate) -> int:
    return math.floor(4 * math.log2(candidate.n_tokens))


def _fitting(pool: Pool, order: Iterable[int], budget_tokens: int) -> Iterator[int]:
    """Yield those that fit, taken in order as long as any could."""
    left = budget_tokens
    least = min((one.n_tokens for one in pool.candidates), default=0)
    for place in order:
        if left < least:
            break
        if pool.candidates[place].n_tokens <= left:
            left -= pool.candidates[place].n_tokens
            yield place


def _selection(pool: Pool, method: str, places: Sequence[int]) -> Selection:
    n_tokens = sum(pool.candidates[place].n_tokens for place in places)
    return Selection(method, tuple(places), n_tokens)


def _by_chance(pool: Pool, seed: int) -> list[int]:
    keys = [chance(seed, one.row_id) for one in pool.candidates]
    return sorted(range(len(keys)), key=keys.__getitem__)


def _by_score(pool: Pool) -> list[int]:
    scores: dict[int, float] = {}
    for place, candidate in enumerate(pool.candidates):
        if candidate.score is None:
            raise ValueError(f"{candidate.row_id} has no score")
        scores[place] = candidate.score
    return sorted(scores, key=lambda place: -scores[place])


def _by_similarity(pool: Pool, targets: Sequence[str], seed: int) -> Iterator[int]:
    """Yield for each target in turn the most similar candidate that is left."""
    similarity = target_similarity(pool, targets, seed)
    ranked = np.argsort(-similarity, axis=1, kind="stable")
    next_rank = [0] * len(ranked)
    taken: set[int] = set()
    while len(taken) < len(pool.candidates):
        for target, ranking in enumerate(ranked):
            while next_rank[target] < ranking.size and int(ranking[next_rank[target]]) in taken:
                next_rank[target] += 1
            if next_rank[target] < ranking.size:
                place = int(ranking[next_rank[target]])
                taken.add(place)
                yield place
