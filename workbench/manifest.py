"""A published version: Parquet files and the manifest that names and proves them.

`training` and `evaluation` read versions through this module alone, so they need no database and
run wherever the folder is.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workbench.errors import NotFoundError, VersionCorruptError
from workbench.files import digest_json, disk_errors, sha256_file, sync_folder, write_json

MANIFEST_FILE = "manifest.json"
EXAMPLES_FILE = "examples.parquet"
PAIRS_FILE = "pairs.parquet"
DIGEST_LENGTH = 16
DRAFT_PREFIX = ".staging-"

VersionKind = Literal["examples", "pairs"]


class Manifest(BaseModel):
    """What a version holds and where it came from; all but `created_at` enters the digest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str = Field(description="First 16 hex digits of the SHA-256 of this manifest.")
    kind: VersionKind = Field(description="What the rows are.")
    created_at: str = Field(description="UTC time of publication, ISO 8601.")
    files: dict[str, str] = Field(description="SHA-256 of each Parquet file by name.")
    counts: dict[str, int] = Field(description="Rows per split.")
    columns: dict[str, str] = Field(description="Arrow type of each column.")
    parents: list[str] = Field(description="Digests of the versions that this one was made from.")
    recipe: dict[str, Any] = Field(description="The resolved configuration that made it.")
    task_digest: str = Field(description="SHA-256 of the task file in force.")
    dropped: dict[str, int] = Field(default_factory=dict, description="Rows left out, per reason.")
    leakage: dict[str, Any] = Field(
        default_factory=dict, description="Verdict of the leakage check."
    )
    simulated_rows: int = Field(default=0, description="Rows that a scripted annotator touched.")
    code_version: str = Field(description="Release of the workbench that published it.")


@dataclass(frozen=True, slots=True)
class VersionFolder:
    """A version on disk, already verified."""

    path: Path
    manifest: Manifest

    @property
    def rows_file(self) -> Path:
        return self.path / (EXAMPLES_FILE if self.manifest.kind == "examples" else PAIRS_FILE)


def manifest_digest(content: Mapping[str, Any]) -> str:
    """Return the digest that names a version with this manifest content."""
    named = {key: value for key, value in content.items() if key not in ("digest", "created_at")}
    return digest_json(named)[:DIGEST_LENGTH]


def read_version(folder: Path) -> VersionFolder:
    """Open a version and verify every file against its manifest.

    Raises:
        NotFoundError: There is no version in the folder.
        VersionCorruptError: A file is missing or is not the published one.
    """
    path = folder / MANIFEST_FILE
    if not path.is_file():
        raise NotFoundError(
            f"{folder} holds no published version.", "List them with `workbench data list`."
        )
    try:
        manifest = Manifest.model_validate(json.loads(path.read_text()))
    except ValueError as exc:
        raise VersionCorruptError(f"{path} is not a readable manifest.", _REPUBLISH) from exc
    if manifest_digest(manifest.model_dump(mode="json")) != manifest.digest:
        raise VersionCorruptError(f"{path} was changed after publication.", _REPUBLISH)
    for name, expected in manifest.files.items():
        file = folder / name
        if not file.is_file() or sha256_file(file) != expected:
            raise VersionCorruptError(
                f"{file} is missing or was changed after publication.", _REPUBLISH
            )
    return VersionFolder(folder, manifest)


_REPUBLISH = (
    "Publish the version again with `workbench curate`, or restore the folder from a backup."
)


def publish_folder(
    versions: Path, files: Mapping[str, Path], content: Mapping[str, Any]
) -> VersionFolder:
    """Move finished Parquet files and their manifest into place in one rename.

    Args:
        versions: The home's `versions` folder.
        files: Finished Parquet files by the name they get; they are moved.
        content: Every manifest field but `digest` and `files`.

    Returns: The version; an identical one that exists already is returned as it stands.
    """
    hashes = {name: sha256_file(path) for name, path in sorted(files.items())}
    body = {**content, "files": hashes}
    digest = manifest_digest(
        Manifest.model_validate({**body, "digest": ""}).model_dump(mode="json")
    )
    target = versions / digest
    if (target / MANIFEST_FILE).is_file():
        return read_version(target)
    versions.mkdir(parents=True, exist_ok=True)
    with disk_errors(versions):
        # Its name carries the process id, as staging folders do: what was killed is told by it.
        draft = f"{DRAFT_PREFIX}{os.getpid()}-"
        staging = Path(tempfile.mkdtemp(dir=versions, prefix=draft))
        try:
            for name, path in files.items():
                shutil.move(path, staging / name)
            write_json(
                staging / MANIFEST_FILE,
                Manifest.model_validate({**body, "digest": digest}).model_dump(mode="json"),
            )
            sync_folder(staging)
            staging.rename(target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    sync_folder(versions)
    return read_version(target)
