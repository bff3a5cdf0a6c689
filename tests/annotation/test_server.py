"""What starting the embedded server leaves on the disk, without Argilla."""

from __future__ import annotations

from pathlib import Path

from annotation.server import keep_former_logs


def test_the_logs_of_the_two_starts_before_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "argilla.log"
    keep_former_logs(log)  # of a first start there is none
    for start in range(4):
        log.write_text(f"start {start}")
        keep_former_logs(log)
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        "argilla.log.1": "start 3",
        "argilla.log.2": "start 2",
    }
