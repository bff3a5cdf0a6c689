"""What holds text of a file's rows and is not erased with it: versions, and what they led to."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotation.label_folder import all_pushes
from serving.provenance import PROVENANCE_FILE
from workbench.evaluation.answer_sets import SET_FILE
from workbench.home import Home
from workbench.workflows.report import NUMBERS_FILE
from workbench.workflows.runs import all_runs
from workbench.workflows.studies import study_versions


@dataclass(frozen=True, slots=True)
class RemainingCopy:
    """Something that holds text of rows, or learned from them.

    Attributes:
        kind: Such as `version` or `run`.
        name: By which it goes.
        holds: What of the rows is in it.
        removal: What to do so that it is gone, and whether that can be done at all.
    """

    kind: str
    name: str
    holds: str
    removal: str


def remaining_copies(home: Home, versions: Mapping[str, int]) -> tuple[RemainingCopy, ...]:
    """Return what was made of rows and is there still.

    Args:
        home: The project.
        versions: How many of the rows each version holds; without any there is nothing else.
    """
    if not versions:
        return ()
    runs = _runs(home, versions)
    return (
        *_versions(home, versions),
        *(_folder("run", home.runs / run, "learned from them") for run in runs),
        *_merged(home, runs),
        *_answers(home, versions),
        *_labels(home, versions),
        *_studies(home, versions),
        *_reports(home, versions),
    )


def _versions(home: Home, versions: Mapping[str, int]) -> Iterator[RemainingCopy]:
    for digest, n_rows in versions.items():
        if (home.versions / digest).is_dir():
            yield _folder("version", home.versions / digest, f"{n_rows} of the rows")


def _runs(home: Home, versions: Collection[str]) -> tuple[str, ...]:
    """Return the runs that learned from a version, and those that continue one of these."""
    records = all_runs(home)
    found = {record.run_id for record in records if record.version in versions}
    while more := {r.run_id for r in records if r.parent_run in found} - found:
        found |= more
    return tuple(sorted(found))


def _merged(home: Home, runs: Collection[str]) -> Iterator[RemainingCopy]:
    for file in _described(home.models, PROVENANCE_FILE, lambda said: said["run_id"] in runs):
        yield _folder("merged model", file.parent, "learned from them")


def _answers(home: Home, versions: Collection[str]) -> Iterator[RemainingCopy]:
    for file in _described(home.answers, SET_FILE, lambda said: said["version"] in versions):
        yield _folder("answers", file.parent, "prompts and answers to them")
    # An unfinished set does not say yet what it answers.
    for folder in sorted((home.root / "staging").glob("answers-*")):
        yield _folder("unfinished answers", folder, "perhaps answers to them")


def _labels(home: Home, versions: Collection[str]) -> Iterator[RemainingCopy]:
    for folder, push in all_pushes(home.labels):
        if push.version in versions:
            yield RemainingCopy(
                "labels",
                push.dataset,
                "records in Argilla and what people answered",
                f"delete the dataset {push.dataset} in Argilla, then remove {folder.path}",
            )


def _studies(home: Home, versions: Collection[str]) -> Iterator[RemainingCopy]:
    for study_id, used in study_versions(home).items():
        if not used.isdisjoint(versions):
            yield RemainingCopy(
                "study",
                study_id,
                "prompts, answers and votes",
                f"no command removes one; all of them are in {home.judgments_file}",
            )


def _reports(home: Home, versions: Collection[str]) -> Iterator[RemainingCopy]:
    def shows_them(said: Mapping[str, Any]) -> bool:
        return bool(said["samples"]) and said["evaluation"]["version"] in versions

    for file in _described(home.reports, NUMBERS_FILE, shows_them):
        yield _folder("report", file.parent, "samples of prompts and answers")


def _described(
    root: Path, name: str, speaks_of: Callable[[Mapping[str, Any]], bool]
) -> Iterator[Path]:
    """Yield the descriptions of which something is true, and those that cannot be read."""
    for file in sorted(root.glob(f"[!.]*/{name}")):
        try:
            found = speaks_of(json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError):
            found = True
        if found:
            yield file


def _folder(kind: str, folder: Path, holds: str) -> RemainingCopy:
    return RemainingCopy(kind, folder.name, holds, f"remove {folder}")
