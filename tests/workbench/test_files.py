from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

import pytest

from workbench.errors import DiskFullError
from workbench.files import (
    digest_json,
    disk_errors,
    read_json_lines,
    read_whole_json_lines,
    sha256_file,
    write_atomic,
    write_json,
)


def test_write_replaces_the_whole_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "new" / "note.txt"
    write_atomic(target, "first")
    write_atomic(target, "second")
    assert target.read_text() == "second"
    assert [path.name for path in target.parent.iterdir()] == ["note.txt"]


def test_new_files_are_private(tmp_path: Path) -> None:
    write_atomic(tmp_path / "secret", "x")
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_full_disk_is_a_clear_error_and_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "note.txt"
    write_atomic(target, "old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError, match=r"note\.txt"):
        write_atomic(target, "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_other_errors_of_the_system_pass_unchanged(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), disk_errors(tmp_path):
        raise PermissionError(errno.EACCES, "no")


def test_digests_do_not_depend_on_key_order() -> None:
    assert digest_json({"a": 1, "b": [2]}) == digest_json({"b": [2], "a": 1})
    assert digest_json({"a": 1}) == hashlib.sha256(b'{"a":1}').hexdigest()


def test_file_digest_is_sha256(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"a": "ß"})
    assert (
        sha256_file(tmp_path / "x.json")
        == hashlib.sha256('{\n  "a": "ß"\n}\n'.encode()).hexdigest()
    )


def test_only_a_line_feed_ends_a_json_line(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [{"text": f"one{mark}two"} for mark in "\u2028\u2029\x85\x0c\x1e"]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    assert read_json_lines(file) == rows
    assert read_whole_json_lines(file) == rows


def test_a_torn_line_is_left_out_where_a_crash_is_expected_and_named_elsewhere(
    tmp_path: Path,
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"a": 1}\n{"a": "\u00e9'[:-1])
    assert read_whole_json_lines(file) == [{"a": 1}]
    assert read_whole_json_lines(tmp_path / "none.jsonl") == []
    with pytest.raises(ValueError, match=r"rows\.jsonl, line 2"):
        read_json_lines(file)
