"""Long work started from the application: a child process that a reload or restart does not lose.

A job runs one `workbench` command. Its folder holds what to run, the log, the progress and, at the
end, the outcome; so any process can list, follow and stop jobs, also after a restart.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import psutil

from workbench.detached import start_detached
from workbench.errors import NotFoundError
from workbench.files import write_json
from workbench.processes import is_same_process, log_tail
from workbench.progress import PROGRESS_VARIABLE, ProgressState

JobStatus = Literal["running", "done", "failed", "stopped"]
_STOP_GRACE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of long work, as it stands now."""

    job_id: str
    title: str
    arguments: tuple[str, ...]
    status: JobStatus
    started_at: str
    finished_at: str | None
    exit_code: int | None
    progress: ProgressState | None
    folder: Path

    def log(self, *, lines: int = 200) -> str:
        """Return the end of the job's output."""
        return log_tail(self.folder / "log.txt", lines=lines)


def start_job(jobs: Path, title: str, arguments: Sequence[str]) -> Job:
    """Start `workbench ARGUMENTS…` as a job.

    Args:
        jobs: The home's `jobs` folder.
        title: What to call it on the page.
        arguments: Command-line arguments, `--home` included.
    """
    started = datetime.now(UTC)
    job_id = f"{started:%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}"
    folder = jobs / job_id
    folder.mkdir(parents=True, mode=0o700)
    runner = start_detached(
        [sys.executable, "-m", "workbench.job_runner", str(folder), *arguments],
        environment={PROGRESS_VARIABLE: str(folder / "progress.json")},
    )
    write_json(
        folder / "job.json",
        {
            "title": title,
            "arguments": list(arguments),
            "started_at": started.isoformat(timespec="seconds"),
            "pid": runner.pid,
            "pid_started": runner.started,
        },
    )
    return read_job(jobs, job_id)


def read_job(jobs: Path, job_id: str) -> Job:
    """Return a job as it stands now.

    Raises:
        NotFoundError: There is no such job.
    """
    folder = jobs / job_id
    if "/" in job_id or not (folder / "job.json").is_file():
        raise NotFoundError(
            f"There is no job {job_id!r}.", "See the jobs page for those there are."
        )
    start = _read(folder / "job.json")
    outcome = _read(folder / "outcome.json")
    progress = _read(folder / "progress.json")
    return Job(
        job_id=job_id,
        title=start["title"],
        arguments=tuple(start["arguments"]),
        status=_status(start, outcome, stopped=(folder / "stop").exists()),
        started_at=start["started_at"],
        finished_at=outcome.get("finished_at"),
        exit_code=outcome.get("exit_code"),
        progress=ProgressState(**progress) if progress else None,
        folder=folder,
    )


def list_jobs(jobs: Path) -> list[Job]:
    """Return every job, newest first."""
    folders = sorted(jobs.glob("*/job.json"), reverse=True) if jobs.is_dir() else []
    return [read_job(jobs, path.parent.name) for path in folders]


def stop_job(jobs: Path, job_id: str) -> Job:
    """Ask a job to stop as Ctrl-C would, and end it if it does not; finished work is kept."""
    job = read_job(jobs, job_id)
    if job.status != "running":
        return job
    (job.folder / "stop").touch()
    start = _read(job.folder / "job.json")
    runner = psutil.Process(start["pid"])
    # Servers that the job started are in sessions of their own, and are meant to go on.
    workers = [w for w in runner.children(recursive=True) if os.getsid(w.pid) == runner.pid]
    for worker in runner.children():
        worker.send_signal(signal.SIGINT)
    _, stubborn = psutil.wait_procs([runner, *workers], timeout=_STOP_GRACE_SECONDS)
    for process in stubborn:
        process.kill()
    return read_job(jobs, job_id)


def _status(start: dict[str, Any], outcome: dict[str, Any], *, stopped: bool) -> JobStatus:
    if not outcome and is_same_process(start["pid"], start["pid_started"]):
        return "running"
    if outcome.get("exit_code") == 0:
        return "done"
    return "stopped" if stopped else "failed"


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.is_file() else {}
