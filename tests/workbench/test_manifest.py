from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import NotFoundError, VersionCorruptError
from workbench.manifest import MANIFEST_FILE, publish_folder, read_version


def content(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "examples",
        "created_at": "2026-01-01T00:00:00Z",
        "counts": {"train": 1},
        "columns": {"a": "string"},
        "parents": [],
        "recipe": {},
        "task_digest": "t",
        "code_version": "0",
        **changes,
    }


def staged(folder: Path, text: str = "rows") -> dict[str, Path]:
    file = folder / "staged.parquet"
    file.write_text(text)
    return {"examples.parquet": file}


def test_same_content_is_the_same_version_whenever_it_is_published(tmp_path: Path) -> None:
    first = publish_folder(tmp_path / "versions", staged(tmp_path), content())
    later = publish_folder(tmp_path / "versions", staged(tmp_path), content(created_at="2027"))
    assert first == later
    assert [path.name for path in (tmp_path / "versions").iterdir()] == [first.manifest.digest]


def test_other_rows_or_parents_are_another_version(tmp_path: Path) -> None:
    digests = {
        publish_folder(tmp_path, staged(tmp_path), content()).manifest.digest,
        publish_folder(tmp_path, staged(tmp_path, "other"), content()).manifest.digest,
        publish_folder(tmp_path, staged(tmp_path), content(parents=["x"])).manifest.digest,
    }
    assert len(digests) == 3


@pytest.mark.parametrize("name", ["examples.parquet", MANIFEST_FILE])
def test_a_changed_file_is_detected(tmp_path: Path, name: str) -> None:
    version = publish_folder(tmp_path, staged(tmp_path), content())
    file = version.path / name
    if name == MANIFEST_FILE:
        file.write_text(json.dumps({**json.loads(file.read_text()), "counts": {"train": 2}}))
    else:
        file.write_text("rowz")
    with pytest.raises(VersionCorruptError, match=name):
        read_version(version.path)


def test_a_missing_version_and_a_torn_manifest_are_clear(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_version(tmp_path)
    (tmp_path / MANIFEST_FILE).write_text('{"digest": "x"')
    with pytest.raises(VersionCorruptError):
        read_version(tmp_path)
