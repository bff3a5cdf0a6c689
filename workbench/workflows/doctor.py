"""Look at the machine, the environments, the project and its servers; say what needs mending."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import psutil

from serving.vllm_backend import has_cuda
from training import list_runs
from workbench.environments import ARGILLA, VLLM_CPU, VLLM_CUDA, EnvironmentSpec, is_ready
from workbench.errors import WorkbenchError
from workbench.home import Home, cache_folder, find_home
from workbench.manifest import read_version
from workbench.processes import is_alive, read_server
from workbench.settings import load_settings
from workbench.task import load_task
from workbench.workflows.serve_models import base_folder

Status = Literal["ok", "note", "mend"]
_PYTHONS = ((3, 11), (3, 12))
_LEAST_FREE_GIB = 10
_LEAST_MEMORY_GIB = 8
_GIB = 2**30
_PACKAGES = ("torch", "transformers", "trl", "peft", "bitsandbytes", "duckdb", "gradio")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `ok`, `note` (good to know) or `mend` (something will fail)."""

    status: Status
    subject: str
    finding: str


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that was looked at."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        return all(item.status != "mend" for item in self.findings)


def examine(home: Path | None) -> Examination:
    """Look at the machine, and at the project if there is one; nothing is changed or started."""
    findings = [*_machine(), *_packages(), *_environments()]
    try:
        project = find_home(home)
    except WorkbenchError as exc:
        status: Status = "mend" if home is not None else "note"
        findings.append(Finding(status, "project", exc.message))
    else:
        findings += [*_project(project), *_versions(project), *_servers(project)]
    return Examination(tuple(findings))


def _machine() -> Iterator[Finding]:
    known = sys.version_info[:2] in _PYTHONS
    text = platform.python_version() + ("" if known else ", tested with 3.11 and 3.12")
    yield Finding("ok" if known else "note", "Python", text)
    memory = psutil.virtual_memory().total / _GIB
    enough = memory >= _LEAST_MEMORY_GIB
    yield Finding("ok" if enough else "note", "memory", f"{memory:.0f} GiB, the demo takes 8")
    place = cache_folder()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / _GIB
    roomy = free >= _LEAST_FREE_GIB
    yield Finding("ok" if roomy else "note", "free disk", f"{free:.0f} GiB at {place}")
    gpu = "found" if has_cuda() else "none: training and serving run on the CPU"
    yield Finding("ok" if gpu == "found" else "note", "NVIDIA GPU", gpu)


def _packages() -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield Finding("ok", name, version(name))
        except PackageNotFoundError:
            yield Finding("mend", name, "not installed: run `make setup`")


def _environments() -> Iterator[Finding]:
    for spec, needed_by in (
        (ARGILLA, "annotate start"),
        (VLLM_CUDA if has_cuda() else VLLM_CPU, "serve start"),
    ):
        yield _environment(spec, needed_by)


def _environment(spec: EnvironmentSpec, needed_by: str) -> Finding:
    if is_ready(spec):
        return Finding("ok", f"{spec.name} environment", "built")
    missing = f"not built yet: `workbench {needed_by}` builds it once ({spec.size_gib:.0f} GiB)"
    return Finding("note", f"{spec.name} environment", missing)


def _project(home: Home) -> Iterator[Finding]:
    for subject, check in (
        ("workbench.toml", lambda: load_settings(home.settings_file)),
        ("task.yaml", lambda: load_task(home.task_file)),
        ("base model", lambda: base_folder(load_settings(home.settings_file).base_model)),
    ):
        try:
            check()
        except WorkbenchError as exc:
            yield Finding("mend", subject, exc.message)
        else:
            yield Finding("ok", subject, "valid")
    runs = list_runs(home.runs)
    unfinished = [record.run_id for record in runs if record.status != "complete"]
    if unfinished:
        yield Finding("note", "runs", f"not complete: {', '.join(unfinished)}")


def _versions(home: Home) -> Iterator[Finding]:
    """Read every published version against its digest."""
    count = 0
    for folder in sorted(home.versions.glob("[!.]*/")):
        try:
            read_version(folder)
            count += 1
        except WorkbenchError as exc:
            yield Finding("mend", f"version {folder.name}", exc.message)
    yield Finding("ok", "versions", f"{count} whole")


def _servers(home: Home) -> Iterator[Finding]:
    for path in sorted(home.servers.glob("*.json")):
        record = read_server(home.servers, path.stem)
        alive = record is not None and is_alive(record)
        where = f"answers at {record.url}" if record and alive else "not running"
        yield Finding("ok" if alive else "note", f"server {path.stem}", where)
