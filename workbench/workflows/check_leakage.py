"""Check a published version for leakage: its own splits, and evaluation files from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from workbench.curation.leakage.evaluation_files import EvaluationFile, read_evaluation_file
from workbench.curation.leakage.report import LeakReport, LeakScale
from workbench.curation.leakage.search import find_leaks
from workbench.curation.leakage.semantic_pairs import semantic_pairs
from workbench.curation.leakage.text_pairs import PairFinder
from workbench.curation.leakage.texts import split_texts
from workbench.curation.recipe import Recipe
from workbench.curation.static_model import load_encoder
from workbench.errors import ConfigError, EmptySplitError, LeakageError, NotFoundError
from workbench.files import sha256_file
from workbench.home import Home
from workbench.manifest import Manifest
from workbench.progress import track
from workbench.store import LeakageCheckRow, Rulings, open_store, resolve_version
from workbench.version_rows import read_examples


@dataclass(frozen=True, slots=True)
class LeakageResult:
    """What a check found.

    Attributes:
        version: Digest of the version.
        files: The evaluation files that were read.
        not_searched: Evaluation files that curation searched for and this check did not.
        report: The findings that count by the version's recipe; rows are named, text is not shown.
    """

    version: str
    files: tuple[EvaluationFile, ...]
    not_searched: tuple[str, ...]
    report: LeakReport


def check_leakage(
    home: Home,
    version: str = "latest:examples",
    *,
    against: Sequence[Path] = (),
    encoding: str = "utf-8",
    model: Path | None = None,
    threshold: float | None = None,
) -> LeakageResult:
    """Search the train split of a version for text of its other splits and of evaluation files.

    What counts is what the recipe says that the version was curated by, or the defaults for one
    that was not curated, so that the verdict is that of `curate`. How the version stands against
    each file is kept in the store: `workbench data card` shows it, and training refuses a version
    that leaks.

    Args:
        home: The project.
        version: A digest, a unique prefix or `latest:examples`.
        against: Evaluation files: CSV, TSV, JSON, JSON Lines, Parquet or text.
        encoding: Of their text.
        model: Folder of a model2vec model, to look for texts of like meaning too; None for that of
            the recipe, if its rules on leakage compare meaning.
        threshold: Least cosine of their vectors; None for that of the recipe.

    Raises:
        NotFoundError: There is no such version, or it holds pairs.
        EmptySplitError: It has no train split.
        ImportFileError: An evaluation file cannot be read.
        DependencyError: A model is named and model2vec is not installed.
    """
    folder = resolve_version(home, version)
    train, evaluation = split_texts(read_examples(folder))
    digest = folder.manifest.digest
    recipe = _recipe_of(folder.manifest, home, model, threshold)
    scale = LeakScale(recipe.leakage, _rulings_of(folder.manifest))
    if not len(train):
        raise EmptySplitError(
            f"Version {digest} has no train split to search.", "Name one: `workbench data list`."
        )
    with track("Check leakage", len(train), unit="texts") as progress:
        files = tuple(read_evaluation_file(path, evaluation, encoding=encoding) for path in against)
        report = find_leaks(train, evaluation, scale=scale, semantic=_by_meaning(home, recipe))
        progress.update(len(train))
    with open_store(home) as store:
        for row in _check_rows(files, report):
            store.record_leakage_check(digest, row)
    return LeakageResult(digest, files, _others_searched(folder.manifest, files), report)


def _recipe_of(
    manifest: Manifest, home: Home, model: Path | None, threshold: float | None
) -> Recipe:
    """Return the recipe that a version was curated by, with what the caller asks for on top."""
    recipe = Recipe.model_validate(manifest.recipe.get("curate", {}))
    asked: dict[str, object] = {} if threshold is None else {"semantic_threshold": threshold}
    if model is None:
        return recipe.model_copy(update={"leakage": recipe.leakage.model_copy(update=asked)})
    if recipe.leakage.semantic == "off":
        asked["semantic"] = "flag"
    named = recipe.duplicates.model_copy(update={"semantic_model": str(model.absolute())})
    return recipe.model_copy(
        update={"leakage": recipe.leakage.model_copy(update=asked), "duplicates": named}
    )


def _by_meaning(home: Home, recipe: Recipe) -> PairFinder | None:
    rules = recipe.leakage
    if rules.semantic == "off":
        return None
    encoder = load_encoder(home.root / recipe.duplicates.semantic_model)
    return partial(semantic_pairs, encoder=encoder, threshold=rules.semantic_threshold)


def _rulings_of(manifest: Manifest) -> Rulings:
    """Return the rules that were undone when a version was curated."""
    undone = manifest.recipe.get("undone", {})
    by_row = {row: frozenset(rules) for row, rules in undone.get("by_row", {}).items()}
    return Rulings(frozenset(undone.get("everywhere", ())), by_row)


def _others_searched(manifest: Manifest, files: Sequence[EvaluationFile]) -> tuple[str, ...]:
    searched = {file.sha256 for file in files}
    curated = manifest.leakage.get("against", ())
    return tuple(file["file"] for file in curated if file["sha256"] not in searched)


def dismiss_leakage(
    home: Home, version: str, files: Sequence[Path], *, reason: str
) -> tuple[str, ...]:
    """Record that the project evaluates on none of some files, so that they stop no training.

    To check the version against a file again takes that back.

    Returns: The files by the names under which they were checked.

    Raises:
        ConfigError: No file or no reason is given.
        NotFoundError: The version was not checked against a file's content.
    """
    if not files or not reason.strip():
        raise ConfigError(
            "A check is dismissed for a file and for a reason.",
            'Write both: --against FILE --dismiss "REASON".',
        )
    digest = resolve_version(home, version).manifest.digest
    with open_store(home) as store:
        checks = {check.file_sha256: check for check in store.leakage_checks(digest)}
        known = [_checked(checks, file, digest) for file in files]
        for check in known:
            store.record_leakage_check(
                digest, replace(check, verdict="dismissed", reason=reason.strip())
            )
    return tuple(check.file_name for check in known)


def refuse_known_leaks(home: Home, version: str) -> None:
    """Refuse to train on a version of which a later check found that it leaks.

    What was found of a version holds of those that were made from it: a selection of its rows, or
    its rows with the answers of annotators.

    Raises:
        LeakageError: It names the file and the ways out.
    """
    with open_store(home) as store:
        parents = {v.manifest.digest: v.manifest.parents for v in store.list_versions()}
        family = _with_ancestors(version, parents)
        checks = [(digest, check) for digest in family for check in store.leakage_checks(digest)]
    for digest, check in checks:
        if check.verdict == "leaking":
            made_from = "" if digest == version else f" is made from {digest}, which"
            raise LeakageError(
                f"Version {version}{made_from} leaks: inputs of {check.file_name} stand in its "
                f"train split (checked {check.checked_at}).",
                "Name the file under leakage.against of recipe.yaml and curate again. If nothing "
                f"is evaluated on it: `workbench data leakage {digest} --against "
                f'{check.file_name} --dismiss "REASON"`.',
            )


def _with_ancestors(version: str, parents: Mapping[str, Sequence[str]]) -> list[str]:
    family = [version]
    for digest in family:  # grows while it is read, nearest first
        family += [parent for parent in parents.get(digest, ()) if parent not in family]
    return family


def _checked(checks: Mapping[str, LeakageCheckRow], file: Path, version: str) -> LeakageCheckRow:
    known = checks.get(sha256_file(file)) if file.is_file() else None
    if known is None:
        raise NotFoundError(
            f"Version {version} was not checked against {file} as it is now.",
            f"Check it: `workbench data leakage {version} --against {file}`.",
        )
    return known


def _check_rows(files: Sequence[EvaluationFile], report: LeakReport) -> Iterator[LeakageCheckRow]:
    summaries = {summary.evaluation_set: summary.manifest() for summary in report.sets}
    for file in files:
        yield LeakageCheckRow(
            file.file, file.sha256, report.verdict_on(file.file), summaries[file.file]
        )
