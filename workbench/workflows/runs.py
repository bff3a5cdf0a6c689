"""Training runs: noted in the store with their lineage, listed and shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from training import RunRecord, find_run, list_runs
from training.journal import read_metrics
from workbench.home import Home
from workbench.store import Edge, open_store

METRICS_FILE = "metrics.jsonl"


@dataclass(frozen=True, slots=True)
class RunView:
    """One run with the metrics it wrote while training, one dictionary a logged step."""

    record: RunRecord
    metrics: tuple[dict[str, Any], ...]


def note_run(home: Home, record: RunRecord) -> None:
    """Record a finished run and what it was made from, for the lineage."""
    node = f"run:{record.run_id}"
    edges = [Edge(node, f"version:{record.version}", "trained on")]
    if record.parent_run:
        edges.append(Edge(node, f"run:{record.parent_run}", "continues"))
    with open_store(home) as store:
        store.record_run(record.to_json())
        store.add_lineage(edges)


def all_runs(home: Home) -> tuple[RunRecord, ...]:
    """Return every run of the project, newest first."""
    return tuple(list_runs(home.runs))


def show_run(home: Home, reference: str) -> RunView:
    """Return a run and its metrics.

    Raises:
        NotFoundError: No run, or more than one, answers to the reference.
    """
    record = find_run(home.runs, reference)
    return RunView(record, tuple(read_metrics(record.folder / METRICS_FILE)))
