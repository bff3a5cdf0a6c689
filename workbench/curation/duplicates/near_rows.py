"""Rows that nearly repeat one another, as a whole or in their input alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workbench.curation.duplicates.documents import Documents, Positions
from workbench.curation.duplicates.exact import STAGE
from workbench.curation.duplicates.minhash import Signatures, sign_texts
from workbench.curation.duplicates.near import NearDuplicates, find_near_duplicates
from workbench.curation.outcomes import Texts
from workbench.curation.recipe import DuplicateRules
from workbench.curation.survivors import Survivor
from workbench.store import Decision

if TYPE_CHECKING:
    import pyarrow as pa

NEAR, CHAIN, UNFINISHED = "near", "near_chain", "near_unfinished"
_JOIN = "\n"
# Of a group of near-duplicate inputs, each is held against so many others.
_MAX_COUPLES = 20


@dataclass(frozen=True, slots=True)
class NearInputs:
    """Rows whose inputs are verified near-duplicates, by group; sizes are 2 or more."""

    groups: tuple[tuple[str, ...], ...]

    def couples(self) -> Iterator[tuple[str, str]]:
        """Yield couples of a group, of a large one some."""
        for group in self.groups:
            yield from combinations(group[:_MAX_COUPLES], 2)


@dataclass(slots=True)
class NearRows:
    """Signatures of the rows that passed the row stages, in the order of the spool."""

    _whole: list[Signatures] = field(default_factory=list)
    _inputs: list[Signatures] = field(default_factory=list)

    def add(self, rows: Sequence[Texts]) -> None:
        """Take note of the next rows."""
        # without the rejected output: what repeats here are examples
        self._whole.append(sign_texts([_JOIN.join((r["input"], r["output"])) for r in rows]))
        self._inputs.append(sign_texts([row["input"] for row in rows]))

    def whole(self, rows: Sequence[Survivor], spool: Path, threshold: float) -> NearDuplicates:
        """Compare rows by input and output."""
        return self._find(self._whole, rows, spool, ("input", "output"), threshold)

    def inputs(self, rows: Sequence[Survivor], spool: Path, threshold: float) -> NearInputs:
        """Compare rows by their inputs."""
        return NearInputs(self._find(self._inputs, rows, spool, ("input",), threshold).groups)

    def _find(
        self,
        signed: Sequence[Signatures],
        rows: Sequence[Survivor],
        spool: Path,
        columns: tuple[str, ...],
        threshold: float,
    ) -> NearDuplicates:
        import pyarrow.parquet as pq

        table: pa.Table = pq.read_table(spool, columns=["example_id", *columns])
        places = {row: place for place, row in enumerate(table["example_id"].to_pylist())}
        chosen = np.array([places[row.row_id] for row in rows], np.int64)
        texts = table.select(columns)

        def texts_of(positions: Positions) -> list[str]:
            wanted = texts.take(chosen[positions]).to_pylist()
            return [_JOIN.join(row.values()) for row in wanted]

        signatures = np.concatenate(signed)[chosen]
        documents = Documents([row.row_id for row in rows], signatures, texts_of)
        return find_near_duplicates(documents, threshold=threshold)


def judge_near(found: NearDuplicates, rules: DuplicateRules) -> Iterator[Decision]:
    """Yield what the rule says: each removal with its keeper and their exact similarity."""
    if rules.near == "off":
        return
    for removal in found.removals:
        yield Decision(
            removal.row_id,
            STAGE,
            NEAR,
            rules.near,
            f"Nearly repeats {removal.keeper_id}: {removal.similarity:.0%} of their shingles are "
            "shared.",
            {"keeper": removal.keeper_id, "similarity": round(removal.similarity, 4)},
        )
    for end in found.chain_ends:
        yield Decision(
            end.row_id,
            STAGE,
            CHAIN,
            "flag",
            f"Stays, though it nearly repeats {end.via_id}, which went for another row: the two "
            "ends of that chain are too unlike.",
            {"via": end.via_id, "similarity": round(end.similarity, 4)},
        )
    for row in found.unfinished:
        yield Decision(
            row,
            STAGE,
            UNFINISHED,
            "flag",
            "Resembles so many rows that it was not held against all of them.",
            {},
        )
