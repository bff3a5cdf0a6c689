from __future__ import annotations

import time
from pathlib import Path

import pytest

from workbench.errors import NotFoundError
from workbench.jobs import Job, list_jobs, read_job, start_job, stop_job


def wait_for_end(jobs: Path, job: Job) -> Job:
    deadline = time.monotonic() + 60
    while (now := read_job(jobs, job.job_id)).status == "running" and time.monotonic() < deadline:
        time.sleep(0.1)
    return now


def test_a_job_runs_a_command_and_records_how_it_ended(tmp_path: Path, home_folder: Path) -> None:
    job = start_job(tmp_path, "Create a home", ["init", "--home", str(home_folder)])
    ended = wait_for_end(tmp_path, job)
    assert (ended.status, ended.exit_code) == ("done", 0)
    assert "wrote task.yaml" in ended.log()
    assert list_jobs(tmp_path) == [ended]


def test_a_failed_job_keeps_its_message(tmp_path: Path) -> None:
    job = start_job(tmp_path, "Curate", ["init", "--template", "nonsense"])
    ended = wait_for_end(tmp_path, job)
    assert (ended.status, ended.exit_code) == ("failed", 2)
    assert "nonsense" in ended.log()


def test_stopping_an_ended_job_changes_nothing(tmp_path: Path) -> None:
    ended = wait_for_end(tmp_path, start_job(tmp_path, "Help", ["--help"]))
    assert stop_job(tmp_path, ended.job_id).status == "done"


@pytest.mark.parametrize("job_id", ["nope", "../jobs", ""])
def test_an_unknown_job_is_refused(tmp_path: Path, job_id: str) -> None:
    with pytest.raises(NotFoundError):
        read_job(tmp_path, job_id)
