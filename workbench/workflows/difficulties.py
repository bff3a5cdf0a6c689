"""Let a small causal model tell how difficult training rows are (IFD)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.base_model import check_base_model, fingerprint
from workbench.curation.selection.difficulty_cache import (
    DifficultyCache,
    difficulty_key,
    open_difficulty_cache,
)
from workbench.curation.selection.ifd import difficulty
from workbench.home import Home
from workbench.progress import track
from workbench.records import Example
from workbench.workflows.serve_models import base_folder

_BATCH_ROWS = 16
_DIGITS = 4  # sums of float32 differ in their last digits with the number of threads


@dataclass(frozen=True, slots=True)
class Difficulties:
    """What a model said.

    Attributes:
        by_row: The IFD score of each example by its id; None if it cannot be told.
        model_digest: Which model it was.
    """

    by_row: Mapping[str, float | None]
    model_digest: str


def measure_difficulties(home: Home, examples: Sequence[Example], model: str) -> Difficulties:
    """Return how difficult examples are; scores are kept as they come, so a stopped run continues.

    Args:
        home: The project; its cache folder keeps the scores.
        examples: What is to be scored.
        model: Folder of a causal language model, or `demo`.

    Raises:
        NotFoundError: There is no such folder.
        ConfigError: The folder holds no model that can be loaded.
        TrainingError: The model fails at a row.
    """
    folder = base_folder(model)
    check_base_model(folder)
    digest = fingerprint(folder)
    keys = {row.example_id: difficulty_key(digest, row.prompt, row.completion) for row in examples}
    with open_difficulty_cache(home.difficulty_cache_file) as cache:
        known = cache.find(keys.values())
        missing = [row for row in examples if keys[row.example_id] not in known]
        if missing:
            known |= _scored(folder, missing, keys, cache)
    return Difficulties({name: known[key] for name, key in keys.items()}, digest)


def _scored(
    folder: Path, examples: Sequence[Example], keys: Mapping[str, bytes], cache: DifficultyCache
) -> dict[bytes, float | None]:
    """Score examples and remember each batch as soon as it is done."""
    from training.process import prepare_process, quiet_libraries
    from training.upstream import training_errors

    prepare_process()
    # it imports torch, which reads at import what was just prepared
    from workbench.workflows.answer_scorer import load_scorer

    scored: dict[bytes, float | None] = {}
    with quiet_libraries(), track("Score difficulty", len(examples)) as progress:
        scorer = load_scorer(folder)
        started = time.monotonic()
        for batch in _batches(examples):
            with training_errors("scoring"):
                scores = {
                    keys[row.example_id]: _rounded(
                        difficulty(scorer, scorer.render(row.prompt), row.completion)
                    )
                    for row in batch
                }
            cache.keep(scores)
            scored |= scores
            done = len(scored)
            progress.update(done, note=f"{done / (time.monotonic() - started):.1f} rows/s")
    return scored


def _batches(examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    for start in range(0, len(examples), _BATCH_ROWS):
        yield examples[start : start + _BATCH_ROWS]


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, _DIGITS)
