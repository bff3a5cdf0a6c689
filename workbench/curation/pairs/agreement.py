"""Preference pairs that say the same twice, or the opposite of each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np

from workbench.curation.duplicates.similarity import is_similar
from workbench.curation.pairs.rows import PairFinding, PairRow, answer_key, prompt_key
from workbench.curation.word_hashes import hash_words

_NAMED_IDS = 10
# Of many pairs with one prompt, each is compared with so many others: the least ids.
_MAX_COMPARED = 50


def repeated_pairs(rows: Sequence[PairRow]) -> list[PairFinding]:
    """Find pairs that say the same; the one with the least id is their keeper."""
    keepers: dict[tuple[str, str, str], str] = {}
    findings = []
    for row in sorted(rows, key=lambda row: row.pair_id):
        key = (prompt_key(row.prompt), answer_key(row.chosen), answer_key(row.rejected))
        keeper = keepers.setdefault(key, row.pair_id)
        if keeper != row.pair_id:
            reason = f"Says the same as {keeper}, which is kept."
            findings.append(PairFinding(row.pair_id, "repeated", reason, {"keeper": keeper}))
    return findings


def contradicting_pairs(rows: Sequence[PairRow]) -> list[PairFinding]:
    """Find pairs of one prompt that cannot all be true: A over B and B over A, or a longer circle.

    Each pair is an arrow from the chosen to the rejected answer; the pairs that lie on a circle are
    those inside a strongly connected component. Which of them is wrong nobody can say.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    nodes: dict[tuple[str, str], int] = {}
    arrows = []
    for row in rows:
        prompt = prompt_key(row.prompt)
        ends = ((prompt, answer_key(row.chosen)), (prompt, answer_key(row.rejected)))
        arrows.append([nodes.setdefault(end, len(nodes)) for end in ends])
    if not arrows:
        return []
    tails, heads = np.array(arrows).T
    graph = coo_matrix((np.ones(len(arrows)), (tails, heads)), shape=(len(nodes), len(nodes)))
    _, component = connected_components(graph, directed=True, connection="strong")
    circles: dict[int, list[str]] = defaultdict(list)
    for row, (start, end) in zip(rows, arrows, strict=True):
        # two spellings of one answer prefer nothing else
        if start != end and component[start] == component[end]:
            circles[int(component[start])].append(row.pair_id)
    return [finding for ids in circles.values() for finding in _circle_findings(sorted(ids))]


def _circle_findings(ids: Sequence[str]) -> Iterator[PairFinding]:
    for pair_id in ids:
        others = [other for other in ids if other != pair_id]
        yield PairFinding(
            pair_id,
            "contradiction",
            f"With {len(others)} other pairs of its prompt it prefers answers in a circle.",
            {"n_pairs": len(ids), "others": others[:_NAMED_IDS]},
        )


def near_duplicate_pairs(
    rows: Sequence[PairRow], near_prompts: Iterable[tuple[str, str]], *, min_similarity: float
) -> list[PairFinding]:
    """Find pairs with the same or nearly the same prompt and nearly the same answers.

    Args:
        rows: The pairs.
        near_prompts: Ids of pairs whose prompts were verified to be near-duplicates.
        min_similarity: Both sides must be so alike; `similarity.word_similarity`, 0-1.

    Returns: One finding for each pair that has a near-duplicate with a lesser id, its keeper.
    """
    place = {row.pair_id: index for index, row in enumerate(rows)}
    chosen = hash_words([row.chosen for row in rows])
    rejected = hash_words([row.rejected for row in rows])
    keepers: dict[str, str] = {}
    for first, second in sorted({*_same_prompt(rows), *_ordered(near_prompts)}):
        # couples come in the order of ids: whether `first` has a keeper is known by now, and a pair
        # that has one is no keeper itself
        if not {first, second} <= place.keys() or first in keepers or second in keepers:
            continue
        one, other = place[first], place[second]
        if is_similar(chosen.of(one), chosen.of(other), min_similarity) and is_similar(
            rejected.of(one), rejected.of(other), min_similarity
        ):
            keepers[second] = first
    return [
        PairFinding(
            pair_id,
            "near_duplicate",
            f"Says nearly the same as {keeper}.",
            {"keeper": keeper, "min_similarity": min_similarity},
        )
        for pair_id, keeper in sorted(keepers.items())
    ]


def _same_prompt(rows: Sequence[PairRow]) -> Iterator[tuple[str, str]]:
    by_prompt: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_prompt[prompt_key(row.prompt)].append(row.pair_id)
    for ids in by_prompt.values():
        ids.sort()
        yield from combinations(ids[:_MAX_COMPARED], 2)
        for later in ids[_MAX_COMPARED:]:
            yield from ((least, later) for least in ids[:_MAX_COMPARED])


def _ordered(couples: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((min(couple), max(couple)) for couple in couples)
