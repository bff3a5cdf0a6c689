"""Where the project stands: versions, runs, models, studies, servers, and what to do next."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.home import Home
from workbench.judgments import Judgments, studies
from workbench.processes import read_server
from workbench.settings import load_settings
from workbench.task import load_task
from workbench.workflows.studies import StudyStatus


@dataclass(frozen=True, slots=True)
class Overview:
    """The project at a glance; rows are JSON objects as the files hold them, newest first."""

    project: str
    objective: str
    versions: tuple[dict[str, Any], ...]
    runs: tuple[dict[str, Any], ...]
    merged: tuple[str, ...]
    servers: tuple[tuple[str, str], ...]
    studies: tuple[StudyStatus, ...]
    report: Path | None
    next_steps: tuple[tuple[str, str], ...]


def project_overview(home: Home, judgments: Judgments) -> Overview:
    """Read the home folder; no database of the curated store is opened, so this never waits."""
    versions = _objects(home.versions, "manifest.json", "created_at")
    runs = _objects(home.runs, "run.json", "created_at")
    servers = [
        (name, record.url)
        for name in _server_names(home)
        if (record := read_server(home.servers, name)) is not None
    ]
    with judgments.read() as connection:
        found = tuple(
            StudyStatus(
                study.study_id,
                study.name,
                study.arms,
                study.split,
                study.status,
                studies.study_counts(connection, study.study_id),
            )
            for study in studies.list_studies(connection)
        )
    report = newest_report(home)
    merged = tuple(sorted(path.name for path in home.models.glob("[!.]*/"))) if home.models else ()
    return Overview(
        project=load_settings(home.settings_file).project,
        objective=load_task(home.task_file).objective,
        versions=versions,
        runs=runs,
        merged=merged,
        servers=tuple(servers),
        studies=found,
        report=report,
        next_steps=next_steps(versions, runs, servers, found, report),
    )


def newest_report(home: Home) -> Path | None:
    """Return the newest report page, or None."""
    pages = list(home.reports.rglob("*.html")) if home.reports.is_dir() else []
    return max(pages, key=lambda path: path.stat().st_mtime, default=None)


def next_steps(
    versions: Sequence[dict[str, Any]],
    runs: Sequence[dict[str, Any]],
    servers: Sequence[tuple[str, str]],
    found: Sequence[StudyStatus],
    report: Path | None,
) -> tuple[tuple[str, str], ...]:
    """Return what the project lacks most, as (what, command), the most urgent first."""
    kinds = {version["kind"] for version in versions}
    done = {run["kind"] for run in runs if run["status"] == "complete"}
    serving = any(name not in ("app", "argilla") for name, _ in servers)
    open_studies = any(study.status == "open" for study in found)
    steps = [
        ("examples" in kinds, "Import your files and publish a first version", "workbench curate"),
        ("sft" in done, "Train a first adapter on the examples", "workbench train sft"),
        ("pairs" in kinds, "Collect preference pairs", "workbench annotate push preferences"),
        ("dpo" in done, "Train on the preference pairs", "workbench train dpo"),
        (serving, "Serve the models, so that the chat can answer", "workbench serve start"),
        (open_studies, "Open a blind study of the models", "workbench study create"),
        (report is not None, "Write the report", "workbench report"),
    ]
    missing = [(what, command) for is_done, what, command in steps if not is_done]
    return tuple(missing[:3])


def _objects(folder: Path, name: str, order: str) -> tuple[dict[str, Any], ...]:
    found = []
    for path in folder.glob(f"[!.]*/{name}"):
        try:
            found.append(json.loads(path.read_text()))
        except ValueError:
            continue  # half a file cannot happen; a foreign one is not ours to show
    return tuple(sorted(found, key=lambda item: str(item.get(order, "")), reverse=True))


def _server_names(home: Home) -> list[str]:
    return sorted(path.stem for path in home.servers.glob("*.json"))
