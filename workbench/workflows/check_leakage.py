"""Check a published version for leakage: its own splits, and evaluation files from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from workbench.curation.evaluation_files import EvaluationFile, read_evaluation_file
from workbench.curation.leak_report import LeakReport
from workbench.curation.leak_search import find_leaks
from workbench.curation.leak_texts import split_texts
from workbench.curation.semantic_pairs import semantic_pairs
from workbench.curation.static_model import load_encoder
from workbench.errors import EmptySplitError
from workbench.home import Home
from workbench.progress import track
from workbench.store import resolve_version
from workbench.version_rows import read_examples


@dataclass(frozen=True, slots=True)
class LeakageResult:
    """What a check found.

    Attributes:
        version: Digest of the version.
        files: The evaluation files that were read.
        report: Every finding; rows are named, text is not shown.
    """

    version: str
    files: tuple[EvaluationFile, ...]
    report: LeakReport


def check_leakage(
    home: Home,
    version: str = "latest:examples",
    *,
    against: Sequence[Path] = (),
    encoding: str = "utf-8",
    model: Path | None = None,
) -> LeakageResult:
    """Search the train split of a version for text of its other splits and of evaluation files.

    Args:
        home: The project.
        version: A digest, a unique prefix or `latest:examples`.
        against: Evaluation files: CSV, TSV, JSON, JSON Lines, Parquet or text.
        encoding: Of their text.
        model: Folder of a model2vec model, to look for texts of like meaning too.

    Raises:
        NotFoundError: There is no such version, or it holds pairs.
        EmptySplitError: It has no train split.
        ImportFileError: An evaluation file cannot be read.
        DependencyError: A model is named and model2vec is not installed.
    """
    semantic = partial(semantic_pairs, encoder=load_encoder(model)) if model else None
    folder = resolve_version(home, version)
    train, evaluation = split_texts(read_examples(folder))
    digest = folder.manifest.digest
    if not len(train):
        raise EmptySplitError(
            f"Version {digest} has no train split to search.", "Name one: `workbench data list`."
        )
    with track("Check leakage", len(train)) as progress:
        files = tuple(read_evaluation_file(path, evaluation, encoding=encoding) for path in against)
        report = find_leaks(train, evaluation, semantic=semantic)
        progress.update(len(train))
    return LeakageResult(digest, files, report)
