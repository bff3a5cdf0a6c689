"""Rows that say the same in other words, by the vectors of their texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from workbench.curation.duplicates.exact import STAGE
from workbench.curation.duplicates.near import NearDuplicates
from workbench.curation.duplicates.semantic import find_semantic_duplicates
from workbench.curation.judging.row_pass import BATCH_ROWS
from workbench.curation.leakage.semantic_pairs import Sides
from workbench.curation.recipe import DuplicateRules
from workbench.curation.spool import SpooledRow, read_spool
from workbench.curation.static_model import Encoder, unit_vectors
from workbench.curation.survivors import Survivor
from workbench.store import Decision

SEMANTIC, CHAIN = "semantic", "semantic_chain"


def find_semantic_rows(
    rows: Sequence[Survivor], spool: Path, encoder: Encoder, threshold: float
) -> NearDuplicates:
    """Compare rows by what their inputs and their outputs mean.

    Args:
        rows: The rows that are left.
        spool: Where their texts wait, in the order of ids.
        encoder: Gives the vectors.
        threshold: Least cosine similarity of both.
    """
    left = {row.row_id for row in rows}
    ids: list[str] = []
    vectors: list[Sides] = []
    for batch in _batches(spool, left):
        ids += [row.example_id for row in batch]
        texts = ([row.input for row in batch], [row.output for row in batch])
        vectors.append([unit_vectors(encoder, side) for side in texts])
    if not ids:
        return NearDuplicates((), (), (), ())
    sides = [np.concatenate(side) for side in zip(*vectors, strict=True)]
    return find_semantic_duplicates(ids, sides, threshold=threshold)


def judge_semantic(found: NearDuplicates, rules: DuplicateRules) -> Iterator[Decision]:
    """Yield what the rule says: each removal with its keeper and their exact similarity."""
    if rules.semantic == "off":
        return
    for removal in found.removals:
        yield Decision(
            removal.row_id,
            STAGE,
            SEMANTIC,
            rules.semantic,
            f"Says the same as {removal.keeper_id} in other words: the cosine of their texts is "
            f"{removal.similarity:.3f} or more.",
            {"keeper": removal.keeper_id, "similarity": round(removal.similarity, 4)},
        )
    for end in found.chain_ends:
        yield Decision(
            end.row_id,
            STAGE,
            CHAIN,
            "flag",
            f"Stays, though it says the same as {end.via_id}, which went for another row: the two "
            "ends of that chain are too unlike.",
            {"via": end.via_id, "similarity": round(end.similarity, 4)},
        )


def _batches(spool: Path, left: set[str]) -> Iterator[list[SpooledRow]]:
    rows = (row for row in read_spool(spool) if row.example_id in left)
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch
