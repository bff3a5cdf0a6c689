"""Give each row that is left its group and split; drop what would tie two splits together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from workbench.curation.duplicates.exact import likeness
from workbench.curation.pairs.rows import PairRow
from workbench.curation.recipe import Recipe
from workbench.curation.row_groups import RowKeys
from workbench.curation.splits import Placement, place_rows
from workbench.curation.survivors import Survivor
from workbench.store import Decision

STAGE = "splits"
BRIDGE, CONFLICT = "bridge", "conflict"


def place(
    rows: Sequence[Survivor],
    near: Iterable[Sequence[str]],
    recipe: Recipe,
    frozen: Mapping[str, str],
) -> Placement:
    """Place rows by the user's keys, equal inputs and verified near-duplicates.

    Args:
        rows: Every row that may tie others, those that were dropped as repetitions included.
        near: Groups of row ids that belong together.
        recipe: Seed and shares.
        frozen: Split of each row in the version before, by id.
    """
    numbers = {row.row_id: number for number, row in enumerate(rows)}
    keyed = [(numbers[row.row_id], key) for row in rows for key in row.groups]
    ties = [
        (numbers[group[0]], numbers[other])
        for group in near
        for other in group[1:]
        if group[0] in numbers and other in numbers
    ]
    return place_rows(
        [row.row_id for row in rows],
        [
            _user_keys(keyed),
            RowKeys(range(len(rows)), [row.likeness.input_key for row in rows]),
        ],
        seed=recipe.seed,
        fractions=recipe.splits.fractions(),
        ties=np.array(ties, np.int64).reshape(-1, 2),
        frozen=frozen,
    )


def place_pairs(
    pairs: Sequence[PairRow],
    near: Iterable[tuple[str, str]],
    recipe: Recipe,
    groups: Mapping[str, Collection[str]],
) -> dict[str, str]:
    """Return the split in which each pair would come to stand if nothing else was imported.

    Args:
        pairs: Pairs of a file, with the prompts as they would be imported.
        near: Couples of ids whose prompts are nearly equal.
        recipe: Seed and shares.
        groups: The user's group keys by pair id; a pair that is not there has none.
    """
    numbers = {pair.pair_id: number for number, pair in enumerate(pairs)}
    keyed = [(number, key) for name, number in numbers.items() for key in groups.get(name, ())]
    ties = [(numbers[one], numbers[other]) for one, other in near if {one, other} <= numbers.keys()]
    inputs = ["\n".join(turn["content"] for turn in pair.prompt) for pair in pairs]
    keys = [likeness("", text, "").input_key for text in inputs]
    placed = place_rows(
        list(numbers),
        [_user_keys(keyed), RowKeys(range(len(keys)), keys)],
        seed=recipe.seed,
        fractions=recipe.splits.fractions(),
        ties=np.array(ties, np.int64).reshape(-1, 2),
    )
    return {pair_id: split for pair_id, (split, _) in placed.places.items()}


def _user_keys(keyed: Sequence[tuple[int, str]]) -> RowKeys:
    return RowKeys(np.array([number for number, _ in keyed], np.int64), [key for _, key in keyed])


def judge_placement(placed: Placement) -> Iterator[Decision]:
    """Yield a drop for each row that ties rows of two splits."""
    for rule, bridges in ((BRIDGE, placed.bridges), (CONFLICT, placed.conflicts)):
        for bridge in bridges:
            one, other = bridge.splits
            yield Decision(
                bridge.row,
                STAGE,
                rule,
                "drop",
                f"Belongs with a row of {one} and with a row of {other}, which the version before "
                "had placed.",
                {"tied_to": list(bridge.tied_to), "splits": [one, other]},
            )
