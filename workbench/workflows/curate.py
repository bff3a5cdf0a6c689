"""Curate: apply the recipe to everything that was imported and publish what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from workbench.config import resolved
from workbench.curation.gate import GateResult, KeptRow, run_gate
from workbench.curation.hand_fixes import fixes_record
from workbench.curation.judging.cache import open_row_cache
from workbench.curation.judging.edit_spool import EditSpool
from workbench.curation.judging.row_pass import RowPass
from workbench.curation.leakage.equal_inputs import LeakageCheck
from workbench.curation.measured_recall import measured_recall
from workbench.curation.recipe import Recipe
from workbench.curation.splits import check_splits
from workbench.curation.stages.order import STAGES, StageNeeds, row_stages
from workbench.curation.stages.personal_data import personal_data_in
from workbench.curation.staging import staging_folder
from workbench.curation.wording.word_counts import count_words
from workbench.errors import DataError
from workbench.files import disk_errors
from workbench.garbage import seldom_collected
from workbench.home import Home
from workbench.manifest import EXAMPLES_FILE, PAIRS_FILE, VersionFolder
from workbench.progress import track
from workbench.records import SPLITS, Example, SplitName
from workbench.store import Decision, Rulings, VersionRow, open_store
from workbench.task import Task, load_task
from workbench.version_rows import write_sorted_examples
from workbench.workflows.chatter_model import chatter_model
from workbench.workflows.curate_pairs import CuratedPairs, publish_curated_pairs
from workbench.workflows.imported_rows import (
    Imported,
    distinct_texts,
    export_imported,
    imported_rows,
)
from workbench.workflows.leakage_verdict import leakage_verdict, refuse_leaks
from workbench.workflows.outside_files import read_outside_files
from workbench.workflows.publish import Origin, publish_file
from workbench.workflows.recipe_file import load_recipe

_EDITS_FILE = "edits.parquet"


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many examples one rule dropped, changed or flagged; `for_example` is one of them."""

    stage: str
    rule: str
    action: str
    n_examples: int
    for_example: str


@dataclass(frozen=True, slots=True)
class CurateResult:
    """What curation did.

    Attributes:
        version: Digest of the published version.
        folder: Where its files are.
        is_new: False if the same command had published it before.
        n_imported: Examples looked at.
        n_quarantined: Rows that could not even be imported.
        n_kept: Examples published.
        splits: Examples per split.
        n_groups: Groups that were kept together.
        rules: What each rule did, in the order of stages.
        leakage: Verdict of the leakage check.
        prompt_personal_data: What the prompt of the task file holds itself and every row repeats:
            for `prompt.system` and `prompt.template` how many of each kind.
        pairs: What became of the rows with a rejected answer; None if there is none.
    """

    version: str
    folder: str
    is_new: bool
    n_imported: int
    n_quarantined: int
    n_kept: int
    splits: Mapping[str, int]
    n_groups: int
    rules: tuple[RuleCount, ...]
    leakage: Mapping[str, Any]
    prompt_personal_data: Mapping[str, Mapping[str, int]]
    pairs: CuratedPairs | None


@dataclass(frozen=True, slots=True)
class Curated:
    """What the recipe made of the imported rows.

    Attributes:
        imported: What the store held.
        task: The task file.
        gate: Every decision, and what is left.
        made_by: The resolved recipe and what was measured, for the manifest.
        searched: What was looked for in files outside, for the leakage verdict.
        folder: Where the texts and the edits wait, as long as nothing is published.
    """

    imported: Imported
    task: Task
    gate: GateResult
    made_by: Mapping[str, Any]
    searched: Mapping[str, object]
    folder: Path

    @property
    def edits(self) -> Path:
        """What the rules changed; see `EditSpool`."""
        return self.folder / _EDITS_FILE

    def leakage(self, check: LeakageCheck) -> dict[str, Any]:
        """Return the verdict on the rows that were shown to a check."""
        return {**leakage_verdict(check, self.gate.leaks), **self.searched}


