"""Preference pairs with nearly the same prompt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

from workbench.curation.duplicates.documents import Documents, Positions
from workbench.curation.duplicates.minhash import sign_texts
from workbench.curation.duplicates.near import THRESHOLD, find_near_duplicates
from workbench.curation.pairs.rows import PairRow, prompt_key

# Of the pairs of one prompt, so many are held against those of another: the least ids.
_MAX_PAIRS = 50


def near_prompts(
    rows: Sequence[PairRow], *, threshold: float = THRESHOLD
) -> Iterator[tuple[str, str]]:
    """Yield couples of pairs whose prompts differ but are verified near-duplicates.

    Each prompt is held against the one that `find_near_duplicates` would keep for it. What all
    prompts begin and end with is the task's template and counts for nothing.

    Args:
        rows: The pairs, each id once.
        threshold: Least Jaccard similarity of the prompts' shingles, in 0-1.
    """
    by_prompt: dict[str, list[PairRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.pair_id):
        by_prompt[prompt_key(row.prompt)].append(row)
    alike = {same[0].pair_id: [row.pair_id for row in same] for same in by_prompt.values()}
    texts = _own_texts([same[0] for same in by_prompt.values()])

    def texts_of(positions: Positions) -> list[str]:
        return [texts[position] for position in positions]

    documents = Documents(list(alike), sign_texts(texts), texts_of)
    for removal in find_near_duplicates(documents, threshold=threshold).removals:
        keepers, others = alike[removal.keeper_id], alike[removal.row_id]
        yield from product(keepers[:_MAX_PAIRS], others[:_MAX_PAIRS])


def _own_texts(rows: Sequence[PairRow]) -> list[str]:
    texts = ["\n".join(turn["content"] for turn in row.prompt) for row in rows]
    if len(texts) < 2:
        return texts
    begin = _n_shared(texts)
    rest = [text[begin:] for text in texts]
    end = _n_shared([text[::-1] for text in rest])
    return [text[: len(text) - end] for text in rest]


def _n_shared(texts: Sequence[str]) -> int:
    """Return how many characters all texts begin with alike."""
    first, last = min(texts), max(texts)  # whatever these two share, those between them share
    differ = (n for n, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return next(differ, len(first))
