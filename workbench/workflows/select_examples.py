"""Select: keep the training rows of a version that are worth most, and publish what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from workbench.config import resolved
from workbench.curation.selection.choice import Candidate, Pool
from workbench.curation.selection.ifd import worth
from workbench.curation.selection.reasons import left_out
from workbench.curation.selection.report import Arm, Comparison, Gap, SelectionReport
from workbench.curation.selection.rules import SelectionRules
from workbench.curation.selection.sets import Aim, candidate
from workbench.errors import ConfigError, DataError
from workbench.home import Home
from workbench.manifest import VersionFolder
from workbench.progress import track
from workbench.store import Decision, resolve_version
from workbench.workflows.difficulties import Difficulties, measure_difficulties
from workbench.workflows.publish import publish_examples
from workbench.workflows.selection_aim import SelectionSplits, find_aim, read_splits

RELATION = "selected from"
_DIGITS = 6  # of the report in the manifest: the last ones differ from machine to machine


@dataclass(frozen=True, slots=True)
class SelectResult:
    """What a selection kept, and whether it is better than chance.

    Attributes:
        version: Digest of the published version; empty for a dry run.
        parent: Digest of the version that was selected from.
        rules: How rows were chosen, every setting.
        n_targets: Inputs that the rows should be like, for `similarity`.
        n_candidates: Training rows of the parent.
        n_kept: Those that were kept.
        n_untold: Rows whose difficulty cannot be told, for `ifd`.
        n_misfit: Rows with a difficulty above 1, for `ifd`.
        n_held_out: Validation rows that the arms are measured by.
        verdict: What the comparison means, in words.
        arms: The selection, random and length-matched controls.
        draws: The five draws of each control.
        against_random: Loss of the selection minus that of random ones.
        against_length: Loss of the selection minus that of length-matched ones.
    """

    version: str
    parent: str
    rules: Mapping[str, Any]
    n_targets: int
    n_candidates: int
    n_kept: int
    n_untold: int
    n_misfit: int
    n_held_out: int
    verdict: str
    arms: tuple[Arm, ...]
    draws: tuple[Arm, ...]
    against_random: Gap
    against_length: Gap


def select_examples(
    home: Home,
    version: str = "latest:examples",
    *,
    rules: SelectionRules,
    target: Path | None = None,
    model: str = "",
    dry_run: bool = False,
) -> SelectResult:
    """Publish a version with fewer training rows; its other splits stay as they are.

    The selection is measured beside random ones and length-matched ones of equal tokens, on
    validation rows that it did not aim at. Nothing is chosen or measured by the test split.

    Args:
        home: The project.
        version: Reference of the version to select from.
        rules: How rows are chosen, and how many.
        target: A file of inputs that the rows should be like, for `similarity`; None for half of
            the validation split.
        model: Folder of a small causal model, for `ifd`; `demo` for the demo model.
        dry_run: Only measure; publish nothing.

    Raises:
        ConfigError: A target or a model is missing, or given where none is read.
        NotFoundError: There is no such version, or no such model.
        EmptySplitError: There is no training row, or no validation row to measure by.
        DataError: The limit leaves out no row, or every row; or the target file holds no input.
        LeakageError: The target file holds an input of the test split.
    """
    _check_inputs(rules, target, model)
    parent = resolve_version(home, version)
    splits = read_splits(parent)
    aim = find_aim(parent, splits, rules, target)
    candidates = [candidate(row) for row in splits.train]
    _check_limit(parent, candidates, rules)
    found = Difficulties({}, "")
    if rules.by == "ifd":
        found = measure_difficulties(home, splits.train, model)
        candidates = [replace(one, score=worth(found.by_row[one.row_id])) for one in candidates]
    pool, comparison = _compare(candidates, aim, rules)
    told = _told(parent, rules, aim, found, comparison)
    if dry_run:
        return told
    decisions = left_out(
        pool, comparison.selection, rules, targets=aim.targets, difficulties=found.by_row
    )
    version = _publish(home, parent, splits, decisions, _recipe(parent, told, found))
    return replace(told, version=version)


def _check_inputs(rules: SelectionRules, target: Path | None, model: str) -> None:
    if target and rules.by != "similarity":
        raise ConfigError(
            f"--target is read by `--by similarity`, not by `--by {rules.by}`.",
            "Leave one of them out.",
        )
    if model and rules.by != "ifd":
        raise ConfigError(
            f"--model is read by `--by ifd`, not by `--by {rules.by}`.", "Leave one of them out."
        )
    if rules.by == "ifd" and not model:
        raise ConfigError(
            "`--by ifd` needs a small causal model that tells how difficult an answer is.",
            "Name its folder: --model FOLDER, or --model demo for the demo model.",
        )


def _check_limit(
    parent: VersionFolder, candidates: Sequence[Candidate], rules: SelectionRules
) -> None:
    n_tokens = [one.n_tokens for one in candidates]
    total, unit = (sum(n_tokens), "tokens") if rules.tokens else (len(n_tokens), "rows")
    if (rules.tokens or rules.keep) >= total:
        raise DataError(
            f"The train split of version {parent.manifest.digest} has {total} {unit}, so a limit "
            f"of {rules.limit} leaves nothing out.",
            f"Name a lower --{'tokens' if rules.tokens else 'keep'}, or an earlier version: "
            "`workbench data list`.",
        )
    if rules.tokens and rules.tokens < min(n_tokens):
        raise DataError(
            f"The shortest training row has {min(n_tokens)} tokens; {rules.limit} keep none.",
            "Name a higher --tokens.",
        )


def _compare(
    candidates: Sequence[Candidate], aim: Aim, rules: SelectionRules
) -> tuple[Pool, Comparison]:
    with track("Select", len(candidates)) as progress:
        pool = Pool(candidates)
        progress.update(0, note="comparing with chance")
        comparison = SelectionReport(pool, aim.held_out).compare(
            rules.method,
            budget_tokens=rules.tokens or sum(one.n_tokens for one in candidates),
            most_rows=rules.most_rows,
            seed=rules.seed,
            targets=aim.targets,
        )
        progress.update(len(candidates), note="")
    return pool, comparison


def _told(
    parent: VersionFolder,
    rules: SelectionRules,
    aim: Aim,
    found: Difficulties,
    comparison: Comparison,
) -> SelectResult:
    return SelectResult(
        version="",
        parent=parent.manifest.digest,
        rules=resolved(rules),
        n_targets=len(aim.targets),
        n_candidates=parent.manifest.counts["train"],
        n_kept=len(comparison.selection.places),
        n_untold=sum(score is None for score in found.by_row.values()),
        n_misfit=sum(score is not None and score > 1 for score in found.by_row.values()),
        n_held_out=len(aim.held_out),
        verdict=comparison.verdict,
        arms=comparison.arms,
        draws=comparison.draws,
        against_random=comparison.against_random,
        against_length=comparison.against_length,
    )


def _recipe(parent: VersionFolder, told: SelectResult, found: Difficulties) -> dict[str, Any]:
    """Return what made the version, for its manifest: settings, then what was measured."""
    report = asdict(told)
    for name in ("version", "parent", "rules"):
        del report[name]
    made: dict[str, Any] = {"select": dict(told.rules), "selection": _rounded(report)}
    if found.model_digest:
        made["model"] = found.model_digest
    # the texts are the parent's, and so is what is known of them
    if recall := parent.manifest.recipe.get("personal_data_recall"):
        made["personal_data_recall"] = recall
    return made


def _rounded(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, Mapping):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value


def _publish(
    home: Home,
    parent: VersionFolder,
    splits: SelectionSplits,
    decisions: Sequence[Decision],
    recipe: Mapping[str, Any],
) -> str:
    left = {decision.row_id for decision in decisions}
    kept = [row for row in splits.train if row.example_id not in left]
    version = publish_examples(
        home,
        [*kept, *splits.validation, *splits.others],
        parents=[parent.manifest.digest],
        recipe=recipe,
        decisions=decisions,
        relation=RELATION,
    )
    return version.manifest.digest