def curate(home: Home, *, overrides: Sequence[str] = ()) -> CurateResult:
    """Apply recipe.yaml to all imported examples and publish the version that it leaves.

    The same examples, recipe (with the files that it names) and task file always give the same
    version. Until the end nothing is
    published, so an interruption leaves the former versions as they were.

    Args:
        home: The project.
        overrides: Settings on top of the recipe, such as `splits.test=0.2`.

    Raises:
        ConfigError: The recipe or the task file is wrong.
        NotFoundError: Nothing was imported yet.
        DataError: No example is left.
        EmptySplitError: A split that the recipe asks for would be empty.
        LeakageError: Training rows hold evaluation text, which the recipe refuses.
        DependencyError: A rule compares meaning and model2vec is not installed.
    """
    with seldom_collected(), curated(home, overrides, then="publishing") as found:
        # the examples last: `latest` without a kind is what was published last
        pairs = _publish_pairs(home, found)
        version = _publish(home, found)
    return _result(version, found, pairs)


@contextmanager
def curated(home: Home, overrides: Sequence[str], *, then: str) -> Iterator[Curated]:
    """Apply the recipe to all imported examples; what it gives is gone at the end of the block.

    Args:
        home: The project.
        overrides: Settings on top of the recipe.
        then: What the block does, for the progress display.

    Raises: As `curate` does.
    """
    recipe, task = load_recipe(home, overrides), load_task(home.task_file)
    outside = read_outside_files(home, recipe)
    in_prompt = personal_data_in(task.prompt, recipe.personal_data)
    with (
        staging_folder(home.root / "staging") as folder,
        disk_errors(folder),
        open_row_cache(home.row_cache_file) as cache,
    ):
        imported = export_imported(home, folder / "originals.parquet")
        with track("Curate", imported.n_rows, unit="rows") as progress:
            progress.update(0, note="counting words")
            needs = _needs(home, recipe, task, imported)
            row_pass = RowPass(
                partial(row_stages, recipe, needs), imported.rulings, cache, imported.ciphers
            )
            progress.update(0, note="judging rows")
            judged = row_pass.judge(imported_rows(imported), n_rows=imported.n_rows)
            with EditSpool(folder / _EDITS_FILE, imported.ciphers, imported.edits_key) as edits:
                gate = run_gate(
                    edits.watch(judged),
                    recipe,
                    imported.rulings,
                    _frozen(home, recipe),
                    folder / "cleaned.parquet",
                    progress,
                    outside.files,
                )
            _check(gate, recipe)
            refuse_leaks(home, gate)
            recall = measured_recall(gate.spool, recipe.personal_data, seed=recipe.seed)
            progress.update(imported.n_rows, note=then)
            made_by = {
                "curate": resolved(recipe),
                "personal_data_recall": recall,
                "personal_data_in_prompt": in_prompt,
                **outside.of_recipe(),
                **_chatter_model(needs),
                **_ruled(imported),
            }
            yield Curated(imported, task, gate, made_by, outside.of_leakage(), folder)


def _needs(home: Home, recipe: Recipe, task: Task, imported: Imported) -> StageNeeds:
    model = chatter_model(home, recipe.wording.chatter_model)
    texts = distinct_texts(imported) if recipe.wording.typos != "off" else ()
    return StageNeeds(task, imported.surrogate_key, count_words(texts), model)


def _frozen(home: Home, recipe: Recipe) -> Mapping[str, str]:
    """Return the split of each row in the version before, if it was split the same way."""
    if not recipe.splits.freeze:
        return {}
    wanted = resolved(recipe)
    before: dict[str, str] = {}
    with open_store(home) as store:
        for version in store.list_versions():
            made = version.manifest.recipe.get("curate")
            if made and (made["seed"], made["splits"]) == (wanted["seed"], wanted["splits"]):
                before.setdefault(version.manifest.kind, version.manifest.digest)
        # the pairs too, since a pair may be published of which the example is not
        return {
            row: split
            for kind in ("pairs", "examples")
            if kind in before
            for row, split in store.splits_of(before[kind]).items()
        }


