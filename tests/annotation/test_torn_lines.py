"""A file of answers whose last line was written by half."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.label_folder import LabelFolder, Revision
from workbench.errors import AnnotationError


def _revision(number: int, text: str = "caf\u00e9 \u2028 \U0001f680") -> Revision:
    values = {"answer": f"{text} {number}"}
    return Revision(f"r{number}", "2026-01-01", "2026-01-01", "x1", "ann", "submitted", values)


def _bytes(revisions: list[Revision]) -> bytes:
    return "".join(
        json.dumps(asdict(item), ensure_ascii=False) + "\n" for item in revisions
    ).encode()


def _folder(tmp_path: Path, content: bytes) -> LabelFolder:
    folder = LabelFolder(tmp_path / "d1")
    folder.path.mkdir(exist_ok=True)
    (folder.path / "revisions.jsonl").write_bytes(content)
    return folder


@given(cut=st.integers(1, len(_bytes([_revision(3)])) - 2))
def test_wherever_the_last_line_is_torn_all_others_are_kept(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    whole = [_revision(1), _revision(2)]
    rest = _bytes([_revision(3)])[:-1][:cut]
    folder = _folder(tmp_path_factory.mktemp("torn"), _bytes(whole) + rest)
    assert folder.read_revisions() == whole
    assert folder.add_revisions([_revision(2), _revision(4)]) == 1
    assert folder.read_revisions() == [*whole, _revision(4)]
    assert (folder.path / "revisions.jsonl").read_bytes() == _bytes([*whole, _revision(4)])
    (aside,) = folder.path.glob("revisions-torn-*")
    assert aside.read_bytes() == rest
    assert aside.stat().st_mode & 0o777 == 0o600


def test_a_torn_line_is_named_once_and_mended_though_nothing_is_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _folder(tmp_path, _bytes([_revision(1)]) + b'{"response_id": "r2", "secret')
    for _ in range(2):
        assert folder.add_revisions([_revision(1)]) == 0
    told = capsys.readouterr().err
    assert told.count(f"set aside line 2 of {folder.path}/revisions.jsonl") == 2  # begun and done
    assert "secret" not in told
    assert (folder.path / "revisions.jsonl").read_bytes() == _bytes([_revision(1)])


def test_what_a_lost_block_left_is_set_aside_too(tmp_path: Path) -> None:
    folder = _folder(tmp_path, b"\x00" * 512)
    assert folder.read_revisions() == []
    assert folder.add_revisions([]) == 0
    assert (folder.path / "revisions.jsonl").read_bytes() == b""
    assert folder.add_revisions([_revision(1)]) == 1
    assert folder.read_revisions() == [_revision(1)]


@pytest.mark.parametrize("damaged", [b'{"response_id": "r1", ', b"[]", b"{}", b"\xff\xfe"])
def test_a_damaged_line_before_the_last_is_named_and_nothing_is_changed(
    tmp_path: Path, damaged: bytes
) -> None:
    content = _bytes([_revision(1)]) + damaged + b"\n" + _bytes([_revision(2)])
    folder = _folder(tmp_path, content)
    with pytest.raises(AnnotationError, match=r"revisions\.jsonl, line 2 is damaged") as caught:
        folder.add_revisions([_revision(3)])
    assert "backup" in caught.value.hint
    assert (folder.path / "revisions.jsonl").read_bytes() == content
