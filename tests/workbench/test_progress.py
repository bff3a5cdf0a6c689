from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from workbench.progress import PROGRESS_VARIABLE, track


def test_progress_is_mirrored_for_the_jobs_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "progress.json"
    monkeypatch.setenv(PROGRESS_VARIABLE, str(file))
    with track("Reading", 3) as progress:
        progress.update(2, note="two")
    assert json.loads(file.read_text()) == {
        "label": "Reading",
        "done": 2,
        "total": 3,
        "note": "two",
    }
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Reading: done in" in captured.err


def test_failed_work_says_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="boom"), track("Reading"):
        raise ValueError("boom")
    assert "Reading: stopped" in capsys.readouterr().err


def test_the_speed_of_work_with_a_unit_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with track("Reading", 3, unit="rows") as progress:
        progress.update(3)
    assert re.search(r"Reading: done in [\d.]+ s, [\d,]+ rows/s$", capsys.readouterr().err.strip())
