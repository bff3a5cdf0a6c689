"""Write the splits of a version into a folder, in the format that another trainer reads."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.curation.export_formats import EXPORT_FORMATS, ExportFormat, Row, json_row
from workbench.curation.export_notes import CARD_FILE, dataset_card, trainer_files
from workbench.errors import ConfigError
from workbench.files import disk_errors, sha256_file, sync_folder, write_atomic, write_json
from workbench.home import Home
from workbench.manifest import VersionFolder
from workbench.progress import track
from workbench.records import Example, PreferencePair
from workbench.store import resolve_version
from workbench.version_rows import read_examples, read_pairs, write_examples, write_pairs

RECORD_FILE = "export.json"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file of an export; `split` and `n_rows` are empty for those that hold no rows."""

    name: str
    split: str
    n_rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written where."""

    version: str
    kind: str
    format: str
    folder: str
    leakage: str
    files: tuple[ExportedFile, ...]


def export_version(
    home: Home, version: str = "latest", *, file_format: str, folder: Path, force: bool = False
) -> ExportResult:
    """Write every split of a version, a card and what the trainer finds them by.

    The folder appears whole or not at all. Its files are for their owner alone.

    Args:
        home: The project.
        version: Reference of a version.
        file_format: One of `EXPORT_FORMATS`.
        folder: A folder that does not exist or is empty.
        force: Replace an earlier export in that folder; anything else in it is never touched.

    Raises:
        ConfigError: There is no such format, or the folder holds something.
        DataError: The format cannot hold a row of the version.
        NotFoundError: There is no such version.
    """
    if file_format not in EXPORT_FORMATS:
        raise ConfigError(
            f"There is no export format {file_format!r}.", f"Formats: {', '.join(EXPORT_FORMATS)}."
        )
    target = folder.expanduser().resolve()
    rows = resolve_version(home, version)
    _check_target(target, force=force)
    target.parent.mkdir(parents=True, exist_ok=True)
    with disk_errors(target), track(f"Export {rows.manifest.digest} as {file_format}"):
        staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.staging-"))
        try:
            result = _write(staging, rows, file_format, target)
            _put_in_place(staging, target)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return result


def _check_target(target: Path, *, force: bool) -> None:
    if not target.exists():
        return
    found = {path.name for path in target.iterdir()} if target.is_dir() else {target.name}
    if target.is_dir() and not found:
        return
    foreign = sorted(found - _recorded(target))
    if foreign:
        raise ConfigError(
            f"{target} holds {foreign[0]}, which no export wrote.", "Name a folder of its own."
        )
    if not force:
        raise ConfigError(f"{target} holds an earlier export.", "Replace it with --force.")


def _recorded(target: Path) -> set[str]:
    """Return the names of the files that an earlier export wrote into a folder."""
    try:
        record = json.loads((target / RECORD_FILE).read_text())
        return {RECORD_FILE, *(file["name"] for file in record["files"])}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _write(
    folder: Path, version: VersionFolder, file_format: ExportFormat, target: Path
) -> ExportResult:
    manifest = version.manifest
    suffix = "parquet" if file_format == "parquet" else "jsonl"
    splits = {split: f"{split}.{suffix}" for split in manifest.counts}
    for split, name in splits.items():
        _write_rows(folder / name, _read(version, split), file_format)
    notes = {
        CARD_FILE: dataset_card(manifest, file_format, files=splits),
        **trainer_files(manifest.kind, file_format, version=manifest.digest, files=splits),
    }
    for name, text in notes.items():
        write_atomic(folder / name, text)
    result = ExportResult(
        version=manifest.digest,
        kind=manifest.kind,
        format=file_format,
        folder=str(target),
        leakage=str(manifest.leakage.get("verdict", "not checked")),
        files=tuple(
            ExportedFile(name, split, manifest.counts.get(split, 0), sha256_file(folder / name))
            for split, name in [*splits.items(), *(("", name) for name in notes)]
        ),
    )
    # an export is handed on: where it was written is nobody else's business
    record = {key: value for key, value in asdict(result).items() if key != "folder"}
    write_json(folder / RECORD_FILE, record)
    return result


def _read(version: VersionFolder, split: str) -> list[Example] | list[PreferencePair]:
    if version.manifest.kind == "examples":
        return read_examples(version, split)
    return read_pairs(version, split)


def _write_rows(
    path: Path, rows: list[Example] | list[PreferencePair], file_format: ExportFormat
) -> None:
    examples = [row for row in rows if isinstance(row, Example)]
    pairs = [row for row in rows if isinstance(row, PreferencePair)]
    if file_format != "parquet":
        _write_json_lines(path, [*examples, *pairs], file_format)
    elif examples:
        write_examples(path, examples)
    else:
        write_pairs(path, pairs)


def _write_json_lines(path: Path, rows: Iterable[Row], file_format: ExportFormat) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        path.chmod(0o600)
        for row in rows:
            stream.write(json.dumps(json_row(row, file_format), ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _put_in_place(staging: Path, target: Path) -> None:
    """Rename the finished folder to its place; an earlier export stands until it is finished."""
    sync_folder(staging)
    if target.exists():
        # a full folder cannot be renamed over, so the old one steps aside first
        aside = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.replaced-"))
        target.rename(aside)
        try:
            staging.rename(target)
        except OSError:
            aside.rename(target)
            raise
        shutil.rmtree(aside)
    else:
        staging.rename(target)
    sync_folder(target.parent)