def _check(gate: GateResult, recipe: Recipe) -> None:
    if not gate.places:
        worst = Counter(f"{d.stage}.{d.rule}" for d in gate.decisions if d.action == "drop")
        rule, count = worst.most_common(1)[0]
        raise DataError(
            f"No example is left of {gate.n_rows}: {rule} dropped {count} of them.",
            f"Look at one with `workbench data why`, or change {rule.split('.')[0]} in recipe.yaml "
            "(for output_shape, the output of task.yaml).",
        )
    counts = Counter(split for split, _ in gate.places.values())
    n_groups = len({group for _, group in gate.places.values()})
    check_splits(counts, n_groups, recipe.splits.fractions())


def _publish_pairs(home: Home, found: Curated) -> CuratedPairs | None:
    origin = Origin(
        parents=(), recipe=found.made_by, sources=found.imported.sources, edits=found.edits
    )
    return publish_curated_pairs(
        home,
        found.gate,
        found.task,
        origin=origin,
        searched=found.searched,
        file=found.folder / PAIRS_FILE,
    )


def _publish(home: Home, found: Curated) -> VersionFolder:
    check, gate, file = LeakageCheck(), found.gate, found.folder / EXAMPLES_FILE
    columns = write_sorted_examples(file, _examples(gate.kept_rows(), found.task, check))
    rows = [
        VersionRow(example_id, example_id, split, group)
        for example_id, (split, group) in gate.places.items()
    ]
    dropped = Counter(f"{d.stage}.{d.rule}" for d in gate.decisions if d.action == "drop")
    origin = Origin(
        parents=(),
        recipe=found.made_by,
        decisions=gate.decisions,
        sources=found.imported.sources,
        dropped=dict(sorted(dropped.items())),
        edits=found.edits,
    )
    return publish_file(
        home,
        "examples",
        file,
        columns=columns,
        rows=rows,
        origin=origin,
        leakage=found.leakage(check),
    )


def _chatter_model(needs: StageNeeds) -> dict[str, str]:
    """Return which classifier it was, for the manifest: its name in the recipe does not say."""
    return {"chatter_model": needs.chatter_model.digest} if needs.chatter_model else {}


def _ruled(imported: Imported) -> dict[str, object]:
    """Return which rules were undone and which rows fixed, for the manifest; nothing if none."""
    ruled: dict[str, object] = {"fixed": fixes_record(imported.fixes)} if imported.fixes else {}
    rulings = imported.rulings
    if rulings != Rulings():
        by_row = {row: sorted(rules) for row, rules in rulings.by_row.items()}
        ruled["undone"] = {"everywhere": sorted(rulings.everywhere), "by_row": by_row}
    return ruled


def _examples(rows: Iterable[KeptRow], task: Task, check: LeakageCheck) -> Iterator[Example]:
    for kept in rows:
        row = kept.row
        check.add(kept.split, row.input)
        yield Example(
            example_id=row.example_id,
            split=cast("SplitName", kept.split),
            group=kept.group,
            input=row.input,
            prompt=task.messages(row.input),
            completion=row.output,
            source=row.source,
            locator=row.locator,
        )


def _result(version: VersionFolder, found: Curated, pairs: CuratedPairs | None) -> CurateResult:
    manifest, gate, imported = version.manifest, found.gate, found.imported
    return CurateResult(
        version=manifest.digest,
        folder=str(version.path),
        is_new=manifest.digest not in imported.known_versions,
        n_imported=gate.n_rows,
        n_quarantined=imported.n_quarantined,
        n_kept=len(gate.places),
        splits={split: manifest.counts.get(split, 0) for split in SPLITS},
        n_groups=len({group for _, group in gate.places.values()}),
        rules=rule_counts(gate.decisions),
        leakage=manifest.leakage,
        prompt_personal_data=manifest.recipe["personal_data_in_prompt"],
        pairs=pairs,
    )


def rule_counts(decisions: Iterable[Decision]) -> tuple[RuleCount, ...]:
    """Return what each rule did, in the order of stages."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for decision in decisions:
        key = (decision.stage, decision.rule, decision.action)
        rows.setdefault(key, []).append(decision.row_id)
    return tuple(
        RuleCount(*key, len(ids), ids[0])
        for key, ids in sorted(rows.items(), key=lambda item: (STAGES.index(item[0][0]), item[0]))
    )
