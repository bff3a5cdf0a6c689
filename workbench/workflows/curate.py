"""Curate: apply the recipe to everything that was imported and publish what is left."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from workbench.config import load_config, parse_config, resolved
from workbench.curation.gate import GateResult, KeptRow, run_gate
from workbench.curation.hand_fixes import fixes_in_force, fixes_record, with_fix
from workbench.curation.leakage import LeakageCheck
from workbench.curation.measured_recall import measured_recall
from workbench.curation.recipe import Recipe
from workbench.curation.row_cache import open_row_cache
from workbench.curation.row_pass import ImportedRow, RowPass
from workbench.curation.splits import check_splits
from workbench.curation.stages.order import STAGES, StageNeeds, row_stages
from workbench.curation.stages.personal_data import personal_data_in
from workbench.curation.staging import staging_folder
from workbench.curation.word_counts import count_words
from workbench.errors import DataError, NotFoundError
from workbench.files import disk_errors
from workbench.home import Home
from workbench.manifest import EXAMPLES_FILE, PAIRS_FILE, VersionFolder
from workbench.progress import track
from workbench.records import SPLITS, Example, SplitName
from workbench.store import (
    Correction,
    Decision,
    Rulings,
    SourceCipher,
    VersionRow,
    open_original,
    open_store,
    rulings_in_force,
)
from workbench.task import Task, load_task
from workbench.version_rows import write_sorted_examples
from workbench.workflows.curate_pairs import CuratedPairs, publish_curated_pairs
from workbench.workflows.leakage_verdict import leakage_verdict, refuse_leaks
from workbench.workflows.outside_files import read_outside_files
from workbench.workflows.publish import Origin, publish_file

_READ_ROWS = 2000
_SURROGATES = "surrogates of personal data"


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
class _Imported:
    """What the store held when curation began."""

    originals: Path
    ciphers: Mapping[str, SourceCipher]
    n_rows: int
    n_quarantined: int
    sources: tuple[str, ...]
    known_versions: frozenset[str]
    rulings: Rulings
    fixes: Mapping[str, Correction]
    surrogate_key: bytes


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
    recipe, task = _recipe(home, overrides), load_task(home.task_file)
    outside = read_outside_files(home, recipe)
    in_prompt = personal_data_in(task.prompt, recipe.personal_data)
    with (
        staging_folder(home.root / "staging") as folder,
        disk_errors(folder),
        open_row_cache(home.row_cache_file) as cache,
    ):
        imported = _export(home, folder / "originals.parquet")
        row_pass = RowPass(
            partial(row_stages, recipe, _needs(recipe, task, imported)),
            imported.rulings,
            cache,
            imported.ciphers,
        )
        with track("Curate", imported.n_rows) as progress:
            gate = run_gate(
                row_pass.judge(_imported_rows(imported), n_rows=imported.n_rows),
                recipe,
                imported.rulings,
                _frozen(home, recipe),
                folder / "cleaned.parquet",
                progress.update,
                outside.files,
            )
            _check(gate, recipe)
            refuse_leaks(home, gate)
            recall = measured_recall(gate.spool, recipe.personal_data, seed=recipe.seed)
            progress.update(imported.n_rows, note="publishing")
            made_by = {
                "curate": resolved(recipe),
                "personal_data_recall": recall,
                "personal_data_in_prompt": in_prompt,
            } | _ruled(imported)
            made_by |= outside.of_recipe()
            # the examples last: `latest` without a kind is what was published last
            pairs = publish_curated_pairs(
                home,
                gate,
                task,
                origin=Origin(parents=(), recipe=made_by, sources=imported.sources),
                searched=outside.of_leakage(),
                file=folder / PAIRS_FILE,
            )
            version = _publish(
                home, gate, made_by, task, imported, folder / EXAMPLES_FILE, outside.of_leakage()
            )
    return _result(version, gate, imported, pairs)


def _recipe(home: Home, overrides: Sequence[str]) -> Recipe:
    if home.recipe_file.exists():
        return load_config(home.recipe_file, Recipe, overrides)
    return parse_config("", Recipe, place="recipe.yaml (absent)", overrides=overrides)


def _export(home: Home, target: Path) -> _Imported:
    with open_store(home) as store:
        n_rows = store.export_originals(target)
        rulings = rulings_in_force(store.rulings())
        imported = _Imported(
            originals=target,
            ciphers=store.ciphers,
            n_rows=n_rows,
            n_quarantined=sum(store.quarantine_counts().values()),
            sources=tuple(s.source_id for s in store.sources() if s.status == "active"),
            known_versions=frozenset(v.manifest.digest for v in store.list_versions()),
            rulings=rulings,
            fixes=fixes_in_force(store.last_corrections(), rulings),
            surrogate_key=store.keys.derived(_SURROGATES),
        )
    if not n_rows:
        raise NotFoundError(
            f"{home.store_file} holds no imported example.", "Import some: `workbench import FILE`."
        )
    return imported


def _imported_rows(imported: _Imported) -> Iterator[ImportedRow]:
    """Yield each example once, with the texts that a person wrote for it, if one did."""
    for row in _rows_of_files(imported):
        yield with_fix(row, imported.fixes, imported.ciphers)


def _rows_of_files(imported: _Imported) -> Iterator[ImportedRow]:
    """Yield each example once; where it was seen in several places, the first one stands for it."""
    import pyarrow.parquet as pq

    current: ImportedRow | None = None
    with pq.ParquetFile(imported.originals) as file:
        for batch in file.iter_batches(_READ_ROWS):
            for row in batch.to_pylist():
                original = open_original(row["payload"], imported.ciphers[row["source_id"]])
                groups = (original.group,) if original.group else ()
                if current and current.example_id == row["example_id"]:
                    current = _with(current, groups, original.names)
                    continue
                if current:
                    yield current
                current = ImportedRow(
                    row["example_id"],
                    row["source_id"],
                    row["file_name"],
                    row["locator"],
                    groups,
                    original.texts(),
                    names=original.names,
                )
    if current:
        yield current


def _with(row: ImportedRow, groups: tuple[str, ...], names: tuple[str, ...]) -> ImportedRow:
    """Add what another place says of the same example."""
    return replace(
        row,
        groups=tuple(sorted({*row.groups, *groups})),
        names=tuple(sorted({*row.names, *names})),
    )


def _needs(recipe: Recipe, task: Task, imported: _Imported) -> StageNeeds:
    texts = _distinct_texts(imported) if recipe.wording.typos != "off" else ()
    return StageNeeds(task, imported.surrogate_key, count_words(texts))


def _distinct_texts(imported: _Imported) -> Iterator[str]:
    seen: set[bytes] = set()
    for row in _imported_rows(imported):
        for text in row.texts.values():
            key = hashlib.blake2b(text.encode(), digest_size=16).digest()
            if key not in seen:
                seen.add(key)
                yield text


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


def _publish(
    home: Home,
    gate: GateResult,
    made_by: Mapping[str, object],
    task: Task,
    imported: _Imported,
    file: Path,
    searched: Mapping[str, object],
) -> VersionFolder:
    check = LeakageCheck()
    columns = write_sorted_examples(file, _examples(gate.kept_rows(), task, check))
    rows = [
        VersionRow(example_id, example_id, split, group)
        for example_id, (split, group) in gate.places.items()
    ]
    dropped = Counter(f"{d.stage}.{d.rule}" for d in gate.decisions if d.action == "drop")
    origin = Origin(
        parents=(),
        recipe=made_by,
        decisions=gate.decisions,
        sources=imported.sources,
        dropped=dict(sorted(dropped.items())),
    )
    return publish_file(
        home,
        "examples",
        file,
        columns=columns,
        rows=rows,
        origin=origin,
        leakage={**leakage_verdict(check, gate), **searched},
    )


def _ruled(imported: _Imported) -> dict[str, object]:
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


def _result(
    version: VersionFolder, gate: GateResult, imported: _Imported, pairs: CuratedPairs | None
) -> CurateResult:
    manifest = version.manifest
    return CurateResult(
        version=manifest.digest,
        folder=str(version.path),
        is_new=manifest.digest not in imported.known_versions,
        n_imported=gate.n_rows,
        n_quarantined=imported.n_quarantined,
        n_kept=len(gate.places),
        splits={split: manifest.counts.get(split, 0) for split in SPLITS},
        n_groups=len({group for _, group in gate.places.values()}),
        rules=_rule_counts(gate.decisions),
        leakage=manifest.leakage,
        prompt_personal_data=manifest.recipe["personal_data_in_prompt"],
        pairs=pairs,
    )


def _rule_counts(decisions: Iterable[Decision]) -> tuple[RuleCount, ...]:
    rows: dict[tuple[str, str, str], list[str]] = {}
    for decision in decisions:
        key = (decision.stage, decision.rule, decision.action)
        rows.setdefault(key, []).append(decision.row_id)
    return tuple(
        RuleCount(*key, len(ids), ids[0])
        for key, ids in sorted(rows.items(), key=lambda item: (STAGES.index(item[0][0]), item[0]))
    )
