"""Files that are no whole backup, each told for what it is; no server is needed for that."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from annotation.backup import unpack_backup
from annotation.backup_manifest import BackupContent
from workbench.errors import AnnotationError

DATABASE = b"SQLite format 3\0" * 99
CONTENT = {
    "argilla": "2.8.0",
    "schema": "abc",
    "schema_known": True,
    "users": 2,
    "datasets": 1,
    "records": 9,
    "responses": 4,
}
MANIFEST = {
    "format": 2,
    "created_at": "2026-11-25T05:00:00+00:00",
    "content": CONTENT,
    "digests": {"argilla.db": hashlib.sha256(DATABASE).hexdigest()},
}


def _without(key: str) -> dict[str, Any]:
    return {name: value for name, value in MANIFEST.items() if name != key}


def _write(file: Path, manifest: object, database: bytes | None = DATABASE) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        if database is not None:
            archive.writestr("argilla.db", database)
    return file


def _refused(file: Path, tmp_path: Path) -> str:
    with pytest.raises(AnnotationError) as caught:
        unpack_backup(file, tmp_path / "unpacked")
    assert caught.value.hint
    return caught.value.message


def test_a_whole_backup_is_unpacked(tmp_path: Path) -> None:
    found = unpack_backup(_write(tmp_path / "b.zip", MANIFEST), tmp_path / "unpacked")
    assert found == BackupContent.model_validate(MANIFEST)
    assert (tmp_path / "unpacked" / "argilla.db").read_bytes() == DATABASE


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (_without("digests"), "damaged: its manifest is wrong at digests"),
        (_without("created_at"), "damaged: its manifest is wrong at created_at"),
        ({**MANIFEST, "content": {"users": 1}}, "damaged: its manifest is wrong at content"),
        ({**MANIFEST, "content": None}, "damaged: its manifest is wrong at content"),
        ({**MANIFEST, "digests": {}}, "the database is missing"),
        ({**MANIFEST, "digests": {"argilla.db": 7}}, "wrong at digests.argilla.db"),
        ({**MANIFEST, "digests": [1]}, "wrong at digests"),
        ({**MANIFEST, "format": 3}, "has format 3; this release reads 2 and older ones"),
        ({"format": 3}, "has format 3"),
        ({**MANIFEST, "format": "2"}, "is no backup"),
        (_without("format"), "is no backup"),
        ([1], "is no backup"),
        (None, "is no backup"),
    ],
)
def test_a_wrong_manifest_is_told(tmp_path: Path, manifest: object, words: str) -> None:
    assert words in _refused(_write(tmp_path / "b.zip", manifest), tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "labels/../../out.json",
        "labels/x/../out.json",
        "labels/x/y/z/deep.json",
        "labels/.x/y.json",
        "labels/x\\..\\y/z.json",
        "../argilla.db",
        "/argilla.db",
    ],
)
def test_a_part_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    digests = {**MANIFEST["digests"], name: MANIFEST["digests"]["argilla.db"]}
    file = _write(tmp_path / "b.zip", {**MANIFEST, "digests": digests})
    assert "a backup has no such part" in _refused(file, tmp_path)


def test_another_kind_of_file_is_no_backup(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("Monday: back up Argilla.")
    assert _refused(text, tmp_path).endswith("notes.txt is no backup of Argilla.")
    empty = tmp_path / "empty.zip"
    empty.touch()
    assert "is no backup" in _refused(empty, tmp_path)
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("photo.png", b"png")
    assert "is no backup" in _refused(other, tmp_path)


def test_a_folder_or_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "cannot be read: Is a directory" in _refused(tmp_path, tmp_path)
    assert "does not exist" in _refused(tmp_path / "none.zip", tmp_path)


def test_a_torn_backup_is_damaged(tmp_path: Path) -> None:
    whole = _write(tmp_path / "whole.zip", MANIFEST)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:-40])
    assert "is damaged" in _refused(cut, tmp_path)
    assert "is damaged" in _refused(_write(tmp_path / "c.zip", MANIFEST, b"other"), tmp_path)
    assert "is damaged" in _refused(_write(tmp_path / "d.zip", MANIFEST, None), tmp_path)
    for place in range(len(whole.read_bytes())):  # no flipped byte is a fault of the workbench
        content = bytearray(whole.read_bytes())
        content[place] ^= 0xFF
        flipped = tmp_path / "flipped.zip"
        flipped.write_bytes(content)
        try:
            unpack_backup(flipped, tmp_path / "unpacked")
        except AnnotationError:
            continue
        assert (tmp_path / "unpacked" / "argilla.db").read_bytes() == DATABASE
