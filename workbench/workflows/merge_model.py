"""Merge a run's adapter into its base model, behind the parity gate."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training import find_run
from workbench import __version__
from workbench.curation.staging import staging_folder
from workbench.errors import MergeError
from workbench.files import disk_errors, sync_folder
from workbench.home import Home
from workbench.progress import track
from workbench.workflows.trained_base import check_trained_base

if TYPE_CHECKING:
    from serving.merge import MergedWeights
    from serving.provenance import Provenance
    from training import RunRecord

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True)
class MergedModel:
    """A merged model in its place; `was_there` says that an earlier merge made the same one."""

    name: str
    folder: Path
    run_id: str
    was_there: bool
    tensors_changed: int
    changed_fraction: float
    parity: dict[str, Any]


def merge_model(home: Home, *, run: str = "latest:dpo", name: str | None = None) -> MergedModel:
    """Merge the adapter of `run` into `models/<name>`; the same command again finds it done.

    Args:
        home: The project.
        run: A run's id, its unique beginning, or `latest:sft` / `latest:dpo`.
        name: Name of the merged model; the run's id if None.

    Raises:
        NotFoundError: There is no such run.
        ServingError: The base model is gone, or no longer the one that the run was trained on.
        MergeError: The adapter does not fit, or the name is taken by another model.
        ParityError: The merged model does not compute what base and adapter compute.
    """
    record = find_run(home.runs, run)
    target = home.models / _checked_name(name or record.run_id)
    if record.status != "complete":
        raise MergeError(
            f"Run {record.run_id} is {record.status}, not complete.",
            f"Finish it with `workbench train {record.kind}`.",
        )
    if target.exists():
        return _found(target, record)
    check_trained_base(record)
    home.models.mkdir(parents=True, exist_ok=True)
    with disk_errors(home.models), staging_folder(home.models, prefix=".merging-") as staging:
        provenance = _build(staging, record, target.name)
        sync_folder(staging)
        staging.rename(target)
    sync_folder(home.models)
    return _result(target, provenance, was_there=False)


def _build(staging: Path, record: RunRecord, name: str) -> Provenance:
    # torch is loaded only once there is something to merge
    from serving.adapter import read_adapter
    from serving.merge import merge_adapter
    from serving.parity import check_merged
    from serving.provenance import write_provenance
    from workbench.parity_rows import read_parity_rows

    base = Path(record.base_model)
    rows = read_parity_rows(record.folder)
    adapter = read_adapter(record.adapter_folder)
    if record.adapter_sha256 and adapter.sha256 != record.adapter_sha256:
        raise MergeError(
            f"The adapter of run {record.run_id} was changed after training.",
            f"Move {record.folder} away and train again.",
        )
    with track(f"merge {record.run_id}") as progress:
        weights = merge_adapter(base, adapter, staging, progress=progress)
    with track("compare merged and unmerged", len(rows)) as progress:
        parity = check_merged(base, record.adapter_folder, staging, rows)
        progress.update(len(rows))
    provenance = _provenance(record, name, weights, dataclasses.asdict(parity))
    write_provenance(staging, provenance)
    return provenance


def _provenance(
    record: RunRecord, name: str, weights: MergedWeights, parity: dict[str, Any]
) -> Provenance:
    from serving.provenance import Provenance

    return Provenance(
        name=name,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        workbench=__version__,
        run_id=record.run_id,
        kind=record.kind,
        version=record.version,
        base_model=record.base_model,
        base_files=weights.base_files,
        adapter_sha256=record.adapter_sha256 or "",
        files=weights.files,
        tensors_changed=len(weights.changes),
        changed_fraction=weights.changed_fraction,
        parity=parity,
    )


def _found(target: Path, record: RunRecord) -> MergedModel:
    from serving.provenance import read_provenance, verify_files

    provenance = read_provenance(target)
    same = provenance.run_id == record.run_id and provenance.adapter_sha256 == record.adapter_sha256
    if not same:
        raise MergeError(
            f"The name {target.name} is taken by the merged model of run {provenance.run_id}.",
            "Give this one another name with --name.",
        )
    verify_files(target, provenance)
    return _result(target, provenance, was_there=True)


def _result(target: Path, provenance: Provenance, *, was_there: bool) -> MergedModel:
    return MergedModel(
        name=provenance.name,
        folder=target,
        run_id=provenance.run_id,
        was_there=was_there,
        tensors_changed=provenance.tensors_changed,
        changed_fraction=provenance.changed_fraction,
        parity=dict(provenance.parity),
    )


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise MergeError(
            f"{name!r} cannot name a merged model.",
            "Use letters, digits, dots, dashes and underscores, a letter or digit first.",
        )
    return name
